package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "doorlist/"

// arrows says which of our packages each of them may import. There are no others.
var arrows = map[string][]string{
	"policy":                       {},
	"store":                        {},
	"scim":                         {"store"},
	"scim/scimtest":                {},
	"auth":                         {"policy", "store"},
	"admin":                        {"auth", "store"},
	"cmd/doorlist":                 {"admin", "auth", "cmd/internal/overload", "scim", "store"},
	"entra":                        {},
	"cmd/entrasim":                 {"entra"},
	"cmd/bench":                    {"cmd/internal/process", "entra", "store/storetest/postgres"},
	"cmd/demo":                     {"cmd/internal/process"},
	"cmd/internal/cve":             {},
	"cmd/internal/mutation":        {},
	"cmd/internal/overload":        {},
	"cmd/internal/process":         {},
	"internal/rig":                 {"entra", "store/storetest/postgres"},
	"internal/rig/mutants":         {"internal/rig"},
	"internal/rig/run":             {"internal/rig"},
	"store/storetest":              {"store", "store/storetest/postgres"},
	"store/storetest/postgres":     {},
	"store/storetest/withpostgres": {"store/storetest/postgres"},
}

// testArrows are what tests may import beside that: a real store, the simulated tenant and the conversations. Those of policy and entra
// need neither, because both are whole by themselves.
var testArrows = []string{"entra", "scim/scimtest", "store/storetest"}

// homes says which packages may import a library: they alone know what it is about.
var homes = map[string][]string{
	"gorm.io/":                        {"store"},
	"github.com/jackc/pgx/":           {"store", "store/storetest", "store/storetest/postgres", "cmd/bench"}, // the raw limits are its driver's
	"modernc.org/sqlite":              {"store", "cmd/bench"},
	"github.com/pressly/goose/":       {"store"},
	"github.com/labstack/echo/":       {"auth", "admin", "cmd/doorlist"},
	"github.com/scim2/filter-parser/": {"scim"},
	"github.com/elimity-com/scim/":    {"scim"},
	"github.com/coreos/go-oidc/":      {"auth", "entra", "cmd/entrasim"}, // the simulator's tests sign in at its issuer
	"github.com/wneessen/go-mail":     {"auth"},
	"github.com/pquerna/otp":          {"auth"},
	"github.com/boombuler/barcode":    {"auth"},
	"github.com/prometheus/":          {"cmd/doorlist"},
	"github.com/knadh/koanf/":         {"cmd/doorlist"},
	"github.com/chromedp/":            {"cmd/doorlist", "auth", "admin", "entra"},
}

// listed is what the go command tells of a package.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
	Deps                               []string
}

func (l listed) name() string { return strings.TrimPrefix(l.ImportPath, module) }

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Deps", "doorlist/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, stderr.String())
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
}

func ours(imports []string) []string {
	var names []string
	for _, path := range imports {
		if name, ok := strings.CutPrefix(path, module); ok {
			names = append(names, name)
		}
	}
	return names
}

func TestArchitecture_NoOtherArrows(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		allowed, known := arrows[p.name()]
		if !known {
			t.Errorf("the package %s is not drawn; add it to arrows, or put its code where it belongs", p.name())
			continue
		}
		for _, imported := range ours(p.Imports) {
			if !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s, which is not drawn", p.name(), imported)
			}
		}
		allowed = append([]string{p.name()}, allowed...)
		if p.name() != "policy" && p.name() != "entra" {
			allowed = append(allowed, testArrows...)
		}
		for _, imported := range ours(slices.Concat(p.TestImports, p.XTestImports)) {
			if !slices.Contains(allowed, imported) {
				t.Errorf("a test of %s imports %s, which is not drawn", p.name(), imported)
			}
		}
	}
}

func TestArchitecture_LibrariesStayAtHome(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			for library, homes := range homes {
				if strings.HasPrefix(imported, library) && !slices.Contains(homes, p.name()) {
					t.Errorf("%s imports %s, which is for %s alone", p.name(), imported, strings.Join(homes, ", "))
				}
			}
		}
	}
}

func TestArchitecture_WhatIsNeverLinked(t *testing.T) {
	t.Parallel()
	never := map[string][]string{
		"cmd/doorlist": {module + "entra", module + "store/storetest", "github.com/chromedp/", "go.uber.org/goleak", "testing"},
		"scim":         {"github.com/labstack/echo/", module + "auth"},
		"policy":       {"net", "os", "database/sql", "context"},
		"entra":        {module},
	}
	seen := 0
	for _, p := range packages(t) {
		for _, unwanted := range never[p.name()] {
			seen++
			for _, dep := range p.Deps {
				if dep == unwanted || strings.HasPrefix(dep, strings.TrimSuffix(unwanted, "/")+"/") {
					t.Errorf("%s links %s", p.name(), dep)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("none of the packages was found")
	}
}
