package auth

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/labstack/echo/v4"
	"golang.org/x/oauth2"

	"doorlist/policy"
	"doorlist/store"
)

// attempt is what is known of one attempt to sign in. It grows as the answer is read.
type attempt struct {
	visitor    visitor
	connection store.Connection // zero while the state is unknown
	// destination is the organization that the person signs in to, and line what is said of the connection from there on.
	destination string
	line        []string
	returnTo    string
	trial       bool     // by an administrator, who is not to be signed in by it
	identity    identity // zero until the token is verified
	unasked     bool     // the provider sent the person, whom nobody here had sent there
}

// restartCookie remembers for a minute that a sign-in was started again without asking.
const restartCookie = "doorlist-restarted"

// callback receives the provider's answer.
func (d *door) callback(c echo.Context) error {
	ctx, query := c.Request().Context(), c.QueryParams()
	a := attempt{visitor: visitorOf(c)}
	begun, err := d.claim(ctx, c, &a)
	if err == nil {
		err = d.identify(ctx, query, begun, &a)
	}
	if err != nil {
		return d.fail(c, a, err)
	}
	return d.conclude(c, a, begun)
}

// conclude decides about somebody whom the provider vouches for, and signs them in.
func (d *door) conclude(c echo.Context, a attempt, begun store.SignIn) error {
	if a.trial {
		return d.finishTrial(c, a, begun.TestSession)
	}
	ctx := c.Request().Context()
	present := d.presentSession(c)
	outcome, err := d.admit(ctx, a, present)
	if errors.Is(err, store.ErrNotFound) {
		a.destination = a.connection.OrganizationID
		return d.fail(c, a, badResponse("the organization that the person signs in to was removed or moved meanwhile"))
	}
	if err != nil {
		return err
	}
	d.observe("sign_in", string(outcome.verdict.Reason))
	if !outcome.verdict.Admitted() {
		return d.showRefusal(c, refusedPage{
			reason: outcome.verdict.Reason, hint: verdictHint(outcome.verdict), connection: a.connection, returnTo: a.returnTo, chooseAccount: true,
		})
	}
	d.origin.setCookie(c.Response(), sessionCookie, outcome.secret, 0)
	d.origin.setCookie(c.Response(), restartCookie, "", -1)
	d.noteArrival(c, a.returnTo)
	if a.unasked {
		return c.Redirect(http.StatusSeeOther, unaskedPath(a.returnTo))
	}
	return c.Redirect(http.StatusSeeOther, welcomePath(present, outcome.userID, a.returnTo))
}

// fail answers a sign-in that ended before the rules of admission were asked.
func (d *door) fail(c echo.Context, a attempt, err error) error {
	var no *refusal
	if !errors.As(err, &no) {
		return err
	}
	if no.restart && !a.trial && d.mayRestart(c) {
		d.origin.setCookie(c.Response(), restartCookie, "1", 60)
		return c.Redirect(http.StatusSeeOther, loginPath(a.connection.Slug, a.returnTo))
	}
	return d.refuse(c, a, no)
}

// mayRestart guards against a loop: once a minute at most.
func (d *door) mayRestart(c echo.Context) bool {
	value, err := d.origin.cookie(c.Request(), restartCookie)
	return err == nil && value == ""
}

// claim finds the sign-in that an answer belongs to. The state is used up before anything else is looked at, so that
// of many equal answers at most one goes on.
func (d *door) claim(ctx context.Context, c echo.Context, a *attempt) (store.SignIn, error) {
	state := c.QueryParam("state")
	begun, err := d.store.ConsumeSignIn(ctx, state)
	if errors.Is(err, store.ErrNotFound) {
		return begun, badResponse("the state belongs to no sign-in that was started here, or to one long past")
	}
	used := errors.Is(err, store.ErrUsed)
	if err != nil && !used {
		return begun, err
	}
	a.returnTo, a.trial, a.destination = begun.ReturnTo, begun.TestSession != "", begun.AdmitsTo
	a.connection, err = d.store.FindConnection(ctx, begun.ConnectionID)
	if errors.Is(err, store.ErrNotFound) {
		return begun, badResponse("the connection of this sign-in was removed meanwhile")
	}
	if err != nil {
		return begun, err
	}
	if used {
		return begun, badResponse("the state was used before: a repeated or replayed answer")
	}
	return begun, d.checkBinding(c, state, begun)
}

// checkBinding demands that the answer comes back in time, in the browser that was sent away. Otherwise somebody could
// sign a victim's browser in as himself (login CSRF, RFC 9700 section 4.7).
func (d *door) checkBinding(c echo.Context, state string, begun store.SignIn) error {
	name := signInCookieName(state)
	binding, err := d.origin.cookie(c.Request(), name)
	if err != nil || binding == "" || !sameHash(hashSecret(binding), begun.Browser) {
		return badResponse("the sign-in was started in another browser, or the browser lost its cookie")
	}
	d.origin.setCookie(c.Response(), name, "", -1)
	if !d.store.Now().Before(begun.ExpiresAt) {
		return badResponse("the sign-in took longer than %v", signInLasts)
	}
	return nil
}

// identify learns from the provider who has signed in.
func (d *door) identify(ctx context.Context, query url.Values, begun store.SignIn, a *attempt) error {
	if !a.connection.Enabled {
		return &refusal{reason: policy.ConnectionOff, detail: "the connection was switched off while the person signed in"}
	}
	if !speaksOpenID(a.connection) {
		return badResponse("the sign-in was sent to a SAML provider, whose answer goes to another address")
	}
	provider, err := d.providers.find(ctx, a.connection)
	if err != nil {
		return unreachable(err)
	}
	if err := checkAnswer(query, provider); err != nil {
		return err
	}
	raw, err := d.exchange(ctx, query.Get("code"), begun.Verifier, a.connection, provider)
	if err != nil {
		return err
	}
	token, all, err := verifyToken(oidc.ClientContext(ctx, d.providers.client), raw, provider, a.connection)
	if err != nil {
		return err
	}
	if err := checkToken(token, all, a.connection.ClientID, begun.Nonce, d.store.Now()); err != nil {
		return err
	}
	if a.identity, err = readIdentity(a.connection, token.Subject, all); err != nil {
		return err
	}
	a.identity.Profile = profileOf(a.identity, all)
	return checkFresh(begun, a.identity)
}

// checkAnswer reads the answer's parameters before its code is used.
func checkAnswer(query url.Values, p *provider) error {
	iss, sent := query["iss"]
	if sent && (len(iss) != 1 || iss[0] != p.issuer) || !sent && p.sendsIss {
		return badResponse("the answer's iss parameter is not the connection's issuer: it may come from another provider (RFC 9207)")
	}
	if code := query.Get("error"); code != "" {
		return readFault(code, query.Get("error_description")).refusal()
	}
	if len(query["code"]) != 1 || query.Get("code") == "" {
		return badResponse("the answer has no code, or several")
	}
	return nil
}

// exchange redeems the code, in exactly one request, at the provider that the sign-in was sent to.
func (d *door) exchange(ctx context.Context, code, verifier string, conn store.Connection, p *provider) (string, error) {
	with, err := d.proveToProvider(ctx, conn, p)
	if err != nil {
		return "", err
	}
	token, err := d.oauth(conn, p, with).Exchange(oidc.ClientContext(ctx, d.providers.client), code, append(with.options, oauth2.VerifierOption(verifier))...)
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) {
		fault := readFault(answer.ErrorCode, answer.ErrorDescription)
		no := redeemFault(answer, fault)
		d.noteCredential(ctx, with, fault, no)
		return "", no
	}
	if err != nil {
		return "", unreachable(err)
	}
	d.noteCredential(ctx, with, providerFault{}, nil)
	raw, ok := token.Extra("id_token").(string)
	if !ok || raw == "" {
		return "", badResponse("the token endpoint's answer holds no ID token")
	}
	return raw, nil
}

func redeemFault(answer *oauth2.RetrieveError, fault providerFault) *refusal {
	if answer.ErrorCode == "" {
		return &refusal{reason: policy.ProviderError, detail: "the token endpoint answered " + short(answer.Response.Status)}
	}
	no := fault.refusal()
	no.detail = "token endpoint: " + no.detail
	no.restart = answer.ErrorCode == "invalid_grant"
	return no
}

// unreachable is the refusal when a provider does not answer as one.
func unreachable(err error) *refusal {
	return &refusal{
		reason: policy.ProviderError,
		detail: "the provider does not answer as it should: " + short(err.Error()),
		hint: hint{
			person: "We cannot reach your organization's sign-in service. Try again in a few minutes, and tell your IT team if it stays so.",
			fix:    "Check that this server can reach the provider, and that the connection's tenant id or issuer is right.",
		},
	}
}
