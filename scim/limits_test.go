package scim

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestLimits_ArePublished compares the table for clients with the limits in the code.
func TestLimits_ArePublished(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/divergences.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "\n## Limits\n")
	for what, limit := range map[string]string{
		"body of a request": grouped(maxBody) + " bytes", "JSON": fmt.Sprintf("%d levels, %s members", maxJSONDepth, grouped(maxJSONMembers)),
		"operations of a PATCH": grouped(maxOperations), "operations of a bulk request": grouped(maxBulkOperations), "members that a request names": grouped(maxMembers),
		"values of any other attribute": grouped(maxElements), "a resource": grouped(maxDocument) + " bytes", "a string": grouped(maxString) + " bytes",
		"a filter or path":    fmt.Sprintf("%s bytes, %d levels, %d comparisons", grouped(maxFilterBytes), maxFilterDepth, maxFilterTerms),
		"resources on a page": fmt.Sprintf("%d, and %d without", maxCount, defaultCount), "age of a cursor": grouped(int(cursorTimeout.Seconds())) + " seconds",
	} {
		_, row, found := strings.Cut(table, "\n| "+what)
		if row, _, _ = strings.Cut(row, "\n"); !found || !strings.Contains(row, "| "+limit) {
			t.Errorf("%q is not published as %q: %s", what, limit, row)
		}
	}
}

// grouped writes a number with a comma before each three digits.
func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return grouped(n/1000) + fmt.Sprintf(",%03d", n%1000)
}
