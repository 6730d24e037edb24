package auth

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

// askWhere lets somebody choose the organization to sign in to, where a connection is open to several.
func (d *door) askWhere(c echo.Context, conn store.Connection, returnTo string, open []store.Destination) error {
	body := pickBody{Password: passwordPath(returnTo), Back: loginPath("", returnTo)}
	for _, o := range open {
		query := url.Values{"org": {o.Slug}}
		for _, name := range []string{"return_to", "login_hint", "prompt"} { // as begin reads them
			if value := c.QueryParam(name); value != "" {
				query.Set(name, value)
			}
		}
		address := url.URL{Path: "/login/" + conn.Slug, RawQuery: query.Encode()}
		body.Ways = append(body.Ways, way{Label: o.Name, Note: conn.Name, Address: address.String()})
	}
	return d.showSame(c, http.StatusOK, pickTemplate, "Choose where you belong", body)
}

// refuseDetached refuses a sign-in through a connection that is not attached to where it should lead.
func (d *door) refuseDetached(c echo.Context, a attempt) error {
	a.destination = a.connection.OrganizationID
	return d.refuse(c, a, &refusal{
		reason: policy.ConnectionOff, detail: notAttached,
		hint: verdictHint(policy.Admit(policy.Facts{ConnectionOn: true})),
	})
}
