package main

import (
	"strings"
	"testing"
)

func TestRun_PassesTheExitCodeOn(t *testing.T) {
	t.Parallel()
	var stderr strings.Builder
	code := run(t.Context(), []string{"sh", "-c", `test -n "$DOORLIST_TEST_POSTGRES" || exit 4; exit 3`}, &stderr)
	if code != 3 {
		t.Errorf("run = %d, want 3; stderr: %s", code, stderr.String())
	}
}
