package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// stopTimeout is how long a program may take to stop when it is asked to.
const stopTimeout = 20 * time.Second

// process is a running program.
type process struct {
	name  string
	cmd   *exec.Cmd
	first string // its first line of output
	done  chan struct{}
	err   error // after done: how it ended
}

// start runs a program and returns when it has printed its first line.
func start(ctx context.Context, log io.Writer, path string, args ...string) (*process, error) {
	p := &process{name: path, cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.Stderr = log
	// A Ctrl-C at the terminal is for the demo, which stops its programs in order.
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
	case p.first = <-line:
		return p, nil
	case <-p.done:
		return nil, fmt.Errorf("%s ended at once: %w", path, p.err)
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), p.stop())
	}
}

// watch reads what the program prints, so that it never waits for a reader, and notes how it ends.
func (p *process) watch(out io.Reader, first chan<- string) {
	r := bufio.NewReader(out)
	if line, err := r.ReadString('\n'); err == nil {
		first <- strings.TrimSpace(line)
		io.Copy(io.Discard, r)
	}
	p.err = p.cmd.Wait()
	close(p.done)
}

// stop asks the program to stop, and ends it when it does not.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		<-p.done
		return fmt.Errorf("%s had ended by itself: %w", p.name, p.err)
	}
	select {
	case <-p.done:
		return p.err
	case <-time.After(stopTimeout):
		p.cmd.Process.Kill()
		<-p.done
		return fmt.Errorf("%s did not stop within %s", p.name, stopTimeout)
	}
}
