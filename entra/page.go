package entra

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

//go:embed pages/*.html
var pageFiles embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"initials": initials, "hue": hue, "pair": func(v ...any) []any { return v },
}).ParseFS(pageFiles, "pages/*.html"))

// showPage renders into memory first, so that a page is whole or an error.
func showPage(w http.ResponseWriter, status int, name string, data any) {
	var b strings.Builder
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, "The simulator could not show this page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	w.WriteHeader(status)
	// The status is out; a browser that went away needs no more.
	_, _ = w.Write([]byte(b.String()))
}

// showError is the page on which Entra keeps errors that the application is not told.
func (s *Server) showError(w http.ResponseWriter, t *Tenant, e *aadError) { s.showRefusal(w, t, e, "") }

// showRefusal also offers to start again, at the URL given.
func (s *Server) showRefusal(w http.ResponseWriter, t *Tenant, e *aadError, again string) {
	showPage(w, http.StatusBadRequest, "error.html", map[string]any{
		"Tenant": t.Name, "Text": e.Error(), "Ids": s.trace(), "Again": again,
	})
}

// submitScript is the only script: it sends pages/formpost.html on its way.
const submitScript = "document.forms[0].submit()"

var contentSecurityPolicy = func() string {
	sum := sha256.Sum256([]byte(submitScript))
	// No form-action: browsers apply it to the redirect that follows a form, and that leads to the application.
	return "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; " +
		"script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

func (s *Server) showFormPost(w http.ResponseWriter, target string, answer url.Values) {
	showPage(w, http.StatusOK, "formpost.html", map[string]any{
		"Target": target, "Fields": answer, "Script": template.JS(submitScript),
	})
}

// initials stand in for a portrait.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	if len(words) == 1 {
		return strings.ToUpper(string(first))
	}
	last, _ := utf8.DecodeRuneInString(words[len(words)-1])
	return strings.ToUpper(string(first) + string(last))
}

// hue picks one of six colors by name, always the same one for the same person.
func hue(id string) int {
	sum := 0
	for _, b := range []byte(id) {
		sum += int(b)
	}
	return sum % 6
}
