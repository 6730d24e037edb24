package auth

import (
	"time"

	"doorlist/policy"
	"doorlist/store"
)

// The functions of this file say what store knows in the words of policy. Sign-in, every later request and explain use
// the same ones, so that the three cannot disagree.

// connectionFacts are the facts that do not depend on the person. line is what is said of the connection, from the
// organization that they sign in to up to its owner. For a connection of the zero value they refuse.
func connectionFacts(c store.Connection, line []string) policy.Facts {
	return policy.Facts{
		ConnectionOn:  c.ID != "" && c.Enabled,
		Attached:      Attached(line),
		Offered:       policy.SSO,
		Match:         matchOf(c),
		GuestsAllowed: c.AllowGuests,
		Sources:       policy.Sources(c.Roles),
		Admits:        policy.Admits(c.Admit),
	}
}

// passwordFacts are the facts of somebody who knows the password. The local directory, which is a connection of the zero
// value, has no connection that could be off.
func passwordFacts(c store.Connection, line []string) policy.Facts {
	f := policy.Facts{ConnectionOn: true, Attached: true, Sources: policy.LocalRoles}
	if c.ID != "" {
		f = connectionFacts(c, line)
	}
	f.Offered, f.Match, f.TenantAgrees, f.Subject = policy.Password, policy.MatchPassword, true, policy.SameSubject
	return f
}

// methodFacts are the facts that decide by which method a person signs in.
func methodFacts(w store.WaysIn, now time.Time) policy.MethodFacts {
	return policy.MethodFacts{
		Synced: w.Synced, Mode: policy.Mode(w.Mode), Choice: policy.Choice(w.Choice), Armed: !w.ArmedAt.IsZero(),
		Outage: now.Before(w.OutageUntil), Password: w.HasPassword,
	}
}

func matchOf(c store.Connection) policy.Match {
	switch {
	case c.Match == store.MatchUserName:
		return policy.MatchUserName
	case c.OfEntra():
		return policy.MatchObjectID
	case c.Kind == store.OIDCConnection, c.Kind == store.SAMLConnection:
		return policy.MatchSubject
	}
	return ""
}

// withUser adds what the directory says of the one person that was found, and what their organization makes of it.
func withUser(f policy.Facts, o store.Organization, u store.User, grants []store.Grant) policy.Facts {
	f.Found = policy.One
	f.Ambiguity = policy.Ambiguity(o.AmbiguousRoles)
	f.FromSignIn = u.Origin == store.FromSignIn
	f.Active = u.MayEnter()
	f.Link = policy.Link(u.Link)
	f.Grants = policyGrants(grants)
	return f
}

// afterSignIn adds what only a token can tell and the sign-in has settled: tenant and subject.
func afterSignIn(f policy.Facts) policy.Facts {
	f.TenantAgrees = true
	f.Subject = policy.SameSubject
	return f
}

// subjectOf compares a token's subject with the one of the first sign-in. Subjects are pairwise: another client id
// brings another subject for everybody.
func subjectOf(known store.SignInState, subject, clientID string) policy.Subject {
	switch {
	case known.Subject == "":
		return policy.FirstSubject
	case known.Subject == subject:
		return policy.SameSubject
	case known.ClientID != clientID:
		return policy.NewAppSubject
	}
	return policy.OtherSubject
}

func policyRole(r store.Role) policy.Role {
	return policy.Role{ID: r.ID, Name: r.Name, Rank: r.Rank, Console: policy.Console(r.Console), SharedOnly: r.SharedOnly}
}

func storeRole(r policy.Role) store.Role {
	return store.Role{ID: r.ID, Name: r.Name, Rank: r.Rank, Console: store.Console(r.Console), SharedOnly: r.SharedOnly}
}

func policyGrants(grants []store.Grant) []policy.Grant {
	out := make([]policy.Grant, len(grants))
	for i, g := range grants {
		out[i] = policy.Grant{
			Role: policyRole(g.Role), Source: policy.Source(g.Source),
			MappingID: g.MappingID, GroupID: g.GroupID, Name: g.Name, Ceiling: policyRole(g.Ceiling),
		}
	}
	return out
}

func storeGrants(grants []policy.Grant) []store.Grant {
	out := make([]store.Grant, len(grants))
	for i, g := range grants {
		out[i] = store.Grant{
			Role:   storeRole(g.Role),
			Source: store.GrantSource(g.Source), MappingID: g.MappingID, GroupID: g.GroupID, Name: g.Name,
		}
	}
	return out
}
