package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// exitError ends the program with a code. Everything has been said.
type exitError struct{ code int }

func (e *exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// aboutServers are the commands to which --server means something else than running there.
var aboutServers = map[string]bool{"login": true, "logout": true, "whoami": true, "version": true}

// sendAway makes every command run at the server of --server, if there is one.
func (p *program) sendAway(c *cobra.Command) {
	for _, sub := range c.Commands() {
		p.sendAway(sub)
	}
	if c.HasSubCommands() || c.RunE == nil || aboutServers[nameOf(c)] {
		return
	}
	here := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		if p.config.Server == "" || p.served != nil {
			return here(c, args)
		}
		return p.runAtServer(c, args)
	}
}

// runAtServer runs a command at the server, as the person who signed in there.
func (p *program) runAtServer(c *cobra.Command, args []string) error {
	command, ok := remoteCommands[nameOf(c)]
	if !ok {
		return usagef("`%s` runs at the server's own terminal only; leave out --server (DOORLIST_SERVER)", c.CommandPath())
	}
	s, err := p.signedIn()
	if err != nil {
		return err
	}
	var asked remoteRequest
	if command.file > 0 && command.file <= len(args) {
		content, err := p.readFile(args[command.file-1])
		if err != nil {
			return err
		}
		asked.Stdin, args[command.file-1] = string(content), "-"
	}
	asked.Args = spellOut(c, args)
	answer, err := s.run(c.Context(), asked)
	if err != nil {
		return err
	}
	fmt.Fprint(p.stderr, answer.Stderr)
	if _, err := fmt.Fprint(p.stdout, answer.Stdout); err != nil || answer.Code == exitDone {
		return err
	}
	return &exitError{answer.Code}
}

// spellOut is the command line of a command, with what came from the environment and the configuration file.
func spellOut(c *cobra.Command, args []string) []string {
	line := strings.Fields(nameOf(c))
	own := c.Root().PersistentFlags()
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Changed || own.Lookup(f.Name) != nil {
			return
		}
		values := []string{f.Value.String()}
		if several, ok := f.Value.(pflag.SliceValue); ok {
			values = several.GetSlice()
		}
		for _, value := range values {
			line = append(line, "--"+f.Name+"="+value)
		}
	})
	return append(append(line, "--"), args...)
}

func (s *serverClient) run(ctx context.Context, asked remoteRequest) (remoteAnswer, error) {
	var answer remoteAnswer
	body, err := json.Marshal(asked)
	if err != nil {
		return answer, err
	}
	status, err := s.do(ctx, http.MethodPost, "/admin/api/commands", "application/json", bytes.NewReader(body), &answer)
	switch {
	case err != nil:
		return answer, err
	case status == http.StatusUnauthorized:
		return answer, s.signInFirst()
	case status != http.StatusOK:
		return answer, fmt.Errorf("the server refused: %s", answer.Message)
	}
	return answer, nil
}
