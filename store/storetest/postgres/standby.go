package postgres

import (
	"context"
	"fmt"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// Follow starts a standby of the server, which from then on acknowledges only what the standby has kept, too.
func (s *Server) Follow(ctx context.Context) (*Server, error) {
	standby, err := startWith(ctx, socketRoot(), s.settings, s.dir)
	if err != nil {
		return nil, err
	}
	if err := s.awaitFollower(ctx); err != nil {
		standby.Stop()
		return nil, err
	}
	return standby, nil
}

// awaitFollower demands a synchronous standby, and returns when there is one.
func (s *Server) awaitFollower(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, statement := range []string{"ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("asking for a synchronous standby: %w", err)
		}
	}
	for follows := false; !follows; pause() {
		const query = "SELECT EXISTS (SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming')"
		if err := conn.QueryRow(ctx, query).Scan(&follows); err != nil {
			return fmt.Errorf("no standby follows: %w", err)
		}
	}
	return nil
}

// Promote makes a primary of a standby, and returns when it takes changes.
func (s *Server) Promote(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var promoted bool
	if err := conn.QueryRow(ctx, "SELECT pg_promote()").Scan(&promoted); err != nil {
		return err
	}
	if !promoted {
		return fmt.Errorf("the standby in %s was not promoted within a minute", s.dir)
	}
	return nil
}

// Kill ends all processes of the server at once, as a machine does that loses its power: with its first process alone, the others
// would finish what they are at. See Revive.
func (s *Server) Kill(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx) // says that it is gone
	if s.killed, err = s.postmaster(); err != nil {
		return err
	}
	if err := syscall.Kill(s.killed, syscall.SIGSTOP); err != nil { // so that there are no more of them
		return err
	}
	rows, err := conn.Query(ctx, "SELECT pid FROM pg_stat_activity ORDER BY pid = pg_backend_pid()")
	if err != nil {
		return err
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return err
	}
	for _, pid := range append(pids, s.killed) {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
			return fmt.Errorf("killing a process of PostgreSQL: %w", err)
		}
	}
	return nil
}

// Revive starts a server that was killed, with what it had, and returns when it answers.
func (s *Server) Revive(ctx context.Context) error { return s.startAgain(ctx, s.killed) }
