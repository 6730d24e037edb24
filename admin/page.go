package admin

import (
	"embed"
	"html/template"
	"net/http"
	"sync"
	"time"

	"doorlist/auth"
	"doorlist/store"
)

//go:embed templates
var files embed.FS

//go:embed assets/console.css
var style []byte

//go:embed assets/console.js
var behavior []byte

var (
	styleSheet = auth.NewStyleSheet("/admin/assets/console-", style)
	script     = auth.NewScript("/admin/assets/console-", behavior)
)

// functions are what templates can do beside the standard ones.
var functions = template.FuncMap{
	"to":      to,
	"outcome": outcome,
	"instant": func(t time.Time) time.Time { return t.UTC() },
}

// pageTemplate is a page in the one layout. It is read when it is first shown: to read all of them took the server as long as everything else that it
// does before its first answer.
type pageTemplate func() *template.Template

// layout is what the pages share. It is never shown itself, for what was shown cannot be copied any more.
var layout = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(functions).ParseFS(files, "templates/layout.html", "templates/parts.html", "templates/chart.html", "templates/health.html", "templates/previews.html"))
})

func parsePage(name string) pageTemplate {
	return sync.OnceValue(func() *template.Template {
		return template.Must(template.Must(layout().Clone()).ParseFS(files, "templates/"+name+".html"))
	})
}

// page is what every page of the console has beside its own content.
type page struct {
	Style   string // path of the console's own style sheet, which follows the door's
	Script  string // path of the console's script, without which all works too
	Follow  int    // after how many seconds to look again; 0 for a page that stays as it is
	Nav     []link
	Org     string // whose sections Nav shows
	Trail   []crumb
	Heading string
	Notice  string // what was just done
	Name    string // of whoever looks
	May     may
	Content any
}

// crumb is one step of the way from the front page to where one is.
type crumb struct{ Label, Address string }

// may is what whoever looks is let do, so that pages offer nothing else.
type may struct{ Manage, Own bool }

// done is what a page says after a change, by the query parameter of the redirect that led to it.
var done = map[string]string{
	"proved":                "The domain is proved: its addresses lead to this connection.",
	"client":                "The client is there. Enter its identifier at the provider, with the token endpoint.",
	"released":              "The person is let in again.",
	"replaced":              "The person before is deleted. Provision the one of today on demand now, so that their groups arrive.",
	"switched-off":          "They are out.",
	"kept":                  "They are kept.",
	"attached":              "Attached. People of the connection can sign in there.",
	"detached":              "Detached. The sessions that came this way have ended.",
	"proposed":              "Proposed. It is done when another owner approves it.",
	"declined":              "Declined. Nothing was changed.",
	"withdrawn":             "Withdrawn. Nothing was changed.",
	"saved":                 "Saved.",
	"forgotten-application": "The application is gone: the door demands nothing particular there any more.",
	"removed-organization":  "The organization is gone, with its people, groups and connections.",
	"secret":                "The new client secret is used from the next sign-in on.",
	"certificate":           "The certificate is made. Upload it at the provider now: it is tried with the next sign-in.",
	"forgotten":             "The credential is forgotten here. Remove it at the provider too.",
	"revoked":               "It is worthless from now on.",
	"mapped":                "The mapping is in force.",
	"unmapped":              "The mapping is gone. Who had the role through it alone has lost it.",
	"connection":            "The connection is there. What comes next is below.",
	"removed":               "The connection is gone, with its people and groups.",
	"ended":                 "They are signed out, from the next request on.",
	"assigned":              "The role is given.",
	"unassigned":            "The role is taken back.",
	"factor":                "The second factor is gone, and the sessions have ended.",
	"role-removed":          "The role is gone.",
}

// show renders a page.
func (r *request) show(status int, t pageTemplate, heading string, content any) error {
	if r.rehearsing {
		return nil // what the page would say is not so yet
	}
	if r.waiting.begun() {
		return r.door.Finish(r.Context, t(), heading, r.framed(heading, content))
	}
	return r.door.Show(r.Context, status, t(), heading, r.framed(heading, content))
}

// framed is a content with what every page has.
func (r *request) framed(heading string, content any) page {
	return page{
		Style: styleSheet.Path, Script: script.Path, Follow: r.follow, Nav: r.nav(), Org: r.org.Name, Trail: r.trail(), Heading: heading, Notice: done[r.QueryParam("done")], Name: r.who.Name,
		May: may{r.who.May(store.ConsoleManage), r.who.May(store.ConsoleOwn)}, Content: content,
	}
}

// goOn leads to the next page; where one has begun meanwhile, by a link.
func (r *request) goOn(next string) error {
	if r.waiting.begun() {
		return r.show(http.StatusOK, leadTemplate, r.waiting.heading, next)
	}
	return r.Redirect(http.StatusSeeOther, next)
}

// ok renders a page that was found.
func (r *request) ok(t pageTemplate, heading string, content any) error {
	return r.show(http.StatusOK, t, heading, content)
}

// trail leads to the page, without itself.
func (r *request) trail() []crumb {
	here, trail := r.Request().URL.Path, []crumb{{"Console", to()}}
	if here == to() {
		return nil
	}
	if r.org.ID != "" {
		trail = append(trail, crumb{r.org.Name, r.orgPath()})
	}
	if r.connection.ID != "" {
		trail = append(trail, crumb{r.connection.Name, r.connectionPath()})
	}
	if trail[len(trail)-1].Address == here {
		trail = trail[:len(trail)-1]
	}
	return trail
}
