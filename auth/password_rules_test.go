package auth

import (
	"strings"
	"testing"
)

func TestPasswordFault_RefusesWhatIsTriedFirst(t *testing.T) {
	t.Parallel()
	for _, password := range []string{
		"password1234", "Password123!", "P@ssw0rd2024", "PASSWORDPASSWORD", "qwertyuiop12", "1qaz2wsx3edc", "zaq12wsxcde3", "abcdefghijkl", "987654321098",
		"aaaaaaaaaaaa", "abcabcabcabc", "iloveyou1234", "welcome2024!", "Summer2025!!", "changeme12345", "letmein-letmein", "adminadmin123",
		"dragon monkey", "123456789012", "!@#$%^&*()_+", "Passwort2026", "correcthorsebatterystaple", "asdfghjkl;'1", "20242025", "olivia2026!!", "Contoso2026!",
		"contoso-olivia-1", "doorlist1234", "11111111111111111111", "qwertyqwerty", "December2025!", "ｐａｓｓｗｏｒｄ１２３４",
	} {
		if passwordFault(password, password, "olivia@contoso.com", "Olivia Owner", "Contoso Ltd") == "" {
			t.Errorf("%q was accepted", password)
		}
	}
}

func TestPasswordFault_AcceptsWhatNobodyTriesFirst(t *testing.T) {
	t.Parallel()
	for _, password := range []string{
		"four words in a row", "tapir umbrella quiz", "xK7#pQ2mW9vL", "vier Wörter am Stück", "пароль из слов тут", "日本語のとても長いパスワード", "horse walks over the bridge",
		"kettle-lantern-vivid", strings.Repeat("lantern kettle ", 17) + "x", "8fj2-kx91-pq0z", "my contoso badge is teal",
	} {
		if fault := passwordFault(password, password, "olivia@contoso.com", "Olivia Owner", "Contoso Ltd"); fault != "" {
			t.Errorf("%q was refused: %s", password, fault)
		}
	}
}

func TestPasswordFault_Limits(t *testing.T) {
	t.Parallel()
	const good = "tapir umbrella quiz"
	for what, c := range map[string]struct{ password, repeated, want string }{
		"too short":       {"tapir quiz", "tapir quiz", "at least 12"},
		"eleven letters":  {"tapirölquiz", "tapirölquiz", "at least 12"},
		"too long":        {strings.Repeat("tapir ", 43), strings.Repeat("tapir ", 43), "at most 256"},
		"not repeated":    {good, good + " ", "not the same"},
		"not readable":    {good + "\xff", good + "\xff", "cannot read"},
		"nothing at all":  {"", "", "at least 12"},
		"good after all":  {good, good, ""},
		"blanks are kept": {" " + good + " ", " " + good + " ", ""},
	} {
		if got := passwordFault(c.password, c.repeated); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", what, got, c.want)
		}
	}
}

// A key gives "é" as one character here and as two there; either way it is the same password. Hashes from before that
// was so stay good.
func TestPasswordMatches_TheSameCharactersHoweverTheyAreEncoded(t *testing.T) {
	t.Parallel()
	const composed, decomposed = "caf\u00e9 umbrella quiz", "cafe\u0301 umbrella quiz"
	hash, err := hashPassword(t.Context(), decomposed)
	if err != nil {
		t.Fatal(err)
	}
	salt := make([]byte, saltSize)
	key, err := deriveKey(t.Context(), decomposed, salt, fullCost)
	if err != nil {
		t.Fatal(err)
	}
	old := encodeHash(salt, key)
	for _, c := range []struct {
		what, hash, password string
		want                 bool
	}{
		{"composed", hash, composed, true}, {"decomposed", hash, decomposed, true}, {"without the accent", hash, "cafe umbrella quiz", false},
		{"an old hash, as it was typed", old, decomposed, true}, {"an old hash, typed otherwise", old, composed, false},
	} {
		if got, err := passwordMatches(t.Context(), c.hash, c.password); got != c.want || err != nil {
			t.Errorf("%s: got %v, %v; want %v", c.what, got, err, c.want)
		}
	}
}
