package admin

import (
	"net/http"

	"doorlist/auth"
	"doorlist/store"
)

var signInsTemplate = parsePage("signins")

// signInsPage is how many attempts a page lists.
const signInsPage = 50

// signInsContent is the list of who came in and who was turned away.
type signInsContent struct {
	Filters  filters
	Rows     []signInRow
	Pager    pager
	Charts   []chart // on the first page of the whole list
	Sections sectionPaths
}

type signInRow struct {
	store.Decision
	Outcome, From string
}

// showSignIns lists attempts to enter, the newest first; with ?format= all that are selected, as a file.
func showSignIns(r *request) error {
	names, err := r.connectionNames()
	if err != nil {
		return err
	}
	content := signInsContent{Filters: signInFilters(names), Sections: r.sectionPaths()}
	f, ok, err := r.signInFilter(&content.Filters, names)
	if err != nil {
		return err
	}
	if !ok {
		return r.show(http.StatusUnprocessableEntity, signInsTemplate, "Sign-ins", content)
	}
	if format := Format(r.QueryParam("format")); format != "" {
		return r.exportSignIns(format, f, names)
	}
	after := decisionPlace(r.pageKey())
	page, err := r.Store.Organization(r.org.ID).DecisionPage(r.Request().Context(), f, after, signInsPage)
	if err != nil {
		return err
	}
	for _, d := range page.Decisions {
		content.Rows = append(content.Rows, signInRow{d, outcome(d.Reason), names.of(d)})
	}
	content.Pager = r.pagerOf(content.Filters, decisionKey(page.Next))
	if page.Next.ID != "" && len(page.Decisions) < signInsPage {
		content.Pager.Note = "Looked back as far as " + page.Next.At.UTC().Format("2 Jan 2006, 15:04") + " UTC. There may be more before."
	}
	if after.ID == "" && !content.Filters.Any() {
		attempts, err := r.Store.Organization(r.org.ID).AttemptsSince(r.Request().Context(), lastHours(r.now())[0])
		if err != nil {
			return err
		}
		content.Charts = attemptCharts("hours", "last 24 hours", lastHours(r.now()), false, attempts)
	}
	return r.ok(signInsTemplate, "Sign-ins", content)
}

// exportPage is how many attempts are read at a time for a file.
const exportPage = 1000

func (r *request) exportSignIns(format Format, f store.DecisionFilter, names connectionNames) error {
	columns := []string{"at", "id", "admitted", "reason", "user_name", "user_id", "subject", "tenant_id", "connection", "method", "role", "detail", "fix",
		"address", "user_agent", "request_id"}
	return r.download(r.org.Slug+"-sign-ins", format, columns, func(e *Export) error {
		for after := (store.DecisionKey{}); ; {
			page, err := r.Store.Organization(r.org.ID).DecisionPage(r.Request().Context(), f, after, exportPage)
			if err != nil {
				return err
			}
			for _, d := range page.Decisions {
				err := e.Row(d.At, d.ID, d.Admitted, d.Reason, d.UserName, d.UserID, d.Subject, d.TenantID, names[d.ConnectionID].Slug, d.Method, d.Role, d.Detail,
					auth.FixOf(d), d.Address, d.UserAgent, d.RequestID)
				if err != nil {
					return err
				}
			}
			if after = page.Next; after.ID == "" {
				return nil
			}
		}
	})
}
