package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// httpCVEs are about requests as bytes, and about what is written of them.
var httpCVEs = []vulnerability{
	{"CVE-2023-44487", "the listener speaks no HTTP/2, whose streams can be opened and reset for nothing", func(w *cveWorld) {
		if got := w.raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"); strings.Contains(got, "\x00\x00") || !strings.HasPrefix(got, "HTTP/1.1 4") && got != "" {
			w.t.Errorf("the preface is answered %q", got)
		}
		got := w.raw("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n")
		if !strings.HasPrefix(got, "HTTP/1.1 200") || strings.Contains(got, "101 ") {
			w.t.Errorf("an upgrade is answered %q", got)
		}
	}},
	{"CVE-2025-22871", "a request whose end can be read in two ways is refused, or ends the connection", func(w *cveWorld) {
		const second = "GET /healthz HTTP/1.1\r\nHost: smuggled\r\n\r\n"
		for what, request := range map[string]string{
			"both lengths":               "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second,
			"two lengths":                "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n" + second,
			"a length with a sign":       "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n" + second,
			"an unknown coding":          "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + second,
			"a coding twice":             "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + second,
			"a coding behind a tab":      "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + second,
			"a line feed in a chunk":     "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;x\nx\r\n0\r\n\r\n" + second,
			"a blank before the colon":   "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length : 44\r\n\r\n" + second,
			"two hosts":                  "GET /login HTTP/1.1\r\nHost: x\r\nHost: evil.example\r\n\r\n",
			"no host":                    "GET /login HTTP/1.1\r\n\r\n",
			"a control character":        "GET /login HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
			"a name that is no token":    "GET /login HTTP/1.1\r\nHost: x\r\nX Y: a\r\n\r\n",
			"a chunk that is not so big": "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx\r\n0\r\n\r\n" + second,
		} {
			got := w.raw(request)
			served := strings.Contains(got, "HTTP/1.1 200") // the second one, or one that has no meaning
			if fault := strings.HasPrefix(got, "HTTP/1.1 5") && !strings.HasPrefix(got, "HTTP/1.1 501"); served || fault {
				w.t.Errorf("%s: %.300q", what, got)
			}
		}
	}},
	{"CVE-2026-56853", "who sends a header one byte after the other is not waited for", func(w *cveWorld) {
		w.together(20, func(i int) {
			conn := w.dial()
			defer conn.Close()
			io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
			closed := make(chan error, 1)
			go func() {
				_, err := io.Copy(io.Discard, conn)
				closed <- err
			}()
			for {
				select {
				case err := <-closed:
					if errors.Is(err, os.ErrDeadlineExceeded) {
						w.t.Errorf("connection %d was kept for a minute", i)
					}
					return
				case <-time.After(500 * time.Millisecond):
					io.WriteString(conn, "x") // which the end of the other direction tells of
				}
			}
		})
	}},
	{"CVE-2025-6203", "a stranger's body is answered before it is read", func(w *cveWorld) {
		for _, path := range []string{"/scim/v2/Users", "/scim/v2/Bulk", "/connections/okta/scim/v2/Users", "/scim/v2/.search", "/admin/organizations/contoso/drift", "/admin/api/commands"} {
			const begun = 64 << 10 // of 100 MiB
			for what, body := range map[string]string{
				"a length": fmt.Sprintf("Content-Length: %d\r\n\r\n", 100<<20),
				"chunks":   fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", 100<<20),
			} {
				conn := w.dial()
				go fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer dls_none\r\nContent-Type: application/scim+json\r\n%s%s", path, body, strings.Repeat(" ", begun))
				res, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil || res.StatusCode < 300 || res.StatusCode >= 500 {
					w.t.Errorf("%s with %s: no answer before the body: %v, %v", path, what, res, err)
				}
				conn.Close()
			}
		}
	}},
	{"CVE-2020-36565", "no spelling of a path is another one's page", func(w *cveWorld) {
		for _, path := range []string{
			"/admin%2Forganizations", "/%61dmin", "//admin", "///admin//organizations/contoso", "/./admin", "/x/../admin/organizations/contoso", "/auth/assets/../../admin", "/auth/assets/..%2f..%2fadmin", "/auth/assets/%2e%2e/%2e%2e/etc/passwd",
			"/admin;x", "/admin/", "/ADMIN", "/admin%00", "/admin%2f", "/admin/..;/admin", "/.doorlist/../admin", "/auth/assets/", "/auth/assets/..\\..\\go.mod", "/admin/assets/..%5c..%5cgo.mod", "/debug/pprof/", "/debug/vars", "/.git/config", "/..%2f..%2fetc%2fpasswd", "/metrics/../admin",
		} {
			got := w.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			if strings.HasPrefix(got, "HTTP/1.1 5") || strings.HasPrefix(got, "HTTP/1.1 2") && !strings.Contains(got, "Sign in") {
				w.t.Errorf("%s: %.300q", path, got)
			}
		}
	}},
	{"CVE-2026-42507", "whatever a request holds, an event is one line of the log", func(w *cveWorld) {
		const forged = "x\r\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\n\x1b[31mred\u2028line\u2029"
		n := w.nodes[1]
		w.send(stay, http.MethodPost, n.url+"/scim/v2/Users", `{"userName":`+quoted(forged)+`}`, "Authorization", "Bearer "+w.okta.token, "User-Agent", strings.Map(printable, forged))
		for _, path := range []string{"/login/" + escapePath(forged), "/scim/v2/Users/" + escapePath(forged), "/login?return_to=" + escapePath(forged), "/auth/verify?role=" + escapePath(forged)} {
			w.send(stay, http.MethodGet, n.url+path, "")
			w.send(w.owner(), http.MethodGet, n.url+path, "")
		}
		w.enterPassword(forged, forged)
		for line := range bytes.Lines([]byte(n.log.String())) {
			var event map[string]any
			if err := json.Unmarshal(line, &event); err != nil || event["msg"] == "forged" || bytes.ContainsAny(line, "\x1b\r") || strings.ContainsAny(strings.TrimSuffix(string(line), "\n"), "\u2028\u2029\u0085") {
				w.t.Errorf("the log has the line %q (%v)", line, err)
			}
		}
	}},
}

func escapePath(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

func (w *cveWorld) dial() net.Conn {
	w.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.nodes[0].url, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(time.Minute))
	return conn
}

// raw sends bytes and returns all that is answered to them.
func (w *cveWorld) raw(request string) string {
	w.t.Helper()
	conn := w.dial()
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		w.t.Fatal(err)
	}
	begin := make([]byte, 1)
	if n, err := conn.Read(begin); n == 0 {
		w.t.Logf("%.60q: no answer: %v", request, err)
		return ""
	}
	// Not before: net/http breaks off what it does for a client that is gone.
	if half, ok := conn.(*net.TCPConn); ok {
		half.CloseWrite()
	}
	rest, _ := io.ReadAll(conn) // reset or closed: either is an end
	return string(begin) + string(rest)
}
