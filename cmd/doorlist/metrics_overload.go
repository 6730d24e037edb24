package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"doorlist/cmd/internal/overload"
)

// overloadMetrics tell, by class of requests, how much is asked of the server and what it had to refuse.
type overloadMetrics struct{ slots, large *overload.Limiter }

var (
	requestsRoom     = aboutRequests("room", "How many requests of the class, and of those below it, may be worked on at a time.")
	requestsInFlight = aboutRequests("in_flight", "Requests that are worked on.")
	requestsWaiting  = aboutRequests("waiting", "Requests that wait for their turn. Steady waiting means that the server is too small.")
	requestsAdmitted = aboutRequests("admitted_total", "Requests whose turn came.")
	requestsWaited   = aboutRequests("wait_seconds_total", "Time that requests waited for their turn.")
	requestsRefused  = aboutRequests("refused_total", "Requests that would have waited too long: because of everybody (busy), or because their caller asks for more than a share (too_many).", "cause")
)

func aboutRequests(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("doorlist_requests_"+name, help, append([]string{"class"}, labels...), nil)
}

// Describe implements prometheus.Collector.
func (m overloadMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{requestsRoom, requestsInFlight, requestsWaiting, requestsAdmitted, requestsWaited, requestsRefused} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m overloadMetrics) Collect(to chan<- prometheus.Metric) {
	large := m.large.Counts()
	for i, c := range m.slots.Counts() {
		of := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(d, kind, v, append([]string{c.Class.String()}, labels...)...)
		}
		of(requestsRoom, prometheus.GaugeValue, float64(c.Room))
		of(requestsInFlight, prometheus.GaugeValue, float64(c.InFlight))
		of(requestsWaiting, prometheus.GaugeValue, float64(c.Waiting+large[i].Waiting))
		of(requestsAdmitted, prometheus.CounterValue, float64(c.Admitted))
		of(requestsWaited, prometheus.CounterValue, (c.Waited + large[i].Waited).Seconds())
		of(requestsRefused, prometheus.CounterValue, float64(c.Refused+large[i].Refused), "busy")
		of(requestsRefused, prometheus.CounterValue, float64(c.TooMany+large[i].TooMany), "too_many")
	}
}
