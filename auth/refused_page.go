package auth

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

// refusedPage is what a refusal shows.
type refusedPage struct {
	reason        policy.Reason
	hint          hint
	connection    store.Connection
	organization  string // the id of a local person's, who has no connection
	returnTo      string
	trial         bool
	detail        string // what exactly was wrong; "" for people who are not to know
	chooseAccount bool
	step          policy.Method // by which a second factor is to be proved; "" where that is not what is missing
}

type refusedBody struct {
	Reason          policy.Reason
	Heading, Text   string
	Detail, Fix     string
	Correlation     string // the provider's
	Contact         string // whom to ask; "" where nobody has said
	Again, OtherWay string // addresses; "" to leave the button out
	AgainLabel      string
	Password        string // address of the form for local people; "" where the page is about that way
	SignedIn        bool
	Step            bool // the way on is a second factor
}

// showRefusal shows the page of a reason.
func (d *door) showRefusal(c echo.Context, p refusedPage) error {
	words := p.reason.Words()
	label, again := p.again()
	body := refusedBody{
		Reason: p.reason, Heading: words.Title, Text: words.Person, Detail: p.detail, Fix: words.Fix, Correlation: p.hint.correlation,
		Again: again, AgainLabel: label, Contact: d.contact(c, p), Step: p.step != "",
		SignedIn: p.reason != policy.Unavailable && d.isSignedIn(c),
	}
	if p.hint.title != "" {
		body.Heading = p.hint.title
	}
	if p.hint.person != "" {
		body.Text = p.hint.person
	}
	if p.hint.fix != "" {
		body.Fix = p.hint.fix
	}
	if p.chooseAccount && p.reason != policy.WrongTenant {
		body.OtherWay = p.otherAccount()
	}
	if !body.SignedIn && p.reason != policy.PasswordRequired && p.reason != policy.SSORequired {
		body.Password = passwordPath(p.returnTo)
	}
	if isElsewhere(c) {
		for _, address := range []*string{&body.Again, &body.OtherWay, &body.Password} {
			if *address != "" {
				*address = d.origin.to(*address)
			}
		}
	}
	c.Response().Header().Set(headerReason, string(p.reason))
	return d.show(c, refusalStatus(p.reason), refusedPages, words.Title, body)
}

// isSignedIn says whether the browser has a session where it is, which is at the door or on the host of an application.
func (d *door) isSignedIn(c echo.Context) bool {
	visit, err := d.visitBy(c.Request().Context(), c.Request(), d.browserSecret, d.anyVisit)
	return err == nil && visit.Session.RevokedAt.IsZero()
}

// again is what a refused person can try next: the way that is open to them where the reason says so.
func (p refusedPage) again() (label, address string) {
	switch {
	case p.trial:
		return "Test again", loginPath(p.connection.Slug, "", "test", "1")
	case p.reason == policy.WrongTenant && p.chooseAccount: // the same account would only be refused again
		return "Use another account", p.otherAccount()
	case p.step == policy.Password:
		return "Sign in with a second step", secondStepPath(p.returnTo)
	case p.step != "":
		return "Sign in with a second step", freshLoginPath(p.connection.Slug, localPath(p.returnTo))
	case p.reason == policy.PasswordRequired:
		return "Sign in with your password", passwordPath(p.returnTo)
	case p.reason == policy.SSORequired:
		return "Sign in through your organization", loginPath(p.connection.Slug, p.returnTo)
	}
	return "Try again", loginPath(p.connection.Slug, p.returnTo)
}

// otherAccount lets the provider ask who the person is, whoever it knows.
func (p refusedPage) otherAccount() string {
	return loginPath(p.connection.Slug, p.returnTo, "prompt", "select_account")
}

func refusalStatus(r policy.Reason) int {
	switch r {
	case policy.Unavailable:
		return http.StatusServiceUnavailable
	case policy.Locked:
		return http.StatusTooManyRequests
	}
	return http.StatusForbidden
}

// contact is whom a refusal names for help: the contact of the organization that the person came to. Where that is not
// known, a server with one organization has no other to name. A refusal stands without a contact too.
func (d *door) contact(c echo.Context, p refusedPage) string {
	if p.reason == policy.Unavailable {
		return ""
	}
	ctx := c.Request().Context()
	id := p.organization
	if id == "" {
		id = p.connection.OrganizationID
	}
	if id != "" {
		o, err := d.store.FindOrganization(ctx, id)
		if err != nil {
			d.log.WarnContext(ctx, "a refusal goes without a contact", "error", err)
		}
		return o.Contact
	}
	all, err := d.store.Organizations(ctx)
	if err != nil || len(all) != 1 {
		return ""
	}
	return all[0].Contact
}
