package admin

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"doorlist/store"
)

// watchLasts is how long what arrives is recorded after somebody asked to see it.
const watchLasts = 10 * time.Minute

var watchTemplate = parsePage("watch")

// exchange is a request of the log without what could tell of a person, with what Entra makes of it.
type exchange struct {
	At                              time.Time
	Method, Target, Detail, Address string
	Status                          int
	Entra                           string
	Times                           int // in a row, the same each time
}

// watchedRequests is how many requests are looked at.
const watchedRequests = 100

type watchContent struct {
	Path, TenantURL string
	Until           time.Time // zero while nobody watches
	Exchanges       []exchange
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
	since, until, err := scope.Watched(ctx, r.connection.ID)
	if err != nil {
		return err
	}
	if r.now().Before(until) {
		content.Until = until
		r.Response().Header().Set("Refresh", "4")
	}
	if !until.IsZero() {
		requests, err := scope.Requests(ctx, store.SCIMRequestQuery{ConnectionID: r.connection.ID, From: since, To: until, Limit: watchedRequests})
		if err != nil {
			return err
		}
		content.Exchanges = folded(requests.Requests)
	}
	return r.ok(watchTemplate, "What arrives from "+r.connection.Name, content)
}

// folded makes one of requests in a row that are alike but for their time, such as those for the members of a group who are added one by one.
func folded(requests []store.SCIMRequest) []exchange {
	var shown []exchange
	for _, r := range requests {
		e := exchange{At: r.At, Method: r.Method, Target: withoutNames(r.Target), Detail: withoutNames(r.Detail), Address: r.Address, Status: r.Status, Times: 1}
		e.Entra = entraShows(e)
		if last := len(shown) - 1; last >= 0 && alike(shown[last], e) {
			shown[last].Times++
			continue
		}
		shown = append(shown, e)
	}
	return shown
}

func alike(a, b exchange) bool {
	b.At, b.Times = a.At, a.Times
	return a == b
}

var (
	// quotedText is a text in quotation marks, with its escapes, ended or not.
	quotedText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)
	guidText   = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// withoutNames takes the texts out of a target or a sentence, and what stands in the place of an id. Test Connection asks for an id that
// it makes up, which tells that it was Test Connection.
func withoutNames(text string) string {
	path, query, asked := strings.Cut(text, "?")
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if i > 1 && strings.HasPrefix(path, "/") && !guidText.MatchString(segment) {
			segments[i] = "…"
		}
	}
	text = strings.Join(segments, "/")
	if asked {
		text += "?" + query
	}
	return quotedText.ReplaceAllStringFunc(text, func(quoted string) string {
		if guidText.MatchString(strings.Trim(quoted, `"`)) {
			return `"(an id)"`
		}
		return `"…"`
	})
}

// entraShows says what an administrator sees in Entra of an exchange.
func entraShows(e exchange) string {
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
