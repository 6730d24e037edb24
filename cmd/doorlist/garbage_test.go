package main

import (
	"testing"
	"time"
)

func TestGarbagePercent_IsMoreWhileTheServerIsBusy(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		live  uint64
		since time.Duration
		want  int
	}{
		"idle":                {8 << 20, time.Minute, 100},
		"busy":                {6 << 20, 100 * time.Millisecond, 400},
		"busy with much":      {20 << 20, 100 * time.Millisecond, 140},
		"busy with very much": {500 << 20, 100 * time.Millisecond, 100},
		"nothing lives":       {0, 100 * time.Millisecond, 400},
	} {
		if got := garbagePercent(tc.live, tc.since); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
}

// On two cores, two hashes and everything else fit into 256 MiB with what is not the heap's.
func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	if got := memoryLimit(2); got != 200<<20 {
		t.Errorf("%d MiB, want 200", got>>20)
	}
}
