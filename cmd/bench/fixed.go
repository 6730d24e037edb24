package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"

	"doorlist/cmd/internal/process"
)

// fixedCommand makes this program the limit of HTTP: a server that answers everything with the same kilobyte.
const fixedCommand = "fixed-answer"

var fixedAnswer = []byte(`{"fixed":"` + strings.Repeat("x", 1012) + `"}`)

func serveFixed(ctx context.Context, stdout, stderr io.Writer) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(fixedAnswer)
	})}
	context.AfterFunc(ctx, func() { server.Close() })
	fmt.Fprintln(stdout, listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}

// startFixed runs that server as a process of its own, as the door is one.
func startFixed(ctx context.Context, log io.Writer) (*process.Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return process.Start(ctx, log, nil, self, fixedCommand)
}

func fixedLoad(address string) load {
	return calling(address, "", func(c *caller) error {
		_, err := c.expect(http.StatusOK, nil, http.MethodGet, "/fixed", nil)
		return err
	})
}
