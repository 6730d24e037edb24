package main

import (
	"net/http"
	"strings"

	"doorlist/cmd/internal/overload"
)

// byCaller is for requests whose class is known when their caller is: those of providers.
const byCaller overload.Class = -1

// waitless are files, and what must answer when nothing else does.
const waitless overload.Class = -2

// watching is for those who watch the server. They take turns among themselves, so that a flood of anything else does not look like a server that is down.
const watching overload.Class = -3

// classesOf says by its address how urgent a request is. The first that fits counts; a route that none fits fails a test.
var classesOf = []struct {
	path  string
	class overload.Class
}{
	{"/auth/verify", overload.Check},
	{"/scim", byCaller},
	{"/connections", byCaller},
	{"/auth/session", overload.Check},
	{"/.doorlist/whoami", overload.Check},
	{"/readyz", watching}, // a node that is only busy must not be taken away, or the others get its requests too
	{"/metrics", watching},
	{"/healthz", waitless},
	{"/auth/assets", waitless}, {"/.doorlist/assets", waitless}, {"/admin/assets", waitless}, {"/favicon.ico", waitless}, {"/.well-known/jwks.json", waitless},
	{"/logout", overload.Revocation},
	{"/oauth/revoke", overload.Revocation},
	{"/oauth/token", overload.Provisioning}, // without it a provider cannot switch anybody off
	{"/login/callback", overload.Finishing}, {"/second-factor", overload.Finishing}, {"/auth/handover", overload.Finishing},
	{"/.doorlist/start", overload.Finishing}, {"/.doorlist/session", overload.Finishing},
	{"/saml", overload.Finishing},
	{"/sessions", overload.SignIn}, {"/login", overload.SignIn}, {"/password", overload.SignIn}, {"/recovery-codes", overload.SignIn}, {"/invite", overload.SignIn},
	{"/reset", overload.SignIn}, {"/setup", overload.SignIn}, {"/reauth", overload.SignIn}, {"/switched", overload.SignIn}, {"/device", overload.SignIn},
	{"/oauth/device_authorization", overload.SignIn},
	{"/admin", overload.Console},
}

// classOf is the class of a request; waits is false for what never waits.
func classOf(r *http.Request) (class overload.Class, waits bool) {
	path := r.URL.Path
	if strings.HasPrefix(path, "//") {
		path = "/" + strings.TrimLeft(path, "/") // as for the switchboard
	}
	class, known := classOfPath(path)
	if !known { // the front page, and addresses where there is nothing
		class = overload.SignIn
	}
	if class == overload.Console && r.Method == http.MethodPost && (strings.HasSuffix(path, "/end-sessions") || strings.HasSuffix(path, "/revoke")) {
		class = overload.Revocation
	}
	if path == "/sessions" && r.Method == http.MethodPost {
		class = overload.Revocation
	}
	return class, class != waitless
}

func classOfPath(path string) (class overload.Class, known bool) {
	for _, c := range classesOf {
		if rest, ok := strings.CutPrefix(path, c.path); ok && (rest == "" || rest[0] == '/') {
			return c.class, true
		}
	}
	return 0, false
}
