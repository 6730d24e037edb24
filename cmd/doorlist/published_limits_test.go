package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// limit is a row of docs/limits.md that one request can show.
type limit struct {
	what   string
	most   int
	status int    // beyond it
	says   string // what the answer then says; "" for nothing in particular
}

var limitRow = regexp.MustCompile("(?m)^\\| (.+) \\| ([0-9,]+) \\| ([0-9]{3})(?: `(.+)`)? \\|$")

// publishedLimits reads the tables whose limits one request can show.
func publishedLimits(t *testing.T) (limits []limit) {
	t.Helper()
	page, err := os.ReadFile("../../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	tables, _, found := strings.Cut(string(page), "\n## What takes more than one request")
	rows := limitRow.FindAllStringSubmatch(tables, -1)
	if separators := strings.Count(tables, "|---|---|---|"); !found || len(rows) != strings.Count(tables, "\n| ")-separators {
		t.Fatalf("%d rows can be read as limits, of %d lines of tables", len(rows), strings.Count(tables, "\n| "))
	}
	for _, row := range rows {
		l := limit{what: row[1], says: row[4]}
		l.most, _ = strconv.Atoi(strings.ReplaceAll(row[2], ",", ""))
		l.status, _ = strconv.Atoi(row[3])
		limits = append(limits, l)
	}
	return limits
}

// answered is what came back.
type answered struct {
	status int
	body   string
}

// probe asks a server for n of something.
type probe struct {
	ask    func(l *limited, n int) answered
	within int // the status of the answer to as much as is allowed
	slack  int // how much net/http itself lets through beyond the limit
}

// limited is a served world that probes ask.
type limited struct {
	*isolated
	address string
	client  *http.Client
	made    int
}

func TestLimits_HoldAsPublished(t *testing.T) {
	t.Parallel()
	limits := publishedLimits(t)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newIsolated(t, s)
		w.addSAML("contoso-code")
		l := &limited{isolated: w, address: w.listen(), client: &http.Client{
			Transport:     &http.Transport{},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}}
		t.Cleanup(l.client.CloseIdleConnections)
		asked := map[string]bool{}
		for _, limit := range limits {
			p, known := probes[limit.what]
			if !known {
				t.Errorf("nobody knows how to ask for %q", limit.what)
				continue
			}
			asked[limit.what] = true
			if got := p.ask(l, limit.most); got.status != p.within || limit.refuses(got) {
				t.Errorf("%d %s: %d %.300s\nwant %d", limit.most, limit.what, got.status, got.body, p.within)
			}
			beyond := limit.most + p.slack + 1
			if got := p.ask(l, beyond); !limit.refuses(got) {
				t.Errorf("%d %s: %d %.300s\nwant %d %s", beyond, limit.what, got.status, got.body, limit.status, limit.says)
			}
		}
		for what := range probes {
			if !asked[what] {
				t.Errorf("%q is asked for, and not published", what)
			}
		}
	})
}

// The limits of time are net/http's to keep; a client that says nothing for one of them is not worth a minute of every test run.
func TestLimits_OfTimeAreTheServersOwn(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	for what, limit := range map[string]time.Duration{
		"headers of a request": server.ReadHeaderTimeout, "a whole request": server.ReadTimeout, "an answer": server.WriteTimeout,
		"a connection without a request": server.IdleTimeout,
	} {
		if row := fmt.Sprintf("| %s | %.0f seconds |", what, limit.Seconds()); limit <= 0 || !strings.Contains(string(page), row) {
			t.Errorf("%q is not published", row)
		}
	}
}

// A client that begins a request and says no more is cut off: it must not keep a connection for ever.
func TestServer_CutsOffWhoSaysNoMore(t *testing.T) {
	t.Parallel()
	address := newIsolated(t, storetest.New(t)).listen()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: "); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(conn); err != nil || len(answer) > 0 {
		t.Errorf("half a request is answered with %q, %v; want the connection closed", answer, err)
	}
}

// refuses says that an answer is the one that is published for more.
func (l limit) refuses(a answered) bool {
	return a.status == l.status && strings.Contains(a.body, l.says)
}

// send sends a request over a connection, with a credential of the world.
func (l *limited) send(method, path, contentType, credential, body string, headers ...string) answered {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), method, "http://"+l.address+path, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	if known := l.credentials[credential]; known != nil {
		r.Header = known.Clone()
	}
	r.Host = proxyHost
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := l.client.Do(r)
	if err != nil {
		l.t.Fatalf("%s %.100s: %v", method, path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		l.t.Fatalf("%s %.100s: %v", method, path, err)
	}
	return answered{res.StatusCode, string(text)}
}

// scim sends a request of the connection's provider.
func (l *limited) scim(method, path, body string) answered {
	return l.send(method, "/scim/v2"+path, "application/scim+json", "SCIM token", body)
}

// person creates a user with attributes beside a name that nobody has.
func (l *limited) person(attributes string) answered {
	return l.scim(http.MethodPost, "/Users", l.personOf(attributes))
}

func (l *limited) personOf(attributes string) string {
	l.made++
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"limit%d@example.com","active":true%s}`, l.made, attributes)
}

// many joins n texts that format makes of their number.
func many(n int, format, separator string) string {
	var b bytes.Buffer
	for i := range n {
		if i > 0 {
			b.WriteString(separator)
		}
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// padded is text with as many more letters as make it n bytes long.
func padded(text string, n int) string { return text + strings.Repeat("x", n-len(text)) }
