package auth

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

// A trial is a sign-in by which an administrator tries a connection out. It takes the whole way, lets nobody in, leaves
// the administrator's own session alone, and arms the connection.

// beginTrial sends an administrator to the provider. A link on another site must not arm a connection behind their back.
func (d *door) beginTrial(c echo.Context, conn store.Connection) error {
	who, no := d.tester(c, conn)
	if no != nil {
		return d.showRefusal(c, *no)
	}
	if c.Request().Header.Get("Sec-Fetch-Site") == "cross-site" {
		return d.show(c, http.StatusForbidden, noticeTemplate, "Not begun", notice{
			"The test was not begun", "Another site has sent you here. To test the connection, type or paste its address yourself.",
		})
	}
	return d.sendAway(c, conn, store.SignIn{ReturnTo: "/", AdmitsTo: conn.OrganizationID, TestSession: who.visit.Session.ID})
}

// tester is the administrator behind a request, who may test the connection; everybody else gets the refusal.
func (d *door) tester(c echo.Context, conn store.Connection) (caller, *refusedPage) {
	who, no := d.authenticate(c, d.cookieSecret, demand{})
	if no != nil && no.status == http.StatusServiceUnavailable {
		return caller{}, &refusedPage{reason: no.reason}
	}
	if no == nil && managesConsole(who.verdict) && d.reaches(c.Request().Context(), who, conn) {
		return who, nil
	}
	return caller{}, &refusedPage{reason: policy.RoleTooLow, connection: conn, hint: hint{
		person: "Only an administrator of the organization, who is signed in, can test a connection. Sign in as one, then open the test again.",
		fix:    "The test needs a session of this browser with a role whose console right is manage or own.",
	}}
}

// reaches says whether a connection is of the administrator's organization, or of one below it.
func (d *door) reaches(ctx context.Context, who caller, conn store.Connection) bool {
	if who.visit.Organization.ID == conn.OrganizationID {
		return true
	}
	reached, err := d.store.Reach(ctx, who.visit.Organization.ID)
	if err != nil {
		d.log.ErrorContext(ctx, "who may test a connection could not be read", "error", err)
	}
	return slices.ContainsFunc(reached, func(o store.Organization) bool { return o.ID == conn.OrganizationID })
}

func managesConsole(v policy.Verdict) bool {
	right := v.Standing.Console()
	return right == policy.ConsoleManage || right == policy.ConsoleOwn
}

type trialBody struct {
	Slug, Connection, Issuer, Tenant, Key, Name string
	Guest                                       bool
	Match, Detail                               string // the user who was found, and what else an administrator should know
	Reason                                      policy.Reason
	Words                                       policy.Words
	Role                                        string
	ArmedAt                                     time.Time // zero: not armed
	ArmedBy                                     string
}

// finishTrial shows what the verified token says and what would have come of it.
func (d *door) finishTrial(c echo.Context, a attempt, session string) error {
	ctx := c.Request().Context()
	who, no := d.tester(c, a.connection)
	if no != nil {
		return d.showRefusal(c, *no)
	}
	if who.visit.Session.ID != session {
		return d.refuse(c, a, badResponse("the test was begun in another session of the administrator"))
	}
	a.line = []string{string(policy.Attach)} // a connection is tried out before it is attached
	var f found
	var verdict policy.Verdict
	err := d.store.Write(ctx, a.visitor.actor(who.visit.User.ID, who.visit.User.UserName), func(tx *store.Tx) error {
		dir, org := tx.Directory(a.connection.Directory()), tx.Organization(a.connection.OrganizationID)
		described, err := org.Describe()
		if err != nil {
			return err
		}
		before, err := search(dir, described, a, d.store.Now())
		if err != nil {
			return err
		}
		foretold, err := foretell(dir, described, a, &before, d.store.Now())
		if err != nil {
			return err
		}
		// A namesake of another external id tells of a wrong claim, or of a wrong attribute sent as externalId: nobody would be recognized.
		works := proves(foretold) && !before.namesake
		if works {
			if err := org.ArmConnection(a.connection.ID, who.visit.User.UserName); err != nil {
				return err
			}
		}
		// Once more, because a connection that is armed changes who needs a password.
		if f, err = search(dir, described, a, d.store.Now()); err != nil {
			return err
		}
		if verdict, err = foretell(dir, described, a, &f, d.store.Now()); err != nil {
			return err
		}
		return org.RecordTest(a.connection.ID, store.SignInTest{
			By: who.visit.User.UserName, TenantID: a.identity.Tenant, Subject: a.identity.Key, Reason: string(verdict.Reason), Proves: works,
		})
	})
	if err != nil {
		return err
	}
	now, err := d.store.FindConnection(ctx, a.connection.ID)
	if err != nil {
		return err
	}
	return d.show(c, http.StatusOK, trialTemplate, "Test of "+now.Name, trialBody{
		Slug: now.Slug, Connection: now.Name, Issuer: now.Issuer, Tenant: a.identity.Tenant, Key: a.identity.Key, Name: a.identity.UserName, Guest: a.identity.Guest,
		Match: f.user.UserName, Detail: f.detail, Reason: verdict.Reason, Words: verdict.Reason.Words(), Role: verdict.Standing.Role.Name,
		ArmedAt: now.ArmedAt, ArmedBy: now.ArmedBy,
	})
}

// proves says that a trial with this outcome shows the connection to be right: the token is of the tenant, and people are
// not mistaken for others. Whether the administrator has a place in the directory is another matter.
func proves(v policy.Verdict) bool {
	switch v.Reason {
	case policy.ConnectionOff, policy.WrongTenant, policy.MappingUnsafe:
		return false
	}
	return true
}
