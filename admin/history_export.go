package admin

import (
	"cmp"
	"context"
	"strings"
	"time"

	"doorlist/auth"
	"doorlist/store"
)

// HistoryColumns are those of the list of who had which role at an instant.
var HistoryColumns = []string{"at", "id", "user_name", "display_name", "external_id", "connection", "admits", "reason", "role", "source", "through", "mapping", "other_grants"}

// pastPage is how many people are read at a time where all are wanted.
const pastPage = 500

// EachPast calls each for everybody who was on an organization's list at an instant; memory is bounded by a page of them.
func EachPast(ctx context.Context, past *store.Past, each func(store.PersonRecord) error) error {
	for place, more := (store.PastPlace{}), true; more; more = place != (store.PastPlace{}) {
		people, next, err := past.Page(ctx, place, pastPage)
		if err != nil {
			return err
		}
		for _, p := range people {
			if !auth.ComesTo(p) {
				continue
			}
			if err := each(p); err != nil {
				return err
			}
		}
		place = next
	}
	return nil
}

// HistoryRow writes how somebody was.
func HistoryRow(e *Export, at time.Time, p store.PersonRecord) error {
	s := auth.StandingOf(p)
	var first store.Grant
	var others []string
	for i, g := range throughWords(s.Grants) {
		if i == 0 {
			first = s.Grants[0]
			continue
		}
		others = append(others, g.Role+" by "+g.Text())
	}
	u := p.User
	return e.Row(at, u.ID, u.UserName, u.DisplayName, u.ExternalID, cmp.Or(p.Connection.Slug, "local"), s.Admits, s.Reason, s.Role.Name,
		string(first.Source), first.Name, first.MappingID, strings.Join(others, "; "))
}

// downloadHistory sends everybody who was on the list, or those of a name.
func (r *request) downloadHistory(at time.Time, who string, format Format) error {
	ctx := r.Request().Context()
	past, err := r.Store.Organization(r.org.ID).Past(ctx, at)
	if err != nil {
		return err
	}
	return r.download("roles-on-"+at.Format(time.DateOnly), format, HistoryColumns, func(e *Export) error {
		if who == "" {
			return EachPast(ctx, past, func(p store.PersonRecord) error { return HistoryRow(e, at, p) })
		}
		found, err := past.Find(ctx, who)
		for _, p := range found {
			if err == nil && auth.ComesTo(p) {
				err = HistoryRow(e, at, p)
			}
		}
		return err
	})
}
