package auth

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// maxCertificate bounds the header with a certificate, in bytes.
const maxCertificate = 16 << 10

// ClientCertificates tells the certificate with which a program has proved itself to a trusted proxy, which passes it on in
// a header: as its SHA-256 fingerprint in lower-case hexadecimal digits, "" where there is none, where it is not in force,
// and whenever somebody else sends the header. The proxy has to check that the program holds the key, and to overwrite the
// header in every request.
func ClientCertificates(header string, proxies []netip.Prefix, now func() time.Time) func(*http.Request) string {
	return func(r *http.Request) string {
		if header == "" || !fromTrusted(r, proxies) {
			return ""
		}
		values := r.Header.Values(header)
		if len(values) != 1 { // one of them is not the proxy's
			return ""
		}
		certificate, err := x509.ParseCertificate(certificateOf(values[0]))
		if err != nil || now().Before(certificate.NotBefore) || now().After(certificate.NotAfter) {
			return ""
		}
		sum := sha256.Sum256(certificate.Raw)
		return hex.EncodeToString(sum[:])
	}
}

// certificateOf reads the forms in which proxies write a certificate: between colons (RFC 9440), percent-encoded PEM (nginx,
// Traefik, HAProxy) or base64 alone (Caddy). It is DER, or nil.
func certificateOf(value string) []byte {
	if len(value) > maxCertificate {
		return nil
	}
	if inner, ok := strings.CutPrefix(value, ":"); ok {
		inner, ok = strings.CutSuffix(inner, ":")
		if !ok {
			return nil
		}
		return fromBase64(inner)
	}
	if strings.Contains(value, "%") {
		text, err := url.PathUnescape(value) // in which a plus is one
		if err != nil {
			return nil
		}
		value = text
	}
	if block, rest := pem.Decode([]byte(value)); block != nil {
		if block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
			return nil
		}
		return block.Bytes
	}
	return fromBase64(value)
}

func fromBase64(text string) []byte {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return der
}
