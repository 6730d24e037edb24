package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// snippet reads the README's only block of a language.
func snippet(t *testing.T, language string) string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "\n```"+language+"\n")
	text, _, ended := strings.Cut(rest, "\n```\n")
	if !found || !ended {
		t.Fatalf("the README has no snippet for %s", language)
	}
	return text
}

// adapt replaces what is of one installation; each of it must be in the snippet.
func adapt(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the snippet has no %q", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// onOneHost makes of a snippet what docs/forward-auth.md says of an application that shares the door's host.
func onOneHost(t *testing.T, language, text string) string {
	t.Helper()
	nginx, caddy := documented(t, "README.md", nginxDoorPaths), documented(t, "README.md", caddyDoorPaths)
	text = adapt(t, text, proxyHost, "unused.example.com")
	if language == "nginx" {
		return adapt(t, text, "location "+hostPages+" {", "location ~ "+nginx+" {", wikiHost, proxyHost)
	}
	return adapt(t, text, "handle "+hostPages+"* {", "@shared path "+caddy+"\n\thandle @shared {", wikiHost, proxyHost)
}

// onSeveralHosts repeats the block of an application for another one, as the snippet says.
func onSeveralHosts(t *testing.T, language, text string) string {
	t.Helper()
	begins := map[string]string{"nginx": "server {   # for each application", "caddyfile": wikiHost + " {"}[language]
	_, block, found := strings.Cut(text, begins)
	if !found {
		t.Fatalf("the snippet has no %q", begins)
	}
	return text + "\n" + adapt(t, begins+block, wikiHost, payrollHost)
}

// arrangement is how door and application divide the hosts.
type arrangement func(t *testing.T, language, text string) string

func startNginx(t *testing.T, hosts arrangement, door, application string) string {
	t.Helper()
	dir, address := t.TempDir(), freeAddress(t)
	writeCertificate(t, dir)
	config := adapt(t, hosts(t, "nginx", snippet(t, "nginx")), "127.0.0.1:8080", door, "127.0.0.1:3000", application, "listen 443 ssl", "listen "+address+" ssl",
		"/etc/ssl/example.com.pem", dir+"/cert.pem", "/etc/ssl/example.com.key", dir+"/key.pem")
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n"
	}
	keepFile(t, dir+"/nginx.conf", user+"daemon off;\nmaster_process off;\npid "+dir+"/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n"+
		"client_body_temp_path "+dir+"/body;\nproxy_temp_path "+dir+"/proxy;\nfastcgi_temp_path "+dir+"/f;\nuwsgi_temp_path "+dir+"/u;\nscgi_temp_path "+dir+"/s;\n"+
		config+"\n}\n")
	startProxy(t, address, "nginx", "-p", dir, "-e", "stderr", "-c", dir+"/nginx.conf")
	return address
}

func startCaddy(t *testing.T, hosts arrangement, door, application string) string {
	t.Helper()
	dir, address := t.TempDir(), freeAddress(t)
	writeCertificate(t, dir)
	_, port, _ := net.SplitHostPort(address)
	config := adapt(t, hosts(t, "caddyfile", snippet(t, "caddyfile")), "127.0.0.1:8080", door, "127.0.0.1:3000", application)
	site := regexp.MustCompile(`(?m)^([a-z]+\.example\.com) \{$`)
	config = site.ReplaceAllString(config, "https://$1:"+port+" {\n\tbind 127.0.0.1\n\ttls "+dir+"/cert.pem "+dir+"/key.pem")
	keepFile(t, dir+"/Caddyfile", "{\n\tadmin off\n\tauto_https off\n}\n"+config+"\n")
	startProxy(t, address, "caddy", "run", "--adapter", "caddyfile", "--config", dir+"/Caddyfile")
	return address
}

// startProxy runs a proxy until the test ends and returns when it listens.
func startProxy(t *testing.T, address, name string, args ...string) {
	t.Helper()
	var log bytes.Buffer
	if _, err := exec.LookPath(name); err != nil {
		name = "/usr/sbin/" + name // which is on root's path alone
	}
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_DATA_HOME="+t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: run scripts/install-test-tools, which installs what the tests need", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", name, log.String())
		}
	})
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return
		}
	}
	t.Fatalf("%s does not listen on %s", name, address)
}

// freeAddress is an address on which nothing listens at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func writeCertificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{proxyHost, wikiHost, payrollHost, "unused.example.com"}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	keepFile(t, filepath.Join(dir, "cert.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	keepFile(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
}

func keepFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
