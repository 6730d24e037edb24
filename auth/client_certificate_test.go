package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorlist/auth"
)

// newCertificate makes a certificate that is good for a day.
func newCertificate(t *testing.T, from time.Time) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "provisioning"}, NotBefore: from, NotAfter: from.Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestClientCertificates(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	der := newCertificate(t, start)
	sum := sha256.Sum256(der)
	fingerprint := hex.EncodeToString(sum[:])
	bare := base64.StdEncoding.EncodeToString(der)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	proxy, now := "10.1.2.3:4444", start.Add(time.Hour)
	for _, c := range []struct {
		what, from string
		at         time.Time
		values     []string
		want       string
	}{
		{"RFC 9440", proxy, now, []string{":" + bare + ":"}, fingerprint},
		{"nginx", proxy, now, []string{url.PathEscape(text)}, fingerprint},
		{"HAProxy, Caddy", proxy, now, []string{bare}, fingerprint},
		{"Traefik", proxy, now, []string{url.QueryEscape(bare)}, fingerprint},
		{"an IPv4 proxy on IPv6", "[::ffff:10.1.2.3]:4444", now, []string{bare}, fingerprint},
		{"nobody trusted", "10.2.2.3:4444", now, []string{bare}, ""},
		{"nobody at all", "", now, []string{bare}, ""},
		{"two of them", proxy, now, []string{bare, bare}, ""},
		{"two in one", proxy, now, []string{bare + ", " + bare}, ""},
		{"a chain", proxy, now, []string{url.PathEscape(text + text)}, ""},
		{"none", proxy, now, nil, ""},
		{"empty", proxy, now, []string{""}, ""},
		{"no certificate", proxy, now, []string{base64.StdEncoding.EncodeToString([]byte("x"))}, ""},
		{"a colon", proxy, now, []string{":"}, ""},
		{"an open one", proxy, now, []string{":" + bare}, ""},
		{"another kind", proxy, now, []string{url.PathEscape(key)}, ""},
		{"broken escapes", proxy, now, []string{"%zz" + bare}, ""},
		{"much too long", proxy, now, []string{strings.Repeat("A", 1<<20)}, ""},
		{"not yet in force", proxy, start.Add(-time.Second), []string{bare}, ""},
		{"expired", proxy, start.Add(25 * time.Hour), []string{bare}, ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.from
		for _, v := range c.values {
			r.Header.Add("X-Client-Cert", v)
		}
		proxies := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
		at := func() time.Time { return c.at }
		if got := auth.ClientCertificates("X-Client-Cert", proxies, at)(r); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
		for _, off := range []string{auth.ClientCertificates("", proxies, at)(r), auth.ClientCertificates("Client-Cert", proxies, at)(r), auth.ClientCertificates("X-Client-Cert", nil, at)(r)} {
			if off != "" {
				t.Errorf("%s: another header or no trusted proxy gives %q", c.what, off)
			}
		}
	}
}
