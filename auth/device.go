package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

const (
	deviceLasts = 10 * time.Minute
	devicePolls = 5 * time.Second
	maxLabel    = 64 // bytes of a program's name for itself
)

// User codes have eight letters of an alphabet without vowels, so that they make no words, and without digits, which are
// mistaken for letters (RFC 8628 section 6.1): 34 bits, of which a guesser gets a few tries a second.
const (
	userCodeAlphabet = "BCDFGHJKLMNPQRSTVWXZ"
	userCodeLength   = 8
)

func newUserCode() string {
	code := make([]byte, 0, userCodeLength)
	for b := make([]byte, 1); len(code) < userCodeLength; {
		rand.Read(b)
		if b[0] < 240 { // a multiple of 20: no letter is likelier than another
			code = append(code, userCodeAlphabet[b[0]%20])
		}
	}
	return string(code)
}

// readUserCode forgives what people add and change when they type a code.
func readUserCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(userCodeAlphabet, r) {
			return r
		}
		return -1
	}, strings.ToUpper(short(typed)))
}

// spelled is a user code as people read it.
func spelled(code string) string {
	if len(code) != userCodeLength {
		return code
	}
	return code[:userCodeLength/2] + "-" + code[userCodeLength/2:]
}

type deviceAnswer struct {
	DeviceCode string `json:"device_code"`
	UserCode   string `json:"user_code"`
	Address    string `json:"verification_uri"`
	Whole      string `json:"verification_uri_complete"`
	ExpiresIn  int64  `json:"expires_in"` // seconds
	Interval   int64  `json:"interval"`   // seconds
}

// authorizeDevice begins the sign-in of a terminal or desktop program (RFC 8628 section 3.1). There are no registered
// clients: client_id is the name by which the person will recognize the program, and proves nothing.
func (d *door) authorizeDevice(c echo.Context) error {
	from := visitorOf(c)
	if !d.devices.allow(from.address, d.store.Now()) {
		return &oauthFault{http.StatusTooManyRequests, "slow_down", "There are too many requests. Wait a minute."}
	}
	label := c.Request().PostForm.Get("client_id")
	if strings.TrimSpace(label) == "" || len(label) > maxLabel || printable(label) != label {
		return badRequest("invalid_request", "Send as client_id a name of at most 64 bytes by which the person recognizes the program.")
	}
	deviceCode, userCode, err := d.startDevice(c.Request().Context(), label, from)
	if err != nil {
		return err
	}
	whole := url.URL{Path: "/device", RawQuery: url.Values{"user_code": {spelled(userCode)}}.Encode()}
	return c.JSON(http.StatusOK, deviceAnswer{
		DeviceCode: deviceCode, UserCode: spelled(userCode), Address: d.origin.to("/device"), Whole: d.origin.to(whole.String()),
		ExpiresIn: int64(deviceLasts.Seconds()), Interval: int64(devicePolls.Seconds()),
	})
}

// startDevice keeps a request under new codes. A user code may be in use: then there is another.
func (d *door) startDevice(ctx context.Context, label string, from visitor) (deviceCode, userCode string, err error) {
	var taken *store.ConflictError
	for range 3 {
		deviceCode, userCode = newSecret(), newUserCode()
		err = d.store.StartDevice(ctx, store.NewDeviceRequest{
			DeviceCode: deviceCode, UserCode: userCode, Label: label, Address: from.address, UserAgent: from.userAgent,
			Wait: devicePolls, LastsFor: deviceLasts,
		})
		if !errors.As(err, &taken) {
			break
		}
	}
	return deviceCode, userCode, err
}

// deviceToken answers a poll (RFC 8628 section 3.5).
func (d *door) deviceToken(c echo.Context) (tokenAnswer, error) {
	ctx, form := c.Request().Context(), c.Request().PostForm
	code := form.Get("device_code")
	request, tooSoon, err := d.store.PollDevice(ctx, code)
	if errors.Is(err, store.ErrNotFound) || err == nil && request.Label != form.Get("client_id") {
		return tokenAnswer{}, badRequest("invalid_grant", "That device_code was not given to this client_id.")
	}
	if err != nil {
		return tokenAnswer{}, err
	}
	switch {
	case request.Status == store.DeviceUsed:
		return tokenAnswer{}, badRequest("invalid_grant", "That device_code was used before.")
	case request.Status == store.DeviceDenied:
		return tokenAnswer{}, badRequest("access_denied", "The person said no.")
	case !d.store.Now().Before(request.ExpiresAt):
		return tokenAnswer{}, badRequest("expired_token", "Nobody approved it in time. Begin again.")
	case tooSoon:
		return tokenAnswer{}, badRequest("slow_down", "Wait five seconds longer between two requests.")
	case request.Status == store.DevicePending:
		return tokenAnswer{}, badRequest("authorization_pending", "The person has not decided yet.")
	}
	return d.admitDevice(ctx, code, request, visitorOf(c))
}

// admitDevice starts the session of an approved program, if the person may still come in.
func (d *door) admitDevice(ctx context.Context, code string, request store.DeviceRequest, from visitor) (tokenAnswer, error) {
	over := badRequest("access_denied", "The session in which it was approved has ended.")
	visit, err := d.store.VisitOf(ctx, request.OrganizationID, request.SessionID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (d.sessionOver(visit.Session) != nil || !visit.Session.RevokedAt.IsZero()) {
		return tokenAnswer{}, over
	}
	if err != nil {
		return tokenAnswer{}, err
	}
	who := caller{visit: visit, verdict: policy.Admit(visitFacts(visit))}
	if !who.verdict.Admitted() {
		d.refuseVisit(ctx, who, from)
		return tokenAnswer{}, badRequest("access_denied", who.verdict.Reason.Words().Person)
	}
	secret := store.DeviceTokenPrefix + newSecret()
	session, err := d.redeem(ctx, code, secret, who, from)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return tokenAnswer{}, over
	case errors.Is(err, store.ErrUsed):
		return tokenAnswer{}, badRequest("invalid_grant", "That device_code was used before.")
	case err != nil:
		return tokenAnswer{}, err
	}
	d.observe("sign_in", string(policy.Admitted))
	return tokenAnswer{AccessToken: secret, TokenType: "Bearer", ExpiresIn: int64(session.ExpiresAt.Sub(d.store.Now()).Seconds())}, nil
}

// redeem starts the program's session and records why the person was let in.
func (d *door) redeem(ctx context.Context, code, secret string, who caller, from visitor) (store.Session, error) {
	v := who.visit
	var session store.Session
	err := d.store.Write(ctx, from.actor(v.User.ID, v.User.UserName), func(tx *store.Tx) (err error) {
		if session, err = tx.Directory(directoryOf(v.Session)).RedeemDevice(code, v.Session, hashSecret(secret), d.idleFor); err != nil {
			return err
		}
		decision := visitDecision(who, from)
		decision.Admitted, decision.Detail = true, "for the program "+session.Device+", approved in a browser"
		_, err = tx.Organization(decision.OrganizationID).RecordDecision(decision)
		return err
	})
	return session, err
}
