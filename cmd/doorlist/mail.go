package main

import (
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

// mail is where the server's mail goes.
func (c *Config) mail() auth.MailConfig {
	m := auth.MailConfig{SMTPURL: c.SMTPURL, Folder: c.MailOutbox, From: c.MailFrom}
	if path, ok := c.sqlitePath(); ok && m.Folder == "" {
		m.Folder = path + ".mail"
	}
	if m.From == "" {
		m.From = "doorlist@localhost"
		if u, err := url.Parse(c.publicURL()); err == nil && store.IsAddress("doorlist@"+u.Hostname()) {
			m.From = "doorlist@" + u.Hostname()
		}
	}
	return m
}

// whereMailGoes says it to whoever starts the server.
func (c *Config) whereMailGoes() string {
	switch m := c.mail(); {
	case m.SMTPURL != "":
		return "mail         by SMTP, from " + m.From
	case m.Folder != "":
		return "mail         into files in " + m.Folder + " (set --smtp-url to send it)"
	}
	return "mail         waits in the database: set --smtp-url, or --mail-outbox to write it into files"
}

type mailView struct {
	ID        string     `json:"id"`
	To        string     `json:"to"`
	Subject   string     `json:"subject"`
	CreatedAt *time.Time `json:"created_at"`
	NextAt    *time.Time `json:"next_at"`
	Attempts  int        `json:"attempts"`
	Fault     string     `json:"fault"`
}

func viewMail(m store.Mail) mailView {
	return mailView{m.ID, m.To, m.Subject, stamp(m.CreatedAt), stamp(m.NextAt), m.Attempts, m.Fault}
}

func (p *program) mailCommand() *cobra.Command {
	return group("mail", "Mail: invitations and the like that wait to be sent", p.mailListCommand())
}

func (p *program) mailListCommand() *cobra.Command {
	return p.addJSON(&cobra.Command{
		Use: "list", Short: "List the mail that is not sent yet, and why", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withStore(c.Context(), func(s *store.Store) error {
				all, err := s.UnsentMail(c.Context())
				if err != nil {
					return err
				}
				return list(p, all, viewMail, []string{"TO", "SUBJECT", "SINCE", "ATTEMPTS", "NEXT", "FAULT"}, func(v mailView) []string {
					return []string{v.To, v.Subject, day(v.CreatedAt), strconv.Itoa(v.Attempts), day(v.NextAt), v.Fault}
				})
			})
		},
	})
}
