package entra

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"
)

// certificateLife is how long Entra's own certificates are valid.
const certificateLife = 3 * 365 * 24 * time.Hour

// certificate is an RSA key with the self-signed certificate under which Entra publishes it.
type certificate struct {
	private *rsa.PrivateKey
	der     []byte
	expired func() (certificate, error) // the same key with a certificate that ran out before this one began; always the same
}

func (c certificate) text() string { return b64Standard(c.der) }

// newCertificate is valid for certificateLife from the given moment.
func newCertificate(private *rsa.PrivateKey, from time.Time) (certificate, error) {
	if private == nil {
		made, err := newSigningKey()
		if err != nil {
			return certificate{}, err
		}
		private = made.private
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Microsoft Azure Federated SSO Certificate"},
		NotBefore: from, NotAfter: from.Add(certificateLife), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	expired := func() (certificate, error) { return newCertificate(private, from.Add(-certificateLife)) }
	return certificate{private, der, sync.OnceValues(expired)}, err
}

// certificates holds what each application signs with, by tenant and client id. An empty client id is the tenant's own,
// which signs for no application.
type certificates struct {
	mu    sync.Mutex
	rings map[[2]string]*certificateRing
}

// certificateRing is the active certificate of an application and all that its metadata lists.
type certificateRing struct {
	active certificate
	listed []certificate
}

// ring makes the first certificate when somebody asks for it, because most applications never use SAML.
func (s *Server) ring(t *Tenant, a Application) (*certificateRing, error) {
	id := [2]string{t.ID, a.ClientID}
	if r, ok := s.certificates.rings[id]; ok {
		return r, nil
	}
	var first *rsa.PrivateKey
	if a.SAML != nil {
		first = a.SAML.SigningKey
	}
	c, err := newCertificate(first, s.now().Add(-24*time.Hour))
	if err != nil {
		return nil, err
	}
	r := &certificateRing{active: c, listed: []certificate{c}}
	if s.certificates.rings == nil {
		s.certificates.rings = map[[2]string]*certificateRing{}
	}
	s.certificates.rings[id] = r
	return r, nil
}

// signing returns what the application signs with, and what its metadata lists.
func (s *Server) signing(t *Tenant, a Application) (active certificate, listed []certificate, err error) {
	s.certificates.mu.Lock()
	defer s.certificates.mu.Unlock()
	r, err := s.ring(t, a)
	if err != nil {
		return certificate{}, nil, err
	}
	return r.active, slices.Clone(r.listed), nil
}

// AddCertificate gives an application one more SAML certificate. It is listed in the metadata but does not sign yet.
func (s *Server) AddCertificate(t *Tenant, clientID string) error {
	return s.changeRing(t, clientID, func(r *certificateRing) error {
		c, err := newCertificate(nil, s.now().Add(-time.Minute))
		r.listed = append(r.listed, c)
		return err
	})
}

// ActivateCertificate signs with the newest certificate from now on; the earlier ones stay listed.
func (s *Server) ActivateCertificate(t *Tenant, clientID string) error {
	return s.changeRing(t, clientID, func(r *certificateRing) error {
		r.active = r.listed[len(r.listed)-1]
		return nil
	})
}

// WithdrawCertificates removes every certificate but the active one from the metadata.
func (s *Server) WithdrawCertificates(t *Tenant, clientID string) error {
	return s.changeRing(t, clientID, func(r *certificateRing) error {
		r.listed = []certificate{r.active}
		return nil
	})
}

func (s *Server) changeRing(t *Tenant, clientID string, change func(*certificateRing) error) error {
	a, ok := t.application(clientID)
	if !ok || a.SAML == nil {
		return fmt.Errorf("%w: SAML application %s", ErrNotFound, clientID)
	}
	s.certificates.mu.Lock()
	defer s.certificates.mu.Unlock()
	r, err := s.ring(t, a)
	if err != nil {
		return err
	}
	return change(r)
}
