// Command demo shows Doorlist at work: it starts a simulated Entra tenant and the door, both as the programs that they
// are, lets the tenant push its people, and prints where to click; or it walks the whole story by itself and judges it.
//
// It decides the story. It knows the two programs by their commands and HTTP interfaces alone, as an outsider would.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// onceTimeout bounds the story that runs without a person.
const onceTimeout = 3 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	once := flags.Bool("once", false, "run the story once, without a person, and judge it")
	port := flags.Int("port", 0, "the port of the door; 0 takes a free one")
	bin := flags.String("bin", programFolder(), "the folder with the programs doorlist and entrasim")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if *once {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, onceTimeout)
		defer cancel()
	}
	h, err := open(ctx, *bin, *port, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "demo:", err)
		return 1
	}
	err = show(ctx, h, *once, stdout)
	if closeErr := h.close(); err == nil {
		err = closeErr
	}
	if err != nil {
		fmt.Fprintln(stderr, "demo:", err)
		return 1
	}
	return 0
}

func show(ctx context.Context, h *house, once bool, out io.Writer) error {
	if once {
		return tell(ctx, h, out)
	}
	if err := printTour(ctx, h, out); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		fmt.Fprintln(out, "\nStopping.")
		return nil
	case err := <-h.ended():
		return err
	}
}

// programFolder is where this program lies; the other two lie beside it.
func programFolder() string {
	path, err := os.Executable()
	if err != nil {
		return "."
	}
	return filepath.Dir(path)
}
