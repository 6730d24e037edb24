package entra

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// errorPage is where Entra explains a number to developers.
const errorPage = "https://login.microsoftonline.com/error?code="

// aadError is one of Entra's numbered errors. Clients must react to name (the OAuth error) only; the number and the
// text are for people.
type aadError struct {
	number int
	name   string
	text   string
}

// detail returns the error with its text filled in.
func (e *aadError) detail(args ...any) *aadError {
	return &aadError{e.number, e.name, fmt.Sprintf(e.text, args...)}
}

// The errors that the simulator answers, in Entra's words.
var (
	errRedirectMismatch  = &aadError{50011, "invalid_request", "The redirect URI '%s' specified in the request does not match the redirect URIs configured for the application '%s'."}
	errReplyMismatch     = &aadError{500112, "invalid_client", "The reply address '%s' does not match the reply address '%s' provided when requesting Authorization code."}
	errAccountMissing    = &aadError{50034, "invalid_grant", "The user account %s does not exist in the %s directory. To sign into this application, the account must be added to the directory."}
	errAccountDisabled   = &aadError{50057, "invalid_grant", "The user account is disabled. The account has been disabled by an administrator."}
	errNoSession         = &aadError{50058, "login_required", "A silent sign-in request was sent but no user is signed in."}
	errNotAssigned       = &aadError{50105, "interaction_required", "Your administrator has configured the application %s ('%s') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '%s' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator."}
	errVerifierMismatch  = &aadError{501481, "invalid_grant", "The Code_Verifier does not match the code_challenge supplied in the authorization request."}
	errCodeRedeemed      = &aadError{54005, "invalid_grant", "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token."}
	errDeclined          = &aadError{65004, "access_denied", "User declined to consent to access the app."}
	errGrantType         = &aadError{70003, "unsupported_grant_type", "The app requested an unsupported grant type '%s'."}
	errCodeExpired       = &aadError{70008, "invalid_grant", "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource."}
	errScopeMissing      = &aadError{70011, "invalid_scope", "The provided request must include a 'scope' input parameter. The scope '%s' does not include openid."}
	errApplication       = &aadError{700016, "unauthorized_client", "Application with identifier '%s' was not found in the directory '%s'."}
	errResponseType      = &aadError{700054, "unsupported_response_type", "response_type '%s' is not enabled for the application."}
	errCodeOtherTenant   = &aadError{700005, "invalid_grant", "Provided Authorization Code is intended to use against other tenant, thus rejected."}
	errSecretWrong       = &aadError{7000215, "invalid_client", "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'."}
	errSecretMissing     = &aadError{7000218, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."}
	errSecretExpired     = &aadError{7000222, "invalid_client", "The provided client secret keys for app '%s' are expired."}
	errReplyURL          = &aadError{50011, "invalid_request", "The reply URL '%s' specified in the request does not match the reply URLs configured for the application '%s'."}
	errSAMLBinding       = &aadError{75003, "invalid_request", "The SAML binding '%s' is not supported for the answer."}
	errSAMLMessage       = &aadError{75005, "invalid_request", "The request is not a valid Saml2 protocol message: %s."}
	errAuthnContext      = &aadError{75011, "invalid_request", "Authentication method 'Password' by which the user authenticated with the service doesn't match requested authentication method '%s'. Contact the application owner."}
	errNameIDPolicy      = &aadError{75016, "invalid_request", "The SAML2 Authentication Request has an invalid NameIdPolicy."}
	errUnsigned          = &aadError{76021, "invalid_request", "The request sent by client is not signed while the application requires signed requests: %s."}
	errSAMLID            = &aadError{7500529, "invalid_request", "The value '%s' is not a valid SAML ID. The ID must not begin with a number."}
	errAssertionWrong    = &aadError{700027, "invalid_client", "The certificate with identifier used to sign the client assertion is not registered on application, or the assertion's signature, algorithm or thumbprint is wrong: %s."}
	errAssertionTime     = &aadError{700024, "invalid_client", "Client assertion is not within its valid time range."}
	errAssertionReplayed = &aadError{50013, "invalid_client", "Assertion failed validation: it has no jti, or was presented before."}
	errFederatedIssuer   = &aadError{700211, "invalid_client", "No matching federated identity record found for presented assertion issuer '%s'."}
	errFederatedAudience = &aadError{700212, "invalid_client", "No matching federated identity record found for presented assertion audience '%s'."}
	errFederatedSubject  = &aadError{700213, "invalid_client", "No matching federated identity record found for presented assertion subject '%s'."}
	errTenantUnknown     = &aadError{90002, "invalid_tenant", "Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."}
	errParameter         = &aadError{90023, "invalid_request", "The parameter '%s' has a value that is not supported: '%s'."}
	errTransient         = &aadError{90033, "temporarily_unavailable", "A transient error has occurred. Please try again."}
	errParameterMissing  = &aadError{900144, "invalid_request", "The request body must contain the following parameter: '%s'."}
	errCodeMalformed     = &aadError{9002313, "invalid_grant", "Invalid request. Request is malformed or invalid."}
	errServerDifficulty  = &aadError{90006, "server_error", "An internal error occurred. Try again later."}
	errInteractionNeeded = &aadError{50076, "interaction_required", "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the application."}
)

// Error makes an aadError usable as an error of the handlers.
func (e *aadError) Error() string { return fmt.Sprintf("AADSTS%d: %s", e.number, e.text) }

func (e *aadError) numberText() string { return strconv.Itoa(e.number) }

// description is the text that Entra puts into error_description, with the ids that its support asks for.
func (s *Server) description(e *aadError) string { return e.Error() + " " + s.trace() }

func (s *Server) trace() string {
	return fmt.Sprintf("Trace ID: %s Correlation ID: %s Timestamp: %s",
		s.random.GUID(), s.random.GUID(), s.now().UTC().Format(time.DateTime+"Z"))
}

// status is the HTTP status of e at the token endpoint.
func (e *aadError) status() int {
	switch e.name {
	case "invalid_client", "unauthorized_client":
		return http.StatusUnauthorized
	case "temporarily_unavailable":
		return http.StatusServiceUnavailable
	case "server_error":
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// writeTokenError answers as Entra's token endpoint does.
func (s *Server) writeTokenError(w http.ResponseWriter, e *aadError) {
	writeJSON(w, e.status(), map[string]any{
		"error": e.name, "error_description": s.description(e), "error_codes": []int{e.number},
		"timestamp": s.now().UTC().Format(time.DateTime + "Z"), "trace_id": s.random.GUID(), "correlation_id": s.random.GUID(),
		"error_uri": errorPage + e.numberText(),
	})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.WriteHeader(status)
	// The status is out; a reader that went away is its own loss.
	_ = json.NewEncoder(w).Encode(body)
}
