package main

import (
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxConnections bounds the connections of clients, and so what they take of the memory before they have said who they are: some 20 KiB each.
	maxConnections = 4096
	// keptDescriptors are the file descriptors that clients leave for the database, the log and the identity providers.
	keptDescriptors = 64
)

// clientConnections are those that clients have open. There are never more than the process has file descriptors for: without one left it could not open its database
// either. When there is no room, the one that was idle for longest goes; where none is, whoever comes waits for one in the system's queue.
type clientConnections struct {
	most int
	full atomic.Bool // somebody waits for room

	mu      sync.Mutex
	changed *sync.Cond
	open    map[*lingeringConn]bool
	closed  bool
}

func newClientConnections(most int) *clientConnections {
	c := &clientConnections{most: most, open: map[*lingeringConn]bool{}}
	c.changed = sync.NewCond(&c.mu)
	return c
}

// await waits until there is room for another, or there will be none any more.
func (c *clientConnections) await() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.open) >= c.most && !c.closed {
		c.full.Store(true)
		c.dropIdle()
		c.changed.Wait()
	}
	c.full.Store(false)
}

// dropIdle closes the connection that was idle for longest.
func (c *clientConnections) dropIdle() {
	var oldest *lingeringConn
	for conn := range c.open {
		if since := conn.idle.Load(); since != 0 && (oldest == nil || since < oldest.idle.Load()) {
			oldest = conn
		}
	}
	if oldest != nil {
		oldest.idle.Store(0)
		oldest.TCPConn.Close() // whoever reads from it finds out, and removes it
	}
}

func (c *clientConnections) add(conn *lingeringConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[conn] = true
}

func (c *clientConnections) remove(conn *lingeringConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, conn)
	c.changed.Broadcast()
}

// close lets nobody wait any longer.
func (c *clientConnections) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.changed.Broadcast()
}

// observe is told by the HTTP server what its connections do.
func (c *clientConnections) observe(conn net.Conn, state http.ConnState) {
	own, ok := conn.(*lingeringConn)
	switch {
	case ok && state == http.StateIdle:
		own.rest()
	case ok && state == http.StateActive:
		own.idle.Store(0)
	}
}

// rest marks a connection that may be closed when another needs its place.
func (c *lingeringConn) rest() {
	c.idle.Store(time.Now().UnixNano())
	if c.all.full.Load() {
		c.all.mu.Lock()
		defer c.all.mu.Unlock()
		c.all.changed.Broadcast()
	}
}
