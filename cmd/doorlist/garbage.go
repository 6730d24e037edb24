package main

import (
	"os"
	"runtime"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
	"time"
)

// Go collects garbage when the heap has doubled, and of a server that needs 10 MB that is many times a second while it is busy: a tenth of its CPU
// time. While it is idle, doubling is right: memory is for the others on the machine.

const (
	lazyPercent  = 400             // GOGC while the server is busy
	calmPercent  = 100             // Go's default
	busyInterval = 2 * time.Second // between two collections
	slackBytes   = 28 << 20        // how much garbage a busy server may let lie
	// usualBytes and hashBytes are the memory from which on garbage is collected sooner: what the server needs under a flood of anything but passwords, and
	// what it needs to hash one, of which each core may do one at a time. Without that the garbage of hashes adds up to several times as much.
	usualBytes = 72 << 20
	hashBytes  = 64 << 20
)

// collectLazily lets a busy server collect garbage less often, for more memory, as long as there is little of it. An operator who sets GOGC or GOMEMLIMIT has decided.
func collectLazily() {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if os.Getenv(name) != "" {
			return
		}
	}
	debug.SetMemoryLimit(memoryLimit(runtime.GOMAXPROCS(0)))
	watchCollections(time.Now())
}

// memoryLimit is the memory that a server with so many cores is to get by with, in bytes.
func memoryLimit(cores int) int64 { return usualBytes + int64(cores)*hashBytes }

// watchCollections sets the pace anew after each collection: an object that nobody refers to is found by the next one.
func watchCollections(last time.Time) {
	runtime.AddCleanup(new([32]byte), func(last time.Time) {
		live := []runtimemetrics.Sample{{Name: "/gc/heap/live:bytes"}}
		runtimemetrics.Read(live)
		debug.SetGCPercent(garbagePercent(live[0].Value.Uint64(), time.Since(last)))
		watchCollections(time.Now())
	}, last)
}

// garbagePercent is GOGC behind a collection that left so much and came so long after the one before.
func garbagePercent(live uint64, since time.Duration) int {
	if since > busyInterval {
		return calmPercent
	}
	return int(min(max(slackBytes*100/max(live, 1), calmPercent), lazyPercent))
}
