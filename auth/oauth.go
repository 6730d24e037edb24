package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"doorlist/store"
)

// oauthFault is an answer of RFC 6749 section 5.2 that says no.
type oauthFault struct {
	status            int
	code, description string
}

func (f *oauthFault) Error() string { return f.code }

func badRequest(code, description string) *oauthFault {
	return &oauthFault{http.StatusBadRequest, code, description}
}

type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// api wraps an endpoint for programs: every fault is JSON. What it is sent is a form, at most maxForm bytes.
func (d *door) api(next func(echo.Context) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		secureHeaders(c.Response().Header(), d.origin.https)
		ctx, cancel := context.WithTimeout(c.Request().Context(), pageTakes)
		defer cancel()
		r := c.Request().WithContext(ctx)
		r.Body = http.MaxBytesReader(c.Response(), r.Body, maxForm)
		c.SetRequest(r)
		if err := r.ParseForm(); err != nil {
			return c.JSON(http.StatusBadRequest, oauthError{"invalid_request", "Send a form (application/x-www-form-urlencoded) of at most 16 KiB."})
		}
		err := next(c)
		var fault *oauthFault
		switch {
		case err == nil:
			return nil
		case errors.As(err, &fault):
			switch fault.status {
			case http.StatusTooManyRequests:
				c.Response().Header().Set("Retry-After", "60")
			case http.StatusServiceUnavailable:
				c.Response().Header().Set("Retry-After", "5")
			case http.StatusUnauthorized: // RFC 6749 section 5.2
				c.Response().Header().Set("WWW-Authenticate", `Basic realm="`+d.origin.String()+`", charset="UTF-8"`)
			}
			return c.JSON(fault.status, oauthError{fault.code, fault.description})
		case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
			d.log.ErrorContext(ctx, "a program's request failed", "error", err, "request_id", visitorOf(c).requestID)
			c.Response().Header().Set("Retry-After", "5")
			return c.JSON(http.StatusServiceUnavailable, oauthError{"temporarily_unavailable", "Our records cannot be reached. Try again in a few seconds."})
		}
		d.log.ErrorContext(ctx, "a program's request failed", "error", err, "request_id", visitorOf(c).requestID)
		return c.JSON(http.StatusInternalServerError, oauthError{"server_error", "Something went wrong on our side. Quote the request id."})
	}
}

type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"` // seconds
	Scope       string `json:"scope,omitempty"`
}

// grantDevice is the grant of RFC 8628 section 3.4.
const grantDevice = "urn:ietf:params:oauth:grant-type:device_code"

// token exchanges a grant for a bearer secret.
func (d *door) token(c echo.Context) error {
	if !d.polls.allow(visitorOf(c).address, d.store.Now()) {
		return &oauthFault{http.StatusTooManyRequests, "slow_down", "There are too many requests from your address. Wait a minute."}
	}
	grants := map[string]func(echo.Context) (tokenAnswer, error){
		grantDevice: d.deviceToken,
		grantClient: d.clientToken,
	}
	named := c.Request().PostForm.Get("grant_type")
	grant, ok := grants[named]
	switch {
	case named == "": // a required parameter (RFC 6749 section 5.2), or a body that is no form
		return badRequest("invalid_request", "Send a form (application/x-www-form-urlencoded) with the grant_type "+grantClient+" or "+grantDevice+".")
	case !ok:
		return badRequest("unsupported_grant_type", "Send the grant_type "+grantClient+" or "+grantDevice+".")
	}
	answer, err := grant(c)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Pragma", "no-cache") // RFC 6749 section 5.1
	return c.JSON(http.StatusOK, answer)
}

// revoke ends a program's session or a client's access token (RFC 7009). An unknown secret is as worthless as a revoked one, so the answer is the same.
func (d *door) revoke(c echo.Context) error {
	secret := c.Request().PostForm.Get("token")
	if secret == "" {
		return badRequest("invalid_request", "Send the secret to be revoked as token.")
	}
	if strings.HasPrefix(secret, store.AccessTokenPrefix) {
		return d.revokeAccessToken(c, secret)
	}
	ctx := c.Request().Context()
	visit, err := d.store.Visit(ctx, hashSecret(secret))
	if errors.Is(err, store.ErrNotFound) || err == nil && (visit.Session.Device == "" || !visit.Session.RevokedAt.IsZero()) {
		return c.NoContent(http.StatusOK)
	}
	if err != nil {
		return err
	}
	if err := d.endVisit(ctx, visitorOf(c), visit); err != nil {
		return err
	}
	return c.NoContent(http.StatusOK)
}
