package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// callTimeout bounds one request.
const callTimeout = 60 * time.Second

// caller is one connection of HTTP/1.1 that stays open. Client and server share the machine's cores: what net/http's client would burn in goroutines
// and headers, the server could not use.
type caller struct {
	conn    net.Conn
	answers *bufio.Reader
	header  string // of every request
	request bytes.Buffer
	answer  bytes.Buffer
}

// dial connects to a server. credential is a whole line of the header, or empty.
func dial(address, credential string) (*caller, error) {
	conn, err := net.DialTimeout("tcp", address, callTimeout)
	if err != nil {
		return nil, err
	}
	header := "Host: " + address + "\r\n"
	if credential != "" {
		header += credential + "\r\n"
	}
	return &caller{conn: conn, answers: bufio.NewReaderSize(conn, 64<<10), header: header}, nil
}

// do makes a request. The answer is good until the next one.
func (c *caller) do(method, target string, body []byte) (status int, answer []byte, err error) {
	if err := c.conn.SetDeadline(time.Now().Add(callTimeout)); err != nil {
		return 0, nil, err
	}
	r := &c.request
	r.Reset()
	r.WriteString(method + " " + target + " HTTP/1.1\r\n" + c.header)
	if body != nil {
		r.WriteString("Content-Type: application/scim+json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n")
	}
	r.WriteString("\r\n")
	r.Write(body)
	if _, err := c.conn.Write(r.Bytes()); err != nil {
		return 0, nil, err
	}
	response, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	c.answer.Reset()
	_, err = c.answer.ReadFrom(response.Body)
	return response.StatusCode, c.answer.Bytes(), err
}

// expect makes a request whose answer must have the status and hold the texts.
func (c *caller) expect(status int, texts []string, method, target string, body []byte) ([]byte, error) {
	got, answer, err := c.do(method, target, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, target, err)
	}
	if got != status {
		return nil, fmt.Errorf("%s %s: status %d, want %d: %.300s", method, target, got, status, answer)
	}
	for _, text := range texts {
		if !bytes.Contains(answer, []byte(text)) {
			return nil, fmt.Errorf("%s %s: the answer does not hold %s: %.300s", method, target, text, answer)
		}
	}
	return answer, nil
}

// calling is a load of requests, each worker with a connection of its own.
func calling(address, credential string, do func(c *caller) error) load {
	return func(workers int) (ready []worker, done func(), err error) {
		var open []*caller
		done = func() {
			for _, c := range open {
				c.conn.Close()
			}
		}
		for range workers {
			c, err := dial(address, credential)
			if err != nil {
				done()
				return nil, nil, err
			}
			open = append(open, c)
			ready = append(ready, func() error { return do(c) })
		}
		return ready, done, nil
	}
}
