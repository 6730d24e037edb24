package main

import (
	"bufio"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"doorlist/store"
)

// checkpointView is a checkpoint as it is printed, logged and kept in files: one JSON object a line.
type checkpointView struct {
	OrganizationID string    `json:"organization_id"`
	Seq            int64     `json:"seq"`
	At             time.Time `json:"at"`
	Hash           string    `json:"hash"`
	PublicKey      []byte    `json:"public_key"`
	Signature      []byte    `json:"signature"`
}

func viewCheckpoint(c store.Checkpoint) checkpointView {
	return checkpointView{c.OrganizationID, c.Seq, c.At.UTC(), hex.EncodeToString(c.Hash[:]), c.PublicKey, c.Signature}
}

// checkpoint reads what viewCheckpoint made. It is an error if it is not signed as it says.
func (v checkpointView) checkpoint() (store.Checkpoint, error) {
	c := store.Checkpoint{OrganizationID: v.OrganizationID, Seq: v.Seq, At: v.At, PublicKey: ed25519.PublicKey(v.PublicKey), Signature: v.Signature}
	hash, err := hex.DecodeString(v.Hash)
	if err != nil || len(hash) != len(c.Hash) {
		return c, fmt.Errorf("hash is %q; it must be 64 hexadecimal digits", v.Hash)
	}
	c.Hash = [32]byte(hash)
	if !c.Valid() {
		return c, fmt.Errorf("the signature is not one of the public key beside it: the checkpoint was changed since it was made")
	}
	return c, nil
}

// readCheckpoints reads a file of checkpoints, one a line.
func readCheckpoints(path string) ([]store.Checkpoint, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading checkpoints: %w", err)
	}
	defer f.Close()
	var list []store.Checkpoint
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var v checkpointView
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return nil, fmt.Errorf("line %d of %s is no checkpoint: %w", n, path, err)
		}
		c, err := v.checkpoint()
		if err != nil {
			return nil, fmt.Errorf("line %d of %s: %w", n, path, err)
		}
		list = append(list, c)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s has no checkpoints; `doorlist audit checkpoint` makes one", path)
	}
	return list, nil
}

// appendCheckpoint adds a line to a file. What stands there already is never touched, so that the file may be one that can only
// be appended to.
func appendCheckpoint(path string, c store.Checkpoint) error {
	line, err := json.Marshal(viewCheckpoint(c))
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) // #nosec G302 -- proof is for everybody to read
	if err != nil {
		return fmt.Errorf("writing a checkpoint: %w", err)
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		f.Close()
		return fmt.Errorf("writing a checkpoint: %w", err)
	}
	return f.Close()
}

func (p *program) auditCheckpointCommand() *cobra.Command {
	var org, out string
	c := p.addJSON(&cobra.Command{
		Use: "checkpoint", Short: "Print the signed head of an organization's chain, to keep elsewhere", Args: cobra.NoArgs,
		Long: `Print the signed head of an organization's chain of audit events. Keep it where whoever has the database cannot reach it: later,
"doorlist audit verify --checkpoint FILE" finds whatever was cut off or made anew since.`,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				head, err := s.Organization(o.ID).Checkpoint(c.Context())
				if isNotFound(err) {
					return fmt.Errorf("the trail of %s has no chain yet; a running server makes it within a second", o.Slug)
				}
				if err != nil {
					return err
				}
				if out != "" {
					return appendCheckpoint(out, head)
				}
				return p.printJSON(viewCheckpoint(head))
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	c.Flags().StringVar(&out, "out", "", "a file to append it to, instead of printing it")
	return c
}
