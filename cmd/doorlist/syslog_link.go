package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// syslogReceiver is where events are sent.
type syslogReceiver struct {
	network string // "udp", "tcp" or "tls"
	address string
	roots   *x509.CertPool // whom a tls receiver's certificate must be from; nil: whom the machine trusts
}

// name is the receiver's name in the database.
func (r *syslogReceiver) name() string { return "syslog " + r.network + "://" + r.address }

// syslogReceiver reads --audit-syslog and --audit-syslog-ca; nil for none.
func (c *Config) syslogReceiver() (*syslogReceiver, error) {
	if c.AuditSyslog == "" {
		if c.AuditSyslogCA != "" {
			return nil, fmt.Errorf("--audit-syslog-ca is for a receiver at --audit-syslog tls://HOST:PORT, which is missing")
		}
		return nil, nil
	}
	u, err := url.Parse(c.AuditSyslog)
	if err != nil || u.Scheme != "udp" && u.Scheme != "tcp" && u.Scheme != "tls" || u.Hostname() == "" || u.Port() == "" ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		// The value is not repeated: somebody may have put a password into it.
		return nil, fmt.Errorf("--audit-syslog must be udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT and nothing more, e.g. tls://siem.example.com:6514")
	}
	r := &syslogReceiver{network: u.Scheme, address: u.Host}
	if c.AuditSyslogCA == "" {
		return r, nil
	}
	if r.network != "tls" {
		return nil, fmt.Errorf("--audit-syslog-ca is for tls:// alone: over %s nobody shows a certificate", r.network)
	}
	pem, err := os.ReadFile(c.AuditSyslogCA)
	if err != nil {
		return nil, fmt.Errorf("--audit-syslog-ca: %w", err)
	}
	r.roots = x509.NewCertPool()
	if !r.roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--audit-syslog-ca: %s has no certificate in PEM form", c.AuditSyslogCA)
	}
	return r, nil
}

const (
	syslogDial  = 10 * time.Second // for a connection with its handshake
	syslogWrite = 10 * time.Second // for a message, before the receiver counts as away
	syslogBye   = time.Second      // for the receiver to say that it has read everything
	// Datagrams have nobody who says that they come too fast.
	datagramBurst = 20
	datagramPause = 5 * time.Millisecond
)

// keepAlive finds a machine that is switched off in 20 seconds, where nothing is sent.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 5 * time.Second, Count: 3}

// errReceiverGone: what was sent last may not have been read.
var errReceiverGone = errors.New("the receiver has ended the connection")

// syslogLink is a connection to a receiver.
type syslogLink struct {
	conn      net.Conn
	out       *bufio.Writer // of streams
	datagrams int           // of the burst
	gone      chan struct{} // closed when the receiver has gone
	fault     error         // why, once it has
}

func (r *syslogReceiver) dial(ctx context.Context) (*syslogLink, error) {
	d := net.Dialer{Timeout: syslogDial, KeepAliveConfig: keepAlive}
	dial, network := d.DialContext, r.network
	if r.network == "tls" {
		dial, network = (&tls.Dialer{NetDialer: &d, Config: &tls.Config{RootCAs: r.roots, MinVersion: tls.VersionTLS12}}).DialContext, "tcp"
	}
	conn, err := dial(ctx, network, r.address)
	if err != nil {
		return nil, err
	}
	l := &syslogLink{conn: conn, gone: make(chan struct{})}
	if r.network != "udp" {
		l.out = bufio.NewWriterSize(conn, 64<<10)
	}
	go l.listen()
	return l, nil
}

// listen waits for the end: receivers say nothing else. Of a datagram that nobody took, the machine there may tell (RFC 1122
// section 4.1.3.3).
func (l *syslogLink) listen() {
	defer close(l.gone)
	if _, err := io.Copy(io.Discard, l.conn); err != nil {
		l.fault = err
	}
}

// lost is why the receiver has gone; nil while it has not.
func (l *syslogLink) lost() error {
	select {
	case <-l.gone:
		return errors.Join(errReceiverGone, l.fault)
	default:
		return nil
	}
}

// send sends a message: a datagram (RFC 5426), or in a stream behind its length (RFC 6587 section 3.4.1, RFC 5425 section 4.3).
func (l *syslogLink) send(message string) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(syslogWrite)); err != nil {
		return err
	}
	if l.out != nil {
		_, err := l.out.WriteString(strconv.Itoa(len(message)) + " " + message)
		return err
	}
	if l.datagrams++; l.datagrams%datagramBurst == 0 {
		time.Sleep(datagramPause)
	}
	_, err := io.WriteString(l.conn, message)
	return err
}

func (l *syslogLink) flush() error {
	if l.out == nil {
		return nil
	}
	return l.out.Flush()
}

// finish ends the connection. It says whether the receiver has ended it too, as one does that has read everything.
func (l *syslogLink) finish() (read bool) {
	half, ok := l.conn.(interface{ CloseWrite() error })
	if !ok || l.lost() != nil || l.flush() != nil || half.CloseWrite() != nil {
		return false
	}
	select {
	case <-l.gone:
		return l.fault == nil
	case <-time.After(syslogBye):
		return false
	}
}

func (l *syslogLink) close() {
	l.conn.Close()
	<-l.gone
}
