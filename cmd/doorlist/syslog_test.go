package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"doorlist/store"
)

// Names may be as long as somebody likes, and of characters of three bytes or such as have to be escaped.
func TestSyslog_FitsIntoADatagram(t *testing.T) {
	t.Parallel()
	for _, long := range []string{strings.Repeat("門", 50_000), strings.Repeat(`]"\`, 50_000), strings.Repeat("\u202e\n", 50_000)} {
		detail, err := json.Marshal(map[string]string{"name": long, "slug": long, "user_name": long})
		if err != nil {
			t.Fatal(err)
		}
		claimed := strings.ToValidUTF8(long[:1024], "") // what the store keeps at most
		message := syslogMessage(long, store.Event{
			At: time.Unix(0, 0), Action: "organization.created", Detail: string(detail),
			Actor: store.Actor{Kind: store.Person, ID: claimed, Name: claimed, RequestID: claimed, Address: claimed},
		})
		if len(message) > 20_000 || !utf8.ValidString(message) || strings.Contains(message, "\n") || !strings.HasPrefix(message, "<109>1 1970-01-01T00:00:00.000000Z ") {
			t.Errorf("%d bytes: %.200q", len(message), message)
		}
	}
}
