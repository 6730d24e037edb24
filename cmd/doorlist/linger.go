package main

import (
	"net"
	"sync/atomic"
	"time"
)

// How long a closed connection is still read from, in all and while nothing comes.
const (
	lingersFor   = 30 * time.Second
	lingersQuiet = 5 * time.Second
)

// lingeringListener accepts connections that close in stages, until the server stops.
type lingeringListener struct {
	net.Listener
	stopping *atomic.Bool
}

func (l lingeringListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &lingeringConn{TCPConn: tcp, stopping: l.stopping}, err
	}
	return c, err
}

// lingeringConn closes in stages (RFC 9112 section 9.6): it sends no more, and goes on reading what the client still sends, to throw it
// away. A client that sends all of a body before it reads would otherwise find the connection reset, and never see why the body was
// refused: net/http waits for half a second at most, and reads nothing.
type lingeringConn struct {
	*net.TCPConn
	stopping *atomic.Bool
}

// Close returns at once. A server that stops closes connections that it still reads from, which must end that.
func (c *lingeringConn) Close() error {
	if c.stopping.Load() || c.CloseWrite() != nil {
		return c.TCPConn.Close()
	}
	go c.linger()
	return nil
}

func (c *lingeringConn) linger() {
	defer c.TCPConn.Close()
	rest, end := make([]byte, 8<<10), time.Now().Add(lingersFor)
	for err := error(nil); err == nil; {
		until := time.Now().Add(lingersQuiet)
		if until.After(end) {
			until = end
		}
		if err = c.SetReadDeadline(until); err == nil {
			_, err = c.Read(rest)
		}
	}
}
