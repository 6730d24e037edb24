package entra

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// endpointMisbehaviors make discovery, the key set and the token endpoint fail.
var endpointMisbehaviors = []Misbehavior{
	{Name: "discovery-down", Does: "Discovery answers 503.", Metadata: func(_ *Server, w http.ResponseWriter, _ map[string]any) bool {
		return unavailable(w)
	}},
	{Name: "discovery-other-issuer", Does: "Discovery names another issuer.", Metadata: func(s *Server, _ http.ResponseWriter, doc map[string]any) bool {
		doc["issuer"] = "https://login.example/" + s.random.GUID() + "/v2.0"
		return false
	}},
	{Name: "keys-down", Does: "The key set answers 503.", Keys: func(_ *Server, w http.ResponseWriter, _ map[string]any) bool {
		return unavailable(w)
	}},
	{Name: "keys-huge", Does: "The key set is 10 MB long.", Keys: func(_ *Server, w http.ResponseWriter, _ map[string]any) bool {
		w.Header().Set("Content-Type", "application/json")
		// A reader that gives up early is what this is for.
		_, _ = io.WriteString(w, `{"keys":[`+strings.Repeat(" ", 10<<20)+`]}`)
		return true
	}},
	{Name: "keys-withdrawn", Does: "The key set lacks the key that signs.", Keys: func(_ *Server, _ http.ResponseWriter, set map[string]any) bool {
		set["keys"] = []any{}
		return false
	}},
	{Name: "token-endpoint-error", Does: "The token endpoint answers 500 with a page of HTML.", Redeem: func(_ *Server, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, "<html><body>Our services aren't available right now</body></html>")
		return true
	}},
	{Name: "token-endpoint-slow", Does: "The token endpoint takes half a minute.", Redeem: func(s *Server, _ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-r.Context().Done():
			return true
		case <-time.After(s.slowBy):
			return false
		}
	}},
	{Name: "token-endpoint-not-json", Does: "The token endpoint answers 200 with something that is not JSON.", Redeem: func(_ *Server, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"id_token":`)
		return true
	}},
	{Name: "token-without-id", Does: "The token endpoint answers without an ID token.", Redeem: func(s *Server, w http.ResponseWriter, _ *http.Request) bool {
		writeJSON(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": s.random.Text(120)})
		return true
	}},
	tokenError("code-expired", "The token endpoint says that the code has expired (AADSTS70008).", errCodeExpired),
	tokenError("code-redeemed", "The token endpoint says that the code was redeemed before (AADSTS54005).", errCodeRedeemed),
	tokenError("secret-expired", "The token endpoint says that the client secret has expired (AADSTS7000222).", errSecretExpired),
	tokenError("secret-wrong", "The token endpoint says that the client secret is wrong (AADSTS7000215).", errSecretWrong),
	tokenError("token-endpoint-transient", "The token endpoint asks to try again (AADSTS90033).", errTransient),
}

// callbackMisbehaviors change what the browser brings back to the application.
var callbackMisbehaviors = []Misbehavior{
	callbackError("callback-declined", "The person declined (AADSTS65004).", errDeclined),
	callbackError("callback-not-assigned", "The person is not assigned (AADSTS50105), told to the application and not on Entra's page.", errNotAssigned.detail("app", "Doorlist", "somebody")),
	callbackError("callback-interaction", "More proof is needed (AADSTS50076).", errInteractionNeeded),
	callbackError("callback-server-error", "Entra has trouble (AADSTS90006).", errServerDifficulty),
	callbackError("callback-transient", "Entra asks to try again (AADSTS90033).", errTransient),
	callbackError("callback-markup", "The error text holds HTML.", &aadError{90023, "invalid_request", "<script>alert(1)</script><img src=x onerror=alert(2)>"}),
	{Name: "state-other", Does: "The answer carries another request's state.", Callback: func(s *Server, answer url.Values) { answer.Set("state", s.random.Text(43)) }},
	{Name: "state-missing", Does: "The answer carries no state.", Callback: func(_ *Server, answer url.Values) { answer.Del("state") }},
	{Name: "code-unknown", Does: "The answer carries a code that was never issued.", Callback: func(s *Server, answer url.Values) { answer.Set("code", "1."+s.random.Text(86)) }},
	{Name: "code-missing", Does: "The answer carries neither a code nor an error.", Callback: func(_ *Server, answer url.Values) { answer.Del("code") }},
}

func tokenError(name, does string, e *aadError) Misbehavior {
	return Misbehavior{Name: name, Does: does, Redeem: func(s *Server, w http.ResponseWriter, r *http.Request) bool {
		answer := e
		if strings.Contains(e.text, "%s") {
			answer = e.detail(r.PostForm.Get("client_id"))
		}
		s.writeTokenError(w, answer)
		return true
	}}
}

func callbackError(name, does string, e *aadError) Misbehavior {
	return Misbehavior{Name: name, Does: does, Callback: func(s *Server, answer url.Values) {
		answer.Del("code")
		answer.Set("error", e.name)
		answer.Set("error_description", s.description(e))
	}}
}

func unavailable(w http.ResponseWriter) bool {
	http.Error(w, "Service unavailable", http.StatusServiceUnavailable)
	return true
}
