package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// tamper changes the terminal's database by SQL, as somebody would who has it whole.
func (c *terminal) tamper(statement string) {
	c.t.Helper()
	storetest.Tamper(c.t, strings.TrimPrefix(c.environ[0], "DOORLIST_DATABASE="), statement)
}

func TestAudit_VerifyFindsWhatWasChanged(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newTerminal(t, url)
		c.do("org", "add", "contoso")
		c.do("org", "set", "contoso", "--contact", "IT", "--audit-retention", "8760h")
		file := filepath.Join(t.TempDir(), "checkpoints")
		c.do("audit", "checkpoint", "--org", "contoso", "--out", file)
		c.do("org", "set", "contoso", "--contact", "the help desk")
		c.do("audit", "checkpoint", "--org", "contoso", "--out", file)
		var sound reportView
		c.read(&sound, "audit", "verify", "--org", "contoso", "--checkpoint", file)
		if !sound.Sound || sound.Organization != "contoso" || sound.Events < 7 || sound.Waiting != 0 || sound.Checkpoints != 2 {
			t.Errorf("untouched: %+v", sound)
		}
		if got := c.do("audit", "verify"); !strings.HasPrefix(got, "contoso: sound: ") {
			t.Errorf("printed %q", got)
		}
		c.tamper("DELETE FROM audit_blocks WHERE seq = 3")
		c.tamper("DELETE FROM events WHERE detail LIKE '%help desk%'")
		if got := c.do("audit", "verify"); !strings.Contains(got, "sound") {
			t.Errorf("without a checkpoint a cut-off end cannot show: %q", got)
		}
		if got := execute(t, c.environ, "audit", "verify", "--checkpoint", file); got.code != exitFailed || !strings.Contains(got.stdout, "BROKEN (truncated): the chain ends with block 2") {
			t.Errorf("cut off: exit code %d, %q", got.code, got.stdout)
		}
		c.tamper("UPDATE events SET actor_name = 'nobody' WHERE action = 'organization.created'")
		got := execute(t, c.environ, "audit", "verify", "--json")
		var broken reportView
		if err := json.Unmarshal([]byte(got.stdout), &broken); err != nil || got.code != exitFailed || broken.Sound || broken.Fault.Kind != store.AuditEdited ||
			broken.Fault.Record != "event" || broken.Fault.Seq != 1 || broken.Fault.EventID == "" {
			t.Errorf("edited: exit code %d, %q, %v", got.code, got.stdout, err)
		}
	})
}

func TestAudit_RefusesWhatIsNoCheckpoint(t *testing.T) {
	t.Parallel()
	c := configured(t)
	file := filepath.Join(t.TempDir(), "checkpoints")
	c.do("audit", "checkpoint", "--org", "contoso", "--out", file)
	line, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"":                   "has no checkpoints",
		"hello\n":            "line 1 of",
		"{}\n":               "hash is",
		string(line) + "{\n": "line 2 of",
		string(regexp.MustCompile(`"seq":\d+`).ReplaceAll(line, []byte(`"seq":7`))): "was changed since it was made",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := c.fails(exitFailed, "audit", "verify", "--checkpoint", file); !strings.Contains(got, want) {
			t.Errorf("%q: said %q, want %q", text, got, want)
		}
	}
}

// TestAudit_AServerChainsWithinASecond: also what it was killed over, and it tells checkpoints.
func TestAudit_AServerChainsWithinASecond(t *testing.T) {
	t.Parallel()
	c := configured(t)
	file := filepath.Join(t.TempDir(), "checkpoints")
	n := c.serve("--audit-checkpoints", file)
	deadline := time.Now().Add(20 * time.Second)
	for {
		if _, err := os.Stat(file); err == nil || time.Now().After(deadline) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	n.stop(t)
	if got := c.do("audit", "verify", "--checkpoint", file); !strings.Contains(got, "checkpoints agree") {
		t.Errorf("printed %q", got)
	}
	if log := n.log.String(); !strings.Contains(log, "audit checkpoint") || strings.Contains(log, "WARN") {
		t.Errorf("logged %s", log)
	}
}

// TestAudit_AnybodyCanCheckAnExport computes digests and hashes anew from what is exported, as docs/audit.md says.
func TestAudit_AnybodyCanCheckAnExport(t *testing.T) {
	t.Parallel()
	c := configured(t)
	text := func(values ...string) []byte {
		var b []byte
		for _, v := range values {
			b = append(binary.BigEndian.AppendUint64(b, uint64(len(v))), v...)
		}
		return b
	}
	number := func(n int64) []byte {
		return binary.BigEndian.AppendUint64([]byte{0, 0, 0, 0, 0, 0, 0, 8}, uint64(n))
	}
	digests := map[string]string{}
	var org string
	for line := range strings.Lines(c.do("audit", "export", "--org", "contoso")) {
		var e struct {
			At                                                                                                               time.Time
			ID, Action, Actor_kind, Actor_id, Actor_name, Subject_kind, Subject_id, Directory_id, Request_id, Address, Proof string
			Detail                                                                                                           json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Action == "organization.created" {
			org = e.Subject_id
		}
		proof, err := hex.DecodeString(e.Proof)
		if err != nil {
			t.Fatal(err)
		}
		of := sha256.Sum256(bytes.Join([][]byte{text("doorlist audit event v1", org, e.ID), number(e.At.UnixMicro()), text(e.Actor_kind, e.Actor_id, e.Actor_name,
			e.Action, e.Subject_kind, e.Subject_id, e.Directory_id, e.Request_id, e.Address, string(e.Detail))}, nil))
		entry := sha256.Sum256(text("doorlist audit entry v1", string(of[:]), string(proof)))
		digests[e.ID] = hex.EncodeToString(entry[:])
	}
	previous := strings.Repeat("0", 64)
	for line := range strings.Lines(c.do("audit", "export", "--org", "contoso", "--format", "chain")) {
		var b chainLine
		if err := json.Unmarshal([]byte(line), &b); err != nil {
			t.Fatal(err)
		}
		var entries string
		for _, e := range b.Entries {
			if digests[e[0]] != e[1] {
				t.Errorf("event %s: %s is not what the block says, %s", e[0], digests[e[0]], e[1])
			}
			raw, err := hex.DecodeString(strings.ReplaceAll(e[0], "-", "") + e[1])
			if err != nil {
				t.Fatal(err)
			}
			entries += string(raw)
			delete(digests, e[0])
		}
		before, err := hex.DecodeString(b.Previous)
		if err != nil || b.Previous != previous {
			t.Errorf("block %d follows %s, want %s", b.Seq, b.Previous, previous)
		}
		hash := sha256.Sum256(bytes.Join([][]byte{text("doorlist audit block v1", org), number(b.Seq), number(b.At.UnixMicro()), text(string(before), entries)}, nil))
		if previous = hex.EncodeToString(hash[:]); previous != b.Hash {
			t.Errorf("block %d: hash %s, want %s", b.Seq, b.Hash, previous)
		}
		if _, err := b.checkpoint(); err != nil {
			t.Errorf("block %d: %v", b.Seq, err)
		}
	}
	if len(digests) > 0 {
		t.Errorf("in no block: %v", digests)
	}
}

func TestAudit_Exports(t *testing.T) {
	t.Parallel()
	c := configured(t)
	c.do("org", "set", "contoso", "--contact", "=1+1 \"]\\ x")
	rows, err := csv.NewReader(strings.NewReader(c.do("audit", "export", "--org", "contoso", "--format", "csv", "--action", "organization"))).ReadAll()
	if err != nil || len(rows) != 3 || rows[2][2] != "organization.contact_changed" || !strings.Contains(rows[2][3], "=1+1") {
		t.Errorf("CSV: %q, %v", rows, err)
	}
	message := regexp.MustCompile(`^<109>1 20[0-9-]{8}T[0-9:.]{15}Z [^ ]+ doorlist - organization.contact_changed \[doorlist@32473 id="[^"]+"( [a-z_]+="([^"\\\]]|\\["\\\]])*")+\] ` + "\ufeff.*\n$")
	lines := c.do("audit", "export", "--org", "contoso", "--format", "syslog", "--action", "organization.contact_changed", "--since", "2020-01-01")
	if !message.MatchString(lines) || strings.Count(lines, "\n") != 1 {
		t.Errorf("syslog: %q", lines)
	}
	if got := c.do("audit", "export", "--org", "contoso", "--until", "2020-01-01"); got != "" {
		t.Errorf("before there was anything: %q", got)
	}
	out := filepath.Join(t.TempDir(), "events.csv")
	c.do("audit", "export", "--org", "contoso", "--format", "csv", "--out", out)
	c.fails(exitFailed, "audit", "export", "--org", "contoso", "--format", "csv", "--out", out)
	c.fails(exitUsage, "audit", "export", "--org", "contoso", "--format", "xml")
	c.fails(exitUsage, "audit", "export", "--org", "contoso", "--since", "yesterday")
	c.fails(exitUsage, "org", "set", "contoso", "--audit-retention", "1h")
}

// TestAudit_AnotherMasterKeyWritesNothing: what it wrote would look like somebody else's.
func TestAudit_AnotherMasterKeyWritesNothing(t *testing.T) {
	t.Parallel()
	c := configured(t)
	stranger := &terminal{t: t, environ: []string{c.environ[0], "DOORLIST_MASTER_KEY=" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32))}}
	for _, args := range [][]string{{"audit", "verify"}, {"org", "set", "contoso", "--contact", "IT"}, {"serve", "--listen", "127.0.0.1:0"}} {
		if got := stranger.fails(exitFailed, args...); !strings.Contains(got, "--master-key") {
			t.Errorf("%v said %q", args, got)
		}
	}
	c.do("audit", "verify")
}
