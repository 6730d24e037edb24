package admin

import (
	"strings"
	"testing"
)

// Pages are read when they are first shown; one that cannot be read must be found before.
func TestTemplates_CanAllBeRead(t *testing.T) {
	t.Parallel()
	entries, err := files.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	for _, entry := range entries {
		name := strings.TrimSuffix(entry.Name(), ".html")
		if layout().Lookup(entry.Name()) == nil {
			parsePage(name)()
			pages++
		}
	}
	if pages < 40 {
		t.Errorf("%d pages were found, which is fewer than there are", pages)
	}
}
