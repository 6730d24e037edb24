package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

// The limits of the listener. SCIM bodies are small and answers are pages of at most 200 resources.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 60 * time.Second
	// maxHeaderBytes lets a filter that is far too long reach the parser, which answers with a SCIM error; net/http's own
	// answer to an overlong header is plain text, which Entra takes for a broken server.
	maxHeaderBytes = 256 << 10
	// stopTimeout is how long a stopping server waits for requests that are under way, the stop delay included.
	stopTimeout = 15 * time.Second
)

func (p *program) serveCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "serve", Short: "Run the server", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.serve(c.Context()) },
	}
	p.config.addServeFlags(c.Flags())
	return c
}

// serve runs the server until ctx ends, then lets the requests under way finish.
func (p *program) serve(ctx context.Context) error {
	s, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := p.serveSchema(ctx, s); err != nil {
		return err
	}
	if err := requireMasterKey(ctx, s); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", p.config.Listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", p.config.Listen, err)
	}
	defer listener.Close()
	p.config.Listen = listener.Addr().String() // port 0 has become a number
	stopDebug, err := p.debug()
	if err != nil {
		return err
	}
	defer stopDebug()
	log := p.logger()
	h := &health{store: s, log: log}
	owned, err := hasOwner(ctx, s)
	if err != nil {
		return err
	}
	requests := store.NewRequestLog(s)
	setupSecret := ""
	if !owned {
		setupSecret = auth.NewSetupSecret()
	}
	trail, err := p.config.forwarder(s, log)
	if err != nil {
		return err
	}
	handler, err := p.handler(s, h, requests, trail, log, setupSecret)
	if err != nil {
		return err
	}
	mailer, err := auth.NewMailer(s, p.config.mail(), log)
	if err != nil {
		return err
	}
	metadata, err := auth.NewMetadataFetcher(p.config.publicURL())
	if err != nil {
		return err
	}
	collectLazily()
	// Behind the last answer, and before the store is closed.
	defer keepRequests(requests)()
	ctx, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { upkeep(ctx, s, metadata, p.resolver, log, upkeepEvery) })
	background.Go(func() { freshen(ctx, s, log, freshenEvery) })
	background.Go(func() { newTrailKeeper(s, p.config.AuditCheckpoints, log).run(ctx) })
	if trail != nil {
		background.Go(func() { trail.run(ctx) })
	}
	if mailer != nil {
		background.Go(func() { mailer.Run(ctx) })
	}
	defer background.Wait() // before the store is closed
	defer stop()
	p.greet(setupSecret)
	return p.answer(ctx, newServer(handler, log), listener, h)
}

// keepRequests writes the log of provisioning until the function that it returns is called.
func keepRequests(requests *store.RequestLog) (finish func()) {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { requests.Run(ctx) })
	return func() { stop(); running.Wait() }
}

// serveSchema brings the schema up to date if the settings say so, and refuses one that this version does not work on.
func (p *program) serveSchema(ctx context.Context, s *store.Store) error {
	if p.config.Migrate {
		if err := migrate(ctx, s); err != nil {
			return err
		}
	}
	if err := s.Ready(ctx); err != nil {
		return err
	}
	have, want, err := s.Schema(ctx)
	if have > want {
		p.logger().WarnContext(ctx, "the database has a newer schema: serving beside newer servers, or in their place", slog.Int64("schema", have), slog.Int64("known", want))
	}
	return err
}

// greet tells where the server is and, on a database without an owner, how to make one.
func (p *program) greet(setupSecret string) {
	fmt.Fprintf(p.stdout, "listening on http://%s\n", p.config.Listen)
	if p.config.BaseURL != "" {
		fmt.Fprintf(p.stdout, "public URL   %s\n", p.config.publicURL())
	}
	if p.config.DebugListen != "" {
		fmt.Fprintf(p.stdout, "profiles     http://%s/debug/pprof/\n", p.config.DebugListen)
	}
	fmt.Fprintln(p.stdout, p.config.whereMailGoes())
	if setupSecret != "" {
		fmt.Fprintf(p.stdout, "There is no owner yet. This link makes the first one; it works once and until the server stops:\n  %s%s\n",
			p.config.publicURL(), auth.SetupPath(setupSecret))
	}
}

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// answer serves until ctx ends. Then it is first unready, so that load balancers turn away, and stops after that.
func (p *program) answer(ctx context.Context, server *http.Server, listener net.Listener, h *health) error {
	failed := make(chan error, 1)
	accepting := newLingering(listener, &h.stopping, mostConnections())
	server.ConnState = accepting.all.observe
	go func() { failed <- server.Serve(accepting) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	h.stopping.Store(true)
	h.log.Info("stopping")
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	time.Sleep(p.config.StopDelay)
	if err := server.Shutdown(deadline); err != nil {
		return errors.Join(fmt.Errorf("requests were still under way after %s: %w", stopTimeout, err), server.Close())
	}
	return nil
}
