package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/labstack/echo/v4"
)

// styleSheet and its path, which changes with the content so that browsers may keep it for ever.
var (
	styleSheet = mustRead("assets/style.css")
	stylePath  = "/auth/assets/style-" + contentHash(styleSheet) + ".css"
)

func mustRead(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the file is embedded: its absence is a fault of the build
	}
	return b
}

func contentHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}

func asset(c echo.Context) error {
	if "/auth/assets/"+c.Param("file") != stylePath {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", styleSheet)
}
