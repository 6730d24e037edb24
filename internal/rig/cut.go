package rig

import (
	"context"
	"fmt"
)

// wire is where a connection is cut, and which way.
type wire struct {
	name     string
	database bool
	way      Way
}

var wires = []wire{
	{"to the node", false, Up}, {"from the node", false, Down}, {"to the database", true, Up}, {"from the database", true, Down},
}

// cut is what happens to a request at one exact point.
type cut interface {
	fmt.Stringer
	kind() string
	// begin has it happen to the next request of a lane; end mends what was broken.
	begin(ctx context.Context, l *lane) (end func() error, err error)
}

// wireCut cuts connections after a byte.
type wireCut struct {
	wire  wire
	after int64
}

func (c wireCut) kind() string   { return "cut " + c.wire.name }
func (c wireCut) String() string { return fmt.Sprintf("cut %s after %d bytes", c.wire.name, c.after) }

func (c wireCut) begin(_ context.Context, l *lane) (end func() error, err error) {
	proxy := l.proxy(c.wire)
	proxy.CutAfter(c.wire.way, c.after)
	return func() error { proxy.Mend(); return nil }, nil
}
