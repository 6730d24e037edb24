package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// Codes are those of RFC 6238 as every app makes them: six digits, SHA-1, a new one every thirty seconds. One before and one
// after are accepted as well, because clocks differ.
const (
	codeStep   = 30 * time.Second
	codeWindow = 1
	// codeKey is the length of the shared secret in bytes (RFC 4226 section 4, R6: 160 bits).
	codeKey = 20
)

var plain32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// newCodeSecret makes a secret to share with an app.
func newCodeSecret() string { return plain32.EncodeToString(randomBytes(codeKey)) }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return b
}

// stepOf finds the time step, later than used, whose code is the given one.
func stepOf(secret, code string, now time.Time, used int64) (step int64, ok bool) {
	given := strings.Join(strings.Fields(code), "")
	present := now.Unix() / int64(codeStep/time.Second)
	for s := present - codeWindow; s <= present+codeWindow; s++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && s > used && subtle.ConstantTimeCompare([]byte(want), []byte(given)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// codeURI is what an app reads from the picture.
func codeURI(secret, issuer, account string) string {
	q := url.Values{"secret": {secret}, "issuer": {issuer}}
	// Some apps show "+" where a blank is meant.
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(account) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// picture is a QR code as an SVG path of unit squares: the pages' policy allows no images.
type picture struct {
	Path string
	Size int // with the quiet zone of four squares around (ISO/IEC 18004)
}

func pictureOf(text string) (picture, error) {
	const quiet = 4
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return picture{}, err
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := range size {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return picture{path.String(), size + 2*quiet}, nil
}

// Recovery codes stand in for the app once each, should it be lost. They are 80 random bits, which nobody guesses within the
// limits for wrong codes.
const (
	recoveryCodes = 10
	recoveryBytes = 10
)

// newRecoveryCodes makes them in the form in which people see them, such as ABCD-EFGH-IJKL-MNOP.
func newRecoveryCodes() []string {
	codes := make([]string, recoveryCodes)
	for i := range codes {
		c := plain32.EncodeToString(randomBytes(recoveryBytes))
		codes[i] = c[:4] + "-" + c[4:8] + "-" + c[8:12] + "-" + c[12:]
	}
	return codes
}

// recoveryKey is the form in which a recovery code is kept and compared, however it is typed.
func recoveryKey(code string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
}

func recoveryKeys(codes []string) []string {
	keys := make([]string, len(codes))
	for i, c := range codes {
		keys[i] = recoveryKey(c)
	}
	return keys
}
