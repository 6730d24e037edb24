package auth

import (
	"encoding/base32"
	"strings"
	"testing"
	"time"
)

// The test vectors of RFC 6238, appendix B (SHA-1), of which an app shows the last six digits.
func TestStepOf_RFC6238(t *testing.T) {
	t.Parallel()
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for unix, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		step, ok := stepOf(secret, code, time.Unix(unix, 0), 0)
		if !ok || step != unix/30 {
			t.Errorf("at %d: step %d, %t; want %d", unix, step, ok, unix/30)
		}
		for offset, want := range map[time.Duration]bool{-60 * time.Second: false, -30 * time.Second: true, 30 * time.Second: true, 60 * time.Second: false} {
			if _, ok := stepOf(secret, code, time.Unix(unix/30*30, 0).Add(offset), 0); ok != want && unix > 60 {
				t.Errorf("the code of %d at an offset of %v: %t, want %t", unix, offset, ok, want)
			}
		}
		if _, ok := stepOf(secret, code, time.Unix(unix, 0), step); ok {
			t.Errorf("the code of %d was accepted after its use", unix)
		}
		if _, ok := stepOf(secret, " "+code[:3]+" "+code[3:], time.Unix(unix, 0), 0); !ok {
			t.Errorf("the code of %d was not accepted with blanks", unix)
		}
	}
	for _, code := range []string{"", "000000", "28708", "2870820", "94287082", "٢٨٧٠٨٢", "null"} {
		if _, ok := stepOf(secret, code, time.Unix(59, 0), 0); ok {
			t.Errorf("the code %q was accepted", code)
		}
	}
}

func TestCodeURI_IsWhatAppsRead(t *testing.T) {
	t.Parallel()
	got := codeURI("ABC", "Contoso & Søn", "olivia@contoso.com")
	if want := "otpauth://totp/Contoso%20&%20S%C3%B8n:olivia@contoso.com?issuer=Contoso%20%26%20S%C3%B8n&secret=ABC"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	p, err := pictureOf(got)
	if err != nil || p.Size < 29 || !strings.HasPrefix(p.Path, "M4 4h1v1h-1z") {
		t.Errorf("the picture: %d, %.40s, %v", p.Size, p.Path, err)
	}
}

func TestRecoveryCodes_AreManyAndLong(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 20 {
		for _, code := range newRecoveryCodes() {
			seen[recoveryKey(code)] = true
			if key := recoveryKey(" " + strings.ToLower(code) + " "); len(key) != 16 || key != recoveryKey(code) {
				t.Errorf("%s is kept as %s", code, key)
			}
		}
	}
	if len(seen) != 200 {
		t.Errorf("%d different codes of 200", len(seen))
	}
}
