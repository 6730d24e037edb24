package auth

import (
	"testing"

	"doorlist/store"
)

func TestDeviceWords(t *testing.T) {
	t.Parallel()
	const webkit = "AppleWebKit/537.36 (KHTML, like Gecko) "
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) " + webkit + "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0": "Edge on Windows",
		"Mozilla/5.0 (X11; Linux x86_64) " + webkit + "Chrome/140.0.0.0 Safari/537.36":                         "Chrome on Linux",
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) " + webkit + "Chrome/140.0.0.0 Mobile Safari/537.36":         "Chrome on Android",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) " + webkit + "Version/18.0 Safari/605.1.15":              "Safari on Mac",
		"Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) " + webkit + "CriOS/140.0 Mobile/15E148 Safari/604.1":   "Chrome on iPad",
		"Mozilla/5.0 (X11; CrOS x86_64) " + webkit + "Chrome/140.0.0.0 Safari/537.36":                          "Chrome on ChromeOS",
		"curl/8.5.0": "curl",
		"Windows":    "A browser on Windows",
		"":           "An unknown browser",
	} {
		if got := deviceWords(store.Session{UserAgent: agent}); got != want {
			t.Errorf("%q: got %q, want %q", agent, got, want)
		}
	}
	if got := deviceWords(store.Session{Device: "backup", UserAgent: "curl/8"}); got != "The program “backup”" {
		t.Errorf("a program: got %q", got)
	}
}
