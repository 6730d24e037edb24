package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// loopbackAddress is the guard: whoever reaches the simulator signs in as anybody.
func loopbackAddress(listen string) (*net.TCPAddr, error) {
	address, err := net.ResolveTCPAddr("tcp", listen)
	if err != nil {
		return nil, usageError{fmt.Errorf("--listen %q is not an address and port: %w", listen, err)}
	}
	if !address.IP.IsLoopback() {
		return nil, usageError{fmt.Errorf("--listen %q is reachable from a network, and the simulator signs anybody in without a password; use 127.0.0.1 or [::1]", listen)}
	}
	return address, nil
}

// serve answers until ctx ends, then lets open requests finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(grace)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
