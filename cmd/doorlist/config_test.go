package main

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// prepared runs the settings of `doorlist serve` without the server.
func prepared(t *testing.T, environ []string, args ...string) (Config, error) {
	t.Helper()
	p := &program{environ: environ}
	root := p.root()
	serve, rest, err := root.Find(append([]string{"serve"}, args...))
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.ParseFlags(rest); err != nil {
		t.Fatal(err)
	}
	err = p.prepare(serve)
	return p.config, err
}

func TestConfig_FlagBeatsVariableBeatsFileBeatsDefault(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "base-url: https://file.example\nlog-format: json\nlisten: 127.0.0.1:1\ntrusted-proxies: [10.0.0.0/8, '::1']\nsession-idle: 5m\n")
	environ := []string{"PATH=/bin", "DOORLIST_CONFIG=" + file, "DOORLIST_BASE_URL=https://variable.example", "DOORLIST_LISTEN=127.0.0.1:2", "DOORLIST_LOG_FORMAT="}
	c, err := prepared(t, environ, "--base-url", "https://flag.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range []struct{ name, got, want string }{
		{"flag", c.BaseURL, "https://flag.example"},
		{"variable", c.Listen, "127.0.0.1:2"},
		{"file, because an empty variable is none", c.LogFormat, "json"},
		{"list of the file", strings.Join(c.TrustedProxies, " "), "10.0.0.0/8 ::1"},
		{"duration of the file", c.SessionIdle.String(), "5m0s"},
		{"default", c.Database, "sqlite:doorlist.db"},
	} {
		if check.got != check.want {
			t.Errorf("%s: got %q, want %q", check.name, check.got, check.want)
		}
	}
}

func TestConfig_AllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "listn: 127.0.0.1:1\ndoor:\n  color: red\n")
	environ := []string{"DOORLIST_LISTNE=x", "DOORLIST_TEST_ANYTHING=1", "DOORLIST_SESSION_IDLE=soon"}
	_, err := prepared(t, environ, "--config", file, "--database", "mysql://root:hunter2@db", "--log-format", "xml",
		"--trusted-proxies", "10.0.0.0/8,proxy", "--base-url", "http://door.example.com", "--stop-delay", "1h")
	if err == nil {
		t.Fatal("no problem was reported")
	}
	for _, want := range []string{
		"DOORLIST_LISTNE is unknown", `"listn" is unknown`, `"door.color" is unknown`, "--session-idle cannot be \"soon\"",
		"--database must begin", `--log-format is "xml"`, `"proxy" is neither`, "must begin with https://", "--stop-delay",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the report lacks %q:\n%v", want, err)
		}
	}
	for _, never := range []string{"hunter2", "ANYTHING"} {
		if strings.Contains(err.Error(), never) {
			t.Errorf("the report holds %q:\n%v", never, err)
		}
	}
}

func TestConfig_Refusals(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		environ []string
		args    []string
		want    string
	}{
		"PostgreSQL needs a master key":         {args: []string{"--database", "postgres://db/doorlist"}, want: "--master-key is required"},
		"a short master key":                    {args: []string{"--master-key", "c2hvcnQ="}, want: "32 bytes"},
		"two forms of one secret":               {environ: []string{"DOORLIST_MASTER_KEY=x", "DOORLIST_MASTER_KEY_FILE=/dev/null"}, want: "both set"},
		"a missing secret file":                 {environ: []string{"DOORLIST_MASTER_KEY_FILE=/does/not/exist"}, want: "no such file"},
		"a file variable for what is no secret": {environ: []string{"DOORLIST_LISTEN_FILE=/dev/null"}, want: "unknown"},
		"a base URL with a path":                {args: []string{"--base-url", "https://door.example.com/door"}, want: "scheme and host alone"},
		"a public address without a base URL":   {args: []string{"--listen", "0.0.0.0:80"}, want: "--base-url is missing"},
		"an address without a port":             {args: []string{"--listen", "127.0.0.1"}, want: "--listen is"},
		"a lifetime below the idle time":        {args: []string{"--session-lifetime", "10m"}, want: "--session-idle"},
		"an application without a secret":       {args: []string{"--entra-client-id", "app"}, want: "belong together"},
		"an authority with a tenant":            {environ: []string{"DOORLIST_ENTRA_CLIENT_SECRET=hush"}, args: []string{"--entra-client-id", "app", "--entra-authority", "https://login.example.com/common"}, want: "--entra-authority is"},
		"SQLite without a path":                 {args: []string{"--database", "sqlite:"}, want: "--database must begin"},
		"a configuration file that is not YAML": {args: []string{"--config", "config_test.go"}, want: "reading the configuration file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := prepared(t, tc.environ, tc.args...)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestConfig_SecretFromFile(t *testing.T) {
	t.Parallel()
	key := base64.StdEncoding.EncodeToString(make([]byte, masterKeySize))
	c, err := prepared(t, []string{"DOORLIST_MASTER_KEY_FILE=" + writeFile(t, key+"\n")})
	if err != nil || c.MasterKey != key {
		t.Errorf("got %q, %v; want %q", c.MasterKey, err, key)
	}
}

func TestHelp_ListsEverySetting(t *testing.T) {
	t.Parallel()
	got := execute(t, nil, "help")
	if got.code != exitDone {
		t.Fatal(got.stderr)
	}
	for name := range allFlags((&program{}).root()) {
		if !strings.Contains(got.stdout, "--"+name+" ") || !strings.Contains(got.stdout, variable(name)+" ") {
			t.Errorf("the help lacks --%s or %s", name, variable(name))
		}
	}
	if !strings.Contains(got.stdout, "127.0.0.1:8080") {
		t.Error("the help lacks the default of --listen")
	}
}

// The flag library takes a word between backquotes for the name of the flag's value.
func TestHelp_NoSentenceStandsWhereAValueDoes(t *testing.T) {
	t.Parallel()
	for name, f := range allFlags((&program{}).root()) {
		if value, _ := pflag.UnquoteUsage(f); strings.Contains(value, " ") {
			t.Errorf("--%s %s: no backquotes in the meaning of a flag", name, value)
		}
	}
}
