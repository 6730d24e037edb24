package admin

import (
	"net/http"
	"strings"
	"time"

	"doorlist/auth"
	"doorlist/store"
)

// route is a page of the console, and the console right that it needs. What asks for the right to own also needs a fresh proof of who
// asks.
type route struct {
	method, path string
	needs        store.Console
	fresh        bool
	serve        func(*request) error
	takes        time.Duration // how long; 0 for the usual
	reads        int64         // how much may be sent, in bytes; 0 for the usual
	settles      bool          // it is where another owner decides
}

// dangerous says that a page changes what takes two owners where the two-person rule holds: all that needs the right to own, and what
// decides who has which role.
func (r route) dangerous() bool {
	givesRoles := strings.Contains(r.path, "/mappings/") || strings.Contains(r.path, "/roles/") || strings.HasSuffix(r.path, "/assign") || strings.HasSuffix(r.path, "/unassign")
	return !r.settles && (r.needs == store.ConsoleOwn || givesRoles)
}

func (r route) demand() auth.ConsolePage {
	return auth.ConsolePage{Needs: r.needs, Fresh: r.fresh, Takes: r.takes, Reads: r.reads}
}

// downloadTakes is how long a list of everything may take to be sent.
const downloadTakes = 30 * time.Minute

// countTakes is how long it may take to count everybody, or to tell whom a change concerns.
const countTakes = 2 * time.Minute

// organizationPath is the address of an organization's overview.
const organizationPath = "/admin/organizations/:org"

// routes are all pages. An address names what it is about by :org, :connection and so on, which named looks up in the reach
// of whoever asks.
func (k *console) routes() []route {
	const (
		organization = organizationPath
		connection   = "/admin/connections/:connection"
	)
	var all []route
	shows := func(path string, needs store.Console, serve func(*request) error) {
		all = append(all, route{method: http.MethodGet, path: path, needs: needs, serve: serve})
	}
	asks := func(path string, needs store.Console, serve func(*request) error) {
		fresh := needs == store.ConsoleOwn
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			all = append(all, route{method: method, path: path, needs: needs, fresh: fresh, serve: serve, takes: countTakes})
		}
	}
	takes := func(path string, serve func(*request) error) {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			all = append(all, route{method: method, path: path, needs: store.ConsoleOwn, fresh: true, serve: serve, takes: documentTakes, reads: documentReads})
		}
	}
	shows("/admin", store.ConsoleRead, home)
	shows("/admin/*", store.ConsoleRead, nowhere)
	shows(organization, store.ConsoleRead, showOrganization)
	shows(organization+"/explain", store.ConsoleRead, explain)
	shows(organization+"/sign-ins", store.ConsoleRead, showSignIns)
	shows(organization+"/sign-ins/:decision", store.ConsoleRead, showSignIn)
	// Both go through everybody, to show or to download.
	all = append(all, route{method: http.MethodGet, path: organization + "/history", needs: store.ConsoleRead, serve: showHistory, takes: downloadTakes},
		route{method: http.MethodGet, path: organization + "/access-review", needs: store.ConsoleRead, serve: showAccessReview, takes: downloadTakes})
	asks(organization+"/edit", store.ConsoleOwn, editOrganization)
	asks(organization+"/add-organization", store.ConsoleOwn, addOrganization)
	takes(organization+"/add-connection", addConnection)
	shows(organization+"/provisioning", store.ConsoleRead, showProvisioning)
	shows(organization+"/provisioning/cycles", store.ConsoleRead, showCycles)
	shows(organization+"/provisioning/:request", store.ConsoleRead, showRequest)
	all = append(all, route{method: http.MethodGet, path: organization + "/provisioning/export", needs: store.ConsoleRead, serve: exportProvisioning, takes: downloadTakes})
	// It changes nothing, but everybody's changes wait for it on SQLite.
	all = append(all, route{method: http.MethodPost, path: organization + "/provisioning/:request", needs: store.ConsoleManage, serve: replayRequest})
	shows(organization+"/audit", store.ConsoleRead, showAudit)
	shows(organization+"/audit/:event", store.ConsoleRead, showEvent)
	all = append(all, route{method: http.MethodGet, path: organization + "/audit/export", needs: store.ConsoleRead, serve: exportAudit, takes: downloadTakes})
	asks(organization+"/audit/verify", store.ConsoleOwn, verifyTrail)
	asks(organization+"/audit/retention", store.ConsoleOwn, setRetention)
	all = append(all, route{method: http.MethodGet, path: organization + "/roles", needs: store.ConsoleRead, serve: showRoles, takes: countTakes})
	asks(organization+"/roles/add", store.ConsoleManage, addRole)
	asks(organization+"/roles/:role/edit", store.ConsoleManage, editRole)
	asks(organization+"/roles/:role/raise", store.ConsoleManage, raiseRole)
	asks(organization+"/roles/:role/lower", store.ConsoleManage, lowerRole)
	asks(organization+"/roles/:role/remove", store.ConsoleManage, removeRole)
	shows(organization+"/groups", store.ConsoleRead, showGroups)
	shows(organization+"/groups/:group", store.ConsoleRead, showGroup)
	shows(organization+"/groups/:group/history", store.ConsoleRead, showGroupHistory)
	shows(organization+"/settings", store.ConsoleRead, showSettings)
	asks(organization+"/settings/:setting", store.ConsoleOwn, changeSetting)
	shows(organization+"/applications", store.ConsoleRead, showApplications)
	asks(organization+"/applications/add", store.ConsoleOwn, addApplication)
	asks(organization+"/applications/:application/edit", store.ConsoleOwn, editApplication)
	asks(organization+"/applications/:application/remove", store.ConsoleOwn, removeApplication)
	asks(organization+"/applications/:application/paths/add", store.ConsoleOwn, addPlace)
	asks(organization+"/applications/:application/paths/remove", store.ConsoleOwn, removePlace)
	shows(organization+"/schemas", store.ConsoleRead, showSchemas)
	shows(organization+"/schemas/show", store.ConsoleRead, showSchema)
	takes(organization+"/schemas/add", addSchema)
	asks(organization+"/schemas/remove", store.ConsoleOwn, removeSchema)
	asks(organization+"/remove", store.ConsoleOwn, removeOrganization)
	shows(organization+"/users", store.ConsoleRead, listPeople)
	all = append(all, route{method: http.MethodGet, path: organization + "/users/export", needs: store.ConsoleRead, serve: exportPeople, takes: downloadTakes})
	shows(organization+"/users/:person", store.ConsoleRead, showPerson)
	shows(organization+"/users/:person/history", store.ConsoleRead, showPersonHistory)
	asks(organization+"/users/:person/end-sessions", store.ConsoleManage, endSessions)
	asks(organization+"/users/:person/assign", store.ConsoleManage, assignRole)
	asks(organization+"/users/:person/unassign", store.ConsoleManage, unassignRole)
	asks(organization+"/users/:person/sso", store.ConsoleOwn, chooseSSO)
	asks(organization+"/users/:person/invite", store.ConsoleOwn, invitePerson)
	asks(organization+"/users/:person/reset-second-factor", store.ConsoleOwn, resetFactor)
	asks(organization+"/two-persons", store.ConsoleOwn, setTwoPersons)
	shows(organization+"/proposals", store.ConsoleRead, showProposals)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		all = append(all, route{method: method, path: organization + "/proposals/:proposal", needs: store.ConsoleOwn, fresh: true, serve: decideProposal, takes: countTakes, settles: true})
	}
	shows(organization+"/reviews", store.ConsoleRead, showReviews)
	asks(organization+"/reviews/:person/same-person", store.ConsoleOwn, confirmSamePerson)
	asks(organization+"/reviews/:person/new-person", store.ConsoleOwn, confirmNewPerson)
	asks(organization+"/connections/:reachable/attach", store.ConsoleOwn, attachConnection)
	asks(organization+"/connections/:reachable/detach", store.ConsoleOwn, detachConnection)
	asks(organization+"/undo/:event", store.ConsoleOwn, undoChange)
	asks(connection+"/undo", store.ConsoleOwn, undoSpan)
	shows(organization+"/drift", store.ConsoleRead, showDrift)
	all = append(all, route{method: http.MethodPost, path: organization + "/drift", needs: store.ConsoleRead, serve: compareExport, takes: comparisonTakes, reads: MaxDriftBytes + maxForm})
	if k.Shared.ClientID != "" {
		asks(organization+"/connect-microsoft", store.ConsoleOwn, beginConsent)
		// Whoever comes back proved who they are before they went, up to consentLasts ago.
		shows(consentPath, store.ConsoleOwn, finishConsent)
	}
	shows(connection, store.ConsoleRead, showConnection)
	asks(connection+"/edit", store.ConsoleOwn, editConnection)
	takes(connection+"/saml", editSAML)
	shows(connection+"/credentials", store.ConsoleRead, showCredentials)
	asks(connection+"/credentials/add-secret", store.ConsoleOwn, addSecret)
	asks(connection+"/credentials/add-certificate", store.ConsoleOwn, addCertificate)
	asks(connection+"/credentials/:credential/remove", store.ConsoleOwn, removeCredential)
	asks(connection+"/remove", store.ConsoleOwn, removeConnection)
	shows(connection+"/guide", store.ConsoleRead, showGuide)
	shows(connection+"/watch", store.ConsoleRead, watchConnection)
	all = append(all, route{method: http.MethodPost, path: connection + "/watch", needs: store.ConsoleManage, serve: watchConnection})
	shows(connection+"/tokens", store.ConsoleRead, showTokens)
	asks(connection+"/tokens/add", store.ConsoleOwn, addToken)
	asks(connection+"/tokens/:token/revoke", store.ConsoleOwn, revokeToken)
	shows(connection+"/domains", store.ConsoleRead, showDomains)
	asks(connection+"/domains/add", store.ConsoleOwn, addDomain)
	asks(connection+"/domains/:domain/verify", store.ConsoleOwn, verifyDomain)
	asks(connection+"/ceiling", store.ConsoleOwn, setCeiling)
	asks(connection+"/scim-access", store.ConsoleOwn, setAccess)
	asks(connection+"/clients/add", store.ConsoleOwn, addClient)
	asks(connection+"/clients/:client/add-secret", store.ConsoleOwn, addClientSecret)
	asks(connection+"/clients/:client/revoke", store.ConsoleOwn, revokeClient)
	asks(connection+"/clients/:client/secrets/:secret/revoke", store.ConsoleOwn, revokeClientSecret)
	shows(connection+"/brake", store.ConsoleRead, showBrake)
	asks(connection+"/brake/edit", store.ConsoleOwn, setBrake)
	asks(connection+"/brake/apply", store.ConsoleOwn, applyHeld)
	asks(connection+"/brake/release", store.ConsoleOwn, releaseHeld)
	shows(connection+"/mappings", store.ConsoleRead, showMappings)
	asks(connection+"/mappings/add", store.ConsoleManage, addMapping)
	asks(connection+"/mappings/:mapping/edit", store.ConsoleManage, editMapping)
	asks(connection+"/mappings/:mapping/remove", store.ConsoleManage, removeMapping)
	return all
}
