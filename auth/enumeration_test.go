package auth_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

// Somebody whom the directory has, and nobody.
const knownName, unknownName = "alice@contoso.com", "nobody@contoso.com"

// discoveries are the answers to an identifier, each on a world that gives it.
var discoveries = map[string]func(w *world){
	"straight on": func(w *world) { w.claim("contoso.com"); w.arm() },
	"both":        func(w *world) { w.claim("contoso.com"); w.setMode(store.SSOPerUser) },
	"a choice":    func(w *world) { w.useOtherProvider("") },
	"password":    func(w *world) { w.claim("contoso.de") },
}

// TestLogin_TellsNobodyWhoHasAnAccount: for people of one domain the answers are equal in every byte but for the
// identifier that was typed, and in every header but for those that differ from request to request.
func TestLogin_TellsNobodyWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	for name, arrange := range discoveries {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				w := newWorld(t, s, arrange)
				b := w.browser()
				known, unknown := b.identify(knownName), b.identify(unknownName)
				if got, want := strings.ReplaceAll(known.body, knownName, unknownName), unknown.body; got != want {
					t.Errorf("the pages differ:\n%s\n%s", got, want)
				}
				if known.StatusCode != unknown.StatusCode || known.StatusCode >= http.StatusBadRequest {
					t.Errorf("got %d and %d", known.StatusCode, unknown.StatusCode)
				}
				if got, want := headersBut(known, knownName), headersBut(unknown, unknownName); !maps.Equal(got, want) {
					t.Errorf("the headers differ: %v and %v", got, want)
				}
			})
		})
	}
}

// headersBut are an answer's headers without the time, the request's id and the length, which the identifier changes.
func headersBut(a answer, name string) map[string]string {
	all := map[string]string{}
	for header, values := range a.Header {
		if !slices.Contains([]string{"Date", "X-Request-Id", "Content-Length"}, header) {
			all[header] = strings.ReplaceAll(strings.Join(values, "\n"), name, "NAME")
		}
	}
	return all
}

// medians measures answers about names in turns, so that whatever else the machine does meets all alike, and none is always
// the first.
func medians(rounds int, names []string, ask func(name string)) []time.Duration {
	samples := make([][]time.Duration, len(names))
	for round := range rounds {
		for i := range names {
			which := (i + round) % len(names)
			began := time.Now()
			ask(names[which])
			samples[which] = append(samples[which], time.Since(began))
		}
	}
	middle := make([]time.Duration, len(names))
	for i := range samples {
		slices.Sort(samples[i])
		middle[i] = samples[i][rounds/2]
	}
	return middle
}

// timesOf are the medians of the first page's answers.
func timesOf(b *browser, rounds int) (known, unknown time.Duration) {
	times := medians(rounds, []string{knownName, unknownName}, func(name string) { b.identify(name) })
	return times[0], times[1]
}

// TestLogin_TakesAsLongForEverybody catches a look-up of the person, which would cost a part of the whole. The exact
// figure is the benchmark's.
func TestLogin_TakesAsLongForEverybody(t *testing.T) {
	w := newWorld(t, storetest.New(t), discoveries["both"]) // alone: other tests would only blur it
	known, unknown := timesOf(w.browser(), 300)
	if ratio := float64(known) / float64(unknown); ratio < 0.75 || ratio > 1.33 {
		t.Errorf("known takes %v, unknown %v", known, unknown)
	}
}

// BenchmarkLogin_KnownAgainstUnknown gives the ratio of the medians, which should lie between 0.98 and 1.02.
func BenchmarkLogin_KnownAgainstUnknown(b *testing.B) {
	w := newWorld(b, storetest.New(b), discoveries["both"])
	browser := w.browser()
	timesOf(browser, 200)
	b.ResetTimer()
	known, unknown := timesOf(browser, max(b.N, 100))
	b.ReportMetric(float64(known)/float64(unknown), "known/unknown")
}

// BenchmarkPassword_KnownAgainstUnknown gives the ratios of the medians for wrong passwords: of somebody who has one, and of
// somebody of the directory who has none because single sign-on applies, to nobody. Hashes are cheap here, for all alike, so
// that what comes beside them is not lost in their noise. Bare is that work itself, where somebody known costs a record in the
// trail; as served it is rounded up, here to a fifth of a server's half second, and the ratios should lie between 0.98 and 1.02.
func BenchmarkPassword_KnownAgainstUnknown(b *testing.B) {
	for name, takes := range map[string]time.Duration{"as served": 100 * time.Millisecond, "bare": time.Nanosecond} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, storetest.New(b), fromHeader, func(w *world) { w.refusalTakes = takes })
			cheap := auth.UseCheapHashes(b)
			w.write(func(tx *store.Tx) error {
				owner, _, err := tx.Organization(w.org.ID).CreateOwner(ownerEmail)
				if err != nil {
					return err
				}
				return tx.Directory(w.org.LocalDirectory).SetPassword(owner.ID, cheap, "")
			})
			browser := w.browser()
			ask := func(name string) {
				w.clock.Advance(7 * time.Minute) // nobody has so many failures in an hour that they must wait
				wantAnswer(b, browser.enterPassword(name, "four words in no row"), http.StatusForbidden, "bad_credentials")
			}
			names := []string{ownerEmail, knownName, unknownName}
			medians(5, names, ask)
			b.ResetTimer()
			times := medians(b.N, names, ask)
			b.ReportMetric(float64(times[0])/float64(times[2]), "password/unknown")
			b.ReportMetric(float64(times[1])/float64(times[2]), "sso/unknown")
			b.ReportMetric(float64(times[2].Microseconds())/1000, "unknown-ms")
		})
	}
}
