package main

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"doorlist/store"
)

// metrics are what /metrics tells: counts without names of people or organizations.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	decisions *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorlist_http_requests_total", Help: "Requests answered, by route, method and status.",
		}, []string{"route", "method", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "doorlist_http_request_duration_seconds", Help: "Time to answer a request, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorlist_decisions_total", Help: "Decisions at the door, by kind and reason code.",
		}, []string{"kind", "reason"}),
	}
	m.registry.MustRegister(m.requests, m.durations, m.decisions,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) request(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, knownMethod(method), strconv.Itoa(status)).Inc()
	m.durations.WithLabelValues(route).Observe(took.Seconds())
}

// decision counts a decision at the door.
func (m *metrics) decision(kind, reason string) { m.decisions.WithLabelValues(kind, reason).Inc() }

// state adds what the database tells of itself, as it is when somebody asks.
func (m *metrics) state(s *store.Store, requests *store.RequestLog) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "doorlist_provisioning_log_dropped_total", Help: "Requests of providers that were answered and not kept in the log, because the database was too slow.",
	}, func() float64 { return float64(requests.Dropped()) }))
	m.registry.MustRegister(databaseMetrics{s})
	m.counted("doorlist_mail_unsent", "Messages that wait to be sent.", s.CountUnsentMail)
	m.counted("doorlist_held_people", "People whom a push has switched off or deleted, and whom the brake on mass departures keeps.", s.CountHeld)
	m.counted("doorlist_outage_in_force", "Outages in force, in all organizations: people who use single sign-on may use a password.", s.OutagesInForce)
}

// forwarding tells how far events have come that are sent elsewhere; trail is nil where none are.
func (m *metrics) forwarding(trail *forwarder) {
	if trail == nil {
		return
	}
	m.counted("doorlist_audit_syslog_lag_seconds", "For how long the oldest events have waited that are not known to be at the syslog receiver, in whole seconds.",
		func(ctx context.Context) (int, error) {
			lag, err := trail.lag(ctx)
			return int(lag.Seconds()), err
		})
	for _, c := range []struct {
		name, help string
		count      *atomic.Int64
	}{
		{"doorlist_audit_syslog_sent_total", "Audit events that this server has sent to the syslog receiver, repeated ones too.", &trail.sent},
		{"doorlist_audit_syslog_failures_total", "How often this server could not reach the syslog receiver, or lost it.", &trail.failures},
	} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: c.name, Help: c.help}, func() float64 { return float64(c.count.Load()) }))
	}
}

// counted adds a number that is asked for each time; -1 when the database does not tell.
func (m *metrics) counted(name, help string, count func(context.Context) (int, error)) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		n, err := count(ctx)
		if err != nil {
			return -1
		}
		return float64(n)
	}))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// knownMethod keeps invented methods from making a time series each.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
