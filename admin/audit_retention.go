package admin

import (
	"fmt"
	"time"

	"doorlist/store"
)

// retentions are how long the events of an organization can be kept, in days; 0 is for ever.
var retentions = []int{0, 30, 90, 180, 365, 2 * 365, 3 * 365, 7 * 365, 10 * 365}

const day = 24 * time.Hour

// keptWords say how long events are kept.
func keptWords(keep time.Duration) string {
	years := keep / (365 * day)
	switch {
	case keep == 0:
		return "For ever"
	case keep == 365*day:
		return "One year"
	case keep == years*365*day:
		return fmt.Sprintf("%d years", years)
	case keep%day == 0:
		return fmt.Sprintf("%d days", keep/day)
	}
	return keep.String()
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
	offered := false
	for _, days := range retentions {
		keep := time.Duration(days) * day
		offered = offered || keep == now
		choice.Options = append(choice.Options, option{keep.String(), keptWords(keep)})
	}
	if !offered {
		choice.Options = append(choice.Options, option{now.String(), keptWords(now)})
	}
	f := form{
		Heading: "How long audit events are kept: " + r.org.Name, Submit: "Save", Back: r.orgPath("settings"), Fields: []field{choice},
		Lead:    "Of this organization alone: those below have their own. The change is an event itself.",
		Warning: "Older events are removed for good, a block at a time. Who had which role on a day, and what can be undone, is then known from the oldest event on.",
	}
	return r.ask(f, func(v values) (string, error) {
		keep, err := time.ParseDuration(v["keep"])
		if err != nil {
			return "", err // the form offers durations alone
		}
		return r.orgPath("settings") + "?done=saved", r.write(func(tx *store.Tx) error { return tx.Organization(r.org.ID).SetAuditRetention(keep) })
	})
}
