package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
)

// errTwoCookies refuses a request that carries the same cookie twice: somebody else may have set one of them, such as
// a sibling host (RFC 6265 section 8.6), and there is no telling which is ours.
var errTwoCookies = errors.New("the request carries the same cookie twice")

const sessionCookie = "doorlist"

// newSecret returns 256 random bits as text.
func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashSecret is the form in which a secret is kept. The text is hashed, not the bits that it stands for, so that
// another spelling of the same bits is another secret.
func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

func sameHash(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// cookieName gives a cookie the __Host- prefix where browsers honor it. They do over https alone, and there it keeps
// sibling hosts from setting the cookie (RFC 6265bis section 4.1.3.2).
func (o origin) cookieName(name string) string {
	if o.https {
		return "__Host-" + name
	}
	return name
}

// setCookie sets a cookie for the browser's session, or for maxAge seconds. A negative maxAge removes it.
func (o origin) setCookie(w http.ResponseWriter, name, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{ // #nosec G124 -- Secure wherever it is not http on loopback
		Name: o.cookieName(name), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: o.https,
		// Strict would hide the cookie on the way back from the provider, which is a cross-site navigation.
		SameSite: http.SameSiteLaxMode,
	})
}

// cookie returns the value of a cookie, "" where there is none.
func (o origin) cookie(r *http.Request, name string) (string, error) {
	found := r.CookiesNamed(o.cookieName(name))
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0].Value, nil
	}
	return "", errTwoCookies
}

// cookiesWith returns the names, without the __Host- prefix, of the cookies whose names begin with prefix.
func (o origin) cookiesWith(r *http.Request, prefix string) []string {
	var names []string
	for _, c := range r.Cookies() {
		if rest, ok := strings.CutPrefix(c.Name, o.cookieName(prefix)); ok {
			names = append(names, prefix+rest)
		}
	}
	return names
}
