// Command withpostgres starts a throw-away PostgreSQL, runs a command that finds it in DOORLIST_TEST_POSTGRES, stops
// it, and ends with the command's exit code. It knows nothing of what the command does.
//
//	go run ./store/storetest/withpostgres go test ./...
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"doorlist/store/storetest/postgres"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: withpostgres COMMAND [ARGUMENT]...")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stderr))
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, command []string, stderr io.Writer) int {
	server, err := postgres.Start(ctx)
	if err != nil {
		fmt.Fprintln(stderr, "withpostgres:", err)
		return 1
	}
	code := runCommand(ctx, command, server.URL("postgres"), stderr)
	if err := server.Stop(); err != nil {
		fmt.Fprintln(stderr, "withpostgres: stopping PostgreSQL:", err)
		return 1
	}
	return code
}

func runCommand(ctx context.Context, command []string, url string, stderr io.Writer) int {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), postgres.EnvURL+"="+url)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(stderr, "withpostgres:", err)
		return 1
	}
	return 0
}
