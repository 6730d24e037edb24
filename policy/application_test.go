package policy_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doorlist/policy"
)

func TestOver_Specification(t *testing.T) {
	t.Parallel()
	areas, cases := readPlaces(t, "../testdata/applications.txt")
	if len(areas) < 8 || len(cases) < 80 {
		t.Fatalf("%d areas and %d cases, which is fewer than there ever were", len(areas), len(cases))
	}
	for _, c := range cases {
		if got := lieOver(areas, c.host, c.target); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.host, c.target, got, c.want)
		}
	}
}

type placeCase struct{ host, target, want string }

// lieOver says in the words of the specification what lies over a place.
func lieOver(areas []policy.Area, host, target string) string {
	name, ok := policy.ReadHost(host)
	if !ok {
		return "no host"
	}
	path, certain := policy.ReadPath(target)
	over := policy.Over(areas, policy.Place{Host: name, Path: path, Certain: certain})
	switch len(over) {
	case 0:
		return "nothing"
	case 1:
		if certain || len(hosted(areas, over[0].Host)) > 1 {
			return over[0].Application
		}
	}
	if len(over) == len(hosted(areas, over[0].Host)) {
		return "all of " + over[0].Host
	}
	return "some"
}

func hosted(areas []policy.Area, host string) []policy.Area {
	return slices.DeleteFunc(slices.Clone(areas), func(a policy.Area) bool { return a.Host != host })
}

func readPlaces(t *testing.T, path string) (areas []policy.Area, cases []placeCase) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		left, want, isCase := strings.Cut(line, "->")
		words := strings.Fields(left)
		switch {
		case len(words) == 0 || strings.HasPrefix(line, "#"):
		case len(words) == 4 && words[0] == "area":
			areas = append(areas, policy.Area{Application: words[1], Host: words[2], Path: words[3]})
		case isCase && len(words) == 2:
			for i := range words {
				words[i] = strings.TrimPrefix(words[i], "-") // "-" alone is nothing
			}
			cases = append(cases, placeCase{words[0], words[1], strings.TrimSpace(want)})
		default:
			t.Fatalf("cannot read %q", line)
		}
	}
	return areas, cases
}

// TestOver_DoesNotDependOnOrder: nobody may gain by the order in which areas were added.
func TestOver_DoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	areas, cases := readPlaces(t, "../testdata/applications.txt")
	rapid.Check(t, func(t *rapid.T) {
		shuffled := rapid.Permutation(areas).Draw(t, "areas")
		c := rapid.SampledFrom(cases).Draw(t, "case")
		if got := lieOver(shuffled, c.host, c.target); got != c.want {
			t.Fatalf("%s %s: got %q, want %q", c.host, c.target, got, c.want)
		}
	})
}

// FuzzReadPath: a path that is certain stays the same when it is read again, has nothing in it that a server could take
// for something else, and is reached however often it is encoded.
func FuzzReadPath(f *testing.F) {
	for _, seed := range []string{"/", "/a/b", "/%61", "/a%2fb", "/..", "//", "/a;b", "/%2561", "/B%C3%BCcher", "/a?b", "*", "", "/a%", "/ ", "/%00"} {
		f.Add(seed)
	}
	areas := []policy.Area{{Application: "all", Host: "h.example", Path: "/"}, {Application: "admin", Host: "h.example", Path: "/admin"}}
	f.Fuzz(func(t *testing.T, target string) {
		path, certain := policy.ReadPath(target)
		over := policy.Over(areas, policy.Place{Host: "h.example", Path: path, Certain: certain})
		if len(over) == 0 {
			t.Fatalf("%q escapes an area of the whole host", target)
		}
		if !certain {
			if len(over) != len(areas) {
				t.Fatalf("%q is not certain, and %d areas lie over it", target, len(over))
			}
			return
		}
		if again, ok := policy.ReadPath(path); !ok || again != path {
			t.Fatalf("%q reads as %q, and that as %q, %v", target, path, again, ok)
		}
		for _, bad := range []string{"//", "/./", "/../", "\\", ";", "%", "?", "#", "\x00"} {
			if strings.Contains(path+"/", bad) && path != "/" {
				t.Fatalf("%q reads as %q, which has %q in it", target, path, bad)
			}
		}
		if strings.HasPrefix(strings.ToLower(path)+"/", "/admin/") && over[len(over)-1].Application != "admin" {
			t.Fatalf("%q reads as %q and escapes /admin", target, path)
		}
	})
}

// FuzzReadHost: a host that is one stays the same when it is read again.
func FuzzReadHost(f *testing.F) {
	for _, seed := range []string{"a.example", "A.Example.", "a:80", "a..b", "", "[::1]", "a,b", "a.example.:443"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		host, ok := policy.ReadHost(raw)
		if !ok {
			if host != "" {
				t.Fatalf("%q is no host and reads as %q", raw, host)
			}
			return
		}
		if again, ok := policy.ReadHost(host); !ok || again != host {
			t.Fatalf("%q reads as %q, and that as %q, %v", raw, host, again, ok)
		}
	})
}
