package entra

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // the name of the algorithm that Entra uses means OAEP with SHA-1

	"github.com/beevik/etree"
)

const (
	nsEncryption   = "http://www.w3.org/2001/04/xmlenc#"
	encryptAES256  = nsEncryption + "aes256-cbc"
	encryptOAEP    = nsEncryption + "rsa-oaep-mgf1p"
	encryptElement = nsEncryption + "Element"
)

// encrypt replaces the assertion by an EncryptedAssertion for the application's certificate (SAML core section 2.3.4),
// with the algorithms of Entra's token encryption.
func (a *SAMLAnswer) encrypt() error {
	recipient, err := parseCertificate(a.request.app.SAML.Encryption)
	if err != nil {
		return err
	}
	doc := etree.NewDocument()
	doc.SetRoot(a.Assertion.Copy())
	plain, err := doc.WriteToBytes()
	if err != nil {
		return err
	}
	key := make([]byte, 32)
	// crypto/rand never fails.
	_, _ = rand.Read(key)
	public, _ := recipient.PublicKey.(*rsa.PublicKey) // parseCertificate takes no other
	wrapped, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, public, key, nil)
	if err != nil {
		return err
	}
	sealed, err := encryptCBC(key, plain)
	if err != nil {
		return err
	}
	a.Response.InsertChildAt(a.Assertion.Index(), encryptedAssertion(sealed, wrapped))
	a.Response.RemoveChild(a.Assertion)
	return nil
}

func encryptedAssertion(sealed, wrapped []byte) *etree.Element {
	root := etree.NewElement("EncryptedAssertion")
	root.CreateAttr("xmlns", nsAssertion)
	data := root.CreateElement("xenc:EncryptedData")
	data.CreateAttr("xmlns:xenc", nsEncryption)
	data.CreateAttr("Type", encryptElement)
	data.CreateElement("xenc:EncryptionMethod").CreateAttr("Algorithm", encryptAES256)
	info := data.CreateElement("KeyInfo")
	info.CreateAttr("xmlns", nsSignature)
	key := info.CreateElement("xenc:EncryptedKey")
	method := key.CreateElement("xenc:EncryptionMethod")
	method.CreateAttr("Algorithm", encryptOAEP)
	method.CreateElement("DigestMethod").CreateAttr("Algorithm", digestSHA1.uri)
	cipherValue(key, wrapped)
	cipherValue(data, sealed)
	return root
}

func cipherValue(parent *etree.Element, b []byte) {
	parent.CreateElement("xenc:CipherData").CreateElement("xenc:CipherValue").SetText(b64Standard(b))
}

// encryptCBC puts the initialization vector first and pads as XML Encryption section 5.2 says: only the last byte counts.
func encryptCBC(key, plain []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	padding := aes.BlockSize - len(plain)%aes.BlockSize
	padded := append(append([]byte{}, plain...), make([]byte, padding)...)
	padded[len(padded)-1] = byte(padding)
	out := make([]byte, aes.BlockSize+len(padded))
	_, _ = rand.Read(out[:aes.BlockSize])
	cipher.NewCBCEncrypter(block, out[:aes.BlockSize]).CryptBlocks(out[aes.BlockSize:], padded)
	return out, nil
}
