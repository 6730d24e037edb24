package auth

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// Caller is a person who asks for something, as they are now.
type Caller struct {
	SessionID, UserID, UserName string
	Name                        string // to show
	OrganizationID              string
	Rank                        int    // of the winning role
	Console                     string // the winning role's console right: "none", "read", "manage" or "own"
	Fresh                       bool   // proved at most FreshFor ago who they are
	Address, RequestID          string
}

// programTakes is how long a program's request may take.
const programTakes = 50 * time.Second

// forPrograms lets people in by the bearer secret of a program they are signed in at. A browser's cookie does not count, so
// no page of another site can ask for anything.
func (d *door) forPrograms(next func(echo.Context, Caller) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		secureHeaders(c.Response().Header(), d.origin.https)
		ctx, cancel := context.WithTimeout(c.Request().Context(), programTakes)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		who, no := d.authenticate(c, bearerSecret, demand{})
		if no != nil {
			if no.status == http.StatusUnauthorized {
				c.Response().Header().Set("WWW-Authenticate", `Bearer realm="`+d.origin.String()+`"`)
			}
			return c.JSON(no.status, sessionDenied{Reason: string(no.reason), Message: no.words().Person})
		}
		return next(c, d.callerOf(c, who))
	}
}
