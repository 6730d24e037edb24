package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"

	"doorlist/admin"
	"doorlist/store"
)

// The priority of an audit event: facility 13 (log audit), severity 5 (notice) (RFC 5424 section 6.2.1).
const syslogPriority = 13*8 + 5

// What a message tells of the detail and of the summary is bounded: receivers must take 2,048 octets, and mostly take 8,192 (RFC
// 5424 section 6.1). A message that is too long for a datagram could never be sent.
const (
	maxSyslogDetail  = 4000
	maxSyslogSummary = 1000
)

// syslogMessage writes an event by RFC 5424. What it tells stands in structured data under the enterprise number for examples
// (RFC 5612), as Doorlist has none of its own; the text is the summary.
func syslogMessage(host string, e store.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<%d>1 %s %s doorlist - %s [doorlist@32473", syslogPriority, e.At.UTC().Format("2006-01-02T15:04:05.000000Z07:00"),
		syslogWord(host, 255), syslogWord(e.Action, 32))
	for _, p := range [][2]string{
		{"id", e.ID}, {"organization", e.OrganizationID}, {"action", e.Action}, {"actor_kind", string(e.Actor.Kind)}, {"actor_id", e.Actor.ID},
		{"actor_name", e.Actor.Name}, {"subject", e.SubjectID}, {"directory", e.DirectoryID}, {"request_id", e.Actor.RequestID},
		{"address", e.Actor.Address}, {"detail", cut(e.Detail, maxSyslogDetail)},
	} {
		if p[1] != "" {
			fmt.Fprintf(&b, ` %s="%s"`, p[0], syslogValue.Replace(oneLine(p[1])))
		}
	}
	b.WriteString("] \ufeff" + oneLine(cut(admin.Summary(e), maxSyslogSummary)))
	return b.String()
}

// cut is the beginning of a text, without half a character at its end.
func cut(text string, most int) string {
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

// syslogValue escapes what a value must not hold (RFC 5424 section 6.3.3).
var syslogValue = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`)

// syslogWord is a header field: printable ASCII, so long at most; "-" for nothing.
func syslogWord(text string, most int) string {
	word := strings.Map(func(r rune) rune {
		if r > ' ' && r < 127 {
			return r
		}
		return -1
	}, text)
	return cmp.Or(word[:min(len(word), most)], "-")
}

// oneLine keeps a name from beginning another message.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// parseInstant reads a day or an instant of a flag.
func parseInstant(flag, text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	if text == "" {
		return time.Time{}, nil
	}
	return time.Time{}, usagef("--%s is %q; give a day such as 2026-03-31 or an instant such as 2026-03-31T22:00:00Z", flag, text)
}
