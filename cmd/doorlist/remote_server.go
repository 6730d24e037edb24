package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"doorlist/auth"
	"doorlist/store"
)

const (
	maxRemoteRequest = 2 << 20  // bytes; a file is at most half of it
	maxRemoteOutput  = 16 << 20 // bytes
)

var errTooMuch = errors.New("there is too much to print; narrow it down")

// cappedBuffer refuses to hold more than a server can keep for everybody who asks.
type cappedBuffer struct{ content bytes.Buffer }

func (b *cappedBuffer) Write(p []byte) (int, error) {
	if b.content.Len()+len(p) > maxRemoteOutput {
		return 0, errTooMuch
	}
	return b.content.Write(p)
}

func (b *cappedBuffer) String() string { return b.content.String() }

// answerCommand runs the command that a person's terminal sends.
func (p *program) answerCommand(s *store.Store) func(c echo.Context, who auth.Caller) error {
	return func(c echo.Context, who auth.Caller) error {
		var asked remoteRequest
		d := json.NewDecoder(http.MaxBytesReader(c.Response(), c.Request().Body, maxRemoteRequest))
		d.DisallowUnknownFields()
		if err := d.Decode(&asked); err != nil || len(asked.Args) == 0 {
			return c.JSON(http.StatusBadRequest, remoteAnswer{
				Code: exitUsage, Message: `Send {"args": ["role", "list"], "stdin": ""} as JSON, at most 2 MiB.`,
			})
		}
		return c.JSON(http.StatusOK, p.runFor(c.Request().Context(), s, who, asked))
	}
}
