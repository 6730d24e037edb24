package entra

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Exchange is one request and what came back.
type Exchange struct {
	Cycle    int           // counts from 1; on-demand runs count too
	Step     string        // what it was for: "match user", "add members", ...
	Subject  string        // userPrincipalName or displayName of the object it was about; empty for probes
	Method   string        // GET, POST, PATCH or DELETE
	URL      string        //
	Body     string        // as sent, empty for GET and DELETE
	Status   int           // 0 if no answer came
	Answer   string        // body of the answer, at most 16 MiB
	Duration time.Duration // until the answer was read
	Note     string        // misbehavior or throttling that explains the exchange, empty normally
	Err      error         // transport error, nil if an answer came
}

// maxAnswer bounds what is read of one answer.
const maxAnswer = 16 << 20

// maxThrottled is how often one request waits for a 429 before it fails.
const maxThrottled = 3

// maxRetryAfter is the longest wait that is honored within a cycle.
const maxRetryAfter = 30 * time.Second

// errDropped says that this client closed the connection after the server had answered, without reading the answer.
var errDropped = errors.New("entra: connection dropped on purpose before the answer was read")

// RequestError is an answer that the engine cannot go on with, or no answer at all (Status 0).
type RequestError struct {
	Step, Method, URL string
	Status            int
	Detail            string // the server's own words, shortened
}

func (e *RequestError) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("%s: %s %s: %s", e.Step, e.Method, e.URL, e.Detail)
	}
	return fmt.Sprintf("%s: %s %s was answered %d: %s", e.Step, e.Method, e.URL, e.Status, e.Detail)
}

// QuarantineError ends a cycle at once: Entra would quarantine the job and try again hours later.
type QuarantineError struct{ Reason string }

func (e *QuarantineError) Error() string {
	return "the job would be quarantined: " + e.Reason
}

// call is one request to make.
type call struct {
	step, method string
	path         string // below the endpoint: "/Users/ID"
	query        string // encoded
	body         any    // nil for none
}

func (c call) read() bool { return c.method == http.MethodGet }

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) ok() bool { return a.status/100 == 2 }

// endpoint is a tenant URL. Its query, where administrators put the feature flag, goes with every request.
type endpoint struct{ base, query string }

func parseEndpoint(raw string) (endpoint, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return endpoint{}, fmt.Errorf("the SCIM endpoint is not a URL: %w", err)
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return endpoint{}, fmt.Errorf("the SCIM endpoint %q must begin with http:// or https://", raw)
	}
	e := endpoint{query: u.RawQuery}
	u.RawQuery, u.Fragment = "", ""
	e.base = strings.TrimRight(u.String(), "/")
	return e, nil
}

func (e endpoint) url(path, query string) string {
	parts := make([]string, 0, 2)
	for _, q := range []string{query, e.query} {
		if q != "" {
			parts = append(parts, q)
		}
	}
	if len(parts) == 0 {
		return e.base + path
	}
	return e.base + path + "?" + strings.Join(parts, "&")
}

// equals is a filter in the encoding of the live service: spaces as +, quotes as %22.
func equals(attribute, value string) string {
	return "filter=" + url.QueryEscape(attribute+" eq "+quoteFilter(value))
}

// send makes the call as often as the faults say and returns the first answer.
func (t *task) send(ctx context.Context, c call) (answer, error) {
	var body []byte
	if c.body != nil {
		encoded, err := encode(c.body)
		if err != nil {
			return answer{}, fmt.Errorf("%s: encode the body: %w", c.step, err)
		}
		body = encoded
	}
	plan := t.misbehave(c)
	if err := t.run.p.wait(ctx, plan.delay); err != nil {
		return answer{}, err
	}
	first, err := t.throttled(ctx, c, body, plan.drop)
	if err != nil {
		return answer{}, err
	}
	for n := 2; n <= plan.times; n++ {
		again, _, err := t.once(ctx, c, body, false, fmt.Sprintf("repeat %d", n))
		if err != nil {
			return answer{}, err
		}
		t.checkRepeat(c, first, again)
	}
	return first, nil
}

// throttled makes the call and honors Retry-After, which Entra does for some connectors only.
func (t *task) throttled(ctx context.Context, c call, body []byte, drop bool) (answer, error) {
	note := ""
	for attempt := 1; ; attempt++ {
		a, x, err := t.once(ctx, c, body, drop, note)
		if err != nil {
			return answer{}, err
		}
		t.checkAnswer(c, a)
		if a.status == http.StatusUnauthorized {
			return a, &QuarantineError{Reason: fmt.Sprintf("%s %s was answered 401: check the token", x.Method, x.URL)}
		}
		if a.status != http.StatusTooManyRequests || attempt == maxThrottled {
			return a, nil
		}
		pause := retryAfter(a.header, t.run.p.now())
		if pause > maxRetryAfter {
			return a, nil
		}
		if err := t.run.p.wait(ctx, pause); err != nil {
			return answer{}, err
		}
		note = "again after 429"
	}
}

// retryAfter reads seconds or an HTTP date (RFC 9110 section 10.2.3); without a usable one it is a second.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return time.Second
}

// once makes one HTTP exchange and logs it.
func (t *task) once(ctx context.Context, c call, body []byte, drop bool, note string) (answer, Exchange, error) {
	p := t.run.p
	x := Exchange{
		Cycle: t.run.cycle, Step: c.step, Subject: t.about, Note: note,
		Method: c.method, URL: p.endpoint.url(c.path, c.query), Body: string(body),
	}
	start := p.now()
	a, err := p.exchange(ctx, x, body, drop)
	x.Duration = p.now().Sub(start)
	x.Status, x.Answer, x.Err = a.status, string(a.body), err
	if errors.Is(err, errDropped) {
		x.Note = strings.TrimPrefix(note+", answer dropped", ", ")
	}
	t.run.note(x)
	if err == nil || errors.Is(err, errDropped) || ctx.Err() != nil {
		return a, x, err
	}
	return a, x, &RequestError{Step: c.step, Method: x.Method, URL: x.URL, Detail: err.Error()}
}

// exchange speaks HTTP. With drop it waits until the server has answered, which is after it committed, and then
// closes the connection without reading.
func (p *Provisioner) exchange(ctx context.Context, x Exchange, body []byte, drop bool) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, x.Method, x.URL, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
	// No Accept header: live GETs come without one (seen in the field: MicrosoftDocs/azure-docs#94189).
	req.Close = drop
	resp, err := p.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	if drop {
		return answer{status: resp.StatusCode}, errDropped
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return answer{}, fmt.Errorf("read the answer: %w", err)
	}
	return answer{status: resp.StatusCode, header: resp.Header, body: text}, nil
}
