package entra

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// origin is a server with everything that goes with each request to it.
type origin struct {
	host, address string // address has the port
	path, query   string // of the URL, encoded; the query with its question mark
	tls           bool
	headers       string // as sent, each with its line end
	timeout       time.Duration
}

func newOrigin(raw string, timeout time.Duration, headers http.Header) (origin, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return origin{}, fmt.Errorf("%q is not a URL: %w", raw, err)
	}
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	if port == "" || u.Hostname() == "" {
		return origin{}, fmt.Errorf("the URL %q must begin with http:// or https:// and name a host", raw)
	}
	if u.Port() != "" {
		port = u.Port()
	}
	var lines bytes.Buffer
	if err := headers.Write(&lines); err != nil {
		return origin{}, err
	}
	query := ""
	if u.RawQuery != "" {
		query = "?" + u.RawQuery
	}
	return origin{
		path: u.EscapedPath(), query: query, host: u.Host, address: net.JoinHostPort(u.Hostname(), port), tls: u.Scheme == "https",
		headers: lines.String(), timeout: timeout,
	}, nil
}

// target is the request target of the URL itself (RFC 9112 section 3.2.1).
func (o origin) target() string { return cmp.Or(o.path, "/") + o.query }

// connection is one kept-alive HTTP/1.1 connection of one worker. http.Transport would cost two goroutines and several
// times the CPU a request: what the generator takes from the machine it takes from a server beside it.
type connection struct {
	origin origin
	conn   net.Conn
	in     *bufio.Reader
	out    []byte
	body   bytes.Buffer
	closed func() bool // takes the connection off the context

	sent, received int64 // bytes of requests, and of the bodies of answers
}

// errStale says that the server had closed the connection before it saw the request, which may be sent again
// (RFC 9112 section 9.3.1). Where it had seen it, the check of the second answer finds out.
var errStale = errors.New("the kept-alive connection was closed")

// exchange sends one request and reads the answer, whose body is valid until the next exchange.
func (c *connection) exchange(ctx context.Context, method, target string, body []byte) (answer, error) {
	reused := c.conn != nil
	a, err := c.try(ctx, method, target, body)
	if reused && errors.Is(err, errStale) {
		a, err = c.try(ctx, method, target, body)
	}
	if err != nil {
		c.close()
	}
	return a, err
}

func (c *connection) try(ctx context.Context, method, target string, body []byte) (answer, error) {
	if err := c.dial(ctx); err != nil {
		return answer{}, err
	}
	c.write(method, target, body)
	if err := c.conn.SetDeadline(time.Now().Add(c.origin.timeout)); err != nil {
		return answer{}, c.gone(err)
	}
	n, err := c.conn.Write(c.out)
	c.sent += int64(n)
	if err != nil {
		return answer{}, c.gone(err)
	}
	if _, err := c.in.Peek(1); err != nil {
		return answer{}, c.gone(err)
	}
	resp, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		return answer{}, err
	}
	return c.read(resp)
}

// gone tells a connection that the server closed from one that waited in vain.
func (c *connection) gone(err error) error {
	c.close()
	var failed net.Error
	if errors.As(err, &failed) && failed.Timeout() {
		return fmt.Errorf("no answer within %v: %w", c.origin.timeout, err)
	}
	return fmt.Errorf("%w: %w", errStale, err)
}

func (c *connection) read(resp *http.Response) (answer, error) {
	defer resp.Body.Close()
	c.body.Reset()
	n, err := c.body.ReadFrom(io.LimitReader(resp.Body, maxLoadAnswer+1))
	c.received += n
	if err != nil {
		return answer{}, fmt.Errorf("read the answer: %w", err)
	}
	if n > maxLoadAnswer {
		return answer{}, fmt.Errorf("the answer is longer than %d MiB", maxLoadAnswer>>20)
	}
	if resp.Close {
		c.close()
	}
	return answer{status: resp.StatusCode, header: resp.Header, body: c.body.Bytes()}, nil
}

// maxLoadAnswer bounds one answer; a group of a million members is 60 MiB.
const maxLoadAnswer = 128 << 20

func (c *connection) write(method, target string, body []byte) {
	b := append(c.out[:0], method...)
	b = append(b, ' ')
	b = append(b, target...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, c.origin.host...)
	b = append(b, "\r\n"...)
	b = append(b, c.origin.headers...)
	if body != nil {
		b = append(b, "Content-Type: application/scim+json; charset=utf-8\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(body)), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	c.out = append(b, body...)
}

func (c *connection) dial(ctx context.Context) error {
	if c.conn != nil {
		return nil
	}
	dialer := net.Dialer{Timeout: c.origin.timeout}
	conn, err := dialer.DialContext(ctx, "tcp", c.origin.address)
	if err != nil {
		return err
	}
	if c.origin.tls {
		host, _, _ := net.SplitHostPort(c.origin.address)
		conn = tls.Client(conn, &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12})
	}
	c.conn, c.in = conn, bufio.NewReaderSize(conn, 16<<10)
	c.closed = context.AfterFunc(ctx, func() { conn.Close() })
	return nil
}

func (c *connection) close() {
	if c.conn == nil {
		return
	}
	c.closed()
	c.conn.Close()
	c.conn = nil
}
