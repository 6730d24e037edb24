package auth

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	_ "crypto/sha1" // #nosec G505 -- OAEP's default, where it needs no resistance to collisions
	"encoding/base64"
	"errors"
	"strings"

	"github.com/beevik/etree"
)

// Algorithms of XML Encryption. PKCS #1 v1.5 and Triple DES are not among them; GCM is preferred, and Entra encrypts by CBC.
const (
	aes128GCM = "http://www.w3.org/2009/xmlenc11#aes128-gcm"
	aes256GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
	aes128CBC = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
	aes256CBC = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
	rsaOAEP   = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
	rsaOAEP11 = "http://www.w3.org/2009/xmlenc11#rsa-oaep"
)

var contentCiphers = map[string]struct {
	keySize int
	open    func(block cipher.Block, sealed []byte) ([]byte, error)
}{
	aes128GCM: {16, openGCM}, aes256GCM: {32, openGCM}, aes128CBC: {16, openCBC}, aes256CBC: {32, openCBC},
}

// hashNames are the digests and mask functions of OAEP.
var hashNames = map[string]crypto.Hash{
	"http://www.w3.org/2000/09/xmldsig#sha1": crypto.SHA1, "http://www.w3.org/2009/xmlenc11#mgf1sha1": crypto.SHA1, "": crypto.SHA1,
	"http://www.w3.org/2001/04/xmlenc#sha256": crypto.SHA256, "http://www.w3.org/2009/xmlenc11#mgf1sha256": crypto.SHA256,
	"http://www.w3.org/2001/04/xmlenc#sha512": crypto.SHA512, "http://www.w3.org/2009/xmlenc11#mgf1sha512": crypto.SHA512,
	// As crewjam/saml's xmlenc, and with it many a provider written in Go, spells them.
	"http://www.w3.org/2000/09/xmldsig#sha256": crypto.SHA256, "http://www.w3.org/2000/09/xmldsig#sha512": crypto.SHA512,
}

// errSealed says nothing about why: what tells a wrong key from wrong padding tells a stranger the plaintext in the end. The state, which is
// used up before, keeps them from asking twice.
var errSealed = errors.New("cannot be decrypted")

// decryptAssertion opens an EncryptedAssertion. What is in it proves nothing until its signature is verified: anybody can
// encrypt to us.
func decryptAssertion(encrypted *etree.Element, key *rsa.PrivateKey) (*etree.Element, error) {
	plain, err := openAssertion(encrypted, key)
	if err != nil {
		return nil, badResponse("the encrypted assertion cannot be decrypted: it must be encrypted to the certificate in our metadata, by RSA-OAEP and AES-GCM or AES-CBC")
	}
	return parseSAML(plain)
}

func openAssertion(encrypted *etree.Element, private *rsa.PrivateKey) ([]byte, error) {
	data := only(encrypted, encryptionNS, "EncryptedData")
	if data == nil {
		return nil, errSealed
	}
	var wrapped []*etree.Element // in the data's KeyInfo or beside the data
	err := walk(encrypted, func(el *etree.Element) error {
		if el.Tag == "EncryptedKey" && el.NamespaceURI() == encryptionNS {
			wrapped = append(wrapped, el)
		}
		return nil
	})
	if err != nil || len(wrapped) != 1 {
		return nil, errSealed
	}
	how, ok := contentCiphers[methodOfEncryption(data)]
	if !ok {
		return nil, errSealed
	}
	key, err := unwrapKey(wrapped[0], private)
	if err != nil || len(key) != how.keySize {
		return nil, errSealed
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errSealed
	}
	sealed, err := cipherValue(data)
	if err != nil {
		return nil, errSealed
	}
	return how.open(block, sealed)
}

func methodOfEncryption(el *etree.Element) string {
	method := only(el, encryptionNS, "EncryptionMethod")
	if method == nil {
		return ""
	}
	return method.SelectAttrValue("Algorithm", "")
}

func unwrapKey(el *etree.Element, private *rsa.PrivateKey) ([]byte, error) {
	algorithm := methodOfEncryption(el)
	if algorithm != rsaOAEP && algorithm != rsaOAEP11 {
		return nil, errSealed
	}
	wrapped, err := cipherValue(el)
	if err != nil {
		return nil, errSealed
	}
	digest, mask, ok := oaepHashes(only(el, encryptionNS, "EncryptionMethod"))
	if !ok {
		return nil, errSealed
	}
	key, err := private.Decrypt(nil, wrapped, &rsa.OAEPOptions{Hash: digest, MGFHash: mask})
	if err != nil && mask != digest {
		// Several libraries take the digest for the mask too, whatever the algorithm says (seen in crewjam/saml's xmlenc).
		key, err = private.Decrypt(nil, wrapped, &rsa.OAEPOptions{Hash: digest, MGFHash: digest})
	}
	return key, err
}

// oaepHashes reads the digest and the mask function; both are SHA-1 where nothing is said (XML Encryption 1.1 section 5.5.2).
func oaepHashes(method *etree.Element) (digest, mask crypto.Hash, ok bool) {
	names := map[string]string{}
	for _, child := range method.ChildElements() {
		names[child.Tag] = child.SelectAttrValue("Algorithm", "")
	}
	digest, known := hashNames[names["DigestMethod"]]
	mask, knownMask := hashNames[names["MGF"]]
	return digest, mask, known && knownMask
}

func cipherValue(el *etree.Element) ([]byte, error) {
	data := only(el, encryptionNS, "CipherData")
	if data == nil {
		return nil, errSealed
	}
	value := only(data, encryptionNS, "CipherValue")
	if value == nil {
		return nil, errSealed
	}
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value.Text()), ""))
}

func openGCM(block cipher.Block, sealed []byte) ([]byte, error) {
	aead, err := cipher.NewGCM(block)
	if err != nil || len(sealed) < aead.NonceSize() {
		return nil, errSealed
	}
	return aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], nil)
}

// openCBC removes the padding of XML Encryption section 5.2, of which the last byte alone counts.
func openCBC(block cipher.Block, sealed []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(sealed) < 2*size || len(sealed)%size != 0 {
		return nil, errSealed
	}
	plain := make([]byte, len(sealed)-size)
	cipher.NewCBCDecrypter(block, sealed[:size]).CryptBlocks(plain, sealed[size:])
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > size {
		return nil, errSealed
	}
	return plain[:len(plain)-padding], nil
}
