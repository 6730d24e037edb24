package entra

import (
	"crypto/subtle"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// AnyLoopback, as a redirect URI, stands for every http or https URI on a loopback host. Entra has nothing as wide; it
// is here for programs that learn their own port late.
const AnyLoopback = "http://localhost/*"

// GroupClaims is an application's groupMembershipClaims: which groups its tokens carry.
type GroupClaims string

// The values that the simulator knows. SecurityGroup follows nesting; ApplicationGroup carries only assigned groups of
// which the person is a direct member.
const (
	NoGroups         GroupClaims = ""
	SecurityGroup    GroupClaims = "SecurityGroup"
	ApplicationGroup GroupClaims = "ApplicationGroup"
)

// Application is an app registration of one tenant. The same ClientID may be registered in several tenants.
type Application struct {
	ClientID             string                `json:"client_id"`    // generated when empty
	Name                 string                `json:"name"`         // default Doorlist
	Secrets              []string              `json:"secrets"`      // any of them is good; one is generated when there is no credential
	Certificates         []string              `json:"certificates"` // PEM, of keys that sign client assertions
	FederatedCredentials []FederatedCredential `json:"federated_credentials"`
	RedirectURIs         []string              `json:"redirect_uris"`       // exact, except that the port of a loopback URI is ignored, as by Entra; or AnyLoopback
	AssignmentRequired   bool                  `json:"assignment_required"` // people out of scope are turned away with AADSTS50105
	Groups               GroupClaims           `json:"group_claims"`
	OptionalClaims       []string              `json:"optional_claims"` // of AllOptionalClaims
	SAML                 *SAML                 `json:"saml,omitempty"`  // nil: the application does not sign people in by SAML
}

// AllOptionalClaims lists what OptionalClaims may hold.
var AllOptionalClaims = []string{"acct", "auth_time", "email", "family_name", "given_name", "login_hint", "sid"}

// Register adds an application and returns it complete: a missing ClientID, secret or name is made.
func (t *Tenant) Register(a Application) (Application, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a.ClientID == "" {
		a.ClientID = t.random.GUID()
	}
	if len(a.Secrets)+len(a.Certificates)+len(a.FederatedCredentials) == 0 {
		a.Secrets = []string{t.random.Text(40)}
	}
	if a.Name == "" {
		a.Name = "Doorlist"
	}
	for _, text := range a.Certificates {
		if _, err := parseCertificate(text); err != nil {
			return Application{}, err
		}
	}
	for _, c := range a.OptionalClaims {
		if !slices.Contains(AllOptionalClaims, c) {
			return Application{}, fmt.Errorf("%w: optional claim %q; known are %s", ErrInvalid, c, strings.Join(AllOptionalClaims, ", "))
		}
	}
	if slices.ContainsFunc(t.apps, func(b Application) bool { return b.ClientID == a.ClientID }) {
		return Application{}, fmt.Errorf("%w: application %s", ErrConflict, a.ClientID)
	}
	if err := t.checkSAML(a); err != nil {
		return Application{}, err
	}
	t.apps = append(t.apps, a)
	return a, nil
}

// UpdateSAML lets change alter a copy of how the application signs in by SAML and stores it.
func (t *Tenant) UpdateSAML(clientID string, change func(*SAML)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.apps, func(a Application) bool { return a.ClientID == clientID })
	if i < 0 {
		return fmt.Errorf("%w: application %s", ErrNotFound, clientID)
	}
	a := t.apps[i]
	var settings SAML
	if a.SAML != nil {
		settings = a.SAML.clone()
	}
	change(&settings)
	a.SAML = &settings
	if err := t.checkSAML(a); err != nil {
		return err
	}
	t.apps[i] = a
	return nil
}

// SetSecrets replaces the secrets of an application, as an administrator does in the portal.
func (t *Tenant) SetSecrets(clientID string, secrets ...string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.apps {
		if t.apps[i].ClientID == clientID {
			t.apps[i].Secrets = secrets
			return nil
		}
	}
	return fmt.Errorf("%w: application %s", ErrNotFound, clientID)
}

// Applications returns the registered applications.
func (t *Tenant) Applications() []Application {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clone(t.apps)
}

func (t *Tenant) application(clientID string) (Application, bool) {
	for _, a := range t.Applications() {
		if a.ClientID == clientID {
			return a, true
		}
	}
	return Application{}, false
}

func (a Application) hasSecret(secret string) bool {
	for _, s := range a.Secrets {
		if subtle.ConstantTimeCompare([]byte(s), []byte(secret)) == 1 {
			return true
		}
	}
	return false
}

func (a Application) permitsRedirect(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.Fragment != "" {
		return false
	}
	return slices.ContainsFunc(a.RedirectURIs, func(registered string) bool {
		if registered == AnyLoopback {
			return isLoopback(u.Host) && (u.Scheme == "http" || u.Scheme == "https")
		}
		return registered == uri || sameButPort(registered, u)
	})
}

// sameButPort compares loopback URIs without their ports (RFC 8252 section 7.3).
func sameButPort(registered string, u *url.URL) bool {
	r, err := url.Parse(registered)
	if err != nil || !isLoopback(r.Host) || r.Hostname() != u.Hostname() {
		return false
	}
	return r.Scheme == u.Scheme && r.EscapedPath() == u.EscapedPath() && r.RawQuery == u.RawQuery
}

// isLoopback says whether a host, with or without a port, can only mean this machine.
func isLoopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
