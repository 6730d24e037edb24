package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mended are the first versions in which a vulnerability of what we build on is no more.
var mended = map[string]map[string]string{
	"CVE-2026-33487 signatures with several references": {"github.com/russellhaering/goxmldsig": "v1.6.1"},
	"CVE-2024-27289 the driver's protocol":              {"github.com/jackc/pgx/v5": "v5.9.2", "gorm.io/driver/postgres": "v1.6.0"},
	"CVE-2026-56859 XML within XML":                     {"go": "v1.26.6"},
	"CVE-2026-28512 the router's redirects":             {"github.com/labstack/echo/v4": "v4.16.0"},
	"CVE-2024-28180 sealed tokens":                      {"github.com/go-jose/go-jose/v4": "v4.1.4", "golang.org/x/oauth2": "v0.27.0"},
	"CVE-2025-22869 secure shells":                      {"golang.org/x/crypto": "v0.45.0"},
}

// TestCVE_Sources looks at what the server is built of.
func TestCVE_Sources(t *testing.T) {
	t.Parallel()
	built := modules(t)
	for id, least := range mended {
		t.Run(id, func(t *testing.T) {
			for path, version := range least {
				if got := built[path]; older(got, version) {
					t.Errorf("%s is %q; %s is the first without it", path, got, version)
				}
			}
		})
	}
	t.Run("CVE-2024-27289 the driver sends values apart from statements", func(t *testing.T) {
		for _, text := range []string{"PreferSimpleProtocol", "QueryExecModeSimpleProtocol", "QueryExecModeExec", "default_query_exec_mode"} {
			if files := sourcesWith(t, text); len(files) > 0 {
				t.Errorf("%s is in %v", text, files)
			}
		}
	})
	t.Run("CVE-2025-66001 nothing switches off whom TLS trusts", func(t *testing.T) {
		for _, text := range []string{"InsecureSkipVerify", "InsecureIssuerURLContext", "SkipIssuerCheck", "SkipClientIDCheck", "SkipExpiryCheck", "InsecureSkipSignatureCheck"} {
			if files := sourcesWith(t, text); len(files) > 0 {
				t.Errorf("%s is in %v", text, files)
			}
		}
	})
	t.Run("CVE-2017-18917 no secret comes from a seed", func(t *testing.T) {
		for _, path := range []string{"math/rand", "crypto/md5"} {
			for _, file := range sourcesWith(t, `"`+path) {
				if !strings.HasSuffix(file, "/store/writer.go") { // for how long it waits before it tries again
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	})
	t.Run("CVE-2024-45337 the server speaks no secure shell", func(t *testing.T) {
		for _, p := range packages(t) {
			for _, path := range p.Deps {
				if p.name() == "cmd/doorlist" && (strings.HasPrefix(path, "golang.org/x/crypto/ssh") || strings.HasPrefix(path, "golang.org/x/crypto/openpgp") || path == "golang.org/x/crypto/bcrypt") {
					t.Errorf("the server links %s", path)
				}
			}
		}
	})
}

// modules are the versions of what the build takes, of Go too.
func modules(t *testing.T) map[string]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-json", "all").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	versions := map[string]string{"go": "v" + strings.TrimPrefix(runtime.Version(), "go")}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var m struct {
			Path, Version string
			Replace       *struct{ Version string }
		}
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			return versions
		} else if err != nil {
			t.Fatal(err)
		}
		if versions[m.Path] = m.Version; m.Replace != nil {
			versions[m.Path] = m.Replace.Version
		}
	}
}

// older compares versions of three numbers; what is no version is older than all.
func older(version, than string) bool {
	numbers := func(v string) (list []int) {
		v, _, _ = strings.Cut(strings.TrimPrefix(v, "v"), "-")
		for part := range strings.SplitSeq(v, ".") {
			n, err := strconv.Atoi(part)
			if err != nil {
				return nil
			}
			list = append(list, n)
		}
		return list
	}
	return slices.Compare(numbers(version), numbers(than)) < 0
}

// sourcesWith are the files of the server, without tests, that hold a text.
func sourcesWith(t *testing.T, text string) (files []string) {
	t.Helper()
	for _, pkg := range []string{"admin", "auth", "policy", "scim", "store", "cmd/doorlist"} {
		all, err := filepath.Glob("../../" + pkg + "/*.go")
		if err != nil || len(all) == 0 {
			t.Fatalf("%s: %v, %v", pkg, all, err)
		}
		for _, file := range all {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(file, "_test.go") && bytes.Contains(content, []byte(text)) {
				files = append(files, file)
			}
		}
	}
	return files
}
