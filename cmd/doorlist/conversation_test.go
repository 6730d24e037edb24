package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"doorlist/scim/scimtest"
	"doorlist/store/storetest"
)

// The program as it is built holds every conversation that its SCIM server holds in the tests of package scim, each with
// an organization of its own.
func TestE2E_Conversations(t *testing.T) {
	t.Parallel()
	conversations := scimtest.Read(t, "../../testdata/scim")
	file := builtProgram(t)
	storetest.EachURL(t, func(t *testing.T, url string) {
		address := newTerminal(t, url).runBuilt(file, "--base-url", scimtest.BaseURL).address
		for _, c := range conversations {
			t.Run(c.Name, func(t *testing.T) {
				terminal := newTerminal(t, url)
				c.Replay(t, terminal.scimServer(address, strings.ReplaceAll(c.Name, "_", "-")))
			})
		}
	})
}

// builtServer is a server that runs as a process of its own.
type builtServer struct {
	address string
	log     *lockedBuffer
	process *os.Process
}

// runBuilt runs the built program until the test is over. It must end well.
func (c *terminal) runBuilt(file string, args ...string) *builtServer {
	c.t.Helper()
	program := exec.Command(file, append([]string{"serve", "--listen", "127.0.0.1:0", "--stop-delay", "0s"}, args...)...)
	log := &lockedBuffer{}
	program.Env, program.Stderr = c.environ, log
	out, err := program.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		if err := program.Process.Signal(os.Interrupt); err != nil {
			c.t.Errorf("stopping the server: %v", err)
		}
		if err := program.Wait(); err != nil {
			c.t.Errorf("the server ended with %v: %s", err, log)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		c.t.Fatalf("the server did not start: %v: %s", err, log)
	}
	return &builtServer{strings.TrimSpace(strings.TrimPrefix(line, "listening on ")), log, program.Process}
}

// scimServer makes an organization with one connection, for a client that talks to the server at address.
func (c *terminal) scimServer(address, org string) scimtest.Server {
	c.t.Helper()
	c.do("org", "add", org)
	c.do("connection", "add", org, "--org", org, "--kind", "oidc", "--issuer", "http://127.0.0.1:9", "--client-id", "client", "--client-secret", "secret",
		"--subject-claim", "sub")
	var token newTokenView
	c.read(&token, "token", "create", "--connection", org)
	return scimtest.Server{
		URL: address, Token: token.Token,
		Events:    func(subject string) []string { return c.events(org, subject) },
		Declare:   func(resourceType, schema string) { c.declare(org, resourceType, schema) },
		Undeclare: func(urn string) { c.do("schema", "remove", urn, "--org", org) },
		LetPasswords: func(on bool) {
			c.do("org", "set", org, "--scim-passwords", map[bool]string{true: "on", false: "off"}[on])
		},
	}
}

// declare declares a schema from a file.
func (c *terminal) declare(org, resourceType, schema string) {
	c.t.Helper()
	file := filepath.Join(c.t.TempDir(), "schema.json")
	if err := os.WriteFile(file, []byte(schema), 0o600); err != nil {
		c.t.Fatal(err)
	}
	c.do("schema", "add", file, "--org", org, "--resource-type", resourceType)
}

// events are the actions on record about a subject.
func (c *terminal) events(org, subject string) []string {
	c.t.Helper()
	var actions []string
	for d := json.NewDecoder(strings.NewReader(c.do("audit", "list", "--org", org, "--subject", subject, "--json"))); d.More(); {
		var e eventView
		if err := d.Decode(&e); err != nil {
			c.t.Fatal(err)
		}
		actions = append(actions, e.Action)
	}
	return actions
}
