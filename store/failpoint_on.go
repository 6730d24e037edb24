//go:build failpoints

package store

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// failpointFile is the environment variable with the name of the file that says what happens at which point: "crash", "error" or "delay", a colon, and the point.
const failpointFile = "FAILPOINT_FILE"

// failpointDelay is longer than anything else takes.
const failpointDelay = 300 * time.Millisecond

// failpoint has happen what is asked for at a point, once: whoever removes the file does it. It is in the builds alone that package internal/rig breaks.
func failpoint(point string) error {
	file := os.Getenv(failpointFile)
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	action, at, _ := strings.Cut(string(text), ":")
	if at != point || os.Remove(file) != nil { // another was faster
		return nil
	}
	switch action {
	case "crash":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "delay":
		time.Sleep(failpointDelay)
		return nil
	}
	return fmt.Errorf("%w: the failpoint %q", ErrUnavailable, point)
}
