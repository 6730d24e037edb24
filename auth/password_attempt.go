package auth

import (
	"context"
	"errors"
	"time"

	"doorlist/policy"
	"doorlist/store"
)

// claimant is the person of a name, and whether the password was theirs.
type claimant struct {
	store.PasswordPerson // without a User.ID when nobody has the name
	proven               bool
}

// knownBy compares the password with that of everybody of the name, and with a made-up one if there is none. It tells how
// long the first comparison took, which there is for everybody.
func (d *door) knownBy(ctx context.Context, body passwordBody, password string) (claimant, time.Duration, error) {
	people, err := d.store.PasswordPeople(ctx, body.UserName)
	if err != nil {
		return claimant{}, 0, err
	}
	if len(people) == 0 {
		people = []store.PasswordPerson{{PasswordHash: unknownHash}}
	}
	var hashed time.Duration
	for i, p := range people {
		began := time.Now()
		ok, err := passwordMatches(ctx, p.PasswordHash, password)
		if i == 0 {
			hashed = time.Since(began)
		}
		if err == nil && ok {
			p, err = d.leadOn(ctx, p, body.ReturnTo)
		}
		if err != nil || ok {
			return claimant{p, ok}, hashed, err
		}
	}
	return claimant{PasswordPerson: people[0]}, hashed, nil
}

// admitLocal asks the rules about a person who gave a password, starts the session or not, and records the decision. A
// wrong password for a name that nobody has is nobody's decision: it is only counted.
func (d *door) admitLocal(ctx context.Context, p claimant, body passwordBody, from visitor, present *store.Session) (outcome, error) {
	out := outcome{verdict: policy.Verdict{Reason: policy.BadCredentials}}
	if p.User.ID == "" {
		if out.wait = d.strangers.try(body.UserName, from.address, d.store.Now()); out.wait > 0 {
			out.verdict.Reason = policy.Locked
		}
		return out, nil
	}
	err := d.store.Write(ctx, from.actor(p.User.ID, p.User.UserName), func(tx *store.Tx) error {
		dir := tx.Directory(p.Directory()).Into(p.Organization.ID)
		j, err := d.judge(dir, p, from.address)
		if err != nil {
			return err
		}
		out = outcome{verdict: j.verdict, wait: j.wait}
		if j.verdict.Admitted() {
			step, err := d.stepAfterPassword(dir, p.PasswordPerson, j.verdict, body.Step)
			if err != nil {
				return err
			}
			if step != policy.NoFactor { // the decision falls with the code
				out.challenge, err = d.startChallenge(dir, p.PasswordPerson, step, body.ReturnTo)
				return err
			}
			if err := d.startLocal(tx, dir, p.PasswordPerson, j, &out, false, from, present); err != nil {
				return err
			}
		}
		return recordLocal(tx, p.PasswordPerson, j, from)
	})
	if errors.Is(err, store.ErrNotFound) { // deleted since the look-up
		return outcome{verdict: policy.Verdict{Reason: policy.BadCredentials}}, nil
	}
	return out, err
}

// judgment is what the rules say about a person who gave a password.
type judgment struct {
	verdict policy.Verdict
	wait    time.Duration // before another attempt, when locked
	rule    policy.MethodRule
	ways    store.WaysIn
	owner   bool   // a break-glass owner
	detail  string // for the administrator
}

// judge asks the rules.
func (d *door) judge(dir *store.DirectoryTx, p claimant, address string) (judgment, error) {
	j := judgment{verdict: policy.Verdict{Reason: policy.BadCredentials}}
	grants, err := dir.Grants(p.User.ID)
	if err != nil {
		return j, err
	}
	j.owner = isLocalOwner(p.Connection, grants)
	if j.wait, err = d.wait(dir, p.PasswordPerson, j.owner, address); err != nil {
		return j, err
	}
	if j.wait > 0 {
		j.verdict.Reason = policy.Locked
		return j, nil
	}
	if !p.proven {
		return j, nil
	}
	if j.ways, err = dir.WaysIn(p.User.ID); err != nil {
		return j, err
	}
	facts := withUser(passwordFacts(p.Connection, p.Attachments), p.Organization, p.User, grants)
	facts.Applies, j.rule = policy.MethodFor(methodFacts(j.ways, d.store.Now()))
	j.verdict = policy.Admit(facts)
	j.detail = joined(methodDetail(j.rule), standingDetail(j.verdict.Standing))
	return j, nil
}

// startLocal starts the session of somebody who was admitted by password. One that rests on an outage ends with it.
func (d *door) startLocal(tx *store.Tx, dir *store.DirectoryTx, p store.PasswordPerson, j judgment, out *outcome, factor bool, from visitor, present *store.Session) error {
	now := d.store.Now()
	n := store.NewSession{
		UserID: p.User.ID, ConnectionID: p.Connection.ID, Method: string(policy.Password), AuthTime: now,
		SecondFactor: factor, BreakGlass: j.owner,
	}
	if j.rule == policy.RuleOutage {
		n.LastsFor = j.ways.OutageUntil.Sub(now)
	}
	out.secret, out.userID, out.breakGlass = newSecret(), p.User.ID, j.owner
	return d.startSession(tx, dir, n, out.secret, from, present)
}

// recordLocal records a decision about somebody who gave a password. What is wrong is recorded where the person is at home,
// wherever it should have led, because that is where it is counted.
func recordLocal(tx *store.Tx, p store.PasswordPerson, j judgment, from visitor) error {
	key, at := p.Directory(), p.Organization.ID
	if j.verdict.Reason == policy.BadCredentials || j.verdict.Reason == policy.Locked {
		at = key.OrganizationID
	}
	_, err := tx.Organization(at).RecordDecision(store.Decision{
		ConnectionID: p.Connection.ID, DirectoryID: key.DirectoryID, UserID: p.User.ID, UserName: p.User.UserName,
		Method: string(policy.Password), Admitted: j.verdict.Admitted(), Detail: j.detail, Reason: string(j.verdict.Reason),
		Role: j.verdict.Standing.Role.Name, Grants: storeGrants(j.verdict.Standing.Grants),
		Address: from.address, UserAgent: from.userAgent, RequestID: from.requestID,
	})
	return err
}

// recordPutOff records an attempt that was not looked at because too many came from its address.
func (d *door) recordPutOff(ctx context.Context, name string, from visitor) error {
	people, err := d.store.PasswordPeople(ctx, name)
	if err != nil || len(people) == 0 {
		return err
	}
	return d.store.Write(ctx, from.actor(people[0].User.ID, people[0].User.UserName), func(tx *store.Tx) error {
		for _, p := range people {
			j := judgment{verdict: policy.Verdict{Reason: policy.Locked}, detail: "too many attempts from the address, whatever the names"}
			if err := recordLocal(tx, p, j, from); err != nil {
				return err
			}
		}
		return nil
	})
}

// methodDetail tells an administrator by which rule a person's password counted or not.
func methodDetail(rule policy.MethodRule) string {
	if rule == "" || rule == policy.RuleLocal {
		return ""
	}
	return "the person's method was decided by the rule " + string(rule)
}
