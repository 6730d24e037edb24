package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"doorlist/store"
)

// databaseMetrics tell what the process asks of its database and where it waits.
type databaseMetrics struct{ store *store.Store }

var (
	databaseConnections = described("connections", "Connections to the database, by pool and whether they are in use.", "pool", "state")
	databasePoolWaits   = described("pool_waits_total", "How often a statement had to wait because no connection of its pool was free: all were in use, or it had to be opened.", "pool")
	databasePoolWaited  = described("pool_wait_seconds_total", "Time that statements waited for a connection, by pool.", "pool")
	databaseStatements  = described("statement_duration_seconds", "Time until a statement's first row. Those of changes are of the kind write, what they read included.", "kind")
	databaseQueue       = described("writer_wait_seconds", "Time that changes waited for the one writer of SQLite.")
	databaseContention  = described("contention_total", "Changes that met another, by how. lock_timeout and busy were answered as unavailable; the others were tried again.", "cause")
)

func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("doorlist_database_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (m databaseMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{databaseConnections, databasePoolWaits, databasePoolWaited, databaseStatements, databaseQueue, databaseContention} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m databaseMetrics) Collect(to chan<- prometheus.Metric) {
	load := m.store.Load()
	for _, p := range load.Pools {
		to <- prometheus.MustNewConstMetric(databaseConnections, prometheus.GaugeValue, float64(p.InUse), p.Name, "used")
		to <- prometheus.MustNewConstMetric(databaseConnections, prometheus.GaugeValue, float64(p.Open-p.InUse), p.Name, "idle")
		to <- prometheus.MustNewConstMetric(databasePoolWaits, prometheus.CounterValue, float64(p.Waits), p.Name)
		to <- prometheus.MustNewConstMetric(databasePoolWaited, prometheus.CounterValue, p.Waited.Seconds(), p.Name)
	}
	to <- histogram(databaseStatements, load.Reads, "read")
	to <- histogram(databaseStatements, load.Writes, "write")
	to <- histogram(databaseQueue, load.Queue)
	for _, cause := range store.Contentions {
		to <- prometheus.MustNewConstMetric(databaseContention, prometheus.CounterValue, float64(load.Contention[cause]), cause)
	}
}

// histogram adds the counts up, as Prometheus has them.
func histogram(d *prometheus.Desc, of store.Durations, labels ...string) prometheus.Metric {
	sum, buckets := uint64(0), make(map[float64]uint64, len(of.Bounds))
	for i, n := range of.Counts {
		sum += uint64(n)
		if i < len(of.Bounds) {
			buckets[of.Bounds[i].Seconds()] = sum
		}
	}
	return prometheus.MustNewConstHistogram(d, sum, of.Sum.Seconds(), buckets, labels...)
}
