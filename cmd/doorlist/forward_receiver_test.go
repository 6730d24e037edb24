package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// receiver is a syslog receiver that can die and come back.
type receiver struct {
	t         *testing.T
	network   string
	address   string
	authority []byte // in PEM form
	keys      tls.Certificate

	mu       sync.Mutex
	messages []string
	open     []io.Closer
}

func newReceiver(t *testing.T, network string) *receiver {
	t.Helper()
	r := &receiver{t: t, network: network, address: "127.0.0.1:0"}
	if network == "tls" {
		r.certify()
	}
	r.listen()
	t.Cleanup(r.kill)
	return r
}

// certify makes a certificate that is its own authority.
func (r *receiver) certify() {
	r.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		r.t.Fatal(err)
	}
	r.keys = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	r.authority = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// at is the receiver as the settings name it.
func (r *receiver) at() *syslogReceiver {
	s := &syslogReceiver{network: r.network, address: r.address}
	if r.network == "tls" {
		s.roots = x509.NewCertPool()
		s.roots.AppendCertsFromPEM(r.authority)
	}
	return s
}

// listen begins, or begins again at the same address.
func (r *receiver) listen() {
	r.t.Helper()
	if r.network == "udp" {
		conn, err := net.ListenPacket("udp", r.address)
		if err != nil {
			r.t.Fatal(err)
		}
		r.address = conn.LocalAddr().String()
		r.keep(conn)
		go r.datagrams(conn)
		return
	}
	listener, err := net.Listen("tcp", r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.address = listener.Addr().String()
	r.keep(listener)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			r.keep(conn)
			go r.stream(conn)
		}
	}()
}

func (r *receiver) keep(c io.Closer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = append(r.open, c)
}

// kill ends the receiver as a signal would: what it has not read is lost.
func (r *receiver) kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		c.Close()
	}
	r.open = nil
}

func (r *receiver) took(message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = append(r.messages, message)
}

func (r *receiver) datagrams(conn net.PacketConn) {
	for b := make([]byte, 64<<10); ; {
		n, _, err := conn.ReadFrom(b)
		if err != nil {
			return
		}
		r.took(string(b[:n]))
	}
}

// stream reads messages behind their length, slowly, so that some lie unread.
func (r *receiver) stream(conn net.Conn) {
	defer conn.Close()
	plain := conn
	if r.network == "tls" {
		plain = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{r.keys}})
	}
	for b := bufio.NewReader(plain); ; time.Sleep(time.Millisecond) {
		size, err := b.ReadString(' ')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(size, " "))
		if err != nil {
			r.t.Errorf("a message begins with %q", size)
			return
		}
		message := make([]byte, n)
		if _, err := io.ReadFull(b, message); err != nil {
			return
		}
		r.took(string(message))
	}
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.messages)
}

// text is everything that came, a message a line.
func (r *receiver) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.messages, "\n")
}

// once are the ids of an organization's events in the order in which they first came.
func (r *receiver) once(organization string) (ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.messages {
		if _, rest, found := strings.Cut(m, `[doorlist@32473 id="`); found && strings.Contains(rest, `organization="`+organization+`"`) {
			id, _, _ := strings.Cut(rest, `"`)
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}
