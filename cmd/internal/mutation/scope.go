package main

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// part is code of one package that is measured, and the packages whose tests answer for it.
type part struct {
	files, tests []string
}

// scope is what decides who comes in: the rules, sessions, the gate, and what the store reads for them.
var scope = []part{
	{files: []string{"policy/*.go"}, tests: []string{"policy"}},
	{
		files: []string{
			"auth/visit.go", "auth/verify.go", "auth/demand.go", "auth/credential.go", "auth/cookie.go", "auth/facts.go", "auth/place.go", "auth/sessions.go",
			"auth/served.go", "auth/logout.go", "auth/frontchannel.go", "auth/cross_site.go", "auth/origin.go", "auth/return_to.go", "auth/site.go", "auth/host_page.go",
			"auth/handover.go", "auth/attach.go", "auth/reauth.go", "auth/assertion.go", "auth/assertion_keys.go", "auth/caller.go",
		},
		tests: []string{"auth"},
	},
	{
		files: []string{
			"store/visit.go", "store/visit_ordinary.go", "store/session.go", "store/session_list.go", "store/grant.go", "store/shared.go", "store/handover.go",
		},
		tests: []string{"store", "auth"},
	},
}

// chosen is the part of the scope that the names are of, which are files and folders; all for none.
func chosen(names []string) (parts []part, err error) {
	known := map[string]bool{}
	for _, p := range scope {
		files, err := p.expand()
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			known[file], known[path.Dir(file)] = true, true
		}
		if len(names) > 0 {
			files = slices.DeleteFunc(files, func(file string) bool {
				return !slices.Contains(names, file) && !slices.Contains(names, path.Dir(file))
			})
		}
		parts = append(parts, part{files: files, tests: p.tests})
	}
	for _, name := range names {
		if !known[name] {
			return nil, fmt.Errorf("%s is not in the scope (cmd/internal/mutation/scope.go)", name)
		}
	}
	return parts, nil
}

// expand lists the files, without tests.
func (p part) expand() ([]string, error) {
	var files []string
	for _, pattern := range p.files {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("there is no %s here; run it in the folder of the module", pattern)
		}
		files = append(files, found...)
	}
	return slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(path.Base(file), "_test.go") }), nil
}
