package store

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// spanUnits are those in which people say lengths of time, the longest first. A year is one of 365 days.
var spanUnits = []struct {
	name   string
	length time.Duration
}{
	{"year", 365 * day}, {"day", day}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second},
}

// moreSpanUnits are other names of units. "m" is a minute, as in time.ParseDuration.
var moreSpanUnits = map[string]time.Duration{
	"y": 365 * day, "week": 7 * day, "w": 7 * day, "d": day, "hr": time.Hour, "h": time.Hour, "min": time.Minute, "m": time.Minute, "sec": time.Second, "s": time.Second,
}

// Span says a length of time to people: "1 day", "90 days", "1 hour 30 minutes". What is below a second is left out.
func Span(d time.Duration) string {
	var parts []string
	for _, unit := range spanUnits {
		n := d / unit.length
		if d -= n * unit.length; n == 1 {
			parts = append(parts, "1 "+unit.name)
		} else if n != 0 {
			parts = append(parts, strconv.FormatInt(int64(n), 10)+" "+unit.name+"s")
		}
	}
	if len(parts) == 0 {
		return "0 seconds"
	}
	return strings.Join(parts, " ")
}

// ErrSpan says how a length of time is written.
var ErrSpan = errors.New("write a number and a unit, such as 4 hours or 30 days")

// maxSpan is more than anything takes, and far from what overflows.
const maxSpan = 100 * 365 * day

var spanPart = regexp.MustCompile(`^(\d{1,9}) ?([a-z]+)[ ,]*`)

// ParseSpan reads a length of time as people write it, such as "1 day", "36 hours" or "2 weeks 1 day", and as programs do, such as "720h".
// ErrSpan for anything else, and for more than a hundred years.
func ParseSpan(text string) (time.Duration, error) {
	rest := strings.ToLower(strings.TrimSpace(text))
	if d, err := time.ParseDuration(rest); err == nil && d.Abs() <= maxSpan {
		return d, nil
	}
	total := time.Duration(0)
	for begun := false; rest != "" || !begun; begun = true {
		part := spanPart.FindStringSubmatch(rest)
		if part == nil {
			return 0, ErrSpan
		}
		n, err := strconv.Atoi(part[1])
		unit := spanUnit(part[2])
		if err != nil || unit == 0 || time.Duration(n) > (maxSpan-total)/unit {
			return 0, ErrSpan
		}
		total, rest = total+time.Duration(n)*unit, rest[len(part[0]):]
	}
	return total, nil
}

// spanUnit is the length of a unit by its name, in the singular or the plural; 0 for no such unit.
func spanUnit(name string) time.Duration {
	for _, singular := range []string{name, strings.TrimSuffix(name, "s")} {
		for _, unit := range spanUnits {
			if singular == unit.name {
				return unit.length
			}
		}
		if length, ok := moreSpanUnits[singular]; ok {
			return length
		}
	}
	return 0
}
