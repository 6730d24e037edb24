package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// builtNode is a process of the program as it is built.
type builtNode struct {
	url  string
	kill func() // without a last word
}

// buildOnce builds the program when it is first asked for.
func buildOnce(t *testing.T) func() (file string, err error) {
	folder := t.TempDir()
	return sync.OnceValues(func() (string, error) {
		file := filepath.Join(folder, "doorlist")
		if out, err := exec.Command("go", "build", "-o", file, ".").CombinedOutput(); err != nil {
			return "", fmt.Errorf("building the program: %w: %s", err, out)
		}
		return file, nil
	})
}

// startBuilt serves by the built program, with more in its environment, until it is killed or the test is over.
func (c *terminal) startBuilt(built func() (string, error), environ ...string) builtNode {
	c.t.Helper()
	file, err := built()
	if err != nil {
		c.t.Fatal(err)
	}
	program := exec.CommandContext(c.t.Context(), file, "serve", "--listen", "127.0.0.1:0")
	program.Env = append(append(os.Environ(), c.environ...), environ...)
	out, err := program.StdoutPipe()
	if err == nil {
		err = program.Start()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	kill := func() {
		if program.ProcessState == nil {
			program.Process.Kill()
			program.Wait() // says that it was killed
		}
	}
	c.t.Cleanup(kill)
	r := bufio.NewReader(out)
	line, err := r.ReadString('\n')
	if err != nil {
		c.t.Fatalf("the built server did not start: %v", err)
	}
	go io.Copy(io.Discard, r)
	return builtNode{strings.TrimSpace(strings.TrimPrefix(line, "listening on ")), kill}
}
