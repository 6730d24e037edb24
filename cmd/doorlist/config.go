package main

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"doorlist/auth"
	"doorlist/store"
)

// Config holds the settings of the program; the flags of single commands are beside their commands. Each setting is a
// flag, an environment variable (DOORLIST_ and the flag's name) and a key of the configuration file, in this order of
// precedence.
type Config struct {
	// ConfigFile is a YAML file with settings; empty means none.
	ConfigFile string
	// Database is "sqlite:PATH" or "postgres://...".
	Database string
	// MasterKey is 32 bytes in base64. It seals secrets that must be read back, and signs assertions. Empty with SQLite
	// means the file beside the database, made when it is missing.
	MasterKey string
	// MasterKeyPrevious opens what was sealed before MasterKey took its place; empty once nothing is.
	MasterKeyPrevious string
	// Server is the URL of a server on which commands run instead, as the person who signed in there; empty means here.
	Server string
	// Credentials is the file with the sign-ins at servers; empty means the person's own configuration folder.
	Credentials string
	// Listen is the address to serve on; port 0 means a free one.
	Listen string
	// BaseURL is the public address, as browsers and Entra see it; empty means http:// and the address served on.
	BaseURL string
	// DebugListen is the address of the listener for Go's profiles, on this machine; empty means none.
	DebugListen string
	// LogFormat is "text" or "json".
	LogFormat string
	// TrustedProxies are the addresses or networks whose X-Forwarded-* headers are believed; empty means nobody's.
	TrustedProxies []string
	// ClientCertHeader is the header in which the trusted proxies pass a program's TLS certificate on; empty means none does.
	ClientCertHeader string
	// Regions are other hosts of the same service, each as NAME=URL.
	Regions []string
	// TrustedNetworks are where an owner is never locked out because of wrong passwords; empty means nowhere.
	TrustedNetworks []string
	// SMTPURL is the mail server; empty means files in MailOutbox.
	SMTPURL string
	// MailFrom is the sender's address; empty means doorlist@ and the host of the base URL.
	MailFrom string
	// MailOutbox is the folder that mail is written to without a mail server; empty means beside the SQLite database.
	MailOutbox string
	// EntraClientID, EntraClientSecret and EntraAuthority are an application at Entra that tenants consent to in the console; without an
	// id, connections are made by hand alone.
	EntraClientID, EntraClientSecret, EntraAuthority string
	// AuditCheckpoints is a file to which the heads of the audit trails are appended; empty means none.
	AuditCheckpoints string
	// AuditSyslog is the syslog receiver that gets every event: udp://, tcp:// or tls://HOST:PORT; empty means none.
	AuditSyslog string
	// AuditSyslogCA is a file with the certificates that a tls receiver's must be from; empty means whom the machine trusts.
	AuditSyslogCA string
	// Migrate says whether serve brings an older database up to date; otherwise it refuses to start on one.
	Migrate bool
	// SessionIdle ends a session that was not used for so long.
	SessionIdle time.Duration
	// SessionLifetime ends every session, used or not.
	SessionLifetime time.Duration
	// StopDelay is how long a stopping server still serves while it already says that it is not ready, so that load
	// balancers send nothing more.
	StopDelay time.Duration
}

const (
	masterKeySize = 32
	maxStopDelay  = 10 * time.Second
)

// secrets are the flags whose environment variable may name a file instead, by the suffix _FILE.
var secrets = []string{"database", "master-key", "master-key-previous", "client-secret", "entra-client-secret", "smtp-url"}

// addFlags adds the settings that every command has.
func (c *Config) addFlags(f *pflag.FlagSet) {
	f.StringVar(&c.ConfigFile, "config", "", "a YAML file with settings, each under the name of its flag")
	f.StringVar(&c.Database, "database", "sqlite:doorlist.db", "sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME")
	f.StringVar(&c.MasterKey, "master-key", "", "32 bytes in base64 that seal stored secrets; required on PostgreSQL; "+
		"with SQLite the default is a file beside the database")
	f.StringVar(&c.MasterKeyPrevious, "master-key-previous", "", "the master key until now, while \"doorlist masterkey rotate\" replaces it")
	f.StringVar(&c.Server, "server", "", "the URL of a server where you signed in by “doorlist login”")
	f.StringVar(&c.Credentials, "credentials", "", "the file with your sign-ins; the default is doorlist/credentials.json in your configuration folder")
	f.StringVar(&c.BaseURL, "base-url", "", "the public URL, as browsers and Entra reach it; the default is http:// and --listen")
}

// addServeFlags adds the settings of the server.
func (c *Config) addServeFlags(f *pflag.FlagSet) {
	f.StringVar(&c.Listen, "listen", "127.0.0.1:8080", "the address to serve on; port 0 takes a free one")
	f.StringVar(&c.DebugListen, "debug-listen", "", "an address of this machine, e.g. 127.0.0.1:6060, that serves Go's profiles (pprof) to whoever can reach it")
	f.StringVar(&c.LogFormat, "log-format", "text", "text or json")
	f.StringSliceVar(&c.TrustedProxies, "trusted-proxies", nil,
		"addresses or networks of reverse proxies whose X-Forwarded-* headers are believed, e.g. 10.0.0.0/8,::1")
	f.StringVar(&c.ClientCertHeader, "client-cert-header", "",
		"the header in which the trusted proxies pass a SCIM client's TLS certificate on, e.g. Client-Cert or X-Client-Cert; they must overwrite it")
	f.StringSliceVar(&c.Regions, "regions", nil, "other hosts that the sign-in page names, e.g. Europe=https://eu.example.com,Asia=https://asia.example.com")
	f.StringSliceVar(&c.TrustedNetworks, "trusted-networks", nil,
		"addresses or networks from which owners are never locked out because of wrong passwords, only slowed down, e.g. 10.0.0.0/8")
	c.addSMTPFlag(f)
	f.StringVar(&c.MailFrom, "mail-from", "", "the sender of mail; the default is doorlist@ and the host of the public URL")
	f.StringVar(&c.MailOutbox, "mail-outbox", "", "without --smtp-url: a folder that gets one file a message; the default with SQLite is beside the database")
	f.StringVar(&c.EntraClientID, "entra-client-id", "", "a multi-tenant application at Entra, for which \"Connect Microsoft\" in the console asks consent")
	f.StringVar(&c.EntraClientSecret, "entra-client-secret", "", "its secret; better given by DOORLIST_ENTRA_CLIENT_SECRET_FILE")
	f.StringVar(&c.EntraAuthority, "entra-authority", defaultAuthority, "the cloud in which it is registered")
	f.StringVar(&c.AuditCheckpoints, "audit-checkpoints", "", "a file to append the signed heads of the audit trails to, every two minutes; best on another machine's disk")
	f.StringVar(&c.AuditSyslog, "audit-syslog", "", "a syslog receiver that gets every event of the audit trails: udp://, tcp:// or tls://HOST:PORT")
	f.StringVar(&c.AuditSyslogCA, "audit-syslog-ca", "", "a PEM file with the authority of a tls receiver; the default is whom the machine trusts")
	f.BoolVar(&c.Migrate, "migrate", true, "bring an older database up to date first; with false, refuse to start on one")
	spanVar(f, &c.SessionIdle, "session-idle", auth.DefaultIdle, "a session ends after so long without a request")
	spanVar(f, &c.SessionLifetime, "session-lifetime", auth.DefaultSession, "a session ends after so long in any case; 24h at most")
	spanVar(f, &c.StopDelay, "stop-delay", time.Second, "a stopping server is unready for so long before it stops listening; 10s at most")
}

// addSMTPFlag adds the setting that the server and the commands that may mail have.
func (c *Config) addSMTPFlag(f *pflag.FlagSet) {
	f.StringVar(&c.SMTPURL, "smtp-url", "", "the mail server: smtp://USER:PASSWORD@HOST:587 (with STARTTLS) or smtps://...")
}

// problems judges the settings and reports everything that is wrong, each as a sentence.
func (c *Config) problems() []string {
	var found []string
	add := func(err error) {
		if err != nil {
			found = append(found, err.Error())
		}
	}
	add(c.checkDatabase())
	add(c.checkMasterKey())
	add(c.checkBaseURL())
	add(c.checkDebugListen())
	if c.LogFormat != "text" && c.LogFormat != "json" {
		add(fmt.Errorf("--log-format is %q; give text or json", c.LogFormat))
	}
	_, err := networks("trusted-proxies", c.TrustedProxies)
	add(err)
	if c.ClientCertHeader != "" && len(c.TrustedProxies) == 0 {
		add(fmt.Errorf("--client-cert-header needs --trusted-proxies: from anybody else the header proves nothing"))
	}
	_, err = c.regions()
	add(err)
	_, err = networks("trusted-networks", c.TrustedNetworks)
	add(err)
	add(c.mail().Check())
	add(c.checkShared())
	_, err = c.syslogReceiver()
	add(err)
	if c.SessionIdle < time.Minute || c.SessionLifetime < c.SessionIdle || c.SessionLifetime > auth.MaxSession {
		add(fmt.Errorf("--session-idle (%s) must be a minute at least and at most --session-lifetime (%s), which is at most %s",
			store.Span(c.SessionIdle), store.Span(c.SessionLifetime), store.Span(auth.MaxSession)))
	}
	if c.StopDelay < 0 || c.StopDelay > maxStopDelay {
		add(fmt.Errorf("--stop-delay is %s; give at most %s", store.Span(c.StopDelay), store.Span(maxStopDelay)))
	}
	return found
}

// shared is the application at Entra that tenants consent to.
func (c *Config) shared() auth.SharedApplication {
	return auth.SharedApplication{ClientID: c.EntraClientID, Secret: c.EntraClientSecret, Authority: strings.TrimRight(c.EntraAuthority, "/")}
}

func (c *Config) checkShared() error {
	if (c.EntraClientID == "") != (c.EntraClientSecret == "") {
		return fmt.Errorf("--entra-client-id and --entra-client-secret belong together: give both or neither")
	}
	if c.EntraClientID == "" {
		return nil
	}
	u, err := url.Parse(c.EntraAuthority)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
		u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return fmt.Errorf("--entra-authority is %q; give a cloud's address such as %s", c.EntraAuthority, defaultAuthority)
	}
	return nil
}

func (c *Config) checkDatabase() error {
	if path, ok := c.sqlitePath(); ok && path != "" {
		return nil
	}
	if c.postgres() {
		return nil
	}
	// The value is not repeated: it may hold a password.
	return fmt.Errorf("--database must begin with sqlite: and a path, or with postgres://")
}

func (c *Config) checkMasterKey() error {
	if c.MasterKey == "" && c.postgres() {
		return fmt.Errorf("--master-key is required on PostgreSQL: 32 bytes in base64, e.g. from `openssl rand -base64 32`; " +
			"set DOORLIST_MASTER_KEY, or DOORLIST_MASTER_KEY_FILE to a file that holds it")
	}
	for _, key := range []string{c.MasterKey, c.MasterKeyPrevious} {
		if key == "" {
			continue
		}
		if _, err := decodeMasterKey(key); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) sqlitePath() (string, bool) { return strings.CutPrefix(c.Database, "sqlite:") }

func (c *Config) postgres() bool {
	return strings.HasPrefix(c.Database, "postgres://") || strings.HasPrefix(c.Database, "postgresql://")
}

// networks reads the networks of a flag; a bare address is a network of one.
func networks(flag string, texts []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if prefix, err := netip.ParsePrefix(text); err == nil {
			out = append(out, prefix.Masked())
			continue
		}
		address, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("--%s: %q is neither an address nor a network such as 10.0.0.0/8", flag, text)
		}
		out = append(out, netip.PrefixFrom(address, address.BitLen()))
	}
	return out, nil
}

// regions are the other hosts, by name and origin.
func (c *Config) regions() ([]auth.Region, error) {
	var list []auth.Region
	for _, text := range c.Regions {
		name, address, _ := strings.Cut(text, "=")
		u, err := url.Parse(strings.TrimSpace(address))
		name = strings.TrimSpace(name)
		if err != nil || name == "" || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return nil, fmt.Errorf("--regions: %q is no name with an https address, such as Europe=https://eu.example.com", text)
		}
		list = append(list, auth.Region{Name: name, URL: "https://" + u.Host})
	}
	return list, nil
}

// checkBaseURL demands a public URL over https wherever others can listen in: a session's cookie over plain http is
// anybody's, and Entra takes http redirect URIs for loopback only.
func (c *Config) checkBaseURL() error {
	if c.BaseURL == "" {
		host, _, err := net.SplitHostPort(c.Listen)
		if err != nil {
			return fmt.Errorf("--listen is %q; give an address and port such as 127.0.0.1:8080", c.Listen)
		}
		if !isLoopback(host) {
			return fmt.Errorf("--base-url is missing: with --listen %s, give the public URL, e.g. https://door.example.com", c.Listen)
		}
		return nil
	}
	u, err := parseBaseURL(c.BaseURL)
	if err != nil {
		return err
	}
	if u.Scheme != "https" && !isLoopback(u.Hostname()) {
		return fmt.Errorf("--base-url is %q; it must begin with https:// (http:// is for loopback only)", c.BaseURL)
	}
	return nil
}

// publicURL is the base URL without a slash at its end.
func (c *Config) publicURL() string {
	if c.BaseURL == "" {
		return "http://" + c.Listen
	}
	return strings.TrimRight(c.BaseURL, "/")
}

// parseBaseURL demands scheme and host alone: cookies, redirect URIs and SCIM locations are built on it.
func parseBaseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("--base-url is %q; give scheme and host alone, e.g. https://door.example.com", text)
	}
	u.Path = ""
	return u, nil
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

func decodeMasterKey(text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != masterKeySize {
		return nil, fmt.Errorf("the master key must be %d bytes in base64; make one with `openssl rand -base64 %d`",
			masterKeySize, masterKeySize)
	}
	return key, nil
}
