package auth

import (
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"doorlist/store"
)

// visitor is what is noted of the browser or proxy behind a request. Nothing is ever decided by it.
type visitor struct {
	address, userAgent, requestID string
}

const maxUserAgent = 256

func visitorOf(c echo.Context) visitor {
	agent := c.Request().UserAgent()
	if len(agent) > maxUserAgent {
		agent = agent[:maxUserAgent]
	}
	return visitor{
		address:   c.RealIP(),
		userAgent: printable(agent),
		requestID: c.Response().Header().Get(echo.HeaderXRequestID),
	}
}

func (v visitor) actor(id, name string) store.Actor {
	return store.Actor{Kind: store.Person, ID: id, Name: name, RequestID: v.requestID, Address: v.address}
}

// printable drops what a database, a log or a terminal could stumble over: control characters and broken UTF-8.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s)
}
