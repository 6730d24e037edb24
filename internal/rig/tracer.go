package rig

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// ErrNoTracer says that system calls cannot be tampered with here.
var ErrNoTracer = errors.New("tampering with system calls needs strace and the right to trace the servers: run make rig as root, which installs it")

// tracer is strace at work on a process and all its threads.
type tracer struct {
	cmd    *exec.Cmd
	stderr *bufio.Reader
	log    string
}

// attach traces calls of a process that are about one of the files, or all such calls where there are none, and does with them what inject says ("" for
// nothing, else as in strace's manual). It returns when that is in force.
func attach(ctx context.Context, pid int, log, calls, inject string, files ...string) (*tracer, error) {
	args := []string{"-f", "-p", strconv.Itoa(pid), "-o", log, "-e", "trace=" + calls}
	if inject != "" {
		args = append(args, "-e", "inject="+calls+":"+inject)
	}
	for _, file := range files {
		args = append(args, "-P", file)
	}
	t := &tracer{cmd: exec.CommandContext(ctx, "strace", args...), log: log}
	stderr, err := t.cmd.StderrPipe()
	if err == nil {
		err = t.cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(ErrNoTracer, err)
	}
	t.stderr = bufio.NewReader(stderr)
	for {
		line, err := t.stderr.ReadString('\n')
		if strings.Contains(line, " attached") {
			return t, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %s", ErrNoTracer, errors.Join(err, t.cmd.Wait()))
		}
	}
}

// kill ends strace without a last word. The process goes on by itself, if it is there.
func (t *tracer) kill() error {
	err := t.cmd.Process.Kill()
	_ = t.cmd.Wait() // by that signal, which is no failure
	return err
}

// detach lets the process go on by itself, and tells how many calls were traced.
func (t *tracer) detach() (calls int, err error) {
	if err := t.cmd.Process.Signal(os.Interrupt); err != nil {
		return 0, err
	}
	if _, err := io.Copy(io.Discard, t.stderr); err != nil {
		return 0, err
	}
	_ = t.cmd.Wait() // by the signal, which is no failure
	text, err := os.ReadFile(t.log)
	for line := range bytes.Lines(text) {
		// What another thread does in between is told as a call that is unfinished and one that is resumed.
		if bytes.Contains(line, []byte("(")) && !bytes.Contains(line, []byte("resumed>")) {
			calls++
		}
	}
	return calls, err
}
