package auth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"doorlist/store"
)

// lookUpTakes bounds how long DNS may take to answer.
const lookUpTakes = 5 * time.Second

// UnprovedError says why DNS does not prove a domain, and what to do.
type UnprovedError struct {
	Challenge store.DomainChallenge
	Message   string
	Absent    bool // the zone says that the record is not there; otherwise nobody knows
	cause     error
}

func (e *UnprovedError) Error() string { return e.Message }
func (e *UnprovedError) Unwrap() error { return e.cause }

// Published asks DNS for the record that proves a domain. An *UnprovedError says why it is not there. resolver nil is the
// machine's own.
func Published(ctx context.Context, resolver *net.Resolver, c store.DomainChallenge) error {
	ctx, cancel := context.WithTimeout(ctx, lookUpTakes)
	defer cancel()
	// The dot at the end keeps the machine's own search list away: under it, anybody could have a zone of that name.
	texts, err := resolver.LookupTXT(ctx, c.RecordName()+".")
	if no, ok := errors.AsType[*net.DNSError](err); ok && no.IsNotFound {
		return &UnprovedError{c, fmt.Sprintf("there is no TXT record %s yet; publish it with the text %s and ask again, as DNS can take hours to show it",
			c.RecordName(), c.Token), true, err}
	}
	if err != nil {
		return &UnprovedError{c, fmt.Sprintf("DNS gave no answer about %s; ask again in a few minutes, and check the domain's name servers if that does not help",
			c.RecordName()), false, err}
	}
	if slices.ContainsFunc(texts, func(text string) bool { return strings.TrimSpace(text) == c.Token }) {
		return nil
	}
	return &UnprovedError{c, fmt.Sprintf("the TXT record %s has %s; set it to %s and ask again, as DNS can take hours to show it",
		c.RecordName(), quoted(texts), c.Token), true, nil}
}

// quoted shows a few of the texts that somebody else has published.
func quoted(texts []string) string {
	const few, long = 3, 100
	var shown []string
	for _, text := range texts[:min(few, len(texts))] {
		shown = append(shown, fmt.Sprintf("%+q", text[:min(long, len(text))]))
	}
	if len(shown) == 0 {
		return "no text"
	}
	return strings.Join(shown, ", ")
}
