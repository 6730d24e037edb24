package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"doorlist/policy"
	"doorlist/store"
)

// outcome is what became of an attempt whose identity is known.
type outcome struct {
	verdict policy.Verdict
	secret  string        // the new session's; "" when refused
	userID  string        // whose session it is
	wait    time.Duration // before another attempt, when locked

	challenge  string   // the cookie's secret of somebody who has yet to give a code
	recovery   []string // of somebody who has a second factor from now on
	breakGlass bool
}

// found is what the search in the directory brought.
type found struct {
	facts  policy.Facts
	user   store.User        // zero unless exactly one was found
	rule   policy.MethodRule // by which the person's method was decided
	detail string            // for the administrator
	// namesake says that the directory has nobody of the identity, and somebody of the name whose external id is another.
	namesake bool
}

// admit finds the person, asks the rules, and starts the session or not, all in the one transaction that also records
// the decision. present is the session that the browser has had so far, which ends.
func (d *door) admit(ctx context.Context, a attempt, present *store.Session) (outcome, error) {
	var out outcome
	err := d.writeAgain(ctx, a.visitor.actor("", a.identity.UserName), func(tx *store.Tx) error {
		dir := tx.Directory(a.connection.Directory()).Into(a.destination)
		org, err := tx.Organization(a.destination).Describe()
		if err != nil {
			return err
		}
		if a.line, err = tx.Organization(a.destination).AttachmentLine(a.connection.ID); err != nil {
			return err
		}
		f, err := search(dir, org, a, d.store.Now())
		if err != nil {
			return err
		}
		f, verdict, err := receive(dir, org, a, f, d.store.Now())
		if err != nil {
			return err
		}
		out = outcome{verdict: verdict} // the change may run more than once
		if out.verdict.Admitted() {
			out.secret, out.userID = newSecret(), f.user.ID
			start := store.NewSession{
				UserID: f.user.ID, ConnectionID: a.connection.ID, Method: sessionMethod(a.connection), ProviderSID: a.identity.SID, LoginHint: a.identity.LoginHint,
				Guest: a.identity.Guest, Identity: a.identity.Key,
				Subject: a.identity.Subject, ClientID: a.connection.ClientID, AuthTime: a.identity.AuthTime, SecondFactor: a.identity.SecondFactor,
			}
			if f.facts.FromSignIn {
				start.LastsFor = newcomerLasts
			}
			if left := a.identity.Until.Sub(d.store.Now()); !a.identity.Until.IsZero() && (start.LastsFor == 0 || left < start.LastsFor) {
				start.LastsFor = left
			}
			if err := d.startSession(tx, dir, start, out.secret, a.visitor, present); err != nil {
				return err
			}
			if err := arm(tx, a.connection, f.user, out.verdict); err != nil {
				return err
			}
		}
		_, err = tx.Organization(a.destination).RecordDecision(decisionOf(a, f, out.verdict))
		return err
	})
	return out, err
}

// sessionMethod is how a session that began through a connection is marked.
func sessionMethod(c store.Connection) string {
	if c.Kind == store.SAMLConnection {
		return "saml"
	}
	return "oidc"
}

// arm notes that the connection works, since an administrator came in through it: from now on SSO is enforced.
func arm(tx *store.Tx, c store.Connection, u store.User, v policy.Verdict) error {
	if managesConsole(v) {
		return tx.Organization(c.OrganizationID).ArmConnection(c.ID, u.UserName)
	}
	return nil
}

// startSession begins a session under a new secret and ends the browser's present one: a secret from before the
// sign-in must not be worth more after it (session fixation).
func (d *door) startSession(tx *store.Tx, dir *store.DirectoryTx, n store.NewSession, secret string, from visitor, present *store.Session) error {
	if present != nil {
		old := tx.Directory(store.DirectoryKey{OrganizationID: present.OrganizationID, DirectoryID: present.DirectoryID})
		if err := old.EndSession(present.ID, "replaced"); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	n.SecretHash, n.IdleFor = hashSecret(secret), d.idleFor
	if n.LastsFor == 0 || n.LastsFor > d.lastsFor {
		n.LastsFor = d.lastsFor
	}
	n.Address, n.UserAgent = from.address, from.userAgent
	_, err := dir.StartSession(n)
	return err
}

// search finds the person in the directory of the connection that the sign-in was sent to, and nowhere else.
func search(dir *store.DirectoryTx, org store.Organization, a attempt, now time.Time) (found, error) {
	f := found{facts: connectionFacts(a.connection, a.line)}
	f.facts.Guest = a.identity.Guest
	f.facts.TenantAgrees = tenantAgrees(a.connection, a.identity.Tenant)
	if !f.facts.TenantAgrees {
		f.detail = wrongTenantDetail(a.identity.Tenant)
		return f, nil
	}
	users, err := candidates(dir, f.facts.Match, a.identity)
	if err != nil {
		return f, err
	}
	switch len(users) {
	case 0:
		return missing(dir, f, a.identity)
	case 1:
	default:
		f.facts.Found = policy.Several
		f.detail = fmt.Sprintf("%d users of the directory have the external id %s", len(users), a.identity.Key)
		return f, nil
	}
	f.user = users[0]
	if somebodyElse(f.facts.Match, f.user, a.identity) {
		f.facts.Found = policy.NameOnly
		f.detail = fmt.Sprintf("the user %s has the external id %s, which is another person's object id", f.user.UserName, f.user.ExternalID)
		f.user = store.User{}
		return f, nil
	}
	grants, err := dir.Grants(f.user.ID)
	if err != nil {
		return f, err
	}
	known, err := dir.SignInState(f.user.ID)
	if err != nil {
		return f, err
	}
	ways, err := dir.WaysIn(f.user.ID)
	if err != nil {
		return f, err
	}
	f.facts = withUser(f.facts, org, f.user, grants)
	f.facts.Subject = subjectOf(known, a.identity.Subject, a.connection.ClientID)
	f.facts.Applies, f.rule = policy.MethodFor(methodFacts(ways, now))
	if f.facts.Applies != policy.SSO {
		f.detail = "SSO does not apply to the person, by the rule " + string(f.rule)
	}
	return f, nil
}

// somebodyElse says that a user who was found by name carries an object id, and another one than the token: then the name
// has passed to a new person, whatever the owner opted in to.
func somebodyElse(match policy.Match, u store.User, id identity) bool {
	return match == policy.MatchUserName && u.Link == store.Linked && canonicalGUID(id.Key) != "" && canonicalGUID(u.ExternalID) != id.Key
}

func candidates(dir *store.DirectoryTx, match policy.Match, id identity) ([]store.User, error) {
	switch match {
	case policy.MatchObjectID:
		return dir.UsersByGUID(id.Key)
	case policy.MatchSubject:
		return dir.UsersByExternalID(id.Key)
	case policy.MatchUserName:
		return userNamed(dir, id.UserName)
	}
	return nil, nil
}

func userNamed(dir *store.DirectoryTx, name string) ([]store.User, error) {
	if name == "" {
		return nil, nil
	}
	u, err := dir.UserByName(name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []store.User{u}, nil
}

// missing says more about a person whom the directory does not know by identity. The name is looked up for that alone:
// it changes the reason for the refusal, and never makes it an admission.
func missing(dir *store.DirectoryTx, f found, id identity) (found, error) {
	f.facts.Found = policy.Nobody
	if f.facts.Match == policy.MatchUserName {
		f.detail = fmt.Sprintf("no user of the directory has the user name %q", id.UserName)
		return f, nil
	}
	f.detail = fmt.Sprintf("no user of the directory has the external id %s", id.Key)
	namesakes, err := firstNamed(dir, id.Names)
	if err != nil || len(namesakes) == 0 {
		return f, err
	}
	other := namesakes[0]
	f.namesake = true
	f.detail += fmt.Sprintf("; the user %s has the external id %q", other.UserName, short(other.ExternalID))
	if f.facts.Match == policy.MatchObjectID && other.Link == store.Unlinkable {
		f.facts.Found = policy.NameOnly
		f.detail += ", which is no object id"
	}
	return f, nil
}

// firstNamed finds the first user with one of the names.
func firstNamed(dir *store.DirectoryTx, names []string) ([]store.User, error) {
	for _, name := range names {
		users, err := userNamed(dir, name)
		if err != nil || len(users) > 0 {
			return users, err
		}
	}
	return nil, nil
}

func wrongTenantDetail(tenant string) string {
	return "the token is of the tenant " + tenant + ", which is not the connection's"
}
