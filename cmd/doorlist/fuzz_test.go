package main

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"doorlist/store"
)

// FuzzSettings reads any configuration file: what is accepted is safe to serve with, and what is not is told in sentences.
func FuzzSettings(f *testing.F) {
	for _, seed := range []string{
		"", "listen: 127.0.0.1:8080\n", "base-url: http://door.example.com\n", "base-url: https://door.example.com/\ntrusted-proxies: [10.0.0.0/8, \"::1\"]\n",
		"trusted-proxies: 0.0.0.0/0\n", "session-idle: 2 days\n", "session-idle: -1\n", "unknown: 1\n", "listen: [", "listen: {a: b}\n", "listen: &a [*a]\n", "a: &a [x,x]\nb: &b [*a,*a]\n",
		"database: postgres://x\n", "database: mysql://x\n", "master-key: AAAA\n", "regions: [Europe=https://eu.example.com]\n", "smtp-url: smtp://a:b@c:99999\n", "migrate: maybe\n",
		"stop-delay: 11s\n", "syslog: tcp+tls://x\n", "\x00", "\xff\xfe", "listen: 127.0.0.1:8080\nlisten: 127.0.0.1:8081\n", "base-url: https://a@b\n", "config: x\n",
	} {
		f.Add(seed)
	}
	file := filepath.Join(f.TempDir(), "doorlist.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p := &program{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, now: time.Now}
		serve, flags, err := p.root().Find([]string{"serve", "--config", file})
		if err == nil {
			err = serve.ParseFlags(flags)
		}
		if err != nil {
			t.Fatal(err)
		}
		err = p.prepare(serve)
		if err == nil {
			checkSettings(t, text, p.config)
			return
		}
		if wrong, ok := errors.AsType[*usageError](err); !ok || slices.ContainsFunc(wrong.problems, func(s string) bool { return strings.TrimSpace(s) == "" }) {
			t.Errorf("%q is refused with %v", text, err)
		}
	})
}

// checkSettings demands of accepted settings what a server rests on.
func checkSettings(t *testing.T, text string, c Config) {
	t.Helper()
	if address := c.publicURL(); !strings.HasPrefix(address, "https://") {
		at, err := parseBaseURL(address)
		if err != nil || !isLoopback(at.Hostname()) {
			t.Errorf("%q serves people at %s: %v", text, address, err)
		}
	}
	if c.SessionIdle < time.Minute || c.SessionIdle > c.SessionLifetime || c.SessionLifetime > 24*time.Hour || c.StopDelay > maxStopDelay {
		t.Errorf("%q lets sessions last %s, %s", text, c.SessionIdle, c.SessionLifetime)
	}
	proxies, err := networks("trusted-proxies", c.TrustedProxies)
	for _, proxy := range proxies {
		if !proxy.IsValid() || proxy != netip.PrefixFrom(proxy.Masked().Addr(), proxy.Bits()) {
			t.Errorf("%q trusts %s", text, proxy)
		}
	}
	if err != nil || c.LogFormat != "text" && c.LogFormat != "json" {
		t.Errorf("%q is accepted: %v", text, err)
	}
}

// FuzzSyslogMessage tells any event: the message is one line, and no name in it ends a value or begins another message (RFC 5424 section 6.3.3).
func FuzzSyslogMessage(f *testing.F) {
	for _, seed := range []string{"alice", "a\"b", "a]b", "a\\", "\n<0>1 - - - - - -", "\u2028", "\x1b[31m", "\xff", `x" subject="y`, "] owned"} {
		f.Add(seed, seed, seed)
	}
	f.Fuzz(func(t *testing.T, name, host, detail string) {
		e := store.Event{At: time.Unix(0, 0), ID: "e", Action: "user.created", Detail: detail, Actor: store.Actor{Kind: store.Administrator, Name: name}}
		message := syslogMessage(host, e)
		if strings.ContainsFunc(message, unicode.IsControl) {
			t.Errorf("%q has a control character", message)
		}
		_, rest, _ := strings.Cut(message, "[doorlist@32473")
		values, ok := structured(rest)
		if want := oneLine(name); !ok || values["actor_name"] != want || values["action"] != "user.created" || values["subject"] != "" {
			t.Errorf("%q is read as %q, %t", message, values, ok)
		}
	})
}

// structured reads the values behind the name of an element of structured data, as RFC 5424 section 6.3 has them.
func structured(text string) (values map[string]string, ok bool) {
	values = map[string]string{}
	for {
		if strings.HasPrefix(text, "]") {
			return values, true
		}
		name, rest, found := strings.Cut(strings.TrimPrefix(text, " "), `="`)
		if !found {
			return values, false
		}
		var value strings.Builder
		for i := 0; ; i++ {
			if i >= len(rest) {
				return values, false
			}
			if rest[i] == '"' {
				text = rest[i+1:]
				break
			}
			if rest[i] == '\\' && i+1 < len(rest) && strings.IndexByte(`\"]`, rest[i+1]) >= 0 {
				i++
			}
			value.WriteByte(rest[i])
		}
		values[name] = value.String()
	}
}
