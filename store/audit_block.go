package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/google/uuid"
)

// blockEvents bounds the events of a block: it is the piece that a verification holds in memory.
const blockEvents = 5000

// auditBlock is a link of an organization's chain.
type auditBlock struct {
	organizationID string
	seq            int64 // from 1
	at             time.Time
	entries        []entry // in the order of their ids
	previous       digest
	hash           digest
	signature      []byte // of the checkpoint that the block is
}

// encodeEntries writes entries one behind the other: an id in 16 bytes, a digest in 32.
func encodeEntries(entries []entry) []byte {
	b := make([]byte, 0, entrySize*len(entries))
	for _, e := range entries {
		b = append(append(b, e.id[:]...), e.digest[:]...)
	}
	return b
}

// decodeEntries reads what encodeEntries wrote; ok is false for anything else.
func decodeEntries(b []byte) (entries []entry, ok bool) {
	for chunk := range slices.Chunk(b, entrySize) {
		if len(chunk) < entrySize {
			return nil, false
		}
		e := entry{id: uuid.UUID(chunk[:16]), digest: digest(chunk[16:])}
		if n := len(entries); n > 0 && bytes.Compare(entries[n-1].id[:], e.id[:]) >= 0 {
			return nil, false
		}
		entries = append(entries, e)
	}
	return entries, len(entries) > 0
}

func (b *auditBlock) computeHash() digest {
	return sha256.Sum256(encoding(make([]byte, 0, 256+entrySize*len(b.entries))).text(blockEncoding, b.organizationID).number(b.seq).time(b.at).
		bytes(b.previous[:]).bytes(encodeEntries(b.entries)))
}

func (b *auditBlock) checkpoint() Checkpoint {
	return Checkpoint{OrganizationID: b.organizationID, Seq: b.seq, At: b.at, Hash: b.hash, Signature: b.signature}
}

// link makes the next block behind a head.
func (h auditHead) link(organizationID string, at time.Time, entries []entry, key ed25519.PrivateKey) *auditBlock {
	b := &auditBlock{organizationID: organizationID, seq: h.seq + 1, at: at, entries: entries, previous: h.hash}
	b.hash = b.computeHash()
	b.signature = ed25519.Sign(key, b.checkpoint().message())
	return b
}

// auditHead is the newest block of a chain, as far as is known.
type auditHead struct {
	seq  int64
	hash digest
}

const auditBlockColumns = "organization_id, seq, at, entries, last_event, previous, hash, signature"

// insertBlock adds a block. won is false if another one has the number already.
func (c conn) insertBlock(ctx context.Context, b *auditBlock) (won bool, err error) {
	n, err := c.exec(ctx, "INSERT INTO audit_blocks ("+auditBlockColumns+") VALUES "+valueRows(1, 8)+" ON CONFLICT DO NOTHING", b.organizationID, b.seq,
		micros(b.at), encodeEntries(b.entries), b.entries[len(b.entries)-1].id.String(), b.previous[:], b.hash[:], b.signature)
	return n > 0, err
}

// storedBlock is a block as it was found, whatever somebody made of it.
type storedBlock struct {
	auditBlock
	sound bool   // its parts have the form that insertBlock gave them
	last  string // what the index of events says
}

func scanBlock(scan scanner) (storedBlock, error) {
	var b storedBlock
	var at int64
	var entries, previous, hash []byte
	err := scan(&b.organizationID, &b.seq, &at, &entries, &b.last, &previous, &hash, &b.signature)
	if err != nil {
		return b, err
	}
	b.at = fromMicros(at)
	b.entries, b.sound = decodeEntries(entries)
	if b.sound = b.sound && len(previous) == len(digest{}) && len(hash) == len(digest{}); b.sound {
		b.previous, b.hash = digest(previous), digest(hash)
		b.sound = b.last == b.entries[len(b.entries)-1].id.String()
	}
	return b, nil
}

// blocks reads an organization's blocks that meet a condition.
func (c conn) blocks(ctx context.Context, organizationID, condition string, args ...any) ([]storedBlock, error) {
	var list []storedBlock
	err := c.rows(ctx, "SELECT "+auditBlockColumns+" FROM audit_blocks WHERE organization_id = ?"+condition, append([]any{organizationID}, args...), func(scan scanner) error {
		b, err := scanBlock(scan)
		list = append(list, b)
		return err
	})
	return list, err
}
