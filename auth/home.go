package auth

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

// described is a caller as pages and /auth/session show one.
type described struct {
	User         describedUser         `json:"user"`
	Organization describedOrganization `json:"organization"`
	Connection   string                `json:"connection"`
	Role         describedRole         `json:"role"`
	Grants       []describedGrant      `json:"grants"` // the winning one first
	Method       string                `json:"method"` // sso or password
	SecondFactor bool                  `json:"second_factor"`
	AMR          []string              `json:"amr"` // RFC 8176; empty where only the provider knows
	SignedInAt   time.Time             `json:"signed_in_at"`
	ExpiresAt    time.Time             `json:"expires_at"`
}

type describedUser struct {
	ID       string `json:"id"`
	UserName string `json:"user_name"`
	Name     string `json:"name"`
	Email    string `json:"email"`
}

type describedOrganization struct {
	Slug string `json:"slug"`
	Name string `json:"name"`
}

type describedRole struct {
	Name    string         `json:"name"`
	Rank    int            `json:"rank"`
	Console policy.Console `json:"console"`
}

type describedGrant struct {
	Role   string        `json:"role"`
	Source policy.Source `json:"source"`
	Name   string        `json:"name"`
}

type sessionDenied struct {
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func describe(who caller) described {
	v, standing := who.visit, who.verdict.Standing
	return described{
		User:         describedUser{v.User.ID, v.User.UserName, displayName(v.User), v.Email},
		Organization: describedOrganization{v.Organization.Slug, v.Organization.Name},
		Connection:   v.Connection.Slug,
		Role:         describedRole{standing.Role.Name, standing.Role.Rank, standing.Console()},
		Grants:       describeGrants(standing.Grants),
		Method:       methodOf(v.Session.Method),
		SecondFactor: v.Session.SecondFactor,
		AMR:          methodReferences(v.Session),
		SignedInAt:   v.Session.CreatedAt.UTC(),
		ExpiresAt:    v.Session.ExpiresAt.UTC(),
	}
}

// methodReferences says by what a person was recognized, in the words of RFC 8176. Of SSO it is known only
// whether the provider vouches for several factors.
func methodReferences(s store.Session) []string {
	switch {
	case s.Method != string(policy.Password) && s.SecondFactor:
		return []string{multipleFactors}
	case s.Method != string(policy.Password):
		return []string{}
	case s.SecondFactor:
		return []string{"pwd", "otp", multipleFactors}
	}
	return []string{"pwd"}
}

func describeGrants(grants []policy.Grant) []describedGrant {
	out := make([]describedGrant, len(grants))
	for i, g := range grants {
		out[i] = describedGrant{g.Role.Name, g.Source, g.Name}
	}
	return out
}

// Through says in words where a grant comes from.
func (g describedGrant) Through() string {
	switch g.Source {
	case policy.GroupSource:
		return "through the group " + g.Name
	case policy.AppRoleSource:
		return "through the app role " + g.Name
	}
	if g.Source == policy.DefaultSource {
		return "by default"
	}
	return "assigned by an administrator"
}

func displayName(u store.User) string {
	if u.DisplayName != "" {
		return u.DisplayName
	}
	return u.UserName
}

// home shows a signed-in person who they are here.
func (d *door) home(c echo.Context) error {
	who, no := d.authenticate(c, d.cookieSecret, demand{})
	if no != nil {
		return d.turnAway(c, no, "/")
	}
	body := homeBody{described: describe(who)}
	var err error
	if body.Outages, err = d.outagesFor(c.Request().Context(), who); err != nil {
		return err
	}
	return d.show(c, http.StatusOK, homeTemplate, "You are signed in", body)
}

// turnAway sends somebody to the sign-in, and then to returnTo, or says why a page is not for them.
func (d *door) turnAway(c echo.Context, no *denial, returnTo string) error {
	switch no.status {
	case http.StatusUnauthorized:
		return c.Redirect(http.StatusSeeOther, signInPath(no.reason, returnTo))
	case http.StatusForbidden:
		return d.showRefusal(c, no.caller.refusedPage())
	}
	c.Response().Header().Set("Retry-After", "5")
	return d.showRefusal(c, refusedPage{reason: no.reason})
}

// signInPath is the page of signing in, with the reason why it appears.
func signInPath(reason policy.Reason, returnTo string) string {
	q := url.Values{}
	if reason != "" {
		q.Set("notice", string(reason))
	}
	if returnTo != "/" {
		q.Set("return_to", returnTo)
	}
	u := url.URL{Path: "/login", RawQuery: q.Encode()}
	return u.String()
}
