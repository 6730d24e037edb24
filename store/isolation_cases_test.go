package store_test

import (
	"errors"
	"time"

	"doorlist/store"
)

// The cases of TestIsolation_ForeignIDsAreRandomIDs: each asks a scope of contoso for what x names. Ids and times that a
// call makes anew are not part of the answer.

var directoryCases = map[string]func(w *world, d *store.Directory, x target) (any, error){
	"FindMembers": func(w *world, d *store.Directory, x target) (any, error) {
		return d.FindMembers(w.t.Context(), x.Group, x.UserName, "", 0)
	},
	"CountMembers": func(w *world, d *store.Directory, x target) (any, error) {
		users, groups, err := d.CountMembers(w.t.Context(), x.Group)
		return []int{users, groups}, err
	},
	"NestedGroups": func(w *world, d *store.Directory, x target) (any, error) {
		return d.NestedGroups(w.t.Context(), x.Group, 10)
	},
	"User": func(w *world, d *store.Directory, x target) (any, error) { return d.User(w.t.Context(), x.User) },
	"UserWithGroups": func(w *world, d *store.Directory, x target) (any, error) {
		return d.UserWithGroups(w.t.Context(), x.User)
	},
	"Group": func(w *world, d *store.Directory, x target) (any, error) { return d.Group(w.t.Context(), x.Group) },
	"Members": func(w *world, d *store.Directory, x target) (any, error) {
		return d.Members(w.t.Context(), x.Group, "", 0)
	},
	"BrakeOf": func(w *world, d *store.Directory, _ target) (any, error) { return d.BrakeOf(w.t.Context()) },
	"Held":    func(w *world, d *store.Directory, _ target) (any, error) { return d.Held(w.t.Context()) },
	"PasswordFailures": func(w *world, d *store.Directory, x target) (any, error) {
		return d.PasswordFailures(w.t.Context(), x.User, "192.0.2.7", time.Time{})
	},
	"RecoveryCodesLeft": func(w *world, d *store.Directory, x target) (any, error) {
		return d.RecoveryCodesLeft(w.t.Context(), x.User)
	},
	"GroupsOf": func(w *world, d *store.Directory, x target) (any, error) {
		groups, taken, err := d.GroupsOf(w.t.Context(), []string{x.User, x.Group})
		return []any{groups, taken}, err
	},
	"ListedByExternalID": func(w *world, d *store.Directory, x target) (any, error) {
		return d.ListedByExternalID(w.t.Context(), x.Group, []string{x.ExternalID})
	},
	"ListedByUserName": func(w *world, d *store.Directory, x target) (any, error) {
		return d.ListedByUserName(w.t.Context(), x.Group, []string{x.UserName})
	},
	"Roster": func(w *world, d *store.Directory, x target) (any, error) {
		all, err := d.Roster(w.t.Context(), "", x.User, 0)
		if err != nil {
			return nil, err
		}
		members, err := d.Roster(w.t.Context(), x.Group, "", 0)
		return []any{len(all), members}, err
	},
	"Users": func(w *world, d *store.Directory, x target) (any, error) {
		var pages []store.UserPage
		for _, where := range []store.Where{
			equal(x.User, "id"), equal(x.UserName, "username"), equal(x.ExternalID, "externalid"),
			store.Element{Path: []string{"emails"}, Where: equal(x.Email, "value")},
			store.Element{Path: []string{"groups"}, Where: equal(x.Group, "value")},
			store.Element{Path: []string{"groups"}, Where: equal(store.Fold(x.GroupName), "display")},
			store.Or{store.Not{Where: store.And{}}, equal(x.UserName, "username")}, nil,
		} {
			page, err := d.Users(w.t.Context(), store.Query{Where: where, Limit: 10, Groups: true})
			if err != nil {
				return nil, err
			}
			pages = append(pages, page)
		}
		return pages, nil
	},
	"Groups": func(w *world, d *store.Directory, x target) (any, error) {
		var pages []store.GroupPage
		for _, where := range []store.Where{
			equal(x.Group, "id"), equal(store.Fold(x.GroupName), "displayname"), equal(x.GroupExternalID, "externalid"),
			store.Element{Path: []string{"members"}, Where: equal(x.User, "value")}, nil,
		} {
			page, err := d.Groups(w.t.Context(), store.Query{Where: where, Limit: 10})
			if err != nil {
				return nil, err
			}
			pages = append(pages, page)
		}
		return pages, nil
	},
}

func equal(value string, path ...string) store.Compare {
	return store.Compare{Path: path, Op: store.Equal, Value: value}
}

var organizationCases = map[string]func(w *world, o *store.OrganizationScope, x target) (any, error){
	"Concerned": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		var found []store.Attendee
		keep := func(a store.Attendee) error { found = append(found, a); return nil }
		theirs, err := w.Organization(x.Organization).Rules(w.t.Context())
		if err != nil {
			return nil, err
		}
		own, err := o.Rules(w.t.Context())
		if err != nil {
			return nil, err
		}
		for _, d := range store.Differences(theirs, nil) {
			if err := o.Concerned(w.t.Context(), d, nil, nil, keep); err != nil {
				return nil, err
			}
		}
		for _, d := range store.Differences(own, own) {
			if err := o.Concerned(w.t.Context(), d, []string{x.User}, nil, keep); err != nil {
				return nil, err
			}
		}
		return found, nil
	},
	"HasMorePeople": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		theirs, err := w.Organization(x.Organization).Rules(w.t.Context())
		for _, d := range store.Differences(theirs, nil) {
			if more, err := o.HasMorePeople(w.t.Context(), d, 0); more || err != nil {
				return more, err
			}
		}
		return nil, err
	},
	"Rules": func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Rules(w.t.Context()) },
	"ListGroups": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		var found []store.ListedGroup
		for _, q := range []store.GroupListQuery{{Limit: 10}, {ConnectionID: x.Connection, Limit: 10}, {Search: x.GroupName, Limit: 10},
			{Search: x.Group, Newest: true, After: store.GroupPlace{DirectoryID: x.Directory, ID: x.Group}, Limit: 10}} {
			list, err := o.ListGroups(w.t.Context(), q)
			if err != nil {
				return nil, err
			}
			found = append(found, list...)
		}
		return found, nil
	},
	"Applications": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.Applications(w.t.Context())
	},
	"Event": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.Event(w.t.Context(), x.Event)
	},
	"ExportEvents": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		var list []store.Event
		err := o.ExportEvents(w.t.Context(), store.EventFilter{SubjectID: x.User}, func(e store.Event, _ []byte) error {
			list = append(list, e)
			return nil
		})
		return list, err
	},
	"AuditBlocks": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		n := 0
		err := o.AuditBlocks(w.t.Context(), 0, func(store.AuditBlock) error { n++; return nil })
		return n, err
	},
	"EventsIn": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		var list []store.Event
		err := o.EventsIn(w.t.Context(), []store.AuditEntry{{EventID: x.Event}}, func(e store.Event) error {
			list = append(list, e)
			return nil
		})
		return list, err
	},
	"BlockOf": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.BlockOf(w.t.Context(), x.Event)
	},
	"SearchEvents": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		var pages []store.EventPage
		for _, f := range []store.EventFilter{{SubjectID: x.User}, {DirectoryID: x.Directory}, {Actor: x.Token}, {Text: x.UserName}} {
			page, err := o.SearchEvents(w.t.Context(), f, "", 10)
			if err != nil {
				return nil, err
			}
			pages = append(pages, page)
		}
		return pages, nil
	},
	"Checkpoint": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.Checkpoint(w.t.Context())
	},
	"AuditRetention": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.AuditRetention(w.t.Context())
	},
	"LastAuditReport": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.LastAuditReport(w.t.Context())
	},
	"PlanUndoOf": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.PlanUndoOf(w.t.Context(), x.Event)
	},
	"PlanUndoSpan": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		const first, last = "00000000-0000-0000-0000-000000000001", "ffffffff-ffff-ffff-ffff-ffffffffffff"
		return o.PlanUndoSpan(w.t.Context(), store.EventSpan{DirectoryID: x.Directory, First: first, Last: last})
	},
	"Above": func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Above(w.t.Context()) },
	"EventsAbout": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		events, err := o.EventsAbout(w.t.Context(), x.User, "", 0)
		if err != nil || len(events) > 0 {
			return events, err
		}
		return o.EventsAbout(w.t.Context(), x.Organization, x.Event, 0)
	},
	"EverCalled": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		byName, err := o.EverCalled(w.t.Context(), x.UserName)
		deleted, failed := o.EverCalled(w.t.Context(), x.DeletedName)
		return []any{byName, deleted, failed}, err
	},
	"Timeline": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		own, _, err := o.Timeline(w.t.Context(), w.entra.DirectoryID, x.User)
		_, _, foreign := o.Timeline(w.t.Context(), x.Directory, x.User)
		return []any{len(own), own[0].On, err, foreign}, nil
	},
	"Past": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		past, err := o.Past(w.t.Context(), w.Now())
		if err != nil {
			return nil, err
		}
		_, err = past.Person(w.t.Context(), x.Directory, x.User)
		_, deleted := past.Person(w.t.Context(), x.Directory, x.Deleted)
		found, failed := past.Find(w.t.Context(), x.UserName)
		page, next, unread := past.Page(w.t.Context(), store.PastPlace{DirectoryID: x.Directory}, 10)
		return []any{past.Roles(), err, deleted, len(found), failed, len(page), next, unread}, nil
	},
	"Below": func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Below(w.t.Context()) },
	"Heirs": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.Heirs(w.t.Context(), store.ContactSetting)
	},
	"ReachableConnections": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.ReachableConnections(w.t.Context())
	},
	"FindVisitors": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.FindVisitors(w.t.Context(), x.UserName)
	},
	"TwoPersons": func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.TwoPersons(w.t.Context()) },
	"Resyncs":    func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Resyncs(w.t.Context()) },
	"UnnamedPeople": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.UnnamedPeople(w.t.Context(), x.Connection)
	},
	"OwnersInLine": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.OwnersInLine(w.t.Context())
	},
	"OwnTwoPersons": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.OwnTwoPersons(w.t.Context())
	},
	"Proposals": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.Proposals(w.t.Context(), w.Now())
	},
	"DomainChallenges": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.DomainChallenges(w.t.Context())
	},
	"Inherited": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.Inherited(w.t.Context())
	},
	"SettingSources": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.SettingSources(w.t.Context())
	},
	"Connections": func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Connections(w.t.Context()) },
	"Roles":       func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Roles(w.t.Context()) },
	"Mappings":    func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Mappings(w.t.Context()) },
	"Tokens":      func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Tokens(w.t.Context()) },
	"Watched": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		since, until, err := o.Watched(w.t.Context(), x.Connection)
		return []time.Time{since, until}, err
	},
	"Requests": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		all, err := o.Requests(w.t.Context(), store.SCIMRequestQuery{Subject: x.User})
		if err != nil {
			return nil, err
		}
		some, err := o.Requests(w.t.Context(), store.SCIMRequestQuery{ConnectionID: x.Connection})
		return []store.SCIMRequestPage{all, some}, err
	},
	"Request": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.Request(w.t.Context(), x.Request)
	},
	"ExportRequests": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		var all []store.SCIMRequest
		for _, q := range []store.SCIMRequestQuery{{Subject: x.User}, {ConnectionID: x.Connection}} {
			err := o.ExportRequests(w.t.Context(), q, func(r store.SCIMRequest) error { all = append(all, r); return nil })
			if err != nil {
				return nil, err
			}
		}
		return all, nil
	},
	"ExpiringEvents": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.ExpiringEvents(w.t.Context(), w.Now(), time.Hour, 0)
	},
	"RequestBehind": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.RequestBehind(w.t.Context(), store.Event{OrganizationID: w.contoso.ID, At: w.Now(), Actor: store.Actor{Kind: store.Provisioner, RequestID: "fabrikam's"}})
	},
	"EventsOf": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.EventsOf(w.t.Context(), store.SCIMRequest{OrganizationID: w.contoso.ID, RequestID: "r-1", Noted: store.Noted{First: x.Event, Last: x.Event}})
	},
	"TrialCredential": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.TrialCredential(w.t.Context(), x.Connection)
	},
	"Cycles": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.Cycles(w.t.Context(), x.Connection, "", 0)
	},
	"Cycle": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.Cycle(w.t.Context(), x.Connection, x.Cycle)
	},
	"Hours": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.Hours(w.t.Context(), x.Connection, time.Time{})
	},
	"LogDays": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.LogDays(w.t.Context(), x.Connection)
	},
	"SCIMWays": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.SCIMWays(w.t.Context(), w.Now())
	},
	"Progress": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.Progress(w.t.Context(), w.Now())
	},
	"Reviews":  func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Reviews(w.t.Context()) },
	"Ceilings": func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Ceilings(w.t.Context()) },
	"Clients":  func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Clients(w.t.Context()) },
	"ClientSecrets": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.ClientSecrets(w.t.Context())
	},
	"SCIMAccess": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.SCIMAccess(w.t.Context(), x.Connection)
	},
	"Domains": func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Domains(w.t.Context()) },
	"Outages": func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Outages(w.t.Context()) },
	"ProviderCredentials": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.ProviderCredentials(w.t.Context())
	},
	"OutagesInForce": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.OutagesInForce(w.t.Context(), w.Now())
	},
	"SyncedPeople": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.SyncedPeople(w.t.Context())
	},
	"Schemas": func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Schemas(w.t.Context()) },
	"Owners":  func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Owners(w.t.Context()) },
	"People": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		var pages []store.PeoplePage
		for _, q := range []store.PeopleQuery{
			{Search: x.User}, {Search: x.UserName}, {Search: x.ExternalID}, {Search: x.Email}, {ConnectionID: x.Connection}, {RoleID: x.Role},
			{After: &store.Place{ID: x.User}, Descending: true},
		} {
			q.Limit = 10
			page, err := o.People(w.t.Context(), q)
			if err != nil {
				return nil, err
			}
			pages = append(pages, page)
		}
		return pages, nil
	},
	"FindPeople": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		var people []store.PersonRecord
		for _, who := range []string{x.User, x.UserName, x.ExternalID, x.Email} {
			found, err := o.FindPeople(w.t.Context(), who)
			if err != nil {
				return nil, err
			}
			people = append(people, found...)
		}
		return people, nil
	},
	"Person": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		_, own := o.Person(w.t.Context(), w.entra.DirectoryID, x.User)
		p, err := o.Person(w.t.Context(), x.Directory, x.User)
		return []any{p, own}, err
	},
	"FindDeleted": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		var all []store.Tombstone
		for _, who := range []string{x.Deleted, x.DeletedName, x.User, x.ExternalID} {
			found, err := o.FindDeleted(w.t.Context(), who)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, nil
	},
	"Sessions": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.Sessions(w.t.Context(), x.User)
	},
	"ListSessions": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		var all []store.ListedSession
		for _, f := range []store.SessionFilter{{}, {ID: x.Session}, {DirectoryID: x.Directory}, {UserID: x.User}} {
			list, err := o.ListSessions(w.t.Context(), f, w.Now())
			if err != nil {
				return nil, err
			}
			all = append(all, list...)
		}
		return all, nil
	},
	"Decisions": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.Decisions(w.t.Context(), store.DecisionQuery{UserID: x.User})
	},
	"LastDecision": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.LastDecision(w.t.Context(), x.User, x.UserName)
	},
	"DecisionPage": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		var pages []store.DecisionPage
		for _, f := range []store.DecisionFilter{{}, {UserIDs: []string{x.User}}, {Claimed: x.UserName}, {ConnectionID: x.Connection}} {
			page, err := o.DecisionPage(w.t.Context(), f, store.DecisionKey{At: w.Now(), ID: x.Decision}, 10)
			if err != nil {
				return nil, err
			}
			pages = append(pages, page)
		}
		return pages, nil
	},
	"FindDecision": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.FindDecision(w.t.Context(), x.Decision)
	},
	"AttemptsSince": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.AttemptsSince(w.t.Context(), time.Time{})
	},
	"Headcounts": func(w *world, o *store.OrganizationScope, _ target) (any, error) { return o.Headcounts(w.t.Context()) },
	"LockoutsSince": func(w *world, o *store.OrganizationScope, _ target) (any, error) {
		return o.LockoutsSince(w.t.Context(), time.Time{})
	},
	"SAML": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.SAML(w.t.Context(), x.SAML)
	},
	"Events": func(w *world, o *store.OrganizationScope, x target) (any, error) {
		return o.Events(w.t.Context(), store.EventQuery{SubjectID: x.User})
	},
}

var directoryTxCases = map[string]func(w *world, d *store.DirectoryTx, x target) (any, error){
	"CreateUser": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		u, err := d.CreateUser(person(x.UserName, x.ExternalID, x.Email))
		return []any{u.UserRecord, u.Link, u.Version}, err
	},
	"UpdateUser": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		return d.UpdateUser(store.User{ID: x.User, Version: 1}, person(x.UserName, "", x.Email))
	},
	"CreateNewcomer": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		u, err := d.CreateNewcomer(store.Profile{UserName: x.UserName, ExternalID: x.ExternalID, AppRoles: []string{"Task.Write"}})
		return []any{u.UserRecord, u.Origin, u.Link, u.Version}, err
	},
	"RefreshNewcomer": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		u := store.User{ID: x.User, Version: 1, Origin: store.FromSignIn}
		return nil, d.RefreshNewcomer(u, store.Profile{DisplayName: "Thief"})
	},
	"Buried": func(_ *world, d *store.DirectoryTx, x target) (any, error) { return d.Buried(x.ExternalID) },
	"AppRoleGrants": func(_ *world, d *store.DirectoryTx, _ target) (any, error) {
		return d.AppRoleGrants([]string{"Task.Write"})
	},
	"EndSessions": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		return nil, d.EndSessions(x.User, "logout")
	},
	"DeleteUser": func(_ *world, d *store.DirectoryTx, x target) (any, error) { return nil, d.DeleteUser(x.User, 0) },
	"SetBrake": func(_ *world, d *store.DirectoryTx, _ target) (any, error) {
		return nil, d.SetBrake(store.DefaultBrake)
	},
	"ApplyHeld":   func(_ *world, d *store.DirectoryTx, x target) (any, error) { return d.ApplyHeld(x.User) },
	"ReleaseHeld": func(_ *world, d *store.DirectoryTx, x target) (any, error) { return d.ReleaseHeld(x.User) },
	"ReplaceUser": func(_ *world, d *store.DirectoryTx, x target) (any, error) { return d.ReplaceUser(x.User) },
	"ReleaseUser": func(_ *world, d *store.DirectoryTx, x target) (any, error) { return nil, d.ReleaseUser(x.User) },
	"CreateGroup": func(w *world, d *store.DirectoryTx, x target) (any, error) {
		g, err := d.CreateGroup(groupRecord(x.GroupName, x.GroupExternalID), adding(x.User, x.Group).Add)
		return []any{g.GroupRecord, g.Version}, err
	},
	"UpdateGroup": func(w *world, d *store.DirectoryTx, x target) (any, error) {
		record := groupRecord(x.GroupName, "")
		if _, err := d.UpdateGroup(store.Group{ID: x.Group, Version: 1}, &record, store.MemberChange{Clear: true}); !errors.Is(err, store.ErrNotFound) {
			return "a group was found", err
		}
		own, err := d.CreateGroup(groupRecord("own", ""), nil)
		if err != nil {
			return nil, err
		}
		g, err := d.UpdateGroup(own, nil, store.MemberChange{Add: adding(x.User, x.Group).Add, Remove: []string{x.User}})
		return []any{g.GroupRecord, g.Version}, err
	},
	"DeleteGroup": func(_ *world, d *store.DirectoryTx, x target) (any, error) { return nil, d.DeleteGroup(x.Group, 0) },
	"StartSession": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		return d.StartSession(newSession(x.User, x.Connection, "thief's"))
	},
	"EndSession": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		return nil, d.EndSession(x.Session, "logout")
	},
	"DecideDevice": func(w *world, d *store.DirectoryTx, x target) (any, error) {
		session := store.Session{ID: x.Session, OrganizationID: x.Organization, DirectoryID: x.Directory, UserID: x.User}
		return nil, d.DecideDevice(session, waitingCode, true)
	},
	"RedeemDevice": func(w *world, d *store.DirectoryTx, x target) (any, error) {
		session := store.Session{ID: x.Session, OrganizationID: x.Organization, DirectoryID: x.Directory, UserID: x.User}
		return d.RedeemDevice("approved device", session, secretHash("thief's"), time.Hour)
	},
	"OpenHost": func(w *world, d *store.DirectoryTx, x target) (any, error) {
		session := store.Session{ID: x.Session, OrganizationID: x.Organization, DirectoryID: x.Directory, UserID: x.User, ExpiresAt: w.Now().Add(time.Hour)}
		return nil, d.OpenHost(session, "secret.example.com", secretHash("thief's"))
	},
	"SignInState":       func(_ *world, d *store.DirectoryTx, x target) (any, error) { return d.SignInState(x.User) },
	"UsersByGUID":       func(_ *world, d *store.DirectoryTx, x target) (any, error) { return d.UsersByGUID(x.ExternalID) },
	"UsersByExternalID": func(_ *world, d *store.DirectoryTx, x target) (any, error) { return d.UsersByExternalID(x.ExternalID) },
	"UserByName":        func(_ *world, d *store.DirectoryTx, x target) (any, error) { return d.UserByName(x.UserName) },
	"Grants":            func(_ *world, d *store.DirectoryTx, x target) (any, error) { return d.Grants(x.User) },
	"Into": func(w *world, d *store.DirectoryTx, x target) (any, error) {
		alice, err := d.CreateUser(person("alice@contoso.com", aliceOID))
		if err != nil {
			return nil, err
		}
		return d.Into(x.Organization).Grants(alice.ID)
	},
	"Stepwise": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		d.Stepwise()
		return d.Grants(x.User)
	},
	"WaysIn": func(_ *world, d *store.DirectoryTx, x target) (any, error) { return d.WaysIn(x.User) },
	"Invite": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		i, _, err := d.Invite(x.User, store.ToReset)
		return i, err
	},
	"LinksSince": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		return d.LinksSince(x.User, store.ToInvite, time.Time{})
	},
	"QueueMail": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		return nil, d.QueueMail(x.User, store.Mail{To: "thief@mail.example", Subject: "x", Text: "x"})
	},
	"SetPassword": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		return nil, d.SetPassword(x.User, "thief's", x.Session)
	},
	"SecondFactor": func(_ *world, d *store.DirectoryTx, x target) (any, error) { return d.SecondFactor(x.User) },
	"EnrollSecondFactor": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		return nil, d.EnrollSecondFactor(x.User, "thief's", 1, nil)
	},
	"UseSecondFactor": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		return nil, d.UseSecondFactor(x.User, 1<<40)
	},
	"UseRecoveryCode": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		return d.UseRecoveryCode(x.User, "recovery")
	},
	"RenewRecoveryCodes": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		return nil, d.RenewRecoveryCodes(x.User, []string{"thief's"})
	},
	"ResetSecondFactor": func(_ *world, d *store.DirectoryTx, x target) (any, error) { return nil, d.ResetSecondFactor(x.User) },
	"StartChallenge": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		return nil, d.StartChallenge(secretHash("thief's"), store.Challenge{UserID: x.User})
	},
	"MeetChallenge": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		return nil, d.MeetChallenge(x.User, secretHash("victim's challenge"))
	},
	"PasswordFailures": func(_ *world, d *store.DirectoryTx, x target) (any, error) {
		return d.PasswordFailures(x.User, "192.0.2.7", time.Time{})
	},
	"WipePassword": func(_ *world, d *store.DirectoryTx, x target) (any, error) { return nil, d.WipePassword(x.User) },
}

var organizationTxCases = map[string]func(w *world, o *store.OrganizationTx, x target) (any, error){
	"SwapRoles": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		own := w.role(w.contoso, "reader").ID
		return []error{o.SwapRoles(own, x.Role)}, o.SwapRoles(x.Role, own)
	},
	"SetAuditRetention": func(_ *world, o *store.OrganizationTx, _ target) (any, error) {
		return nil, o.SetAuditRetention(0)
	},
	"Describe":       func(_ *world, o *store.OrganizationTx, _ target) (any, error) { return o.Describe() },
	"SetDefaultRole": func(_ *world, o *store.OrganizationTx, x target) (any, error) { return nil, o.SetDefaultRole(x.Role) },
	"Subtree":        func(_ *world, o *store.OrganizationTx, _ target) (any, error) { return o.Subtree() },
	"AttachmentLine": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return o.AttachmentLine(x.Connection)
	},
	"AttachmentsBelow": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return o.AttachmentsBelow(x.Connection)
	},
	"ReachableConnections": func(_ *world, o *store.OrganizationTx, _ target) (any, error) { return o.ReachableConnections() },
	"SayAttachment": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.SayAttachment(x.Connection, "on")
	},
	"EndConnectionSessions": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.EndConnectionSessions(x.Connection, "detached")
	},
	"Inherit": func(_ *world, o *store.OrganizationTx, _ target) (any, error) {
		return nil, o.Inherit(store.ContactSetting)
	},
	"SetAmbiguousRoles": func(_ *world, o *store.OrganizationTx, _ target) (any, error) {
		return nil, o.SetAmbiguousRoles("refuse")
	},
	"CreateApplication": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		_, refusal := o.CreateApplication(store.Application{Slug: "wiki", Role: store.Role{ID: x.Role}})
		a, err := o.CreateApplication(store.Application{ID: x.Application, Slug: "secret", Role: w.role(w.contoso, "reader"),
			Paths: []store.ApplicationPath{{Host: "secret.example.com"}}})
		taken := a.ID == x.Application
		a.ID = ""
		return []any{refusal, a, taken}, err
	},
	"UpdateApplication": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		return o.UpdateApplication(store.Application{ID: x.Application, Slug: "mine", Role: w.role(w.contoso, "reader")})
	},
	"RemoveApplication": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.RemoveApplication(x.Application)
	},
	"AddApplicationPath": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.AddApplicationPath(x.Application, store.ApplicationPath{Host: "other.example.com"})
	},
	"RemoveApplicationPath": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.RemoveApplicationPath(x.Application, store.ApplicationPath{Host: "secret.example.com"})
	},
	"CreateConnection": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		c := entraConnection("new")
		c.ID, c.OrganizationID, c.DirectoryID = x.Connection, x.Organization, x.Directory
		c, err := o.CreateConnection(c, "")
		taken := c.ID == x.Connection || c.OrganizationID != w.contoso.ID || c.DirectoryID == x.Directory
		c.ID, c.DirectoryID = "", ""
		return []any{c, taken}, err
	},
	"UpdateConnection": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		c := entraConnection("new")
		c.ID, c.OrganizationID, c.DirectoryID = x.Connection, x.Organization, x.Directory
		return o.UpdateConnection(c)
	},
	"SetClientSecret": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.SetClientSecret(x.Connection, "x")
	},
	"AddProviderCredential": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return o.AddProviderCredential(x.Connection, store.ProviderCredential{Kind: store.SecretCredential}, "x")
	},
	"RemoveProviderCredential": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.RemoveProviderCredential(x.Credential)
	},
	"RefuseProviderCredential": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.RefuseProviderCredential(x.Credential, "x")
	},
	"AcceptProviderCredential": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.AcceptProviderCredential(x.Credential)
	},
	"RemoveConnection": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.RemoveConnection(x.Connection)
	},
	"Update": func(_ *world, o *store.OrganizationTx, _ target) (any, error) { return o.Update("new-slug", "New") },
	"Remove": func(_ *world, o *store.OrganizationTx, _ target) (any, error) { return nil, o.Remove() },
	"CreateRole": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		r, err := o.CreateRole(store.Role{ID: x.Role, Name: "auditor", Rank: 15})
		taken := r.ID == x.Role
		r.ID = ""
		return []any{r, taken}, err
	},
	"UpdateRole": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return o.UpdateRole(store.Role{ID: x.Role, Name: "auditor", Rank: 15})
	},
	"RemoveRole": func(_ *world, o *store.OrganizationTx, x target) (any, error) { return nil, o.RemoveRole(x.Role) },
	"AssignRole": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		own := w.role(w.contoso, "owner").ID
		refusals := []error{o.AssignRole(x.Directory, x.User, own), o.AssignRole(w.entra.DirectoryID, x.User, own)}
		return refusals, o.AssignRole(w.entra.DirectoryID, x.User, x.Role)
	},
	"UnassignRole": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		own := w.role(w.contoso, "owner").ID
		return o.UnassignRole(x.Directory, x.User, own), o.UnassignRole(x.Directory, x.User, x.Role)
	},
	"CreateMapping": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		own := w.role(w.contoso, "owner").ID
		refusals := []any{}
		for _, m := range []store.Mapping{
			{ConnectionID: x.Connection, RoleID: own, GroupExternalID: x.GroupExternalID},
			{ConnectionID: w.entra.ID, RoleID: x.Role, GroupExternalID: x.GroupExternalID},
		} {
			_, err := o.CreateMapping(m)
			refusals = append(refusals, err)
		}
		_, err := o.CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: own, GroupID: x.Group})
		return refusals, err
	},
	"UpdateMapping": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		return o.UpdateMapping(x.Mapping, w.role(w.contoso, "owner").ID)
	},
	"RemoveMapping": func(_ *world, o *store.OrganizationTx, x target) (any, error) { return nil, o.RemoveMapping(x.Mapping) },
	"CreateToken": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		_, _, err := o.CreateToken(x.Connection, "thief's", time.Time{})
		return nil, err
	},
	"RevokeToken": func(_ *world, o *store.OrganizationTx, x target) (any, error) { return nil, o.RevokeToken(x.Token) },
	"SetLogDays": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.SetLogDays(x.Connection, 1)
	},
	"ChangeSCIMAccess": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.ChangeSCIMAccess(x.Connection, func(a *store.SCIMAccess) { a.Networks = "" })
	},
	"RecordWriter": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		_, foreign := o.RecordWriter(store.Credential{Kind: store.TokenCredential, TokenID: x.Token, Connection: store.Connection{ID: x.Connection}}, "192.0.2.1")
		elsewhere, err := o.RecordWriter(store.Credential{Kind: store.TokenCredential, TokenID: x.Token, Connection: w.entra}, "192.0.2.1")
		return []any{foreign, elsewhere}, err
	},
	"RecordSCIMRefusal": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.RecordSCIMRefusal(store.Credential{Kind: store.TokenCredential, TokenID: x.Token, Connection: store.Connection{ID: x.Connection}}, "address")
	},
	"CreateClient": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return o.CreateClient(store.Client{ConnectionID: x.Connection})
	},
	"AddClientSecret": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		s, _, err := o.AddClientSecret(x.Client, time.Time{})
		return s, err
	},
	"RevokeClientSecret": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.RevokeClientSecret(x.ClientSecret)
	},
	"RevokeClient": func(_ *world, o *store.OrganizationTx, x target) (any, error) { return nil, o.RevokeClient(x.Client) },
	"RevokeAccessToken": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.RevokeAccessToken(x.AccessToken)
	},
	"IssueAccessToken": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		secret, _, err := o.IssueAccessToken(store.NewAccessToken{ClientID: x.Client, SecretID: x.ClientSecret, Scopes: store.AllScopes})
		return secret, err
	},
	"CreateOwner": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		owner, _, err := o.CreateOwner(x.UserName)
		owner.ID = ""
		return owner, err
	},
	"AddLocalUser": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		_, foreign := o.AddLocalUser(x.UserName, x.Role)
		u, err := o.AddLocalUser(x.UserName, w.role(w.contoso, "reader").ID)
		return []any{foreign, u.UserName}, err
	},
	"SetSSOMode": func(_ *world, o *store.OrganizationTx, _ target) (any, error) { return nil, o.SetSSOMode(store.SSOOff) },
	"SetSSOChoice": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		return o.SetSSOChoice(x.Directory, x.User, "off"), o.SetSSOChoice(w.entra.DirectoryID, x.User, "on")
	},
	"SetSecondFactorRule": func(_ *world, o *store.OrganizationTx, _ target) (any, error) {
		return o.SetSecondFactorRule(store.SecondFactorAll)
	},
	"EndPasswordSessions": func(_ *world, o *store.OrganizationTx, _ target) (any, error) { return nil, o.EndPasswordSessions() },
	"ArmConnection": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.ArmConnection(x.Connection, "thief")
	},
	"RecordTest": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.RecordTest(x.Connection, store.SignInTest{By: "thief", Proves: true})
	},
	"StateDomain": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.StateDomain(x.Connection, "thief.example")
	},
	"SettleResync": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.SettleResync(x.Connection)
	},
	"SetTwoPersons": func(_ *world, o *store.OrganizationTx, _ target) (any, error) { return nil, o.SetTwoPersons(false) },
	"Propose": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		p, err := o.Propose(store.Proposal{ID: x.Proposal, Title: "thief's", Address: "/admin", HomeID: x.Organization})
		p.ID, p.HomeID = "", ""
		return p, err
	},
	"SettleProposal": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.SettleProposal(store.Proposal{ID: x.Proposal}, store.Approved, "thief")
	},
	"ChallengeDomain": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		_, err := o.ChallengeDomain(x.Connection, "asked.example")
		return nil, err
	},
	"ProveDomain": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		theirs := o.ProveDomain(store.DomainChallenge{ConnectionID: x.Connection, Domain: "asked.example", Token: x.DomainToken})
		return theirs, o.ProveDomain(store.DomainChallenge{ConnectionID: w.entra.ID, Domain: "asked.example", Token: x.DomainToken})
	},
	"RemoveDomain": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.RemoveDomain(x.Connection, "asked.example")
	},
	"SetConnectionDomains": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.SetConnectionDomains(x.Connection, []string{"thief.example"})
	},
	"SetCeiling": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		return o.SetCeiling(x.Connection, w.role(w.contoso, "reader").ID), o.SetCeiling(w.entra.ID, x.Role)
	},
	"CreateSAML": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.CreateSAML(x.SAML, store.SAMLSettings{Certificate: []byte("thief's")}, "thief's")
	},
	"UpdateSAML": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.UpdateSAML(x.SAML, store.SAMLSettings{IDPInitiated: true})
	},
	"SetSAMLMetadata": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return o.SetSAMLMetadata(x.SAML, samlMetadata("https://thief.example"))
	},
	"SetContact": func(_ *world, o *store.OrganizationTx, _ target) (any, error) {
		return nil, o.SetContact("thief@example.com")
	},
	"StartOutage": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		_, own := o.StartOutage("", "", time.Hour, []store.OutagePerson{{DirectoryID: w.entra.DirectoryID, UserID: x.User}})
		_, err := o.StartOutage("", "", time.Hour, []store.OutagePerson{{DirectoryID: x.Directory, UserID: x.User}})
		return own, err
	},
	"EndSessions": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		total := 0
		for _, f := range []store.SessionFilter{{ID: x.Session}, {DirectoryID: x.Directory}, {UserID: x.User}, {}} {
			n, err := o.EndSessions(f, "administrator")
			if err != nil {
				return nil, err
			}
			total += n
		}
		return total, nil
	},
	"EndOutage": func(_ *world, o *store.OrganizationTx, x target) (any, error) { return nil, o.EndOutage(x.Outage) },
	"DeclareSchema": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		return nil, o.DeclareSchema(store.Schema{URN: x.Schema, ResourceType: "User", Document: "{}"})
	},
	"RemoveSchema": func(_ *world, o *store.OrganizationTx, x target) (any, error) { return nil, o.RemoveSchema(x.Schema) },
	"RenewKeys": func(_ *world, o *store.OrganizationTx, x target) (any, error) {
		renewed := 0
		err := o.RenewKeys(store.Schema{URN: "title", ResourceType: "User"}, func(document string) (string, error) {
			renewed++
			return "{}", nil
		})
		return renewed, err
	},
	"SetSCIMPasswords": func(_ *world, o *store.OrganizationTx, _ target) (any, error) { return o.SetSCIMPasswords(true) },
	"RecordDecision": func(w *world, o *store.OrganizationTx, x target) (any, error) {
		d, err := o.RecordDecision(store.Decision{OrganizationID: x.Organization, UserID: x.User})
		taken := d.OrganizationID != w.contoso.ID
		d.ID = ""
		return []any{d, taken}, err
	},
}
