package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"doorlist/store"
)

func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }

func (p *program) auditVerifyCommand() *cobra.Command {
	var org, checkpoints string
	c := p.addJSON(&cobra.Command{
		Use: "verify", Short: "Check that nobody has changed the trail; the exit code is 1 if somebody has", Args: cobra.NoArgs,
		Long: `Check each event against the organization's signed chain, and the chain against checkpoints that were kept elsewhere. It names the
first record that is broken. Servers may run meanwhile. Without a checkpoint it cannot know whether the end was cut off.`,
		RunE: func(c *cobra.Command, _ []string) error {
			var known []store.Checkpoint
			if checkpoints != "" {
				var err error
				if known, err = readCheckpoints(checkpoints); err != nil {
					return err
				}
			}
			return p.withStore(c.Context(), func(s *store.Store) error {
				trails, err := trailsToVerify(c.Context(), s, org, known)
				if err != nil {
					return err
				}
				return p.verifyTrails(c.Context(), s, trails, known)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization, or the id of one that is removed; the default is all")
	c.Flags().StringVar(&checkpoints, "checkpoint", "", "a file of checkpoints, one a line, as audit checkpoint and --audit-checkpoints write them")
	return c
}

// trailName is an organization's trail and how to call it.
type trailName struct{ id, name string }

// trailsToVerify are those of one organization or of all, removed ones and those that only a checkpoint knows included.
func trailsToVerify(ctx context.Context, s *store.Store, org string, known []store.Checkpoint) ([]trailName, error) {
	all, err := organizations(ctx, s)
	if err != nil {
		return nil, err
	}
	var ids []string
	names := map[string]string{}
	for _, o := range all {
		names[o.ID] = o.Slug
		ids = append(ids, o.ID)
	}
	more, err := trails(ctx, s)
	if err != nil {
		return nil, err
	}
	ids = append(ids, more...)
	for _, c := range known { // of a file on this machine
		ids = append(ids, c.OrganizationID)
	}
	var list []trailName
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		t := trailName{id, names[id]}
		if t.name == "" {
			t.name = id
		}
		if org == "" || org == t.id || org == t.name {
			list = append(list, t)
		}
	}
	if len(list) == 0 && org != "" {
		_, err := findOrg(ctx, s, org)
		return nil, err
	}
	return list, nil
}

// verifyTrails checks one trail after the other, and fails if one of them is broken.
func (p *program) verifyTrails(ctx context.Context, s *store.Store, trails []trailName, known []store.Checkpoint) error {
	broken := false
	for _, t := range trails {
		r, err := s.VerifyAudit(ctx, t.id, known, nil)
		if err != nil {
			return fmt.Errorf("verifying the trail of %s: %w", t.name, err)
		}
		broken = broken || !r.Sound()
		if err := p.printReport(t, r); err != nil {
			return err
		}
	}
	if broken {
		return &exitError{exitFailed}
	}
	return nil
}

// reportView is a report with the organization's name.
type reportView struct {
	Organization string `json:"organization"`
	Sound        bool   `json:"sound"`
	store.AuditReport
}

func (p *program) printReport(t trailName, r store.AuditReport) error {
	if p.json {
		return p.printJSON(reportView{t.name, r.Sound(), r})
	}
	say := func(format string, args ...any) error {
		_, err := fmt.Fprintf(p.stdout, format+"\n", args...)
		return err
	}
	if !r.Sound() {
		return say("%s: BROKEN (%s): %s", t.name, r.Fault.Kind, r.Fault.Message)
	}
	err := say("%s: sound: %d events in %d blocks", t.name, r.Events, r.Blocks)
	if !r.From.IsZero() {
		err = errors.Join(err, say("  begins on %s: what is older was removed when its time was over", r.From.UTC().Format(time.RFC3339)))
	}
	if r.Checkpoints > 0 {
		err = errors.Join(err, say("  %d checkpoints agree", r.Checkpoints))
	}
	if r.Older > 0 {
		err = errors.Join(err, say("  %d checkpoints are older than what is kept, and prove nothing any more", r.Older))
	}
	if r.Waiting > 0 {
		err = errors.Join(err, say("  %d events since %s are not in the chain yet; a running server puts them there within a second",
			r.Waiting, r.WaitingSince.UTC().Format(time.RFC3339)))
	}
	return err
}
