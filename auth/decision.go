package auth

import (
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

// decisionOf words the outcome of a sign-in for the record.
func decisionOf(a attempt, f found, v policy.Verdict) store.Decision {
	dec := a.decision(v.Reason, joined(f.detail, standingDetail(v.Standing)))
	dec.UserID = f.user.ID
	if f.user.ID != "" {
		dec.UserName = f.user.UserName
	}
	dec.Admitted = v.Admitted()
	dec.Role = v.Standing.Role.Name
	dec.Grants = storeGrants(v.Standing.Grants)
	return dec
}

// standingDetail says what is particular about a standing, for the administrator; "" where nothing is.
func standingDetail(s policy.Standing) string {
	detail := ""
	if s.Ambiguous {
		detail = differentRoles + strings.Join(s.RoleNames(), ", ")
	}
	for _, g := range s.Capped() {
		detail = joined(detail, fmt.Sprintf("%s %q is mapped to %s, which is above the connection's ceiling, so that it counts as %s", g.Source, short(g.Name), g.Mapped.Name, g.Role.Name))
	}
	if len(s.Overridden) > 0 {
		names := policy.Standing{Grants: s.Overridden}.RoleNames()
		detail = joined(detail, "given by hand, and overridden by the provider: "+strings.Join(names, ", "))
	}
	return detail
}

// joined puts together what there is of two details.
func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// verdictHint words a verdict that its reason alone does not explain.
func verdictHint(v policy.Verdict) hint {
	words := v.Words()
	if words == v.Reason.Words() {
		return hint{}
	}
	return hint{title: words.Title, person: words.Person, fix: words.Fix}
}

// decision is the record of an attempt, before anything is known of the person beyond what the token claims.
func (a attempt) decision(reason policy.Reason, detail string) store.Decision {
	return store.Decision{
		OrganizationID: a.destination, ConnectionID: a.connection.ID, DirectoryID: a.connection.DirectoryID,
		UserName: a.identity.UserName, Subject: a.identity.Key, TenantID: a.identity.Tenant,
		Method: "sso", Reason: string(reason), Detail: detail,
		Address: a.visitor.address, UserAgent: a.visitor.userAgent, RequestID: a.visitor.requestID,
	}
}

// refuse records a refusal of what came back from a provider, and shows its page. An answer to a state that nobody
// knows is logged and counted only: anybody can send as many as they like, and they are about nobody.
func (d *door) refuse(c echo.Context, a attempt, no *refusal) error {
	d.observe("sign_in", string(no.reason))
	ctx := c.Request().Context()
	d.log.InfoContext(ctx, "sign-in refused", "reason", string(no.reason), "detail", no.detail,
		"connection", a.connection.Slug, "request_id", a.visitor.requestID)
	if a.connection.ID != "" {
		err := d.store.Write(ctx, a.visitor.actor("", a.identity.UserName), func(tx *store.Tx) error {
			_, err := tx.Organization(a.destination).RecordDecision(a.decision(no.reason, no.detail))
			return err
		})
		if err != nil {
			return err
		}
	}
	return d.showRefusal(c, refusedPage{
		reason: no.reason, hint: no.hint, connection: a.connection, organization: a.destination, returnTo: a.returnTo, trial: a.trial, chooseAccount: no.hint.chooseAccount,
		detail: d.testDetail(c, a, no),
	})
}

// testDetail is what exactly was wrong, for the administrator who tests a connection; "" for everybody else, whom it does not concern.
func (d *door) testDetail(c echo.Context, a attempt, no *refusal) string {
	if !a.trial {
		return ""
	}
	if _, stranger := d.tester(c, a.connection); stranger != nil {
		return ""
	}
	return no.detail
}
