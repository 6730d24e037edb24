package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"doorlist/store/storetest"
)

// outcome is what one run of the program left behind.
type outcome struct {
	code           int
	stdout, stderr string
}

// execute runs the program with its own environment.
func execute(t *testing.T, environ []string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr, environ)
	return outcome{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// terminal is an administrator's terminal at one database.
type terminal struct {
	t       *testing.T
	environ []string
}

func newTerminal(t *testing.T, databaseURL string) *terminal {
	t.Helper()
	return &terminal{t: t, environ: []string{
		"DOORLIST_DATABASE=" + databaseURL,
		"DOORLIST_MASTER_KEY=" + base64.StdEncoding.EncodeToString(storetest.MasterKey),
	}}
}

// emptyTerminal is a terminal at a SQLite database that is not there yet.
func emptyTerminal(t *testing.T) *terminal {
	t.Helper()
	return newTerminal(t, "sqlite:"+t.TempDir()+"/doorlist.db")
}

// do runs a command that must succeed and returns what it printed.
func (c *terminal) do(args ...string) string {
	c.t.Helper()
	got := execute(c.t, c.environ, args...)
	if got.code != exitDone {
		c.t.Fatalf("doorlist %s: exit code %d: %s", strings.Join(args, " "), got.code, got.stderr)
	}
	return got.stdout
}

// read runs a command with --json and decodes what it printed.
func (c *terminal) read(into any, args ...string) {
	c.t.Helper()
	out := c.do(append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), into); err != nil {
		c.t.Fatalf("doorlist %s printed %q: %v", strings.Join(args, " "), out, err)
	}
}

// fails runs a command that must fail with the code, and returns what it said.
func (c *terminal) fails(code int, args ...string) string {
	c.t.Helper()
	got := execute(c.t, c.environ, args...)
	if got.code != code {
		c.t.Fatalf("doorlist %s: exit code %d, want %d; it said: %s%s", strings.Join(args, " "), got.code, code, got.stdout, got.stderr)
	}
	return got.stderr
}

// node is a running server.
type node struct {
	url    string
	log    *lockedBuffer
	cancel context.CancelFunc
	code   chan int
}

// serve starts a server on a free port and returns when it listens. It is stopped with the test, and must then end well.
func (c *terminal) serve(args ...string) *node {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	n := &node{log: &lockedBuffer{}, cancel: cancel, code: make(chan int, 1)}
	out, in := io.Pipe()
	args = append([]string{"serve", "--listen", "127.0.0.1:0", "--stop-delay", "0s"}, args...)
	go func() {
		n.code <- run(ctx, args, strings.NewReader(""), in, n.log, c.environ)
		in.Close()
	}()
	c.t.Cleanup(func() { n.stop(c.t) })
	r := bufio.NewReader(out)
	line, err := r.ReadString('\n')
	if err != nil {
		c.t.Fatalf("the server did not start: %s", n.log)
	}
	go io.Copy(io.Discard, r)
	n.url = strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	return n
}

// stop ends the server, once, and demands that it ends well.
func (n *node) stop(t *testing.T) {
	t.Helper()
	if n.cancel == nil {
		return
	}
	n.cancel()
	n.cancel = nil
	select {
	case code := <-n.code:
		if code != exitDone {
			t.Errorf("the server ended with code %d: %s", code, n.log)
		}
	case <-time.After(stopTimeout):
		t.Errorf("the server did not stop within %s", stopTimeout)
	}
}

// lockedBuffer is a buffer for a log that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
