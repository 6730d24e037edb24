package auth

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// A page of the console that takes its time is sent in parts: the template "begin" of its layout, what Tell says meanwhile, and the
// template "rest". Its status is 200, whatever comes of it.

// Begin sends the beginning of a page whose rest comes within a time.
func (k *Console) Begin(c echo.Context, within time.Duration, t *template.Template, title string, body any) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
	h.Set("X-Accel-Buffering", "no") // nginx would keep the parts until there are enough
	// The server's limit is for pages that come at once.
	err := http.NewResponseController(c.Response()).SetWriteDeadline(time.Now().Add(within))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return k.part(c, t, "begin", k.d.frame(c, title, body))
}

// Tell sends a part of a page that has begun: the template name with the content.
func (k *Console) Tell(c echo.Context, t *template.Template, name string, content any) error {
	return k.part(c, t, name, content)
}

// Finish sends the rest of a page that has begun.
func (k *Console) Finish(c echo.Context, t *template.Template, title string, body any) error {
	return k.part(c, t, "rest", k.d.frame(c, title, body))
}

// NoteFault logs what is our fault; nobody else gets to know the cause.
func (k *Console) NoteFault(c echo.Context, err error) { k.d.logFault(c, err) }

// part renders a part completely before it is sent, so that a fault cannot follow half of it.
func (k *Console) part(c echo.Context, t *template.Template, name string, data any) error {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return fmt.Errorf("%q of a page: %w", name, err)
	}
	if _, err := c.Response().Write(b.Bytes()); err != nil {
		return err
	}
	return http.NewResponseController(c.Response()).Flush()
}
