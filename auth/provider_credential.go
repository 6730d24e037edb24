package auth

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"

	"doorlist/policy"
	"doorlist/store"
)

const (
	// assertionType is the type of a signed client assertion (RFC 7523 section 2.2).
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	// clientAssertionLasts is what Entra recommends at most for assertions that a certificate signs.
	clientAssertionLasts = 5 * time.Minute
	// passedOverFor is how long a credential that the provider did not take is used only if there is no other. After that it
	// is tried again: a new secret takes a while to be known all over the provider.
	passedOverFor = time.Hour
	maxTokenFile  = 64 << 10 // bytes
)

// proof is how one request proves to the token endpoint who the client is.
type proof struct {
	credential store.ProviderCredential // the zero one for a public client
	another    bool                     // there is one that the provider may take instead
	secret     string
	method     string // how the secret is sent, if not as discovery says: "basic" or "post"
	options    []oauth2.AuthCodeOption
}

// byUsefulness orders a connection's credentials, the newest first, by what is to be tried before the others: what is not
// known to have expired, then what the provider has not refused of late.
func byUsefulness(list []store.ProviderCredential, now time.Time) []store.ProviderCredential {
	rank := func(c store.ProviderCredential) int {
		n := 0
		if !c.ExpiresAt.IsZero() && !now.Before(c.ExpiresAt) {
			n += 2
		}
		if !c.RefusedAt.IsZero() && now.Sub(c.RefusedAt) < passedOverFor {
			n++
		}
		return n
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b store.ProviderCredential) int { return rank(a) - rank(b) })
	return list
}

// proveToProvider chooses the credential for one request. One that cannot be read is passed over: nothing has been sent yet.
func (d *door) proveToProvider(ctx context.Context, conn store.Connection, p *provider) (proof, error) {
	list, err := d.store.ProviderCredentials(ctx, conn)
	if err != nil {
		return proof{}, err
	}
	if len(list) == 0 {
		return d.sharedProof(conn), nil
	}
	now := d.store.Now()
	list = byUsefulness(list, now)
	var faults []error
	for i, c := range list {
		made, err := d.proofBy(c, conn.ClientID, p, now)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		made.credential = c
		made.another = i+1 < len(list) && list[i+1].RefusedAt.IsZero()
		return made, nil
	}
	return proof{}, errors.Join(faults...)
}

func (d *door) proofBy(c store.ProviderCredential, clientID string, p *provider, now time.Time) (proof, error) {
	secret, err := d.store.OpenProviderCredential(c)
	if err != nil {
		return proof{}, err
	}
	var assertion string
	switch c.Kind {
	case store.SecretCredential:
		return proof{secret: secret, method: c.Method}, nil
	case store.CertificateCredential:
		assertion, err = signAssertion(c.Certificate, secret, clientID, p, now)
	case store.FederatedCredential:
		assertion, err = readAssertion(c.TokenFile)
	default:
		err = fmt.Errorf("the credential's kind %q is unknown to this version", c.Kind)
	}
	if err != nil {
		return proof{}, unusableCredential(err)
	}
	return proof{options: []oauth2.AuthCodeOption{
		oauth2.SetAuthURLParam("client_assertion_type", assertionType), oauth2.SetAuthURLParam("client_assertion", assertion),
	}}, nil
}

// signAssertion makes a client assertion (OpenID Connect Core section 9, private_key_jwt) as Entra wants it: PS256, with the
// certificate's SHA-256 thumbprint.
func signAssertion(certificate, key, clientID string, p *provider, now time.Time) (string, error) {
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		return "", err
	}
	thumbprint := sha256.Sum256(pair.Leaf.Raw)
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("x5t#S256", base64.RawURLEncoding.EncodeToString(thumbprint[:]))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: p.assertionAlgorithm, Key: pair.PrivateKey}, options)
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: clientID, Subject: clientID, Audience: jwt.Audience{p.endpoint.TokenURL}, ID: newSecret(),
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(clientAssertionLasts)),
	}).Serialize()
}

// readAssertion reads the file at each use, because the platform replaces its content.
func readAssertion(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxTokenFile))
	if err != nil {
		return "", err
	}
	assertion := strings.TrimSpace(string(content))
	// Nothing but a token may leave for the provider, whatever the path says.
	if _, err := jose.ParseSignedCompact(assertion, assertionAlgorithms); err != nil {
		return "", fmt.Errorf("the file %s does not hold a signed token: %w", path, err)
	}
	return assertion, nil
}

func unusableCredential(err error) *refusal {
	return &refusal{reason: policy.ProviderError, detail: "the connection's credential cannot be used: " + short(err.Error()), hint: hint{
		person: misconfigured,
		fix:    "Look at `doorlist connection credential list`. A token file must be there for the server to read and hold the platform's token.",
	}}
}

// credentialFaults are Entra's numbers for a client credential that it does not take: secrets, then certificates, then
// federated tokens. invalid_client alone is no proof, because a reply address that differs has it too (AADSTS500112).
const credentialFaults = " 7000215 7000222 7000218 50012 700027 700024 700030 70021 700211 700212 700213 700223 "

// refusesCredential says whether the token endpoint has turned the client away, and not the code.
func (f providerFault) refusesCredential() bool {
	if f.number != "" {
		return strings.Contains(credentialFaults, " "+f.number+" ")
	}
	return f.code == "invalid_client"
}

// noteCredential puts on record that the provider did or did not take a credential, where that is news, and gets the
// sign-in going again with the other one. The code is not sent again with it: whether it is spent is not known.
func (d *door) noteCredential(ctx context.Context, with proof, fault providerFault, no *refusal) {
	c, taken := with.credential, no == nil
	if c.ID == "" || taken && c.RefusedAt.IsZero() || !taken && !fault.refusesCredential() {
		return
	}
	if !taken {
		no.restart = with.another
		d.log.WarnContext(ctx, "the provider does not take a connection's credential", "connection_id", c.ConnectionID, "credential_id", c.ID,
			"kind", c.Kind, "fault", fault.String(), "another", with.another)
	}
	now := d.store.Now()
	if !taken && !c.RefusedAt.IsZero() && now.Sub(c.RefusedAt) < passedOverFor {
		return
	}
	err := d.store.Write(ctx, store.Actor{Kind: store.System, Name: "sign-in"}, func(tx *store.Tx) error {
		if taken {
			return tx.Organization(c.OrganizationID).AcceptProviderCredential(c.ID)
		}
		return tx.Organization(c.OrganizationID).RefuseProviderCredential(c.ID, fault.String())
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		d.log.WarnContext(ctx, "what became of a credential could not be recorded", "credential_id", c.ID, "error", err)
	}
}
