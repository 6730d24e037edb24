package auth_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"doorlist/auth"
	"doorlist/store/storetest"
)

// smtpServer is a mail server on loopback that takes every message, or refuses every one while it is busy.
type smtpServer struct {
	listener net.Listener

	mu       sync.Mutex
	busy     bool
	messages []string
}

func newSMTPServer(t *testing.T) *smtpServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &smtpServer{listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(conn)
		}
	}()
	return s
}

func (s *smtpServer) setBusy(busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = busy
}

func (s *smtpServer) received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.messages...)
}

func (s *smtpServer) talk(conn net.Conn) {
	defer conn.Close()
	fmt.Fprint(conn, "220 test\r\n")
	var message strings.Builder
	inData := false
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		line := lines.Text()
		s.mu.Lock()
		busy := s.busy
		s.mu.Unlock()
		switch {
		case inData && line == ".":
			inData = false
			s.mu.Lock()
			s.messages = append(s.messages, message.String())
			s.mu.Unlock()
			fmt.Fprint(conn, "250 taken\r\n")
		case inData:
			message.WriteString(line + "\n")
		case strings.HasPrefix(line, "EHLO"):
			fmt.Fprint(conn, "250 test\r\n")
		case strings.HasPrefix(line, "MAIL") && busy:
			fmt.Fprint(conn, "451 busy\r\n")
		case line == "DATA":
			inData = true
			fmt.Fprint(conn, "354 go on\r\n")
		case line == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "250 ok\r\n")
		}
	}
}

// A mail server that does not answer stops nothing, and nothing is lost.
func TestMailer_TriesAgainLaterAndGivesUpInTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	server := newSMTPServer(t)
	m, err := auth.NewMailer(w.store, auth.MailConfig{SMTPURL: "smtp://" + server.listener.Addr().String(), From: "door@example.com"}, w.logger)
	w.must(err)
	server.setBusy(true)
	w.inviteAlice()
	w.must(auth.SendAll(t.Context(), m))
	unsent, err := w.store.UnsentMail(t.Context())
	if err != nil || len(unsent) != 1 || unsent[0].Attempts != 1 || !strings.Contains(unsent[0].Fault, "451") {
		t.Fatalf("unsent = %+v, %v", unsent, err)
	}
	server.setBusy(false)
	w.must(auth.SendAll(t.Context(), m))
	if got := server.received(); len(got) != 0 {
		t.Errorf("it was tried again at once: %q", got)
	}
	w.clock.Advance(time.Minute)
	w.must(auth.SendAll(t.Context(), m))
	got := server.received()
	if len(got) != 1 || !strings.Contains(got[0], "From: <door@example.com>") || !strings.Contains(got[0], "Auto-Submitted: auto-generated") ||
		!strings.Contains(got[0], "Message-ID: <"+unsent[0].ID+"@doorlist>") {
		t.Errorf("received %q", got)
	}

	w.inviteAlice()
	w.clock.Advance(73 * time.Hour)
	w.must(auth.SendAll(t.Context(), m))
	if n, err := w.store.CountUnsentMail(t.Context()); n != 0 || err != nil || len(server.received()) != 1 {
		t.Errorf("a message whose link has no use any more: %d unsent, %v, %d received", n, err, len(server.received()))
	}
}

func TestMailer_FilesAreWholeOrNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	folder := filepath.Join(t.TempDir(), "mail")
	w.must(os.WriteFile(folder, nil, 0o600)) // a file in the way
	m, err := auth.NewMailer(w.store, auth.MailConfig{Folder: folder, From: "door@example.com"}, w.logger)
	w.must(err)
	w.inviteAlice()
	w.must(auth.SendAll(t.Context(), m))
	if n, err := w.store.CountUnsentMail(t.Context()); n != 1 || err != nil {
		t.Errorf("%d unsent, %v; want it kept", n, err)
	}
	w.must(os.Remove(folder))
	w.clock.Advance(time.Minute)
	w.must(auth.SendAll(t.Context(), m))
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 || !strings.HasSuffix(files[0].Name(), ".eml") {
		t.Errorf("the folder holds %v, %v", files, err)
	}
}

func TestMailConfig_NeverShowsThePassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"https://u:hunter2@mail", "smtp://u:hunter2@", "smtp://u:hunter2@mail/x", "smtp://u:hunter2@mail:port", "hunter2"} {
		if err := (auth.MailConfig{SMTPURL: url}).Check(); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
