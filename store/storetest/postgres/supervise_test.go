package postgres

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// The process that wanted the server may be killed while initdb is at work: then nobody listens any more when the
// server starts, and it must end all the same, although it is too young to hear the first request to stop.
func TestSupervise_ItsProcessEndsDuringInitdb(t *testing.T) {
	t.Parallel()
	bin, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	owner, err := serverUser()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(socketRoot(), "doorlist-pg-")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", supervise, "doorlist-pg", bin, dir)
	cmd.Dir = dir
	if err := owner.own(cmd, dir); err != nil {
		t.Fatal(err)
	}
	abandon(t, cmd)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the supervisor ended with %v, want a clean end", err)
		}
	case <-time.After(30 * time.Second):
		t.Error("the supervisor is still there")
	}
	if _, err := os.Stat(dir + "/data"); !os.IsNotExist(err) {
		t.Errorf("the cluster is still there: %v", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
}

// abandon starts the command and closes its pipes at once, as the system does for a process that was killed.
func abandon(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := stdout.Close(); err != nil {
		t.Fatal(err)
	}
}
