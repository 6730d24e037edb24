package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var pageLink = regexp.MustCompile(`\]\((docs/[a-z-]+\.md)\)`)

// The README ends with the list of all pages, each once.
func TestReadme_ListsEachPageOnce(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("the pages are %v, %v", pages, err)
	}
	_, list, ok := strings.Cut(string(readme), "\nMore: ")
	if !ok {
		t.Fatal("the README has no list of pages")
	}
	listed := map[string]int{}
	for _, link := range pageLink.FindAllStringSubmatch(list, -1) {
		listed["../../"+link[1]]++
	}
	for _, page := range pages {
		if listed[page] != 1 {
			t.Errorf("the README lists %s %d times, want once", page, listed[page])
		}
		delete(listed, page)
	}
	for link := range listed {
		t.Errorf("the README lists %s, which is no page", link)
	}
}
