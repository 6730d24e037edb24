package auth

import (
	"crypto/ed25519"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"golang.org/x/net/html"

	"doorlist/policy"
	"doorlist/store"
	"doorlist/store/storetest"
)

const (
	testContact     = "IT help desk, it@contoso.com"
	testCorrelation = "0f0e0d0c-1111-4222-8333-444455556666"
)

// refusals serves the page of every reason at /refused/{reason}.
func refusals(t *testing.T) *httptest.Server {
	t.Helper()
	s := storetest.New(t)
	var conn store.Connection
	err := s.Write(t.Context(), store.Actor{Kind: store.System}, func(tx *store.Tx) error {
		org, err := tx.CreateOrganization("contoso", "Contoso", "")
		if err != nil {
			return err
		}
		if err := tx.Organization(org.ID).SetContact(testContact); err != nil {
			return err
		}
		conn, err = tx.Organization(org.ID).CreateConnection(store.Connection{
			Slug: "entra", Kind: store.EntraConnection, TenantID: "11111111-2222-4333-8444-555555555555", ClientID: "client",
		}, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	e.Use(middleware.RequestID())
	d, err := newDoor(Config{Store: s, BaseURL: "http://127.0.0.1", AssertionKey: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))})
	if err != nil {
		t.Fatal(err)
	}
	e.GET("/refused/:reason", d.page(func(c echo.Context) error {
		return d.showRefusal(c, refusedPage{
			reason: policy.Reason(c.Param("reason")), connection: conn, returnTo: "/wiki", chooseAccount: true, hint: hint{correlation: testCorrelation},
		})
	}))
	e.GET(styleSheet.Path, styleSheet.Serve)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return server
}

// TestRefusal_EveryReasonHasItsPage: what happened, what to do, whom to ask, and what the IT team needs to find it.
func TestRefusal_EveryReasonHasItsPage(t *testing.T) {
	t.Parallel()
	server := refusals(t)
	said := map[string]policy.Reason{}
	for _, reason := range policy.Reasons() {
		rec := httptest.NewRecorder()
		server.Config.Handler.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/refused/"+string(reason), nil))
		words, page := reason.Words(), html.UnescapeString(rec.Body.String())
		want := []string{
			"<h1>" + words.Title + "</h1>", words.Person, "<code>" + string(reason) + "</code>", words.Fix, testCorrelation,
			rec.Header().Get(echo.HeaderXRequestID), "2 January 2026, 03:04:05 UTC",
		}
		if reason != policy.Unavailable {
			want = append(want, testContact)
		}
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("the page of %s lacks %q:\n%s", reason, text, page)
			}
		}
		if rec.Code < http.StatusBadRequest || rec.Header().Get(headerReason) != string(reason) {
			t.Errorf("%s: got %d %q", reason, rec.Code, rec.Header().Get(headerReason))
		}
		if other, taken := said[words.Title+words.Person]; taken {
			t.Errorf("%s and %s cannot be told apart", reason, other)
		}
		said[words.Title+words.Person] = reason
	}
}
