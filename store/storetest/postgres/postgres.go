// Package postgres starts a throw-away PostgreSQL server for tests: its own cluster in a temporary folder, reachable
// through a Unix socket alone, gone when the process that started it ends, however it ends.
//
// It decides where the server's programs are looked for, as which user they run, and how they are stopped. It knows
// nothing of Doorlist's schema.
package postgres

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// EnvURL names the environment variable with the URL of a server that is already there; tests then start none.
// Its user must be allowed to create databases.
const EnvURL = "DOORLIST_TEST_POSTGRES"

// ErrMissing says that PostgreSQL's server programs are not on this machine.
var ErrMissing = errors.New("PostgreSQL's server programs (initdb, postgres) were not found; run `make test`, which " +
	"installs what is missing, or install the package postgresql")

const (
	superuser    = "doorlist"
	startTimeout = 60 * time.Second
)

// Server is a running throw-away server.
type Server struct {
	dir, settings string

	killed int // the first process that Kill ended
	id     int // of the supervisor's process
	stdin  io.WriteCloser
	done   chan error
}

// supervise runs in sh, as the user of the server: it starts the server and waits on its standard input. That pipe
// closes when this process ends, even by SIGKILL, so nothing is left behind: no server, no folder.
// Signals from a terminal's Ctrl-C are ignored, because the pipe says it better; SIGPIPE, because this process may end
// while initdb is at work, and then nobody hears that the server started. The request to stop is repeated, because a
// server that has only just started does not hear the first one yet. A line on the pipe asks for the server to be started again
// when it has ended: see Crash. The fourth argument is the folder of the server to follow, "" for a cluster of its own.
const supervise = `trap '' INT TERM HUP PIPE
cluster() {
	if [ -z "$4" ]; then "$1/initdb" -D "$2/data" -U ` + superuser + ` -A trust -E UTF8 --locale=C --no-sync
	else "$1/pg_basebackup" -D "$2/data" -h "$4" -U ` + superuser + ` --write-recovery-conf --checkpoint=fast --no-sync; fi
}
cluster "$@" >"$2/initdb.log" 2>&1 || { cat "$2/initdb.log" >&2; rm -rf "$2/data"; exit 1; }
serve() {
	(trap - INT TERM HUP PIPE; exec "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c unix_socket_permissions=0700 \
		$3 -c max_connections=200 -c log_destination=stderr -c logging_collector=off >>"$2/postgres.log" 2>&1) &
	server=$!
}
serve "$@"
echo started 2>/dev/null
while read -r _; do wait "$server"; serve "$@"; done
tries=0
while kill -INT "$server" 2>/dev/null && [ "$tries" -lt 200 ]; do sleep 0.05; tries=$((tries + 1)); done
kill -KILL "$server" 2>/dev/null
wait "$server"
rm -rf "$2/data" "$2/initdb.log" "$2/postgres.log"
rmdir "$2" 2>/dev/null
exit 0`

// The settings of a server that nobody misses, of one that keeps what it has acknowledged, and of one that does so on a small disk.
const (
	cramped  = "-c shared_buffers=64MB -c min_wal_size=32MB -c max_wal_size=32MB"
	fleeting = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off -c shared_buffers=64MB"
	durable  = "-c shared_buffers=512MB -c max_wal_size=4GB"
)

// Start makes a cluster and starts a server on it, which is quick because it would lose all in a power cut. The server ends with Stop, or with
// this process.
func Start(ctx context.Context) (*Server, error) { return startWith(ctx, socketRoot(), fleeting, "") }

// StartDurable is Start for measurements: the server commits to the disk, as one in use does.
func StartDurable(ctx context.Context) (*Server, error) {
	return startWith(ctx, socketRoot(), durable, "")
}

// StartOn is StartDurable with everything in a folder, to which there must be a short path that every user may go.
func StartOn(ctx context.Context, dir string) (*Server, error) {
	return startWith(ctx, dir, cramped, "")
}

// startWith starts a server in a new folder below root, on a new cluster or on a copy of that in another server's folder, which it then follows.
func startWith(ctx context.Context, root, settings, primary string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	owner, err := serverUser()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(root, "doorlist-pg-")
	if err != nil {
		return nil, fmt.Errorf("making the folder of the throw-away PostgreSQL: %w", err)
	}
	s, err := start(ctx, bin, dir, settings, primary, owner)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func start(ctx context.Context, bin, dir, settings, primary string, owner *account) (*Server, error) {
	var stderr strings.Builder
	cmd := exec.Command("/bin/sh", "-c", supervise, "doorlist-pg", bin, dir, settings, primary)
	cmd.Dir, cmd.Stderr = dir, &stderr
	if err := owner.own(cmd, dir); err != nil {
		return nil, err
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w", err)
	}
	_, readErr := bufio.NewReader(stdout).ReadString('\n')
	s := &Server{dir: dir, settings: settings, id: cmd.Process.Pid, stdin: stdin, done: make(chan error, 1)}
	go func() { s.done <- cmd.Wait() }()
	if readErr != nil {
		<-s.done
		return nil, fmt.Errorf("making the cluster failed: %s", strings.TrimSpace(stderr.String()))
	}
	if err := s.await(ctx); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "postgres.log"))
		return nil, errors.Join(fmt.Errorf("%w; its log says: %s", err, log), s.Stop())
	}
	return s, nil
}

// await returns when the server answers.
func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not answer in %s: %w", startTimeout, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// pause is how long one waits before one looks again whether a server has done what it was asked for.
func pause() { time.Sleep(5 * time.Millisecond) }

// URL is the address of a database of this server.
func (s *Server) URL(database string) string { return URL(database, s) }

// URL is the address of a database that several servers have, in this order.
func URL(database string, servers ...*Server) string {
	var hosts []string
	for _, s := range servers {
		hosts = append(hosts, s.dir)
	}
	return "postgres://" + superuser + "@/" + database + "?host=" + url.QueryEscape(strings.Join(hosts, ","))
}

// ID is the number of a process that all of the server's are below.
func (s *Server) ID() int { return s.id }

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	if err := s.stdin.Close(); err != nil {
		return err
	}
	return errors.Join(<-s.done, os.RemoveAll(s.dir))
}

// socketRoot is a folder that every user may traverse and whose path leaves room for a socket's name (a Unix socket
// has 107 bytes for its whole path; TMPDIR is often longer, or closed to other users).
func socketRoot() string {
	if info, err := os.Stat("/tmp"); err == nil && info.IsDir() {
		return "/tmp"
	}
	return os.TempDir()
}

// binaries finds the folder of initdb and postgres: on the PATH, else where distributions put them, newest first.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil && complete(filepath.Dir(real)) {
			return filepath.Dir(real), nil
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql@*/bin",
	} {
		found, _ := filepath.Glob(pattern)
		for _, dir := range slices.Backward(found) {
			if complete(dir) {
				return dir, nil
			}
		}
	}
	return "", ErrMissing
}

func complete(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}
