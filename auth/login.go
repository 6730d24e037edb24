package auth

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
)

// Region is another host of the same service, which has other people.
type Region struct{ Name, URL string }

// maxIdentifier bounds what people type, in bytes: the longest e-mail address has 320.
const maxIdentifier = 320

type loginBody struct {
	Notice, Fault, Identifier, ReturnTo string
	// Password is the address for local people.
	Password string
	Regions  []Region
	// Empty says that there is no connection at all: an administrator should read what to do.
	Empty bool
}

// askIdentifier shows the one page with which a sign-in begins. It never goes on by itself, but for somebody who is signed in
// already and whom an application has sent.
func (d *door) askIdentifier(c echo.Context) error {
	returnTo := d.returnTo(c)
	if _, ok := d.origin.readSite(c.QueryParam("return_to")); ok && returnTo != "/" && d.presentSession(c) != nil {
		return c.Redirect(http.StatusSeeOther, returnTo) // one sign-in for all
	}
	if d.arrivesAgain(c, returnTo) {
		return d.showLoop(c, d.origin.base.Host, loginPath("", returnTo))
	}
	identifier, _ := readIdentifier(c.QueryParam("login_hint"))
	return d.showLogin(c, http.StatusOK, loginBody{Notice: loginNotice(c.QueryParam("notice")), Identifier: identifier, ReturnTo: returnTo})
}

func (d *door) showLogin(c echo.Context, status int, body loginBody) error {
	connections, err := d.store.Connections(c.Request().Context())
	if err != nil {
		return err
	}
	body.Empty, body.Regions, body.Password = len(connections) == 0, d.regions, passwordPath(body.ReturnTo)
	c.Response().Header().Set("Content-Security-Policy", contentPolicy(d.elsewhere(), "'none'"))
	return d.showSame(c, status, loginTemplate, "Sign in", body)
}

// elsewhere lets the form with the identifier, which holds no secret, end at a provider: browsers apply form-action to
// the redirects that follow a form too, and a provider may send people on to another one.
func (d *door) elsewhere() string {
	if d.origin.https {
		return "'self' https:"
	}
	return "'self' https: http://127.0.0.1:* http://localhost:* http://*.localhost:*" // on this machine a provider may be too
}

// identifyFirst takes the identifier and decides what comes next, for everybody of a domain in the same way: no person is
// looked up, so that nobody learns here who has an account.
func (d *door) identifyFirst(c echo.Context) error {
	body := loginBody{ReturnTo: d.returnTo(c)}
	if err := d.crossSite.Check(c.Request()); err != nil {
		body.Fault = "Please use the form on this page."
		return d.showLogin(c, http.StatusForbidden, body)
	}
	if !d.mayStart(c) {
		return d.refuseStart(c)
	}
	identifier, ok := readIdentifier(c.FormValue("identifier"))
	if !ok {
		body.Fault = "Type your e-mail address, user name or phone number."
		return d.showLogin(c, http.StatusUnprocessableEntity, body)
	}
	next, ways, err := d.discover(c.Request().Context(), identifier, body.ReturnTo)
	if err != nil {
		return err
	}
	switch next {
	case policy.ToProvider:
		return c.Redirect(http.StatusSeeOther, ways[0].Address)
	case policy.AskWhich:
		return d.showSame(c, http.StatusOK, pickTemplate, "Choose where you belong", pickBody{
			Ways: ways, Password: passwordPath(body.ReturnTo), Back: loginPath("", body.ReturnTo),
		})
	}
	return d.showSame(c, http.StatusOK, passwordTemplate, "Sign in", passwordBody{
		UserName: identifier, ReturnTo: body.ReturnTo, Ways: ways, Back: loginPath("", body.ReturnTo),
	})
}

// readIdentifier judges the shape of what somebody typed; whether it names anybody is not asked.
func readIdentifier(raw string) (string, bool) {
	identifier := strings.TrimSpace(raw)
	return identifier, identifier != "" && len(identifier) <= maxIdentifier && printable(identifier) == identifier
}

// loginNotice says why the page appears, for the few reasons that lead to it.
func loginNotice(reason string) string {
	switch r := policy.Reason(reason); r {
	case policy.SessionExpired, policy.SessionRevoked:
		return r.Words().Person
	}
	return ""
}
