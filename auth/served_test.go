package auth

import (
	"fmt"
	"testing"
	"time"
)

func TestServed_RemembersTheLastRequestOfManySessions(t *testing.T) {
	t.Parallel()
	var s served
	begin := time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)
	if got := s.last("s0"); !got.IsZero() {
		t.Errorf("of nobody it remembers %v", got)
	}
	s.note("s0", begin.Add(time.Minute))
	s.note("s0", begin) // it began earlier, and took longer
	if got := s.last("s0"); !got.Equal(begin.Add(time.Minute)) {
		t.Errorf("the last one began at %v", got)
	}
	for i := range 3 * servedKept {
		s.note(fmt.Sprint("s", i), begin)
		if n := len(s.young) + len(s.former); n > servedKept {
			t.Fatalf("it remembers %d sessions", n)
		}
	}
	if got := s.last(fmt.Sprint("s", 3*servedKept-servedKept/2)); !got.Equal(begin) {
		t.Errorf("of a session of late it remembers %v", got)
	}
}
