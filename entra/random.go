package entra

import (
	"fmt"
	"math/rand/v2"
	"sync"
)

// random is the only source of chance: a PCG, so that one seed gives one run.
type random struct {
	mu  sync.Mutex
	rng *rand.Rand
}

// stream separates the users of one seed, so that a session id is never the id of a person.
type stream uint64

const (
	streamTenant stream = iota
	streamSample
	streamServer
	streamMadeUp
	streamPerson
	streamGroup
	streamSpread
	streamWorker
)

func newRandom(seed uint64, s stream) *random {
	return &random{rng: rand.New(rand.NewPCG(seed, uint64(s)))}
}

// GUID returns a version 4 UUID in lower case, as Entra writes object ids.
func (r *random) GUID() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	hi, lo := r.rng.Uint64(), r.rng.Uint64()
	hi = hi&^0xf000 | 0x4000
	lo = lo&^(3<<62) | 2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xffff, lo>>48, lo&0xffffffffffff)
}

// Text returns n characters that are safe in a URL.
func (r *random) Text(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	r.mu.Lock()
	defer r.mu.Unlock()
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.rng.IntN(len(alphabet))]
	}
	return string(b)
}
