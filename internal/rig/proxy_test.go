package rig

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// echo is a server that sends back what it gets.
func echo(t *testing.T) *Proxy {
	t.Helper()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	p, err := NewProxy()
	if err != nil {
		t.Fatal(err)
	}
	p.Serve("tcp", server.Addr().String())
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	return p
}

// sent sends a text through the proxy and reads what comes back until the connection ends or nothing more is due.
func sent(t *testing.T, p *Proxy, text string) (got string, err error) {
	t.Helper()
	c, err := net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, text); err != nil {
		return "", err
	}
	answer := make([]byte, len(text))
	n, err := io.ReadFull(c, answer)
	return string(answer[:n]), err
}

func TestProxy_PassesAndCounts(t *testing.T) {
	t.Parallel()
	p := echo(t)
	if got, err := sent(t, p, "twelve bytes"); got != "twelve bytes" || err != nil {
		t.Fatalf("got %q, %v", got, err)
	}
	if up, down := p.Passed(); up != 12 || down != 12 {
		t.Errorf("%d bytes went up and %d down, want 12 each", up, down)
	}
}

func TestProxy_CutsAfterTheByte(t *testing.T) {
	t.Parallel()
	p := echo(t)
	for k := range int64(12) {
		p.CutAfter(Down, k)
		if got, err := sent(t, p, "twelve bytes"); got != "twelve bytes"[:k] || err == nil {
			t.Errorf("cut after %d: got %q, %v", k, got, err)
		}
	}
	p.Mend()
	if got, err := sent(t, p, "twelve bytes"); got != "twelve bytes" || err != nil {
		t.Errorf("mended: got %q, %v", got, err)
	}
}

func TestProxy_HoldsOneWayUntilMended(t *testing.T) {
	t.Parallel()
	p := echo(t)
	p.Hold(Down)
	done := make(chan string, 1)
	go func() {
		got, _ := sent(t, p, "late")
		done <- got
	}()
	for up := int64(0); up < 4; {
		more, down := p.Passed()
		if up += more; down > 0 {
			t.Fatal("bytes came down a way that is held")
		}
		time.Sleep(time.Millisecond)
	}
	p.Mend()
	if got := <-done; got != "late" {
		t.Errorf("mended: got %q", got)
	}
}

func TestProxy_ResetBreaksWhatIsOpen(t *testing.T) {
	t.Parallel()
	p := echo(t)
	c, err := net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	p.Reset()
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after a reset: %v", err)
	}
}
