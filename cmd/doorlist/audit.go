package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"doorlist/store"
)

// eventView is one event, on one line.
type eventView struct {
	ID        string          `json:"id"`
	At        time.Time       `json:"at"`
	Actor     actorView       `json:"actor"`
	Action    string          `json:"action"`
	Subject   subjectView     `json:"subject"`
	Directory string          `json:"directory_id,omitempty"`
	Detail    json.RawMessage `json:"detail,omitempty"`
}

type actorView struct {
	Kind      string `json:"kind"`
	ID        string `json:"id"`
	Name      string `json:"name,omitempty"`
	RequestID string `json:"request_id,omitempty"`
	Address   string `json:"address,omitempty"`
}

type subjectView struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

func viewEvent(e store.Event) eventView {
	return eventView{
		ID: e.ID, At: e.At.UTC(), Action: e.Action, Directory: e.DirectoryID, Detail: json.RawMessage(e.Detail),
		Subject: subjectView{Kind: e.SubjectKind, ID: e.SubjectID},
		Actor: actorView{
			Kind: string(e.Actor.Kind), ID: e.Actor.ID, Name: e.Actor.Name,
			RequestID: e.Actor.RequestID, Address: e.Actor.Address,
		},
	}
}

func (p *program) auditCommand() *cobra.Command {
	return group("audit", "The audit trail: who changed what, and when", p.auditListCommand(), p.auditVerifyCommand(),
		p.auditCheckpointCommand(), p.auditExportCommand())
}

// auditPage is how many events are read at a time.
const auditPage = 1000

func (p *program) auditListCommand() *cobra.Command {
	var org, subject, after string
	c := p.addJSON(&cobra.Command{
		Use: "list", Short: "List the events of an organization, the oldest first", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if after != "" && uuid.Validate(after) != nil {
				return usagef("--after is %q; give the id of an event", after)
			}
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				q := store.EventQuery{SubjectID: subject, After: after, Limit: auditPage}
				for {
					events, err := s.Organization(o.ID).Events(c.Context(), q)
					if err != nil {
						return err
					}
					for _, e := range events {
						if err := p.printEvent(viewEvent(e)); err != nil {
							return err
						}
					}
					if len(events) < auditPage {
						return nil
					}
					q.After = events[len(events)-1].ID
				}
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	c.Flags().StringVar(&subject, "subject", "", "only events about the thing with this id")
	c.Flags().StringVar(&after, "after", "", "only events after the one with this id")
	return c
}

func (p *program) printEvent(v eventView) error {
	if p.json {
		return p.printJSON(v)
	}
	_, err := fmt.Fprintf(p.stdout, "%s  %s:%s  %s  %s:%s  %s\n",
		v.At.Format(time.RFC3339), v.Actor.Kind, plain(cmp.Or(v.Actor.ID, v.Actor.Name)), v.Action, v.Subject.Kind, v.Subject.ID, v.Detail)
	return err
}
