package auth

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

// answerWaits is how long a good response waits for the browser to come for it, which is one redirect away.
const answerWaits = time.Minute

// samlAnswer is what is kept of a good response. The provider's page posts from another site, and browsers keep our cookies from such a
// request; they send them along when the answer leads them to a page of ours. So the response is judged when it is posted, and the browser
// on that page. No cookie has to be open to other sites for it.
type samlAnswer struct {
	SignIn   store.SignIn
	Identity identity
	Unasked  bool
}

// samlResponse receives the provider's response (the assertion consumer service).
func (d *door) samlResponse(c echo.Context, p samlParty) error {
	ctx := c.Request().Context()
	if !d.mayGoOn(c, &d.responses) {
		return d.refuseStart(c)
	}
	a := attempt{visitor: visitorOf(c), connection: p.connection, destination: p.connection.OrganizationID, returnTo: "/"}
	state, err := d.judgeSAML(ctx, c, p, &a)
	if err != nil {
		return d.fail(c, a, err)
	}
	there := url.URL{Path: "/saml/" + p.connection.Slug + "/finish", RawQuery: url.Values{"state": {state}}.Encode()}
	return c.Redirect(http.StatusSeeOther, there.String())
}

// judgeSAML judges a response and keeps what it says under the state that it returns.
func (d *door) judgeSAML(ctx context.Context, c echo.Context, p samlParty, a *attempt) (string, error) {
	raw, relay, err := samlForm(c.Request())
	if err != nil {
		return "", err
	}
	state, answer, err := d.claimSAML(ctx, c, p, relay)
	if err != nil {
		return "", err
	}
	a.returnTo, a.trial, a.destination = answer.SignIn.ReturnTo, answer.SignIn.TestSession != "", answer.SignIn.AdmitsTo
	switch {
	case !p.connection.Enabled:
		return "", &refusal{reason: policy.ConnectionOff, detail: "the connection was switched off while the person signed in"}
	case !p.configured():
		return "", noSAMLMetadata()
	}
	key, err := d.samlKey(ctx, p.connection)
	if err != nil {
		return "", err
	}
	assertion, err := p.read(raw, answer.SignIn.Nonce, key)
	if err != nil {
		return "", err
	}
	a.identity = assertion.identity
	if err := checkFresh(answer.SignIn, a.identity); err != nil {
		return "", err
	}
	if err := d.store.UseAssertion(ctx, p.connection, assertion.id, assertion.until); errors.Is(err, store.ErrUsed) {
		return "", badResponse("the assertion was used before: a repeated or replayed response")
	} else if err != nil {
		return "", err
	}
	answer.Identity = a.identity
	text, err := json.Marshal(answer)
	if err != nil {
		return "", err
	}
	return state, d.store.KeepSAMLAnswer(ctx, p.connection, state, string(text), d.store.Now().Add(answerWaits))
}

// samlForm reads the posted form (SAML Bindings section 3.5.4).
func samlForm(r *http.Request) (response []byte, relay string, err error) {
	if err := r.ParseForm(); err != nil {
		return nil, "", badResponse("the posted form cannot be read, or is larger than %d bytes: %v", maxSAMLForm, err)
	}
	form := r.PostForm
	if form.Has("SAMLart") || r.URL.Query().Has("SAMLart") {
		return nil, "", badResponse("the provider answered with an artifact, which is not taken here; it must use HTTP-POST")
	}
	if !one(form["SAMLResponse"]) || len(form["RelayState"]) > 1 {
		return nil, "", badResponse("the posted form has not exactly one SAMLResponse, or several RelayStates")
	}
	response, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(form.Get("SAMLResponse")), ""))
	if err != nil {
		return nil, "", badResponse("the SAMLResponse is not base64")
	}
	return response, form.Get("RelayState"), nil
}

// claimSAML finds the sign-in that a response belongs to, and uses its state up before the response is looked at.
func (d *door) claimSAML(ctx context.Context, c echo.Context, p samlParty, relay string) (string, samlAnswer, error) {
	begun, err := d.store.ConsumeSignIn(ctx, relay)
	switch {
	case errors.Is(err, store.ErrNotFound) && p.settings.IDPInitiated:
		state, begun, err := d.admitUnasked(c, p, relay)
		if err != nil {
			return "", samlAnswer{}, err
		}
		return state, samlAnswer{SignIn: begun, Unasked: true}, nil
	case errors.Is(err, store.ErrNotFound):
		no := badResponse("the relay state belongs to no sign-in that was started here, or to one long past")
		no.hint.fix = "A provider's portal (Microsoft's “My Apps”, for one) begins sign-ins by itself. Let its tile lead to /login/" + p.connection.Slug +
			" instead (Entra: “Sign on URL”), or allow that with: doorlist connection set " + p.connection.Slug + " --idp-initiated."
		return "", samlAnswer{}, no
	case errors.Is(err, store.ErrUsed):
		return "", samlAnswer{}, badResponse("the relay state was used before: a repeated or replayed response")
	case err != nil:
		return "", samlAnswer{}, err
	case begun.ConnectionID != p.connection.ID || begun.Nonce == "":
		return "", samlAnswer{}, badResponse("the sign-in was sent to another connection's provider")
	}
	return relay, samlAnswer{SignIn: begun}, nil
}

// admitUnasked opens a sign-in that the provider began. Nobody was sent away, so it is bound to the browser that brings it.
func (d *door) admitUnasked(c echo.Context, p samlParty, relay string) (string, store.SignIn, error) {
	destination, _, err := d.destination(c.Request().Context(), p.connection, "", "")
	if err != nil {
		return "", store.SignIn{}, err
	}
	state, binding, now := newSecret(), newSecret(), d.store.Now()
	d.origin.setCookie(c.Response(), signInCookieName(state), binding, int(answerWaits.Seconds()))
	return state, store.SignIn{
		OrganizationID: p.connection.OrganizationID, ConnectionID: p.connection.ID, Browser: hashSecret(binding),
		AdmitsTo: cmp.Or(destination, p.connection.OrganizationID), // which refuses where it is not attached
		ReturnTo: localPath(relay), StartedAt: now, ExpiresAt: now.Add(answerWaits),
	}, nil
}

// samlFinish is where the browser comes with its cookie, after its response was found good.
func (d *door) samlFinish(c echo.Context, p samlParty) error {
	ctx := c.Request().Context()
	a, state := attempt{visitor: visitorOf(c)}, c.QueryParam("state")
	text, err := d.store.TakeSAMLAnswer(ctx, p.connection, state)
	if errors.Is(err, store.ErrNotFound) {
		return d.fail(c, a, badResponse("the sign-in was finished before, or took too long"))
	}
	if err != nil {
		return err
	}
	var answer samlAnswer
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return err
	}
	a.connection, a.returnTo, a.identity, a.unasked = p.connection, answer.SignIn.ReturnTo, answer.Identity, answer.Unasked
	a.destination = answer.SignIn.AdmitsTo
	a.trial = answer.SignIn.TestSession != ""
	if err := d.checkBinding(c, state, answer.SignIn); err != nil {
		return d.fail(c, a, err)
	}
	return d.conclude(c, a, answer.SignIn)
}
