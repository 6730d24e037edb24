package entra

import "net/http"

// discovery answers the tenant's metadata (OpenID Connect Discovery 1.0 section 4). The issuer holds the GUID even when
// the tenant was asked for by its domain, as with Entra.
func (s *Server) discovery(w http.ResponseWriter, r *http.Request, t *Tenant) {
	root := s.base(r) + "/" + t.ID
	doc := map[string]any{
		"issuer":                                issuerURL(s.base(r), t),
		"authorization_endpoint":                root + "/oauth2/v2.0/authorize",
		"token_endpoint":                        root + "/oauth2/v2.0/token",
		"end_session_endpoint":                  root + "/oauth2/v2.0/logout",
		"jwks_uri":                              root + "/discovery/v2.0/keys",
		"response_modes_supported":              []string{"query", "form_post"},
		"response_types_supported":              []string{"code"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"code_challenge_methods_supported":      []string{"plain", "S256"},
		"claims_supported": []string{
			"sub", "iss", "aud", "exp", "iat", "auth_time", "acct", "nonce", "preferred_username", "name", "tid", "ver", "oid", "email",
		},
		"frontchannel_logout_supported":   true,
		"request_uri_parameter_supported": false,
		"tenant_region_scope":             "EU",
	}
	for _, m := range s.faults.take(func(m Misbehavior) bool { return m.Metadata != nil }) {
		if m.Metadata(s, w, doc) {
			return
		}
	}
	writeJSON(w, http.StatusOK, doc)
}

// publishKeys answers the key set (RFC 7517 section 5).
func (s *Server) publishKeys(w http.ResponseWriter, r *http.Request, t *Tenant) {
	keys := []map[string]any{}
	for _, k := range s.keys.all() {
		keys = append(keys, k.jwk(issuerURL(s.base(r), t)))
	}
	set := map[string]any{"keys": keys}
	for _, m := range s.faults.take(func(m Misbehavior) bool { return m.Keys != nil }) {
		if m.Keys(s, w, set) {
			return
		}
	}
	writeJSON(w, http.StatusOK, set)
}
