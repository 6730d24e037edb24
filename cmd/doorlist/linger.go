package main

import (
	"net"
	"sync/atomic"
	"time"
)

// How long a closed connection is still read from, in all and while nothing comes.
const (
	lingersFor   = 30 * time.Second
	lingersQuiet = 5 * time.Second
)

// lingeringListener accepts connections that close in stages, until the server stops.
type lingeringListener struct {
	net.Listener
	stopping *atomic.Bool
	all      *clientConnections
}

// newLingering accepts so many connections at a time.
func newLingering(l net.Listener, stopping *atomic.Bool, most int) lingeringListener {
	return lingeringListener{l, stopping, newClientConnections(most)}
}

// Accept waits while there are as many connections as there may be.
func (l lingeringListener) Accept() (net.Conn, error) {
	l.all.await()
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		conn := &lingeringConn{TCPConn: tcp, stopping: l.stopping, all: l.all}
		l.all.add(conn)
		return conn, err
	}
	return c, err
}

// Close accepts no more.
func (l lingeringListener) Close() error {
	defer l.all.close()
	return l.Listener.Close()
}

// lingeringConn closes in stages (RFC 9112 section 9.6): it sends no more, and goes on reading what the client still sends, to throw it
// away. A client that sends all of a body before it reads would otherwise find the connection reset, and never see why the body was
// refused: net/http waits for half a second at most, and reads nothing.
type lingeringConn struct {
	*net.TCPConn
	stopping *atomic.Bool
	all      *clientConnections
	idle     atomic.Int64 // since when it could be closed without harm, in nanoseconds; 0 while it is needed
}

// Close returns at once. A server that stops closes connections that it still reads from, which must end that.
func (c *lingeringConn) Close() error {
	if c.stopping.Load() || c.CloseWrite() != nil {
		defer c.all.remove(c)
		return c.TCPConn.Close()
	}
	c.rest()
	go c.linger()
	return nil
}

func (c *lingeringConn) linger() {
	defer c.all.remove(c)
	defer c.TCPConn.Close()
	rest, end := make([]byte, 8<<10), time.Now().Add(lingersFor)
	for err := error(nil); err == nil; {
		until := time.Now().Add(lingersQuiet)
		if until.After(end) {
			until = end
		}
		if err = c.SetReadDeadline(until); err == nil {
			_, err = c.Read(rest)
		}
	}
}
