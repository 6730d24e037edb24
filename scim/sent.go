package scim

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// sent is the body of a request, as far as it came.
type sent struct {
	read bool
	text []byte
	err  error
	done func() // the text is needed no longer
}

// receive reads the body of a request, before its turn has come. What is wrong with it is said when a handler asks for it.
func (s *server) receive(body *sent, x *exchange, r *http.Request, by caller) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodDelete || r.ContentLength > maxBody {
		return nil
	}
	room := &reserved{bodies: &s.bodies, by: by.organization}
	body.done = room.free
	var busy bool
	body.text, busy, body.err = readInto(room, http.MaxBytesReader(x.ResponseWriter, r.Body, maxBody))
	body.read, x.body = true, body.text
	if busy {
		return &BusyError{TooMany: room.ownDoing, After: busyBodiesAfter}
	}
	return nil
}

const (
	// smallBody is what each request may bring without its being counted, in bytes; Entra's have some 2 KiB.
	smallBody = 16 << 10
	// maxBodies bounds what lies in memory of larger bodies, in bytes; half of it is for one organization.
	maxBodies       = 32 << 20
	busyBodiesAfter = 5 * time.Second
)

// readInto reads a body into memory that it reserves as it comes: who announces much and sends nothing takes nothing. busy says that there was no room.
func readInto(room *reserved, body io.Reader) (text []byte, busy bool, err error) {
	text = make([]byte, 0, 2<<10)
	for {
		if len(text) == cap(text) {
			more := cap(text)
			if !room.take(cap(text) + more) {
				return nil, true, nil
			}
			text = append(make([]byte, 0, cap(text)+more), text...)
		}
		n, err := body.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if err == io.EOF {
			return text, false, nil
		}
		if err != nil {
			return text, false, err
		}
	}
}

// bodies counts the bytes of large bodies that lie in memory.
type bodies struct {
	mu  sync.Mutex
	all int
	by  map[string]int
}

// reserved is what one body takes of it.
type reserved struct {
	bodies   *bodies
	by       string
	size     int
	ownDoing bool // it was refused because its organization has half of all
}

// take makes it so many bytes in all.
func (r *reserved) take(size int) bool {
	if size <= smallBody {
		return true
	}
	b := r.bodies
	b.mu.Lock()
	defer b.mu.Unlock()
	more := size - r.size
	r.ownDoing = b.by[r.by]+more > maxBodies/2
	if r.ownDoing || b.all+more > maxBodies {
		return false
	}
	if b.by == nil {
		b.by = map[string]int{}
	}
	b.all += more
	b.by[r.by] += more
	r.size = size
	return true
}

// free gives it back.
func (r *reserved) free() {
	if r.size == 0 {
		return
	}
	b := r.bodies
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all -= r.size
	if b.by[r.by] -= r.size; b.by[r.by] == 0 {
		delete(b.by, r.by)
	}
	r.size = 0
}
