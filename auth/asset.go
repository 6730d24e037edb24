package auth

import (
	"crypto/sha256"
	_ "embed" // for the style sheet
	"encoding/hex"
	"net/http"

	"github.com/labstack/echo/v4"
)

//go:embed assets/style.css
var style []byte

var styleSheet = NewStyleSheet("/auth/assets/style-", style)

// StyleSheet is served under a path that changes with the content, so that browsers may keep it for ever.
type StyleSheet struct {
	Path    string
	content []byte
}

// NewStyleSheet names a style sheet: the path is the prefix, which holds the content's folder, and a hash.
func NewStyleSheet(prefix string, content []byte) StyleSheet {
	sum := sha256.Sum256(content)
	return StyleSheet{prefix + hex.EncodeToString(sum[:6]) + ".css", content}
}

// Serve answers with the style sheet.
func (s StyleSheet) Serve(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", s.content)
}
