package admin

import (
	"net/http"
	"strings"
	"time"

	"doorlist/store"
)

// watchLasts is how long what arrives is recorded after somebody asked to see it.
const watchLasts = 10 * time.Minute

var watchTemplate = parsePage("watch")

// shownExchange is an exchange with what Entra makes of it.
type shownExchange struct {
	store.Exchange
	Entra string
	Times int // in a row, the same each time
}

type watchContent struct {
	Path, TenantURL string
	Until           time.Time // zero while nobody watches
	Exchanges       []shownExchange
}

// watchConnection shows what the provider asks for as it arrives. The page asks for itself anew every few seconds.
func watchConnection(r *request) error {
	ctx := r.Request().Context()
	if r.Request().Method == http.MethodPost {
		if err := r.Store.Watch(ctx, r.connection, r.now().Add(watchLasts)); err != nil {
			return err
		}
		return r.Redirect(http.StatusSeeOther, r.connectionPath("watch"))
	}
	scope, content := r.Store.Organization(r.org.ID), watchContent{Path: r.connectionPath(), TenantURL: r.door.To("/scim/v2")}
	until, err := scope.WatchedUntil(ctx, r.connection.ID)
	if err != nil {
		return err
	}
	if r.now().Before(until) {
		content.Until = until
		r.follow = 4
	}
	exchanges, err := scope.Exchanges(ctx, r.connection.ID)
	if err != nil {
		return err
	}
	content.Exchanges = folded(exchanges)
	return r.ok(watchTemplate, "What arrives from "+r.connection.Name, content)
}

// folded makes one of exchanges in a row that are alike but for their id and time, such as the members of a group who are added one by one.
func folded(exchanges []store.Exchange) []shownExchange {
	var shown []shownExchange
	for _, e := range exchanges {
		if last := len(shown) - 1; last >= 0 && alike(shown[last].Exchange, e) {
			shown[last].Times++
			continue
		}
		shown = append(shown, shownExchange{e, entraShows(e), 1})
	}
	return shown
}

func alike(a, b store.Exchange) bool {
	b.ID, b.At = a.ID, a.At
	return a == b
}

// entraShows says what an administrator sees in Entra of an exchange.
func entraShows(e store.Exchange) string {
	query := strings.Contains(e.Target, "?")
	switch {
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden:
		return "Test Connection fails: the credentials are not valid. Provisioning that runs is put into quarantine at once."
	case e.Status == http.StatusNotFound && query:
		return "Test Connection fails: a problem of SCIM compliance. Provisioning that runs is put into quarantine at once."
	case e.Status >= 500 || e.Status == http.StatusTooManyRequests:
		return "A failure that is tried again in the next cycle. Many of them put provisioning into quarantine."
	case e.Status >= 400:
		return "A failure of this one object in the provisioning log, with the answer's sentence. It is tried again in later cycles."
	case e.Method == http.MethodGet && strings.Contains(e.Target, "(an id)"):
		return "Test Connection, or the check at the start of a cycle: this part of it succeeds."
	}
	return "It went well."
}
