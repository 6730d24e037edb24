package admin

import (
	"slices"
	"time"

	"doorlist/store"
)

// retentions are how long the events of an organization can be kept, in days; 0 is for ever.
var retentions = []int{0, 30, 90, 180, 365, 2 * 365, 3 * 365, 7 * 365, 10 * 365}

// keptWords say how long events are kept.
func keptWords(keep time.Duration) string {
	if keep == 0 {
		return "For ever"
	}
	return store.Span(keep)
}

// keptOptions are lengths of time for which events can be kept, each with what would go at once.
func (r *request) keptOptions(now time.Duration) (list []option, err error) {
	keeps := make([]time.Duration, len(retentions), len(retentions)+1)
	for i, days := range retentions {
		keeps[i] = time.Duration(days) * 24 * time.Hour
	}
	if !slices.Contains(keeps, now) {
		keeps = append(keeps, now)
	}
	going, err := r.Store.Organization(r.org.ID).ExpiringEvents(r.Request().Context(), r.now(), keeps...)
	for i, n := range going {
		words := keptWords(keeps[i])
		switch {
		case n > 0:
			words += ": " + grouped(n) + map[bool]string{true: " event would go", false: " events would go"}[n == 1]
		case keeps[i] > 0:
			words += ": nothing is that old yet"
		}
		list = append(list, option{keeps[i].String(), words})
	}
	return list, err
}

// retentionSetting is how long events are kept, as the settings show it.
func (r *request) retentionSetting() (shownSetting, error) {
	keep, err := r.Store.Organization(r.org.ID).AuditRetention(r.Request().Context())
	from := "its own"
	if keep == 0 {
		from = "built in"
	}
	return shownSetting{settingPage{Label: "How long audit events are kept"}, keptWords(keep), from, r.orgPath("audit", "retention")}, err
}

// setRetention says how long the organization's events are kept.
func setRetention(r *request) error {
	now, err := r.Store.Organization(r.org.ID).AuditRetention(r.Request().Context())
	if err != nil {
		return err
	}
	choice := field{Name: "keep", Label: "Keep audit events", Type: "choice", Value: now.String()}
	if choice.Options, err = r.keptOptions(now); err != nil {
		return err
	}
	f := form{
		Heading: "How long audit events are kept: " + r.org.Name, Submit: "Save", Back: r.orgPath("settings"), Fields: []field{choice},
		Lead:    "Of this organization alone: those below have their own. The change is an event itself.",
		Warning: "Older events are removed for good within ten minutes, a block at a time. Who had which role on a day, and what can be undone, is then known from the oldest event on.",
	}
	return r.ask(f, func(v values) (string, error) {
		keep, err := time.ParseDuration(v["keep"])
		if err != nil {
			return "", err // the form offers durations alone
		}
		return r.orgPath("settings") + "?done=saved", r.write(func(tx *store.Tx) error { return tx.Organization(r.org.ID).SetAuditRetention(keep) })
	})
}
