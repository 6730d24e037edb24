package auth

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// TestPage_EveryHandlerHasADeadline: without one, a frozen database holds browsers for as long as they like to wait.
func TestPage_EveryHandlerHasADeadline(t *testing.T) {
	t.Parallel()
	var left time.Duration
	e := echo.New()
	handler := (&door{}).page(func(c echo.Context) error {
		deadline, _ := c.Request().Context().Deadline()
		left = time.Until(deadline)
		return c.NoContent(http.StatusOK)
	})
	for _, route := range []string{"/", "/login", "/login/callback", "/login/:connection", "/password"} {
		e.GET(route, handler)
	}
	for path, longest := range map[string]time.Duration{
		"/": pageTakes, "/login": pageTakes, "/password": pageTakes,
		"/login/callback": callbackTakes, "/login/entra": callbackTakes, // they wait for the provider too
	} {
		left = 0
		e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
		if left <= longest-time.Second || left > longest {
			t.Errorf("%s may take %v, want %v", path, left, longest)
		}
	}
}
