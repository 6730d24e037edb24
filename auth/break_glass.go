package auth

import (
	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

// isLocalOwner says whether a person is a break-glass owner: of the local directory, with a role that owns the console.
// Such a person depends on no provider, no push and no client secret, and each sign-in is told loudly.
func isLocalOwner(connection store.Connection, grants []store.Grant) bool {
	if connection.ID != "" {
		return false
	}
	for _, g := range grants {
		if policyRole(g.Role).Console == policy.ConsoleOwn {
			return true
		}
	}
	return false
}

// tellBreakGlass logs and counts that a local owner came in. The audit event is the store's, in the same transaction as
// the session.
func (d *door) tellBreakGlass(c echo.Context, out outcome) {
	if !out.breakGlass {
		return
	}
	d.observe("breakglass", "used")
	d.log.WarnContext(c.Request().Context(), "break-glass: a local owner signed in", "request_id", visitorOf(c).requestID)
}
