package main

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"doorlist/store"
	"doorlist/store/storetest"
)

// zone is a name server with TXT records.
type zone struct {
	mu    sync.Mutex
	texts map[string][]string // by name, with the root's dot
	fails map[string]dnsmessage.RCode
	mute  bool
	asked []string
}

// newZone starts a name server, and gives a resolver that knows no other.
func newZone(t *testing.T) (*zone, *net.Resolver) {
	t.Helper()
	z := &zone{texts: map[string][]string{}, fails: map[string]dnsmessage.RCode{}}
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	go z.serve(socket)
	return z, &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
}

func (z *zone) publish(name string, texts ...string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.texts[name+"."] = texts
}

func (z *zone) serve(socket net.PacketConn) {
	packet := make([]byte, 1500)
	for {
		n, from, err := socket.ReadFrom(packet)
		if err != nil {
			return
		}
		if answer := z.answer(packet[:n]); answer != nil {
			socket.WriteTo(answer, from)
		}
	}
}

// answer is nil for what gets none.
func (z *zone) answer(packet []byte) []byte {
	z.mu.Lock()
	defer z.mu.Unlock()
	var query dnsmessage.Message
	if query.Unpack(packet) != nil || len(query.Questions) != 1 || z.mute {
		return nil
	}
	q := query.Questions[0]
	name := q.Name.String()
	z.asked = append(z.asked, name)
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: query.ID, Response: true, Authoritative: true, RCode: z.fails[name]}, Questions: query.Questions}
	texts, known := z.texts[name]
	if !known && m.RCode == dnsmessage.RCodeSuccess {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, text := range texts {
		m.Answers = append(m.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: dnsmessage.TypeTXT, Class: dnsmessage.ClassINET, TTL: 1},
			Body:   &dnsmessage.TXTResource{TXT: pieces(text)},
		})
	}
	answer, err := m.Pack()
	if err != nil {
		return nil
	}
	return answer
}

// pieces splits a text as some panels do: a record is one text whatever its pieces (RFC 7208 section 3.3).
func pieces(text string) []string {
	if len(text) < 20 {
		return []string{text}
	}
	return []string{text[:10], text[10:]}
}

// asks runs a command with a resolver of its own.
func (c *terminal) asks(resolver *net.Resolver, args ...string) outcome {
	c.t.Helper()
	var stdout, stderr bytes.Buffer
	p := &program{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, environ: c.environ, now: time.Now, resolver: resolver}
	code := p.execute(c.t.Context(), args)
	return outcome{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// Records are looked for again: an answer of the zone counts, and the lack of one does not.
func TestUpkeep_LooksForDomainsAgain(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	z, resolver := newZone(t)
	var asked store.DomainChallenge
	var org store.Organization
	err := s.Write(t.Context(), store.Actor{Kind: store.Administrator}, func(tx *store.Tx) (err error) {
		if org, err = tx.CreateOrganization("contoso", "", ""); err != nil {
			return err
		}
		o := tx.Organization(org.ID)
		c, err := o.CreateConnection(store.Connection{Slug: "entra", Kind: store.EntraConnection, TenantID: tenantID, Authority: defaultAuthority, ClientID: "client"}, "")
		if err != nil {
			return err
		}
		if asked, err = o.ChallengeDomain(c.ID, "contoso.com"); err != nil {
			return err
		}
		return o.ProveDomain(asked)
	})
	if err != nil {
		t.Fatal(err)
	}
	missing := func() bool {
		t.Helper()
		storetest.ClockOf(t, s).Advance(25 * time.Hour)
		watchDomains(t.Context(), s, resolver, slog.New(slog.DiscardHandler))
		claims, err := s.Organization(org.ID).Domains(t.Context())
		if err != nil || len(claims) != 1 {
			t.Fatalf("claims: %+v, %v", claims, err)
		}
		return !claims[0].MissingSince.IsZero()
	}
	z.publish(asked.RecordName(), "something else", asked.Token)
	if missing() {
		t.Error("missing while it is published")
	}
	z.fail(asked.RecordName(), dnsmessage.RCodeServerFailure)
	if missing() {
		t.Error("missing because a name server failed")
	}
	z.fail(asked.RecordName(), dnsmessage.RCodeNameError)
	if !missing() {
		t.Error("not missing though the zone says so")
	}
	z.fail(asked.RecordName(), dnsmessage.RCodeSuccess)
	if missing() {
		t.Error("missing though it is back")
	}
	z.publish(asked.RecordName(), "something else")
	if !missing() {
		t.Error("not missing though the record has another text")
	}
}

func (z *zone) fail(name string, code dnsmessage.RCode) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.fails[name+"."] = code
}

func (c *terminal) withTwoConnections() {
	c.t.Helper()
	for _, org := range []string{"contoso", "fabrikam"} {
		c.do("org", "add", org)
		c.do("connection", "add", org+"-entra", "--org", org, "--tenant-id", tenantID, "--client-id", "client", "--client-secret", "secret")
	}
}

func TestDomain_IsVerifiedByDNS(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	c.withTwoConnections()
	z, resolver := newZone(t)
	var asked domainView
	c.read(&asked, "domain", "add", "Contoso.com", "--connection", "contoso-entra", "--verify", "dns")
	if asked.Verified || asked.RecordName != "_doorlist-challenge.contoso.com" || len(asked.RecordText) != 43 {
		t.Errorf("asked for %+v", asked)
	}
	if got := c.do("domain", "add", "contoso.com", "--connection", "contoso-entra"); !strings.Contains(got, asked.RecordName) || !strings.Contains(got, asked.RecordText) {
		t.Errorf("asked again, in words: %s", got)
	}
	verify := func(want int, words ...string) {
		t.Helper()
		got := c.asks(resolver, "domain", "verify", "contoso.com", "--connection", "contoso-entra")
		for _, word := range words {
			if !strings.Contains(got.stdout+got.stderr, word) {
				t.Errorf("%s%s does not say %q", got.stdout, got.stderr, word)
			}
		}
		if got.code != want {
			t.Errorf("exit code %d, want %d: %s", got.code, want, got.stderr)
		}
	}
	verify(exitFailed, "no TXT record", asked.RecordName, asked.RecordText)
	z.fails[asked.RecordName+"."] = dnsmessage.RCodeServerFailure
	verify(exitFailed, "DNS gave no answer")
	delete(z.fails, asked.RecordName+".")
	z.publish(asked.RecordName)
	verify(exitFailed, "TXT")
	z.publish(asked.RecordName, "v=spf1 -all\x1b[2J", asked.RecordText+"x", strings.ToLower(asked.RecordText))
	verify(exitFailed, `"v=spf1 -all\x1b[2J"`, "set it to "+asked.RecordText)
	z.publish("contoso.com", asked.RecordText)
	verify(exitFailed, "set it to")

	var before []domainView
	c.read(&before, "domain", "list")
	if len(before) != 1 || before[0] != asked {
		t.Errorf("before: %+v", before)
	}
	z.publish(asked.RecordName, "v=spf1 -all", " "+asked.RecordText+" ")
	verify(exitDone, "verified by dns")
	verify(exitDone, "verified by dns") // with no record to look for any more
	var after []domainView
	c.read(&after, "domain", "list", "--org", "contoso")
	if len(after) != 1 || !after[0].Verified || after[0].VerifiedBy != "dns" || after[0].VerifiedAt == nil || after[0].RecordText != "" {
		t.Errorf("after: %+v", after)
	}
	var shown connectionDetail
	if c.read(&shown, "connection", "show", "contoso-entra"); len(shown.Domains) != 1 {
		t.Errorf("the connection has %v", shown.Domains)
	}
	for _, name := range z.asked {
		if name != asked.RecordName+"." {
			t.Errorf("DNS was asked about %s", name)
		}
	}
}

func TestDomain_DNSThatDoesNotAnswerHasATimeLimit(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	c.withTwoConnections()
	z, resolver := newZone(t)
	z.mute = true
	c.do("domain", "add", "contoso.com", "--connection", "contoso-entra")
	began := time.Now()
	got := c.asks(resolver, "domain", "verify", "contoso.com", "--connection", "contoso-entra")
	if got.code != exitFailed || !strings.Contains(got.stderr, "DNS gave no answer") {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("that took %v", took)
	}
}

func TestDomain_IsOneOrganizations(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	c.withTwoConnections()
	z, resolver := newZone(t)
	var asked [2]domainView
	c.read(&asked[0], "domain", "add", "contoso.com", "--connection", "contoso-entra")
	c.read(&asked[1], "domain", "add", "contoso.com", "--connection", "fabrikam-entra")
	z.publish(asked[0].RecordName, asked[0].RecordText)
	if got := c.asks(resolver, "domain", "verify", "contoso.com", "--connection", "fabrikam-entra"); got.code != exitFailed || !strings.Contains(got.stderr, asked[1].RecordText) {
		t.Errorf("by the other organization's record: %+v", got)
	}
	if got := c.asks(resolver, "domain", "verify", "contoso.com", "--connection", "contoso-entra"); got.code != exitDone {
		t.Fatalf("%+v", got)
	}
	z.publish(asked[1].RecordName, asked[1].RecordText)
	if got := c.asks(resolver, "domain", "verify", "contoso.com", "--connection", "fabrikam-entra"); got.code != exitFailed || !strings.Contains(got.stderr, "another organization") {
		t.Errorf("after it was given: %+v", got)
	}
}

func TestDomain_ByStatementAndGone(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	c.withTwoConnections()
	if got := c.do("domain", "add", "contoso.com", "--connection", "contoso-entra", "--verify", "statement"); !strings.Contains(got, "verified by statement") {
		t.Errorf("stated: %s", got)
	}
	c.do("domain", "add", "contoso.de", "--connection", "contoso-entra")
	for _, domain := range []string{"contoso.com", "contoso.de"} {
		c.do("domain", "remove", domain, "--connection", "contoso-entra")
	}
	var left []domainView
	if c.read(&left, "domain", "list"); len(left) > 0 {
		t.Errorf("left: %+v", left)
	}
	for want, args := range map[string][]string{
		"does not have the domain": {"domain", "remove", "contoso.com", "--connection", "contoso-entra"},
		"neither has the domain":   {"domain", "verify", "contoso.com", "--connection", "contoso-entra"},
	} {
		if got := c.fails(exitFailed, args...); !strings.Contains(got, want) {
			t.Errorf("%v: %s", args, got)
		}
	}
	for want, args := range map[string][]string{
		"dns or statement":    {"domain", "add", "contoso.com", "--connection", "contoso-entra", "--verify", "hope"},
		"--connection is":     {"domain", "add", "contoso.com"},
		"no mail domain such": {"domain", "add", "contoso", "--connection", "contoso-entra"},
		"anybody":             {"domain", "add", "gmail.com", "--connection", "contoso-entra"},
	} {
		if got := c.fails(exitUsage, args...); !strings.Contains(got, want) {
			t.Errorf("%v: %s", args, got)
		}
	}
}
