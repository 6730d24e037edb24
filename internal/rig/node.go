package rig

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// How long a node may take to start, and to stop when it is asked to (its own limit is 15 s).
const (
	startTimeout = 60 * time.Second
	stopTimeout  = 30 * time.Second
)

// node is one server of the world, behind a proxy that its clients use, and in front of one that its database is behind.
type node struct {
	program   string
	environ   []string
	log       *os.File
	clients   *Proxy
	database  *Proxy   // nil where the database is a file
	databases []*Proxy // database, and what is before its standby

	failpoints string // the file that tells where it fails, for a program with failpoints

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan error
}

// environment is that of the rig, without what would configure a server, and with more.
func environment(more ...string) []string {
	var list []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DOORLIST_") {
			list = append(list, v)
		}
	}
	return append(list, more...)
}

// start runs the server and returns when it listens. One that ends at once is started again: its database may not be back yet.
func (n *node) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := n.tryStart(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		if !sleep(ctx, 100*time.Millisecond) {
			return fmt.Errorf("the server does not start: %w", err)
		}
	}
}

func (n *node) tryStart(ctx context.Context) error {
	cmd := exec.Command(n.program, "serve", "--listen", "127.0.0.1:0", "--base-url", n.url(), "--stop-delay", "0s")
	cmd.Env, cmd.Stderr = n.environ, n.log
	// A Ctrl-C at the terminal is for the rig, which ends its servers itself.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	line, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		r := bufio.NewReader(out)
		if first, err := r.ReadString('\n'); err == nil {
			line <- first
			io.Copy(io.Discard, r)
		}
		ended <- cmd.Wait()
	}()
	select {
	case first := <-line:
		n.running(cmd, ended)
		n.clients.Serve("tcp", strings.TrimPrefix(strings.TrimSpace(first), "listening on http://"))
		return nil
	case err := <-ended:
		return fmt.Errorf("the server ended at once: %w", err)
	case <-ctx.Done():
		cmd.Process.Kill()
		return errors.Join(ctx.Err(), <-ended)
	}
}

func (n *node) running(cmd *exec.Cmd, ended chan error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cmd, n.ended = cmd, ended
}

// url is where clients find the node, whether it runs or not.
func (n *node) url() string { return "http://" + n.clients.Address() }

// pid is the number of the process that runs.
func (n *node) pid() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.cmd.Process.Pid
}

// signal sends a signal to the process, if one runs.
func (n *node) signal(s syscall.Signal) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return nil
	}
	return n.cmd.Process.Signal(s)
}

// kill ends the process without a last word, and returns when it is gone.
func (n *node) kill() {
	n.mu.Lock()
	cmd, ended := n.cmd, n.ended
	n.cmd = nil
	n.mu.Unlock()
	if cmd == nil {
		return
	}
	n.clients.Serve("", "")
	cmd.Process.Kill() // fails only where it has ended already
	<-ended
}

// stop asks the process to end, and demands that it does so in order.
func (n *node) stop() error {
	n.mu.Lock()
	cmd, ended := n.cmd, n.ended
	n.cmd = nil
	n.mu.Unlock()
	if cmd == nil {
		return nil
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("the server had ended by itself: %w", errors.Join(err, <-ended))
	}
	select {
	case err := <-ended:
		n.clients.Serve("", "")
		return err
	case <-time.After(stopTimeout):
		cmd.Process.Kill()
		<-ended
		return fmt.Errorf("the server did not stop within %s", stopTimeout)
	}
}

// close ends the process and the proxies, however things stand.
func (n *node) close() error {
	n.kill()
	err := n.clients.Close()
	for _, p := range n.databases {
		err = errors.Join(err, p.Close())
	}
	return errors.Join(err, n.log.Close())
}

// sleep waits; false says that ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
