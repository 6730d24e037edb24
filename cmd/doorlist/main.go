// Command doorlist is the door: it serves the SCIM endpoint that fills the list, the sign-in that checks it, and the
// administrator's commands.
//
// This package decides how the parts are wired and which settings exist. It refuses to know the rules (package
// policy), the protocols (scim, auth) and the database (store).
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ())
	stop()
	os.Exit(code)
}
