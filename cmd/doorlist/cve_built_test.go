package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
)

// builtNode is a process of the program as it is built.
type builtNode struct {
	url  string
	kill func() // without a last word
}

// startBuilt serves by the built program, with more in its environment, until it is killed or the test is over.
func (c *terminal) startBuilt(environ ...string) builtNode {
	c.t.Helper()
	program := exec.CommandContext(c.t.Context(), builtProgram(c.t), "serve", "--listen", "127.0.0.1:0")
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
