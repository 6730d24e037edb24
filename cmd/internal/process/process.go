// Package process runs another program beside one's own: the demonstration and the benchmarks start the real server so. It knows nothing of what
// the program is.
package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// stopTimeout is how long a program may take to stop when it is asked to.
const stopTimeout = 20 * time.Second

// Process is a running program.
type Process struct {
	First string        // its first line of output
	Done  chan struct{} // closed when it has ended
	Err   error         // after Done: how it ended
	Name  string        // its file
	cmd   *exec.Cmd
}

// Start runs a program with more in its environment, and returns when it has printed its first line. What it says on standard error goes to log.
func Start(ctx context.Context, log io.Writer, environ []string, path string, args ...string) (*Process, error) {
	p := &Process{Name: path, cmd: exec.Command(path, args...), Done: make(chan struct{})}
	p.cmd.Stderr, p.cmd.Env = log, append(os.Environ(), environ...)
	// A Ctrl-C at the terminal is for whoever started it, and stops its programs in order.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	line := make(chan string, 1)
	go p.watch(out, line)
	select {
	case p.First = <-line:
		return p, nil
	case <-p.Done:
		return nil, fmt.Errorf("%s ended at once: %w", path, p.Err)
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), p.Stop())
	}
}

// watch reads what the program prints, so that it never waits for a reader, and notes how it ends.
func (p *Process) watch(out io.Reader, first chan<- string) {
	r := bufio.NewReader(out)
	if line, err := r.ReadString('\n'); err == nil {
		first <- strings.TrimSpace(line)
		io.Copy(io.Discard, r)
	}
	p.Err = p.cmd.Wait()
	close(p.Done)
}

// Stop asks the program to stop, and ends it when it does not.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		<-p.Done
		return fmt.Errorf("%s had ended by itself: %w", p.Name, p.Err)
	}
	select {
	case <-p.Done:
		return p.Err
	case <-time.After(stopTimeout):
		p.cmd.Process.Kill()
		<-p.Done
		return fmt.Errorf("%s did not stop within %s", p.Name, stopTimeout)
	}
}

// ID is the number by which the system knows the program.
func (p *Process) ID() int { return p.cmd.Process.Pid }
