package auth

import (
	"errors"
	"net/http"
	"strings"

	"doorlist/store"
)

// errTwoCredentials refuses a request that names two sessions: one of them may have been slipped in.
var errTwoCredentials = errors.New("the request names more than one session")

// credential reads the secret by which a request names its session, "" where it names none.
type credential func(r *http.Request) (string, error)

// cookieSecret is what the door's own pages go by. The secret of an application's host opens none of them: whoever steals it
// there has that host and nothing else.
func (d *door) cookieSecret(r *http.Request) (string, error) {
	secret, err := d.browserSecret(r)
	if strings.HasPrefix(secret, store.HostTokenPrefix) {
		return "", err
	}
	return secret, err
}

// browserSecret is a browser's cookie, of the door or of an application's host. A program's secret is no cookie: a program
// must not act as a browser, least of all approve another program.
func (d *door) browserSecret(r *http.Request) (string, error) {
	secret, err := d.origin.cookie(r, sessionCookie)
	if strings.HasPrefix(secret, store.DeviceTokenPrefix) {
		return "", err
	}
	return secret, err
}

// anySecret is what forward-auth and /auth/session go by: a browser's cookie or a program's bearer secret.
func (d *door) anySecret(r *http.Request) (string, error) {
	secret, err := d.browserSecret(r)
	if err != nil {
		return "", err
	}
	token, err := bearerSecret(r)
	if err == nil && token != "" && secret != "" {
		err = errTwoCredentials
	}
	if token != "" {
		secret = token
	}
	return secret, err
}

// bearerSecret is the secret of a program (RFC 6750 section 2.1). Other credentials are for the application behind the
// door, and none of our business.
func bearerSecret(r *http.Request) (string, error) {
	var found []string
	for _, header := range r.Header.Values("Authorization") {
		scheme, token, _ := strings.Cut(header, " ")
		token = strings.TrimSpace(token)
		if strings.EqualFold(scheme, "Bearer") && strings.HasPrefix(token, store.DeviceTokenPrefix) {
			found = append(found, token)
		}
	}
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0], nil
	}
	return "", errTwoCredentials
}

// isUse says whether a request shows that a person is there, so that the idle limit moves. A page that polls in a forgotten
// tab must not keep a session alive: browsers mark what they load for a script (Sec-Fetch-Mode). Programs and old browsers
// mark nothing. An application of one page, which never navigates, tells by /auth/session?active=1 that its person is there.
func isUse(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Mode") {
	case "", "navigate":
		return true
	}
	return (r.URL.Path == "/auth/session" || r.URL.Path == hostWhoamiPath) && r.URL.Query().Get("active") == "1"
}
