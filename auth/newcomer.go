package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"doorlist/policy"
	"doorlist/store"
)

// newcomerLasts bounds the session of somebody whom provisioning has not sent, because no push will end it: what the
// provider takes away holds here from the next sign-in on. Entra's own tokens live about as long.
const newcomerLasts = time.Hour

// profileOf is what a verified token says of a person. None of it but the external id is an identity.
func profileOf(id identity, all claims) store.Profile {
	p := store.Profile{
		UserName: id.Key, ExternalID: id.Key, AppRoles: all.texts("roles"),
		DisplayName: short(all.text("name")), GivenName: short(all.text("given_name")), FamilyName: short(all.text("family_name")),
	}
	if oid := all.text("oid"); canonicalGUID(oid) == id.Key {
		p.ExternalID = cmp.Or(oid, id.Key) // as provisioning would write it
	}
	for _, name := range []string{"upn", "preferred_username"} { // the last one that is there
		if claimed := all.text(name); isIdentifier(claimed) {
			p.UserName = claimed
		}
	}
	if email := all.text("email"); isIdentifier(email) {
		p.Email = email
	}
	return p
}

// receive decides about a person after the search. Somebody whom the directory does not know is made a user where the
// rules say so; a user whom an earlier sign-in has made follows what the token says now.
func receive(dir *store.DirectoryTx, org store.Organization, a attempt, f found, now time.Time) (found, policy.Verdict, error) {
	if f.facts.FromSignIn && f.facts.Admits == policy.AdmitRoleAssigned {
		return refresh(dir, org, a, f, now)
	}
	verdict, err := foretell(dir, org, a, &f, now)
	if err != nil || !verdict.Admitted() || f.user.ID != "" {
		return f, verdict, err
	}
	if _, err := dir.CreateNewcomer(a.identity.Profile); err != nil {
		return f, policy.Verdict{}, err
	}
	f, err = search(dir, org, a, now)
	return f, policy.Admit(f.facts), err
}

// foretell says what becomes of a person, without making anybody. It may add to what was found.
func foretell(dir *store.DirectoryTx, org store.Organization, a attempt, f *found, now time.Time) (policy.Verdict, error) {
	if f.user.ID != "" || !f.facts.TenantAgrees || f.facts.Admits != policy.AdmitRoleAssigned {
		return policy.Admit(f.facts), nil
	}
	namesakes, err := userNamed(dir, a.identity.Profile.UserName)
	if err != nil {
		return policy.Verdict{}, err
	}
	if slices.ContainsFunc(namesakes, a.isAbout) { // somebody was faster since the search
		*f, err = search(dir, org, a, now)
		return policy.Admit(f.facts), err
	}
	arrival, err := arrivalOf(dir, org, a, f, now)
	if err != nil {
		return policy.Verdict{}, err
	}
	arrival.NameTaken = len(namesakes) > 0
	verdict := policy.MayCreate(arrival)
	if verdict.Admitted() {
		f.detail = joined(f.detail, "by the token's app roles, the first sign-in makes the user")
	} else {
		f.detail = joined(f.detail, against(arrival, a.identity.Profile))
	}
	return verdict, nil
}

// isAbout says that a user carries the identity of the attempt.
func (a attempt) isAbout(u store.User) bool {
	return u.ExternalID == a.identity.Key || a.connection.OfEntra() && canonicalGUID(u.ExternalID) == a.identity.Key
}

// arrivalOf gathers what decides about somebody whom the directory does not know.
func arrivalOf(dir *store.DirectoryTx, org store.Organization, a attempt, f *found, now time.Time) (policy.Arrival, error) {
	grants, err := dir.AppRoleGrants(a.identity.Profile.AppRoles)
	if err != nil {
		return policy.Arrival{}, err
	}
	deleted, err := dir.Buried(a.identity.Key)
	arrival := policy.Arrival{Facts: f.facts, Deleted: deleted}
	arrival.Ambiguity, arrival.Grants = policy.Ambiguity(org.AmbiguousRoles), policyGrants(grants)
	ways := store.WaysIn{Synced: true, Mode: org.SSOMode, ArmedAt: a.connection.ArmedAt}
	arrival.Applies, f.rule = policy.MethodFor(methodFacts(ways, now))
	return arrival, err
}

// against tells the administrator what stands against making somebody a user.
func against(a policy.Arrival, p store.Profile) string {
	switch {
	case a.Deleted:
		return "the directory had this person and deleted them, so that only provisioning brings them back"
	case len(a.Grants) == 0:
		return fmt.Sprintf("none of the token's app roles is mapped: %q", short(strings.Join(p.AppRoles, ", ")))
	case a.NameTaken:
		return fmt.Sprintf("the user name %q is another user's", p.UserName)
	}
	return ""
}

// refresh lets a newcomer's record follow the token. Who has no role any more loses the sessions from before too.
func refresh(dir *store.DirectoryTx, org store.Organization, a attempt, f found, now time.Time) (found, policy.Verdict, error) {
	if err := dir.RefreshNewcomer(f.user, a.identity.Profile); err != nil {
		return f, policy.Verdict{}, err
	}
	f, err := search(dir, org, a, now)
	if err != nil {
		return f, policy.Verdict{}, err
	}
	verdict := policy.Admit(f.facts)
	if verdict.Reason == policy.NoRole {
		err = dir.EndSessions(f.user.ID, "no_role")
	}
	return f, verdict, err
}

// userDetail tells an administrator what is out of the ordinary about a person; "" for others.
func userDetail(p store.PersonRecord) string {
	switch {
	case p.User.Held:
		return heldDetail(p)
	case p.User.Origin == store.FromSignIn:
		return "a sign-in has made the user, and provisioning has not sent the person yet"
	}
	return ""
}

// heldDetail tells what the brake keeps from taking effect, and until when.
func heldDetail(p store.PersonRecord) string {
	push, until := "switched the person off", ": an owner has decided that they stay until the provider switches them on"
	if p.User.Parted {
		push = "deleted the person"
	}
	if !p.HeldUntil.IsZero() {
		until = " until " + p.HeldUntil.UTC().Format("2 Jan 2006, 15:04") + " UTC at the latest"
	}
	return "the provider has " + push + ", and the brake on mass departures keeps that from taking effect" + until
}

// writeAgain makes a change, and once more if it met somebody who made the same user at that moment.
func (d *door) writeAgain(ctx context.Context, actor store.Actor, fn func(tx *store.Tx) error) error {
	err := d.store.Write(ctx, actor, fn)
	var taken *store.ConflictError
	if errors.As(err, &taken) {
		return d.store.Write(ctx, actor, fn)
	}
	return err
}
