package auth

import (
	"strings"

	"doorlist/policy"
	"doorlist/store"
)

// word is what a part of a User-Agent says. The first that fits counts, because most browsers name the others too.
type word struct{ part, name string }

var (
	browserWords = []word{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}, {"doorlist/", "doorlist"},
	}
	systemWords = []word{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
		{"Macintosh", "Mac"}, {"Linux", "Linux"},
	}
)

// deviceWords says in words where a session is. It is the client's own claim, good for recognizing one's own devices.
func deviceWords(s store.Session) string {
	if s.Device != "" {
		return "The program “" + s.Device + "”"
	}
	browser, system := firstWord(browserWords, s.UserAgent), firstWord(systemWords, s.UserAgent)
	switch {
	case browser == "" && system == "":
		return "An unknown browser"
	case browser == "":
		return "A browser on " + system
	case system == "":
		return browser
	}
	return browser + " on " + system
}

func firstWord(words []word, agent string) string {
	for _, w := range words {
		if strings.Contains(agent, w.part) {
			return w.name
		}
	}
	return ""
}

// signInWords says how the person of a session proved who they are.
func signInWords(s store.Session, c store.Connection) string {
	text := "through " + c.Name
	switch {
	case s.Method == string(policy.Password):
		text = "with a password"
	case c.OfEntra():
		text = "with Microsoft"
	}
	if s.Device != "" {
		text += ", approved in a browser"
	}
	return text
}
