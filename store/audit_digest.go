package store

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// The encodings of the trail are for others to check: docs/audit.md tells them byte by byte, so what is here never changes
// under these names.
const (
	eventEncoding      = "doorlist audit event v1"
	entryEncoding      = "doorlist audit entry v1"
	blockEncoding      = "doorlist audit block v1"
	checkpointEncoding = "doorlist audit checkpoint v1"
	horizonEncoding    = "doorlist audit horizon v1"
	retentionEncoding  = "doorlist audit retention v1"
)

// digest is a SHA-256.
type digest = [sha256.Size]byte

// encoding writes fields one after the other, each behind its length, so that no two lists of fields look the same.
type encoding []byte

func (e encoding) text(values ...string) encoding {
	for _, v := range values {
		e = append(binary.BigEndian.AppendUint64(e, uint64(len(v))), v...)
	}
	return e
}

func (e encoding) bytes(v []byte) encoding {
	return append(binary.BigEndian.AppendUint64(e, uint64(len(v))), v...)
}

func (e encoding) number(n int64) encoding {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(e, 8), uint64(n))
}

func (e encoding) time(t time.Time) encoding { return e.number(micros(t)) }

// digest covers all that the event says.
func (e Event) digest() digest {
	return sha256.Sum256(encoding(make([]byte, 0, 512+len(e.Detail))).text(eventEncoding, e.OrganizationID, e.ID).time(e.At).
		text(string(e.Actor.Kind), e.Actor.ID, e.Actor.Name, e.Action, e.SubjectKind, e.SubjectID, e.DirectoryID, e.Actor.RequestID,
			e.Actor.Address, e.Detail))
}

// entry is an event as the chain knows it: its id, and a digest of the whole row.
type entry struct {
	id     uuid.UUID
	digest digest
}

const entrySize = len(uuid.UUID{}) + sha256.Size

// newEntry makes the entry of an event that is written with a proof.
func newEntry(e Event, d digest, proof []byte) (entry, error) {
	id, err := uuid.Parse(e.ID)
	return entry{id, sha256.Sum256(encoding(make([]byte, 0, 128)).text(entryEncoding).bytes(d[:]).bytes(proof))}, err
}

// prover makes and checks the proofs that a server wrote an event. The key is derived from the master key, so nobody can make
// one who has the database alone.
type prover struct{ keys [][]byte } // the first makes, all check

func newProver(masterKeys ...[]byte) (prover, error) {
	var p prover
	for _, master := range masterKeys {
		if len(master) == 0 {
			continue
		}
		key, err := hkdf.Key(sha256.New, master, nil, "proof of audit events", sha256.Size)
		if err != nil {
			return prover{}, err
		}
		p.keys = append(p.keys, key)
	}
	return p, nil
}

// proof is empty without a master key.
func (p prover) proof(d digest) []byte {
	if len(p.keys) == 0 {
		return []byte{}
	}
	return proofWith(p.keys[0], d)
}

func proofWith(key []byte, d digest) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(d[:])
	return mac.Sum(nil)
}

// proves says whether one of our servers wrote the event of a digest.
func (p prover) proves(d digest, proof []byte) bool {
	for _, key := range p.keys {
		if hmac.Equal(proofWith(key, d), proof) {
			return true
		}
	}
	return false
}
