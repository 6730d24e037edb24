package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestComposed_AddsUpTheTimesOfItsParts(t *testing.T) {
	t.Parallel()
	rates := map[limit]float64{httpAnswer: 49_500, selectHit: 30_000, selectMiss: 50_200, insertUser: 6_600, updateUser: 13_100, insertMember: 15_500}
	for name, want := range map[string]float64{
		"look-up by userName": 21_354, "get by id": 18_679, "POST user, of the raw insert": 6_600, "create: look-up and POST": 4_721,
		"PATCH user": 7_700, "add a member": 11_803, "forward-auth check": 18_679,
	} {
		found := false
		for _, o := range operations {
			if o.name == name {
				found = true
				if got := composed(o.needs, rates); math.Abs(got-want) > 1 {
					t.Errorf("%s: at most %.1f/s, want %.0f", name, got, want)
				}
			}
		}
		if !found {
			t.Errorf("%s is not measured", name)
		}
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for want, of := range map[float64][]float64{7: {7}, 1.5: {2, 1}, 3: {9, 3, 1}, 4: {1, 100, 5, 3}} {
		if got := median(of, itself); got != want {
			t.Errorf("the median of %v is %v, want %v", of, got, want)
		}
	}
}

func TestTarget_Judges(t *testing.T) {
	t.Parallel()
	share, times := target{atLeast, 0.45, 0.60}, target{atMost, 1.3, 1.1}
	for _, c := range []struct {
		target target
		figure float64
		want   string
	}{
		{share, 0.61, "aim"}, {share, 0.60, "aim"}, {share, 0.59, "floor"}, {share, 0.45, "floor"}, {share, 0.44, "missed"},
		{times, 1.05, "aim"}, {times, 1.1, "aim"}, {times, 1.2, "floor"}, {times, 1.31, "missed"}, {target{}, 1, ""},
	} {
		if got := c.target.judge(c.figure); got != c.want {
			t.Errorf("%v of %+v is %q, want %q", c.figure, c.target, got, c.want)
		}
	}
}

// twoRounds are the samples of two rounds: 1,000/s and 2,000/s.
var twoRounds = series{
	samples: []sample{
		{operations: 500, took: 500 * time.Millisecond, server: 50 * time.Millisecond, database: 25 * time.Millisecond},
		{operations: 1000, took: 500 * time.Millisecond, server: 80 * time.Millisecond, database: 50 * time.Millisecond},
	},
	shares: []float64{0.4, 0.6},
}

func TestReport_AsJSON(t *testing.T) {
	t.Parallel()
	p, ok := parsePiece("doorlist/scim", "BenchmarkParseFilter-2   \t 3000000\t 412.5 ns/op\t 96 B/op\t 3 allocs/op")
	if !ok {
		t.Fatal("the line of a benchmark was not read")
	}
	r := report{
		Machine: machine{System: "linux/amd64", Cores: 2, Go: "go1.26"}, Options: "2 rounds",
		Rows: []row{
			newRow("postgres", "get by id", twoRounds, target{atLeast, 0.45, 0.60}),
			{Database: "sqlite", Name: "resident memory, idle", Value: 24, Unit: "MB", Target: target{atMost, 40, 25}},
		},
		Pieces: []piece{p},
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"machine":{"system":"linux/amd64","cores":2,"go":"go1.26"},"options":"2 rounds","rows":[` +
		`{"database":"postgres","name":"get by id","value":1500,"unit":"/s","server_cpu_us":90,"database_cpu_us":50,"ratio":0.5,"low":0.4,"high":0.6,` +
		`"target":{"side":"at least","floor":0.45,"aim":0.6}},` +
		`{"database":"sqlite","name":"resident memory, idle","value":24,"unit":"MB","target":{"side":"at most","floor":40,"aim":25}}],` +
		`"pieces":[{"package":"doorlist/scim","name":"ParseFilter-2","metrics":{"B/op":96,"allocs/op":3,"ns/op":412.5}}]}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	var table strings.Builder
	if err := r.print(&table); err != nil {
		t.Fatal(err)
	}
	for _, cells := range []string{"get by id 1500 /s 90.0 50.0 0.50 0.40–0.60 0.45 0.60 floor", "resident memory, idle 24.0 MB 40.0 25.0 aim", "scim ParseFilter-2 0.41 µs 96.0 3.00"} {
		if !strings.Contains(strings.Join(strings.Fields(table.String()), " "), cells) {
			t.Errorf("the table has no line %q:\n%s", cells, table.String())
		}
	}
}

func TestPieces_AreReadFromGoTest(t *testing.T) {
	t.Parallel()
	got, err := readPieces(strings.NewReader("goos: linux\npkg: doorlist/store\nBenchmarkHot/postgres/get-2 \t 100\t 5000 ns/op\n" +
		"BenchmarkBroken-2\n--- FAIL: x\npkg: doorlist/admin\nBenchmarkConsole/page-2 \t 10\t 3.5 p50-ms\t 9 p99-ms\nok doorlist/admin 3s\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []piece{
		{"doorlist/store", "Hot/postgres/get-2", map[string]float64{"ns/op": 5000}},
		{"doorlist/admin", "Console/page-2", map[string]float64{"p50-ms": 3.5, "p99-ms": 9}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBenchmarkLine_IsOneOfGo(t *testing.T) {
	t.Parallel()
	_, line, _ := strings.Cut(benchmarkLine("postgres", "POST user, of the raw insert", twoRounds.samples[0]), "\n")
	p, ok := parsePiece("", strings.TrimSpace(line))
	if !ok || !strings.HasPrefix(p.Name, "Server/postgres/POST_user_of_the_raw_insert-") || p.Metrics["ns/op"] != 1e6 || p.Metrics["server-us/op"] != 100 {
		t.Errorf("%q is read as %+v", line, p)
	}
}

func TestUsage_ReadsProc(t *testing.T) {
	t.Parallel()
	parent, used := parseStat("42 (a (strange) name) S 7 42 42 0 -1 4194304 100 0 0 0 30 20 5 1 20 0 8 0 100 1 2")
	if parent != 7 || used != 560*time.Millisecond {
		t.Errorf("parent %d, CPU time %s; want 7 and 560ms", parent, used)
	}
	if got := parseResident("VmPeak:\t 900 kB\nVmRSS:\t   51200 kB\nRssAnon: 1 kB\n"); got != 50 {
		t.Errorf("%v MB, want 50", got)
	}
}
