package auth

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

// way is one way to sign in, as the page offers it.
type way struct {
	Label, Organization, Address string
	Microsoft                    bool
}

type loginBody struct {
	Notice string
	Ways   []way
	// Password is the address for local people.
	Password string
}

// choose offers the ways to sign in. It never goes on by itself, so that no loop of redirects can form here.
func (d *door) choose(c echo.Context) error {
	returnTo := localPath(c.QueryParam("return_to"))
	ways, err := d.ways(c.Request().Context(), returnTo)
	if err != nil {
		return err
	}
	return d.show(c, http.StatusOK, loginTemplate, "Sign in", loginBody{
		Notice: loginNotice(c.QueryParam("notice")), Ways: ways, Password: passwordPath(returnTo),
	})
}

// loginNotice says why the page appears, for the few reasons that lead to it.
func loginNotice(reason string) string {
	switch r := policy.Reason(reason); r {
	case policy.SessionExpired, policy.SessionRevoked:
		return r.Words().Person
	}
	return ""
}

func (d *door) ways(ctx context.Context, returnTo string) ([]way, error) {
	connections, err := d.store.Connections(ctx)
	if err != nil {
		return nil, err
	}
	organizations, err := d.store.Organizations(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, o := range organizations {
		names[o.ID] = o.Name
	}
	var ways []way
	for _, conn := range connections {
		if conn.Enabled && offersSignIn(conn) {
			ways = append(ways, way{
				Label: conn.Name, Organization: names[conn.OrganizationID],
				Address: loginPath(conn.Slug, returnTo, false), Microsoft: conn.Kind == store.EntraConnection,
			})
		}
	}
	if len(ways) == 1 && ways[0].Microsoft {
		ways[0].Label = "Microsoft" // the connection's own name matters only where there is a choice
	}
	return ways, nil
}
