package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// maxWitnessed bounds the entries that wait for a block (10 MB of them). Beyond it they are found in the table, like those of a
// server that has died.
const maxWitnessed = 200_000

// witnessed is an entry of an event that this process has committed.
type witnessed struct {
	organizationID string
	entry          entry
}

// chain puts events into their organization's chain of blocks, behind the writes, so that no write waits for it.
type chain struct {
	mu      sync.Mutex
	waiting map[string][]entry // by organization
	count   int

	pass  sync.Mutex // one pass at a time; it guards the rest
	begun bool       // see begin
	keys  map[string]ed25519.PrivateKey
	heads map[string]auditHead
	// looked is when the last look for strays began.
	looked map[string]time.Time
}

// witness remembers what was committed. Taking it from here rather than from the table leaves nobody the time to change an
// event before its digest stands in a block. all is false if there was no room for all of it.
func (c *chain) witness(entries []witnessed) (all bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting == nil {
		c.waiting = map[string][]entry{}
	}
	for _, w := range entries {
		if c.count == maxWitnessed {
			return false
		}
		c.waiting[w.organizationID] = append(c.waiting[w.organizationID], w.entry)
		c.count++
	}
	return true
}

// take empties what waits.
func (c *chain) take() map[string][]entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	waiting := c.waiting
	c.waiting, c.count = nil, 0
	return waiting
}

// putBack keeps entries that could not be put into a block for the next pass.
func (c *chain) putBack(waiting map[string][]entry) {
	var list []witnessed
	for organization, entries := range waiting {
		for _, e := range entries {
			list = append(list, witnessed{organization, e})
		}
	}
	c.witness(list)
}

// chainRounds is how often a pass tries again that lost numbers to other nodes.
const chainRounds = 5

// Chain puts the events that this process has written since the last call into their organizations' chains. Call it at least
// every second. ErrSealed: the master key does not open the key of some chain; the others went on.
func (s *Store) Chain(ctx context.Context) error {
	s.chain.pass.Lock()
	defer s.chain.pass.Unlock()
	waiting := s.chain.take()
	var faults []error
	for organization, entries := range waiting {
		if err := s.readyChain(ctx, organization); err != nil {
			faults = append(faults, err)
			s.chain.putBack(map[string][]entry{organization: entries})
			delete(waiting, organization)
		}
	}
	var err error
	for range chainRounds {
		if len(waiting) == 0 || err != nil {
			break
		}
		waiting, err = s.chainOnce(ctx, waiting)
	}
	s.chain.putBack(waiting)
	return errors.Join(append(faults, err)...)
}

// readyChain sees to it that key and head of a chain are known; it begins one that has no key.
func (s *Store) readyChain(ctx context.Context, organization string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	if s.chain.keys == nil {
		s.chain.keys, s.chain.heads, s.chain.looked = map[string]ed25519.PrivateKey{}, map[string]auditHead{}, map[string]time.Time{}
	}
	if _, known := s.chain.keys[organization]; known {
		return nil
	}
	key, err := s.read.auditKey(ctx, &s.sealer, organization)
	if errors.Is(err, errNoAuditKey) {
		key, err = s.newChain(ctx, organization)
	}
	if err != nil {
		return err
	}
	blocks, err := s.read.blocks(ctx, organization, " ORDER BY seq DESC LIMIT 1")
	if err != nil {
		return err
	}
	head := auditHead{}
	if len(blocks) > 0 {
		head = auditHead{blocks[0].seq, blocks[0].hash}
	} else if h, err := s.read.horizon(ctx, organization); err == nil {
		head = auditHead{h.Seq, h.Hash}
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	s.chain.keys[organization], s.chain.heads[organization] = key, head
	return nil
}

// newChain makes the key of an organization that is newer than the chains of the database.
func (s *Store) newChain(ctx context.Context, organization string) (ed25519.PrivateKey, error) {
	err := s.writer.write(ctx, func(c conn) error {
		_, _, err := c.makeAuditKey(s.statementContext(ctx), &s.sealer, organization)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.read.auditKey(ctx, &s.sealer, organization)
}

// chainOnce makes the next blocks of all organizations in one change, and returns the entries of those that lost their
// numbers to another node, without what that has put into the chain.
func (s *Store) chainOnce(ctx context.Context, waiting map[string][]entry) (left map[string][]entry, err error) {
	var won map[string]auditHead
	lost := map[string]bool{}
	organizations := slices.Sorted(maps.Keys(waiting)) // in one order on all nodes, which wait for each other's numbers
	err = s.writer.write(ctx, func(c conn) error {
		won = map[string]auditHead{}
		clear(lost)
		for _, organization := range organizations {
			head, all, err := s.appendBlocks(s.statementContext(ctx), c, organization, waiting[organization])
			if err != nil {
				return err
			}
			won[organization] = head
			lost[organization] = !all
		}
		return nil
	})
	if err != nil {
		return waiting, err
	}
	left = map[string][]entry{}
	for _, organization := range organizations {
		if !lost[organization] {
			s.chain.heads[organization] = won[organization]
			continue
		}
		if left[organization], err = s.catchUp(ctx, organization, waiting[organization]); err != nil {
			return waiting, err
		}
	}
	return left, nil
}

// appendBlocks adds the blocks of one organization, up to the first number that another node has taken.
func (s *Store) appendBlocks(ctx context.Context, c conn, organization string, entries []entry) (head auditHead, all bool, err error) {
	head = s.chain.heads[organization]
	for chunk := range slices.Chunk(sorted(entries), blockEvents) {
		b := head.link(organization, s.Now(), chunk, s.chain.keys[organization])
		won, err := c.insertBlock(ctx, b)
		if err != nil || !won {
			return head, false, err
		}
		head = auditHead{b.seq, b.hash}
	}
	return head, true, nil
}

// sorted puts entries in the order of their ids, each once.
func sorted(entries []entry) []entry {
	list := slices.SortedFunc(slices.Values(entries), func(a, b entry) int { return bytes.Compare(a.id[:], b.id[:]) })
	return slices.CompactFunc(list, func(a, b entry) bool { return a.id == b.id })
}

// catchUp reads the blocks since the known head, and returns the entries that are in none of them. The chain goes on at the
// last of them.
func (s *Store) catchUp(ctx context.Context, organization string, entries []entry) ([]entry, error) {
	left := map[[16]byte]entry{}
	for _, e := range entries {
		left[e.id] = e
	}
	for {
		blocks, err := s.read.blocks(ctx, organization, " AND seq > ? ORDER BY seq LIMIT 10", s.chain.heads[organization].seq)
		if err != nil {
			return nil, err
		}
		for _, b := range blocks {
			for _, e := range b.entries {
				delete(left, e.id)
			}
			s.chain.heads[organization] = auditHead{b.seq, b.hash}
		}
		if len(blocks) < 10 {
			return slices.Collect(maps.Values(left)), nil
		}
	}
}
