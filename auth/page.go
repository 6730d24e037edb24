package auth

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
	"doorlist/store"
)

//go:embed templates
var files embed.FS

// The pages, each in the one layout.
var (
	loginTemplate  = parsePage("login")
	pickTemplate   = parsePage("pick")
	loopTemplate   = parsePage("loop")
	trialTemplate  = parsePage("trial")
	refusedPages   = parsePage("refused")
	homeTemplate   = parsePage("home")
	logoutTemplate = parsePage("logout")
	noticeTemplate = parsePage("notice")
)

func parsePage(name string) *template.Template {
	return template.Must(template.ParseFS(files, "templates/layout.html", "templates/ways.html", "templates/"+name+".html"))
}

// frame is what every page has beside its own content.
type frame struct {
	Title     string
	Style     string // path of the style sheet
	Icon      string // path of the icon
	RequestID string
	At        time.Time // zero for pages without a foot
	Body      any
}

// maxForm bounds a posted form, in bytes; the largest holds two passwords.
const maxForm = 16 << 10

// How long a page may take. A frozen database must not hold browsers; the callback waits for the provider too.
const (
	pageTakes     = 5 * time.Second
	callbackTakes = 25 * time.Second
)

// page wraps a handler that shows pages: headers on every answer, and one page for every fault.
func (d *door) page(next func(echo.Context) error) echo.HandlerFunc {
	return d.pageTaking(maxForm, d.withForm(next))
}

// withForm reads the form that a page was sent. FormValue alone would take one that is too large for an empty one.
func (d *door) withForm(next func(echo.Context) error) func(echo.Context) error {
	return func(c echo.Context) error {
		if _, large := errors.AsType[*http.MaxBytesError](c.Request().ParseForm()); large {
			return d.show(c, http.StatusRequestEntityTooLarge, noticeTemplate, "Too much was sent", notice{
				"Too much was sent", "Nothing was changed. Please go back, write less, and send the form once more.",
			})
		}
		return next(c)
	}
}

// pageTaking is page for a handler that reads up to body bytes.
func (d *door) pageTaking(body int64, next func(echo.Context) error) echo.HandlerFunc {
	return d.pageWithin(0, body, next)
}

// pageWithin is pageTaking for a handler that may take its time; 0 for as long as is usual.
func (d *door) pageWithin(takes time.Duration, body int64, next func(echo.Context) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		secureHeaders(c.Response().Header(), d.origin.https)
		ctx, cancel := context.WithTimeout(c.Request().Context(), cmp.Or(takes, usualTime(c)))
		defer cancel()
		r := c.Request().WithContext(ctx)
		r.Body = http.MaxBytesReader(c.Response(), r.Body, body)
		c.SetRequest(r)
		err := next(c)
		if err == nil || c.Response().Committed {
			return err
		}
		return d.showFault(c, err)
	}
}

// usualTime is how long a page may take.
func usualTime(c echo.Context) time.Duration {
	// These ask the provider, and those may wait for other passwords to be hashed.
	if strings.HasPrefix(c.Path(), "/login/") || c.Request().Method == http.MethodPost {
		return callbackTakes
	}
	return pageTakes
}

// secureHeaders keeps pages from being framed, sniffed, cached, or told about to other sites.
func secureHeaders(h http.Header, https bool) {
	h.Set("Content-Security-Policy", contentPolicy("'self'", "'none'"))
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // the callback's address holds a code
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if https {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// contentPolicy is the content security policy of a page: where its forms may lead, and who may frame it.
func contentPolicy(formAction, framers string) string {
	return "default-src 'none'; style-src 'self'; img-src 'self'; form-action " + formAction + "; base-uri 'none'; frame-ancestors " + framers
}

// show renders a page with the time and the request id at its foot. It is rendered completely first, so that a fault cannot follow half a page.
func (d *door) show(c echo.Context, status int, t *template.Template, title string, body any) error {
	return render(c, status, t, d.frame(c, title, body))
}

func (d *door) frame(c echo.Context, title string, body any) frame {
	f := frame{Title: title, RequestID: visitorOf(c).requestID, At: d.store.Now().UTC(), Body: body}
	f.Style, f.Icon = filesOf(c)
	return f
}

// filesOf are the paths of the style sheet and the icon on the host of a page.
func filesOf(c echo.Context) (style, icon string) {
	if isElsewhere(c) {
		return hostStylePath, hostIconPath
	}
	return styleSheet.Path, iconFile.Path
}

// showSame renders a page that is the same, byte for byte, for everybody who sends the same.
func (d *door) showSame(c echo.Context, status int, t *template.Template, title string, body any) error {
	return render(c, status, t, frame{Title: title, Style: styleSheet.Path, Icon: iconFile.Path, Body: body})
}

func render(c echo.Context, status int, t *template.Template, f frame) error {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout.html", f); err != nil {
		return fmt.Errorf("the page %q: %w", f.Title, err)
	}
	return c.HTMLBlob(status, b.Bytes())
}

// notice is a page of a heading and a sentence.
type notice struct{ Heading, Text string }

func (d *door) showNotFound(c echo.Context, text string) error {
	return d.show(c, http.StatusNotFound, noticeTemplate, "Not found", notice{"There is nothing here", text})
}

// showFault answers what is our fault. The cause goes to the log alone.
func (d *door) showFault(c echo.Context, err error) error {
	d.logFault(c, err)
	if errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
		c.Response().Header().Set("Retry-After", "5")
		return d.showRefusal(c, refusedPage{reason: policy.Unavailable})
	}
	return d.show(c, http.StatusInternalServerError, noticeTemplate, "Something went wrong", notice{
		"Something went wrong on our side",
		"Please try again. If it happens again, tell your IT team the time and the request id below.",
	})
}

func (d *door) logFault(c echo.Context, err error) {
	d.log.ErrorContext(c.Request().Context(), "a page failed", "error", err, "request_id", visitorOf(c).requestID)
}
