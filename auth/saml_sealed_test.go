package auth_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/crewjam/saml/xmlenc"

	"doorlist/store"
	"doorlist/store/storetest"
)

const (
	aesGCM  = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
	aesCBC  = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
	oaep    = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
	pkcs1v1 = "http://www.w3.org/2001/04/xmlenc#rsa-1_5"
)

func ourCertificate() *x509.Certificate {
	der, _ := ourSAMLKey()
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return certificate
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// seal encrypts an assertion as Entra does: a key by OAEP with SHA-1, the text by it.
func seal(cipherName, keyName, text string) string {
	key := randomBytes(32)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	var sealed []byte
	switch cipherName {
	case aesGCM:
		aead, _ := cipher.NewGCM(block)
		nonce := randomBytes(aead.NonceSize())
		sealed = aead.Seal(nonce, nonce, []byte(text), nil)
	default:
		padding := 16 - len(text)%16
		padded := append([]byte(text), append(make([]byte, padding-1), byte(padding))...)
		iv := randomBytes(16)
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(padded, padded)
		sealed = append(iv, padded...)
	}
	wrapped, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, ourCertificate().PublicKey.(*rsa.PublicKey), key, nil)
	if err != nil {
		panic(err)
	}
	value := func(b []byte) string {
		return `<e:CipherData><e:CipherValue>` + base64.StdEncoding.EncodeToString(b) + `</e:CipherValue></e:CipherData>`
	}
	return `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><e:EncryptedData xmlns:e="http://www.w3.org/2001/04/xmlenc#">` +
		`<e:EncryptionMethod Algorithm="` + cipherName + `"></e:EncryptionMethod><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><e:EncryptedKey>` +
		`<e:EncryptionMethod Algorithm="` + keyName + `"></e:EncryptionMethod>` + value(wrapped) + `</e:EncryptedKey></KeyInfo>` + value(sealed) +
		`</e:EncryptedData></saml:EncryptedAssertion>`
}

// sealByLibrary encrypts with the library's code for identity providers, which masks by SHA-256 where the standard says SHA-1.
func sealByLibrary(text string) string {
	data, err := xmlenc.OAEP().Encrypt(ourCertificate(), []byte(text), nil)
	if err != nil {
		panic(err)
	}
	el := etree.NewElement("saml:EncryptedAssertion")
	el.CreateAttr("xmlns:saml", "urn:oasis:names:tc:SAML:2.0:assertion")
	el.AddChild(data)
	doc := etree.NewDocument()
	doc.SetRoot(el)
	sealed, err := doc.WriteToString()
	if err != nil {
		panic(err)
	}
	return sealed
}

func TestSAML_EncryptedAssertions(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	for name, change := range map[string]func(*samlDoc){
		"GCM":             func(d *samlDoc) { d.sealed = func(a string) string { return seal(aesGCM, oaep, a) } },
		"CBC":             func(d *samlDoc) { d.sealed = func(a string) string { return seal(aesCBC, oaep, a) } },
		"another library": func(d *samlDoc) { d.sealed = sealByLibrary },
		"in a signed response": func(d *samlDoc) {
			// The text must be its own canonical form to be signed as it is: the default namespace stands where it is used.
			d.sealed = func(a string) string { return seal(aesGCM, oaep, a) }
			s := goodSignature("_r" + d.id)
			d.responseSignature = &s
		},
	} {
		t.Run(name, func(*testing.T) { w.browser().wantSAML(change) })
	}
	for name, c := range map[string]struct {
		change func(*samlDoc)
		words  string
	}{
		"not signed": {func(d *samlDoc) { d.unsigned, d.sealed = true, func(a string) string { return seal(aesGCM, oaep, a) } }, "not signed"},
		"not signed, in a signed response": {func(d *samlDoc) {
			d.unsigned, d.sealed = true, func(a string) string { return seal(aesGCM, oaep, a) }
			s := goodSignature("_r" + d.id)
			d.responseSignature = &s
		}, "not signed"},
		"two":              {func(d *samlDoc) { d.sealed = func(a string) string { s := seal(aesGCM, oaep, a); return s + s } }, "more than one"},
		"one plain beside": {func(d *samlDoc) { d.sealed = func(a string) string { return seal(aesGCM, oaep, a) + a } }, "more than one"},
		"two in one":       {func(d *samlDoc) { d.sealed = func(a string) string { return seal(aesGCM, oaep, a+a) } }, "around its one element"},
		"evil around it": {func(d *samlDoc) {
			d.sealed = func(a string) string { return seal(aesGCM, oaep, inside(evil(d, "_evil"), a)) }
		}, "more than one"},
		"something else":  {func(d *samlDoc) { d.sealed = func(string) string { return seal(aesGCM, oaep, "<a></a>") } }, "no assertion"},
		"a document type": {func(d *samlDoc) { d.sealed = func(a string) string { return seal(aesGCM, oaep, "<!DOCTYPE a>"+a) } }, "document type"},
		"PKCS #1 v1.5":    {func(d *samlDoc) { d.sealed = func(a string) string { return seal(aesGCM, pkcs1v1, a) } }, "cannot be decrypted"},
		"Triple DES": {func(d *samlDoc) {
			d.sealed = func(a string) string { return seal("http://www.w3.org/2001/04/xmlenc#tripledes-cbc", oaep, a) }
		}, "cannot be decrypted"},
		"GCM that is CBC": {func(d *samlDoc) {
			d.sealed = func(a string) string { return strings.Replace(seal(aesCBC, oaep, a), aesCBC, aesGCM, 1) }
		}, "cannot be decrypted"},
		"nothing to decrypt": {func(d *samlDoc) {
			d.sealed = func(string) string {
				return `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"></saml:EncryptedAssertion>`
			}
		}, "cannot be decrypted"},
		"a key that is missing": {func(d *samlDoc) {
			d.sealed = func(a string) string { return strings.ReplaceAll(seal(aesGCM, oaep, a), "EncryptedKey", "OtherKey") }
		}, "cannot be decrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			b := w.browser()
			w.wantRefused(b.samlSignIn(c.change), "bad_response", c.words)
		})
	}
	w.changeSAML(func(s *store.SAMLSettings) { s.Encryption = false })
	w.wantRefused(w.browser().samlSignIn(func(d *samlDoc) { d.sealed = func(a string) string { return seal(aesGCM, oaep, a) } }), "bad_response", "does not allow")
}
