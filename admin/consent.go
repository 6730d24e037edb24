package admin

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"doorlist/store"
)

const (
	consentPath  = "/admin/connect/microsoft" // where Microsoft sends administrators back to
	consentLasts = 15 * time.Minute
)

// beginConsent sends an owner to Microsoft, to consent to the server's own application for their whole tenant.
func beginConsent(r *request) error {
	f := form{
		Heading: "Connect Microsoft", Submit: "Go on to Microsoft", Back: r.orgPath(),
		Lead:   "Microsoft asks an administrator of your tenant to let this server sign its people in. Nothing has to be registered there, and there is no secret to renew.",
		Fields: commonFields("Microsoft", "microsoft"), Idle: true, // what changes something comes after Microsoft's pages
	}
	if r.ruled {
		f.Fault, f.Submit = consentAlone, ""
	}
	r.door.LeadTo(r.Context, r.Shared.Authority)
	return r.ask(f, func(v values) (string, error) {
		if r.ruled {
			return "", faultIn("", consentAlone)
		}
		state := r.door.NewSecret()
		err := r.Store.StartConsent(r.Request().Context(), state, store.Consent{
			OrganizationID: r.org.ID, SessionID: r.who.SessionID, Slug: v["slug"], Name: v["display"], ExpiresAt: r.now().Add(consentLasts),
		})
		return r.consentAddress(state), err
	})
}

// consentAlone refuses what only one person could go through: the way leads over Microsoft's pages.
const consentAlone = "Two persons decide here, and only one can go this way. Make the connection by hand: another owner approves it then."

// consentAddress is Microsoft's page, for people of any tenant's organization: which one it was, the sign-in tells.
func (r *request) consentAddress(state string) string {
	q := url.Values{
		"client_id": {r.Shared.ClientID}, "scope": {"openid profile"}, "redirect_uri": {r.door.To(consentPath)}, "state": {state},
	}
	return r.Shared.Authority + "/organizations/v2.0/adminconsent?" + q.Encode()
}

var consentTemplate = parsePage("consent")

// consentContent is what came of a consent.
type consentContent struct {
	Fault, Said string // what is wrong, and what Microsoft said of it
	Again       string // where to begin anew
	Trial       string // where the sign-in is that proves the tenant
	Tenant      string
}

// finishConsent makes the connection that somebody consented to. The tenant is a hint alone, which anybody could put into this
// address: until a sign-in through the connection has proved it, the connection is not armed.
func finishConsent(r *request) error {
	ctx, q := r.Request().Context(), r.QueryParams()
	begun, err := r.Store.ConsumeConsent(ctx, q.Get("state"))
	if errors.Is(err, store.ErrNotFound) || err == nil && begun.SessionID != r.who.SessionID {
		return r.refuseConsent(consentContent{Fault: "This belongs to nothing that you began here in the last 15 minutes.", Again: to()})
	}
	if err != nil {
		return err
	}
	if r.org, err = r.within(begun.OrganizationID); err != nil {
		return err
	}
	if r.ruled, err = r.Store.Organization(r.org.ID).TwoPersons(ctx); err != nil {
		return err
	}
	if r.ruled {
		return r.refuseConsent(consentContent{Fault: consentAlone, Again: r.orgPath("add-connection")})
	}
	if no := judgeConsent(q); no != nil {
		no.Again = r.orgPath("connect-microsoft")
		return r.refuseConsent(*no)
	}
	wanted := store.Connection{
		Slug: begun.Slug, Name: begun.Name, Kind: store.EntraConnection,
		TenantID: q.Get("tenant"), Authority: r.Shared.Authority, ClientID: r.Shared.ClientID,
	}
	err = r.write(func(tx *store.Tx) (err error) {
		_, err = tx.Organization(r.org.ID).CreateConnection(wanted, "")
		return err
	})
	if faults, ok := translate(err); ok {
		no := consentContent{Again: r.orgPath("connect-microsoft")}
		for _, sentence := range faults {
			no.Fault = sentence
		}
		return r.refuseConsent(no)
	}
	if err != nil {
		return err
	}
	return r.ok(consentTemplate, "Microsoft agreed", consentContent{Trial: trialPath(wanted.Slug), Tenant: wanted.TenantID, Again: to("connections", wanted.Slug)})
}

func (r *request) refuseConsent(no consentContent) error {
	return r.show(http.StatusBadRequest, consentTemplate, "Nothing was connected", no)
}

// judgeConsent reads Microsoft's answer. A refusal says admin_consent=True as well, so the error counts first.
func judgeConsent(q url.Values) *consentContent {
	if q.Has("error") {
		said := strings.Map(printable, q.Get("error")+": "+q.Get("error_description"))
		return &consentContent{Fault: "Microsoft did not agree.", Said: said[:min(len(said), maxValue)]}
	}
	if !strings.EqualFold(q.Get("admin_consent"), "true") || len(q["tenant"]) != 1 || !guid.MatchString(q.Get("tenant")) {
		return &consentContent{Fault: "Microsoft's answer does not say that somebody consented, or for which tenant."}
	}
	return nil
}

func printable(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}
