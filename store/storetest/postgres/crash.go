package postgres

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// Create makes an empty database and returns its URL.
func (s *Server) Create(ctx context.Context, name string) (string, error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return s.URL(name), err
}

// Socket is the file of the Unix socket that the server listens on.
func (s *Server) Socket() string { return filepath.Join(s.dir, ".s.PGSQL.5432") }

// KillBackend kills one of the server's processes that works for a client of the database, without a last word. The server then ends all others, too, and
// recovers. It does nothing when nobody is connected.
func (s *Server) KillBackend(ctx context.Context, database string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var pids []int
	rows, err := conn.Query(ctx, "SELECT pid FROM pg_stat_activity WHERE datname = $1 ORDER BY random() LIMIT 1", database)
	if err == nil {
		pids, err = pgx.CollectRows(rows, pgx.RowTo[int])
	}
	if err != nil || len(pids) == 0 {
		return err
	}
	return syscall.Kill(pids[0], syscall.SIGKILL)
}

// Crash ends the server without letting it finish anything, as pg_ctl stop -m immediate does, starts it again, and returns when it answers.
func (s *Server) Crash(ctx context.Context) error {
	pid, err := s.postmaster()
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		return fmt.Errorf("ending PostgreSQL: %w", err)
	}
	return s.startAgain(ctx, pid)
}

// startAgain starts the server when its first process, of which that is the number, has ended, and returns when the new one answers.
func (s *Server) startAgain(ctx context.Context, pid int) error {
	if _, err := io.WriteString(s.stdin, "again\n"); err != nil {
		return fmt.Errorf("starting PostgreSQL again: %w", err)
	}
	// The old server may answer for a moment yet.
	for {
		if again, err := s.postmaster(); err == nil && again != pid {
			return s.await(ctx)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		pause()
	}
}

// Rescue returns when the server answers, and starts it again where it has given up, as an operating system does: PostgreSQL ends when it cannot
// recover from a crash, as on a full disk.
func (s *Server) Rescue(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		_, err := s.postmaster()
		if errors.Is(err, os.ErrNotExist) {
			return s.startAgain(ctx, 0)
		}
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("PostgreSQL does not recover: %w", err)
		}
		pause()
	}
}

// postmaster is the number of the server's first process.
func (s *Server) postmaster() (int, error) {
	file, err := os.Open(filepath.Join(s.dir, "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	line, err := bufio.NewReader(file).ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(line))
}
