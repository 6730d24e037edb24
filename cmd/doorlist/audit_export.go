package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"doorlist/admin"
	"doorlist/store"
)

// exportFormats are what an export can be: two for people, one for collectors of logs, one for those who check the chain.
var exportFormats = []string{"jsonl", "csv", "syslog", "chain"}

func (p *program) auditExportCommand() *cobra.Command {
	var org, format, since, until, out string
	var f store.EventFilter
	c := &cobra.Command{
		Use: "export", Short: "Write the events of an organization to a file, the oldest first", Args: cobra.NoArgs,
		Long: `Write the events of an organization, the oldest first: as JSON lines, as CSV, or as syslog messages (RFC 5424). With --format chain,
write the blocks that hold them together, so that somebody else can check the export.`,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if !slices.Contains(exportFormats, format) {
				return usagef("--format is %q; give one of: %s", format, strings.Join(exportFormats, ", "))
			}
			if f.Since, err = parseInstant("since", since); err != nil {
				return err
			}
			if f.Until, err = parseInstant("until", until); err != nil {
				return err
			}
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				return p.exportTo(out, func(w io.Writer) error { return exportTrail(c.Context(), w, s.Organization(o.ID), format, f) })
			})
		},
	}
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	c.Flags().StringVar(&format, "format", "jsonl", "jsonl, csv, syslog or chain")
	c.Flags().StringVar(&since, "since", "", "only events from this day or instant on, e.g. 2026-03-31")
	c.Flags().StringVar(&until, "until", "", "only events before this day or instant")
	c.Flags().StringVar(&f.Action, "action", "", "only this action, or all of a kind, e.g. user.deactivated or user")
	c.Flags().StringVar(&f.Actor, "actor", "", "only what somebody with this id or name did")
	c.Flags().StringVar(&f.SubjectID, "subject", "", "only events about the thing with this id")
	c.Flags().StringVar(&out, "out", "", "a file that is not there yet; the default is to print")
	return c
}

// exportTo gives an export where to go. A file that is not whole is taken away.
func (p *program) exportTo(path string, write func(io.Writer) error) (err error) {
	raw := p.rawOutput() // a list for programs, not for a terminal's eyes
	if path != "" {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("making the file: %w", err)
		}
		defer func() {
			if err = errors.Join(err, f.Close()); err != nil {
				err = errors.Join(err, os.Remove(path))
			}
		}()
		raw = f
	}
	b := bufio.NewWriter(raw)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

func exportTrail(ctx context.Context, w io.Writer, o *store.OrganizationScope, format string, f store.EventFilter) error {
	switch format {
	case "chain":
		return exportChain(ctx, w, o)
	case "syslog":
		host := hostName()
		return o.ExportEvents(ctx, f, func(e store.Event, _ []byte) error {
			_, err := fmt.Fprintln(w, syslogMessage(host, e))
			return err
		})
	}
	e, err := admin.NewExport(w, admin.Format(format), admin.EventColumns...)
	if err != nil {
		return err
	}
	err = o.ExportEvents(ctx, f, func(event store.Event, proof []byte) error { return e.Row(admin.EventRow(event, proof)...) })
	return errors.Join(err, e.Close())
}

// chainLine is a block of the chain on a line.
type chainLine struct {
	checkpointView
	Previous string      `json:"previous"`
	Entries  [][2]string `json:"entries"` // event id and digest
}

func exportChain(ctx context.Context, w io.Writer, o *store.OrganizationScope) error {
	return o.AuditBlocks(ctx, 0, func(b store.AuditBlock) error {
		line := chainLine{checkpointView: viewCheckpoint(b.Checkpoint), Previous: hex.EncodeToString(b.Previous[:])}
		for _, e := range b.Entries {
			line.Entries = append(line.Entries, [2]string{e.EventID, hex.EncodeToString(e.Digest[:])})
		}
		return json.NewEncoder(w).Encode(line)
	})
}

// hostName is what this machine calls itself.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}
