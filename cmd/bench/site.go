package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"doorlist/cmd/internal/process"
	"doorlist/store/storetest/postgres"
)

// site is what a run needs: a folder, the program as it is here, a PostgreSQL that loses nothing, and the server of the fixed answer.
type site struct {
	options
	progress io.Writer
	dir      string
	program  string
	log      *os.File
	postgres *postgres.Server
	fixed    *process.Process
	made     int // databases
}

func newSite(ctx context.Context, o options, progress io.Writer) (s *site, err error) {
	s = &site{options: o, progress: progress}
	if s.dir, err = os.MkdirTemp("", "doorlist-bench-"); err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *site) open(ctx context.Context) (err error) {
	if s.log, err = os.Create(filepath.Join(s.dir, "server.log")); err != nil {
		return err
	}
	s.say("building the program")
	if s.program, err = s.build(ctx, ".", "here"); err != nil {
		return err
	}
	if s.postgres, err = postgres.StartDurable(ctx); err != nil {
		return err
	}
	s.fixed, err = startFixed(ctx, s.log)
	return err
}

// build makes the program of the module in a folder.
func (s *site) build(ctx context.Context, module, name string) (file string, err error) {
	file = filepath.Join(s.dir, "doorlist-"+name)
	cmd := exec.CommandContext(ctx, "go", "build", "-o", file, "doorlist/cmd/doorlist")
	cmd.Dir = module
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building doorlist in %s: %w: %s", module, err, out)
	}
	return file, nil
}

// newDatabase is the URL of an empty database of a kind: "postgres" or "sqlite".
func (s *site) newDatabase(ctx context.Context, kind string) (url string, err error) {
	s.made++
	name := fmt.Sprintf("bench%d", s.made)
	if kind == "sqlite" {
		return "sqlite:" + filepath.Join(s.dir, name+".db"), nil
	}
	conn, err := pgx.Connect(ctx, s.postgres.URL("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name)
	return s.postgres.URL(name), err
}

// newHouse starts a program on a database of its own and pushes people.
func (s *site) newHouse(ctx context.Context, program, kind string, users int) (*house, error) {
	url, err := s.newDatabase(ctx, kind)
	if err != nil {
		return nil, err
	}
	h, err := newHouse(ctx, program, url, s.log)
	if err != nil {
		return nil, err
	}
	s.say("pushing %d users to %s", users, kind)
	if err := h.seed(users, s.connections); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// newRaw opens the limits of a database, with as many people as the server has.
func (s *site) newRaw(ctx context.Context, kind string) (raw, error) {
	if kind == "sqlite" {
		return newRawSQLite(ctx, filepath.Join(s.dir, "raw.db"), s.users, s.connections)
	}
	url, err := s.newDatabase(ctx, kind)
	if err != nil {
		return nil, err
	}
	return newRawPostgres(ctx, url, s.users)
}

func (s *site) say(format string, args ...any) {
	fmt.Fprintf(s.progress, "bench: "+format+"\n", args...)
}

// close stops and removes everything.
func (s *site) close() error {
	var errs []error
	if s.fixed != nil {
		errs = append(errs, s.fixed.Stop())
	}
	if s.postgres != nil {
		errs = append(errs, s.postgres.Stop())
	}
	if s.log != nil {
		errs = append(errs, s.log.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

// take measures a load, with the CPU time that the server and, beside it, PostgreSQL used. On SQLite the database is part of the server.
func (s *site) take(do load, workers int, h *house) (sample, error) {
	server, database := cpuTime(h.server.ID()), cpuTime(s.postgres.ID())
	got, err := closedLoop(do, workers, s.each)
	got.server, got.database = cpuTime(h.server.ID())-server, cpuTime(s.postgres.ID())-database
	return got, err
}
