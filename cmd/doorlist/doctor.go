package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"doorlist/store"
)

// finding is what the doctor has to say of one thing.
type finding struct {
	State string `json:"state"` // "ok", "warning" or "fault", or their word in verdicts
	About string `json:"about"`
	Text  string `json:"text"`
	Fix   string `json:"fix,omitempty"`
}

const (
	isOK      = "ok"
	isWarning = "warning"
	isFault   = "fault"
)

// doctor gathers findings.
type doctor struct {
	program  *program
	findings []finding
}

func (d *doctor) say(state, about, text, fix string) {
	if state == isOK {
		fix = ""
	}
	d.findings = append(d.findings, finding{state, about, text, fix})
}

func (d *doctor) now() time.Time { return d.program.now() }

func (p *program) doctorCommand() *cobra.Command {
	c := p.addJSON(&cobra.Command{
		Use: "doctor", Short: "Check the whole chain and say what to do; the exit code is 1 if something is wrong", Args: cobra.NoArgs,
		Long: `Check the whole chain: the database and its schema, the clocks, the public address with its certificate and proxy, each connection's
provider, keys, redirect URI, credentials and tokens, when it was last pushed to, and how many people can sign in. Run it where the server
runs, with the server's settings. Nothing is changed.`,
		RunE: func(c *cobra.Command, _ []string) error { return p.examine(c.Context()) },
	})
	p.config.addServeFlags(c.Flags())
	return c
}

// examine checks everything it can reach, and tells of what it cannot.
func (p *program) examine(ctx context.Context) error {
	d := &doctor{program: p}
	if s, err := p.openStore(ctx); err != nil {
		d.say(isFault, "database", sentence(err), "check --database and --master-key, and that the database is running")
	} else {
		d.database(ctx, s)
		d.address(ctx)
		d.organizations(ctx, s)
		if err := s.Close(); err != nil {
			return err
		}
	}
	return p.printFindings(d.findings)
}

func (p *program) printFindings(all []finding) error {
	faults := 0
	for _, f := range all {
		if f.State == isFault || f.State == verdicts[isFault] {
			faults++
		}
	}
	if p.json {
		if err := p.printJSON(map[string]any{"ok": faults == 0, "findings": all}); err != nil {
			return err
		}
	} else {
		for _, f := range all {
			fmt.Fprintf(p.stdout, "%-8s %s: %s\n", f.State, plain(f.About), plain(f.Text))
			if f.Fix != "" {
				fmt.Fprintf(p.stdout, "         %s\n", plain(f.Fix))
			}
		}
	}
	if faults > 0 {
		return &exitError{exitFailed}
	}
	return nil
}

// skewTolerated is how far clocks may be apart: tokens and assertions are judged by the minute.
const skewTolerated = 30 * time.Second

func (d *doctor) clock(about string, skew time.Duration) {
	if skew.Abs() <= skewTolerated {
		d.say(isOK, about, "its clock and ours agree", "")
		return
	}
	d.say(isFault, about, fmt.Sprintf("our clock and its are %s apart", skew.Abs().Round(time.Second)), "set this machine's clock by NTP; sign-ins are refused when clocks differ")
}

func (d *doctor) database(ctx context.Context, s *store.Store) {
	found, err := s.Check(ctx)
	if err != nil {
		d.say(isFault, "database", sentence(err), "check that the database is running")
		return
	}
	have, want, err := s.Schema(ctx)
	unfit, isUnfit := errors.AsType[*store.SchemaError](s.Ready(ctx))
	switch {
	case err != nil:
		d.say(isFault, "database", sentence(err), "the user of the database must be able to read the schema")
	case isUnfit:
		d.say(isFault, "database", sentence(unfit), "run the version that the database has been migrated for, or `doorlist migrate up`")
	case have > want:
		d.say(isWarning, "database", fmt.Sprintf("the schema is %d, newer than this version's %d", have, want), "update this program: another server has a newer one")
	default:
		d.say(isOK, "database", fmt.Sprintf("%s, schema %d", found.Version, have), "")
	}
	for _, volatile := range found.Volatile {
		d.say(isFault, "database", volatile+": a power cut can lose changes that were acknowledged", "switch it on in postgresql.conf")
	}
	d.clock("database", found.Skew)
}

// probeTimeout bounds each question to a server.
const probeTimeout = 10 * time.Second

// certificateSoon is when a certificate of the public address should have been renewed.
const certificateSoon = 14 * 24 * time.Hour

// address checks that the public address leads here. Any node of the installation will do: they have one key.
func (d *doctor) address(ctx context.Context) {
	base := d.program.config.publicURL()
	about := "address " + base
	client := &http.Client{Timeout: probeTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
	if err != nil {
		d.say(isFault, about, err.Error(), "check --base-url")
		return
	}
	res, err := client.Do(req)
	if err != nil {
		d.say(isFault, about, err.Error(), "check --base-url, DNS, the proxy and its certificate, and that `doorlist serve` is running")
		return
	}
	res.Body.Close()
	switch {
	case res.StatusCode == http.StatusServiceUnavailable && res.Header.Get(requestIDHeader) != "":
		d.say(isFault, about, "the server is not ready", "its log says why")
	case res.StatusCode != http.StatusOK || res.Header.Get(requestIDHeader) == "":
		d.say(isFault, about, "something else answers there: "+res.Status, "check --base-url and where the proxy leads")
	default:
		d.say(isOK, about, "the server answers", "")
	}
	if res.TLS == nil {
		return
	}
	left := res.TLS.PeerCertificates[0].NotAfter.Sub(d.now())
	if left < certificateSoon {
		d.say(isWarning, about, "the certificate ends in "+left.Round(time.Hour).String(), "renew it: Entra stops provisioning and browsers stop people when it has ended")
	} else {
		d.say(isOK, about, "the certificate is good for "+fmt.Sprint(int(left.Hours()/24))+" days", "")
	}
	if len(d.program.config.TrustedProxies) == 0 {
		d.say(isWarning, about, "https is ended by a proxy, and none is trusted: the addresses in the trail and those that limits count are the proxy's", "give the proxy's address as --trusted-proxies")
	}
}
