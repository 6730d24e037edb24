package rig

import (
	"errors"
	"net"
	"sync"
	"time"
)

// Way is a direction through a Proxy.
type Way int

// The ways.
const (
	Up   Way = iota // from whoever connected to the server
	Down            // back
)

// noLimit lets bytes through without end.
const noLimit = int64(-1)

// Proxy passes TCP connections on to a server, and breaks them as it is told: after an exact number of bytes, in one direction only, slowly, or all
// at once. It is safe for concurrent use.
type Proxy struct {
	listener net.Listener

	mu              sync.Mutex
	changed         *sync.Cond // when a way is opened again, or all ends
	network, server string     // "" refuses
	conns           map[net.Conn]struct{}
	held            [2]bool
	delay           time.Duration
	left            [2]int64 // bytes until everything is cut; noLimit
	passed          [2]int64
	closed          bool
}

// NewProxy listens on a free port of this machine. Until it has a server it closes each connection at once.
func NewProxy() (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: listener, conns: map[net.Conn]struct{}{}, left: [2]int64{noLimit, noLimit}}
	p.changed = sync.NewCond(&p.mu)
	go p.accept()
	return p, nil
}

// Address is where the proxy listens, as HOST:PORT.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Serve passes connections that come from now on to a server.
func (p *Proxy) Serve(network, server string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.network, p.server = network, server
}

// Hold stops what goes one way, of old and new connections, until Mend: nobody is told, as when a network loses packets.
func (p *Proxy) Hold(w Way) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held[w] = true
}

// Delay holds each piece of data up for so long.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// CutAfter cuts all connections, once, when so many more bytes have gone that way and another comes. Connections made after that go through.
func (p *Proxy) CutAfter(w Way, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left[w] = bytes
}

// Passed is how many bytes have gone each way since the last call.
func (p *Proxy) Passed() (up, down int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	up, down = p.passed[Up], p.passed[Down]
	p.passed = [2]int64{}
	return up, down
}

// Mend ends all that was done to the proxy. Connections that were cut stay so.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held, p.delay, p.left = [2]bool{}, 0, [2]int64{noLimit, noLimit}
	p.changed.Broadcast()
}

// Reset breaks all connections there are (RST).
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
	}
	p.cut()
}

// cut ends all connections there are. The lock is held.
func (p *Proxy) cut() {
	for c := range p.conns {
		c.Close()
	}
}

// Close stops listening and breaks all connections.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed, p.held = true, [2]bool{}
	p.changed.Broadcast()
	p.mu.Unlock()
	err := p.listener.Close()
	p.Reset()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			go p.pass(client)
		}
	}
}

// pass carries one connection in both directions until either side ends it.
func (p *Proxy) pass(client net.Conn) {
	defer client.Close()
	p.mu.Lock()
	network, address := p.network, p.server
	p.mu.Unlock()
	if address == "" {
		return
	}
	server, err := net.Dial(network, address)
	if err != nil {
		return
	}
	defer server.Close()
	if !p.keep(client, server) {
		return
	}
	defer p.drop(client, server)
	var both sync.WaitGroup
	both.Go(func() { p.carry(Up, server, client) })
	both.Go(func() { p.carry(Down, client, server) })
	both.Wait()
}

func (p *Proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = struct{}{}
	}
	return !p.closed
}

func (p *Proxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
	}
}

// carry copies one way until that ends, and with it the connection.
func (p *Proxy) carry(w Way, to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && p.forward(w, to, buffer[:n]) != nil || err != nil {
			return
		}
	}
}

// forward sends what may go, when it may.
func (p *Proxy) forward(w Way, to net.Conn, data []byte) error {
	may := p.admit(w, len(data))
	_, err := to.Write(data[:may])
	if may < len(data) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.cut()
	}
	return err
}

// admit waits until a way is open and says how many of the bytes may go.
func (p *Proxy) admit(w Way, n int) (may int) {
	p.mu.Lock()
	delay := p.delay
	p.mu.Unlock()
	time.Sleep(delay)
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.held[w] && !p.closed {
		p.changed.Wait()
	}
	if p.left[w] == noLimit {
		p.passed[w] += int64(n)
		return n
	}
	may = min(n, int(p.left[w]))
	p.left[w] -= int64(may)
	p.passed[w] += int64(may)
	if may < n {
		p.left[w] = noLimit
	}
	return may
}
