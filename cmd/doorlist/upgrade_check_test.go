package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// upgradeCheck runs the check and returns what is not well, each as "STATE about: text".
func (c *terminal) upgradeCheck() (code int, wrong string) {
	c.t.Helper()
	got := execute(c.t, c.environ, "upgrade-check", "--json")
	var d diagnosed
	if err := json.Unmarshal([]byte(got.stdout), &d); err != nil || d.OK != (got.code == exitDone) {
		c.t.Fatalf("exit code %d: %v, %s%s", got.code, err, got.stdout, got.stderr)
	}
	for _, f := range d.Findings {
		switch {
		case f.State == "PASS" && f.Fix == "", f.About == "durability": // of which the tests' own PostgreSQL has none
		case (f.State == "WARN" || f.State == "FAIL") && f.Fix != "":
			wrong += f.State + " " + f.About + ": " + f.Text + "\n"
		default:
			c.t.Errorf("a finding is %+v", f)
		}
	}
	return got.code, wrong
}

func TestUpgradeCheck_FindsWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c, undurable := newTerminal(t, url), strings.HasPrefix(url, "postgres")
		c.do("org", "add", "contoso")
		c.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", tenantID, "--client-id", "x", "--client-secret", "y")
		wants := func(what, text string) {
			t.Helper()
			code, wrong := c.upgradeCheck()
			if fails := strings.Contains(wrong, "FAIL") || undurable; (code == exitFailed) != fails || (text == "") != (wrong == "") || !strings.Contains(wrong, text) {
				t.Errorf("%s: exit code %d and\n%swant %q", what, code, wrong, text)
			}
		}
		wants("all is well", "")
		c.tamper("UPDATE goose_db_version SET is_applied = false WHERE version_id >= 40")
		wants("an older schema", "")
		if got := execute(t, c.environ, "upgrade-check").stdout; !strings.Contains(got, " steps lead from 39 to ") || !strings.Contains(got, "PASS     migration 00040_resyncs: it touches nothing") {
			t.Errorf("printed\n%s", got)
		}
		c.tamper("UPDATE goose_db_version SET is_applied = true")
		c.tamper("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
		wants("a newer schema", "WARN schema: it is 99999, newer")
		c.tamper("UPDATE schema_floor SET oldest = 99999")
		wants("a newer schema for newer servers alone", "FAIL schema: the schema is at version 99999, on which programs work that know 99999 or later")
		c.tamper("UPDATE schema_floor SET oldest = 39")
		c.tamper("DELETE FROM goose_db_version WHERE version_id IN (39, 99999)")
		wants("a migration that was skipped", "FAIL schema: the migrations [39] were never run")
		c.tamper("INSERT INTO goose_db_version (version_id, is_applied) VALUES (39, true)")
		sealed := "X'00'"
		if undurable {
			sealed = `'\x00'`
		}
		c.tamper("UPDATE provider_credentials SET sealed = " + sealed)
		wants("a secret that nothing opens", "FAIL master key: it does not open 1 of ")
		c.tamper("DELETE FROM provider_credentials")
		c.tamper("UPDATE events SET actor_name = 'nobody' WHERE action = 'organization.created'")
		wants("a changed trail", "FAIL trail of ")
		key := c.environ[1]
		c.environ[1] = "DOORLIST_MASTER_KEY=" + strings.Repeat("A", 43) + "="
		wants("another master key", "FAIL master key: the key that signs the audit trail: the master key is missing")
		c.environ[1] = key
	})
}

func TestUpgradeCheck_MakesNothing(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	if code, wrong := c.upgradeCheck(); code != exitFailed || !strings.Contains(wrong, "FAIL database: there is no file") {
		t.Errorf("exit code %d: %s", code, wrong)
	}
	if _, err := os.Stat(strings.TrimPrefix(c.environ[0], "DOORLIST_DATABASE=sqlite:")); !os.IsNotExist(err) {
		t.Errorf("a database was made: %v", err)
	}
	c.environ = append(c.environ, "DOORLIST_NO_SUCH_SETTING=1")
	if got := c.fails(exitUsage, "upgrade-check"); !strings.Contains(got, "DOORLIST_NO_SUCH_SETTING") {
		t.Errorf("a setting that this version does not know: %s", got)
	}
}

func TestUpgradeCheck_TellsOfServersThatWillBeShutOut(t *testing.T) {
	t.Parallel()
	d := &doctor{program: &program{}}
	d.upgradeSchema(50, 52, store.Upgrade{Pending: []store.PendingMigration{{Version: 51, Name: "00051_more", Oldest: 50}}})
	d.upgradeSchema(50, 52, store.Upgrade{Pending: []store.PendingMigration{{Version: 51, Name: "00051_more"}, {Version: 52, Name: "00052_less", Oldest: 51}}})
	if got := d.findings[0]; got.State != isOK || !strings.Contains(got.Text, "go on meanwhile") {
		t.Errorf("where servers of now go on: %+v", got)
	}
	if got := d.findings[2]; got.State != isWarning || !strings.Contains(got.Text, "00052_less shuts out the servers that run now: only those that know schema 51") {
		t.Errorf("where they do not: %+v", got)
	}
}
