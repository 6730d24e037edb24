package store

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/google/uuid"
)

// idSet holds the ids of a part of the events, in eight bytes each: a hash of which nobody knows the seed, so that nobody can
// choose an id that passes for another. Of a large trail each pass holds one part.
type idSet struct {
	seed        maphash.Seed
	parts, part uint64
	keys        []uint64
}

// partEvents is how many events a part has, about: 32 MB.
const partEvents = 4 << 20

func newIDSet(events int64) idSet {
	return idSet{seed: maphash.MakeSeed(), parts: uint64(events/partEvents) + 1}
}

func (s *idSet) key(id uuid.UUID) uint64 { return maphash.Bytes(s.seed, id[:]) }

func (s *idSet) holds(id uuid.UUID) bool { return s.key(id)%s.parts == s.part }

func (s *idSet) add(id uuid.UUID) {
	if s.holds(id) {
		s.keys = append(s.keys, s.key(id))
	}
}

func (s *idSet) has(id uuid.UUID) bool {
	_, found := slices.BinarySearch(s.keys, s.key(id))
	return found
}

// unnamed looks for events that no block names: they are new, or nobody of ours wrote them.
func (v *verification) unnamed(ctx context.Context) (*AuditFault, error) {
	for {
		slices.Sort(v.named.keys)
		if fault, err := v.unnamedOfPart(ctx); fault != nil || err != nil {
			return fault, err
		}
		if v.named.part++; v.named.part == v.named.parts {
			return nil, nil
		}
		v.named.keys = v.named.keys[:0]
		fault, err := v.eachBlock(ctx, func(_ context.Context, b storedBlock) (*AuditFault, error) {
			for _, e := range b.entries {
				v.named.add(e.id)
			}
			return nil, nil
		})
		if fault != nil || err != nil {
			return fault, err
		}
	}
}

func (v *verification) unnamedOfPart(ctx context.Context) (*AuditFault, error) {
	const page = 10_000
	for after, n := "", page; n == page; {
		var fault *AuditFault
		var unknown []string
		n = 0
		condition, args := "", []any{v.organization}
		if after != "" {
			condition, args = " AND id > ?", append(args, after)
		}
		err := v.store.read.rows(ctx, "SELECT id FROM events WHERE organization_id = ?"+condition+" ORDER BY id LIMIT ?", append(args, page), func(scan scanner) error {
			n++
			if err := scan(&after); err != nil {
				return err
			}
			id, err := uuid.Parse(after)
			switch {
			case err != nil || id.String() != after:
				fault = insertedFault(after)
			case v.named.holds(id) && !v.named.has(id):
				unknown = append(unknown, after)
			}
			return nil
		})
		if fault == nil && err == nil {
			fault, err = v.judgeUnknown(ctx, unknown)
		}
		if fault != nil || err != nil {
			return fault, err
		}
	}
	return nil, nil
}

func insertedFault(id string) *AuditFault {
	return &AuditFault{Kind: AuditInserted, Record: "event", EventID: id,
		Message: fmt.Sprintf("event %q is in no block, and none of our servers wrote it: it was inserted", id)}
}

// judgeUnknown believes the proofs of events that no block names.
func (v *verification) judgeUnknown(ctx context.Context, ids []string) (fault *AuditFault, err error) {
	for rest := ids; len(rest) > 0 && fault == nil; {
		batch := rest[:min(insertBatch, len(rest))]
		rest = rest[len(batch):]
		err := v.store.read.provenEvents(ctx, v.organization, batch, func(e Event, d digest, proof []byte) error {
			if !v.store.prover.proves(d, proof) {
				if fault == nil || e.ID < fault.EventID {
					fault = insertedFault(e.ID)
				}
				return nil
			}
			if v.report.Waiting++; v.report.WaitingSince.IsZero() || e.At.Before(v.report.WaitingSince) {
				v.report.WaitingSince = e.At
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return fault, nil
}
