package auth

import (
	"crypto/sha256"
	_ "embed" // for the style sheet and the icon
	"encoding/hex"
	"net/http"

	"github.com/labstack/echo/v4"
)

//go:embed assets/style.css
var style []byte

//go:embed assets/icon.svg
var icon []byte

var (
	styleSheet = NewStyleSheet("/auth/assets/style-", style)
	iconFile   = newAsset("/auth/assets/icon-", ".svg", "image/svg+xml", icon)
)

// faviconPath is where browsers look for an icon without being told to, such as beside an answer in JSON.
const faviconPath = "/favicon.ico"

// Asset is a file that pages refer to, served under a path that changes with the content, so that browsers may keep it for ever.
type Asset struct {
	Path      string
	mediaType string
	content   []byte
}

// NewStyleSheet names a style sheet: the path is the prefix, which holds the content's folder, and a hash.
func NewStyleSheet(prefix string, content []byte) Asset {
	return newAsset(prefix, ".css", "text/css; charset=utf-8", content)
}

// NewScript names a script, as NewStyleSheet does.
func NewScript(prefix string, content []byte) Asset {
	return newAsset(prefix, ".js", "text/javascript; charset=utf-8", content)
}

func newAsset(prefix, suffix, mediaType string, content []byte) Asset {
	sum := sha256.Sum256(content)
	return Asset{prefix + hex.EncodeToString(sum[:6]) + suffix, mediaType, content}
}

// Serve answers with the file.
func (a Asset) Serve(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	return c.Blob(http.StatusOK, a.mediaType, a.content)
}

// serveFavicon answers with the icon. The path does not change with the content, so browsers ask again after a day.
func serveFavicon(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("X-Content-Type-Options", "nosniff")
	return c.Blob(http.StatusOK, iconFile.mediaType, iconFile.content)
}
