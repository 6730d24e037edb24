package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
)

// checkDebugListen demands an address of this machine alone: a profile of the memory holds names, tokens and keys, and nothing asks who
// fetches it. From elsewhere one comes through ssh or kubectl port-forward.
func (c *Config) checkDebugListen() error {
	if c.DebugListen == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(c.DebugListen)
	if err != nil || !isLoopback(host) {
		return fmt.Errorf("--debug-listen is %q; give an address of this machine alone such as 127.0.0.1:6060 and reach it through ssh -L", c.DebugListen)
	}
	return nil
}

// debug serves Go's profiles until the function that it returns is called; without --debug-listen it does nothing.
func (p *program) debug() (stop func(), err error) {
	if p.config.DebugListen == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", p.config.DebugListen)
	if err != nil {
		return nil, fmt.Errorf("listening on %s for --debug-listen: %w", p.config.DebugListen, err)
	}
	p.config.DebugListen = listener.Addr().String()
	// No time-out for the answer: a profile takes as long as its reader says.
	server := &http.Server{Handler: profiles(), ReadHeaderTimeout: readHeaderTimeout}
	go server.Serve(listener)
	return func() { server.Close() }, nil
}

// profiles are the pages of net/http/pprof but the command line, which may hold a secret.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A page in this machine's browser could let its own name lead here (DNS rebinding), and then read what it gets.
		if host, _, err := net.SplitHostPort(r.Host); err != nil || !isLoopback(host) {
			tell(w, http.StatusMisdirectedRequest, "Profiles are given under the address of this machine alone.")
			return
		}
		mux.ServeHTTP(w, r)
	})
}
