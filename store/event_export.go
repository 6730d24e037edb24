package store

import "context"

// exportPage is how many events are read at a time.
const exportPage = 1000

// ExportEvents calls each for all events that meet the filter, the oldest first, with the proof that a server wrote them. A
// slow reader holds nothing up.
func (o *OrganizationScope) ExportEvents(ctx context.Context, f EventFilter, each func(e Event, proof []byte) error) error {
	if !o.valid() || !isStorable(f.Action+string(f.ActorKind)+f.Actor+f.SubjectID+f.DirectoryID) {
		return nil
	}
	bounds, args, err := o.within(ctx, f, "organization_id = ? AND id > ?", []any{o.id, noID})
	if err != nil {
		return err
	}
	condition, more := f.condition()
	if f.SubjectID != "" {
		condition, more = condition+" AND subject_id = ?", append(more, f.SubjectID)
	}
	args = append(args, more...)
	text := Fold(f.Text)
	type exported struct {
		event Event
		proof []byte
	}
	for {
		var page []exported
		err := o.rows(ctx, "SELECT "+eventColumns+", mac FROM events WHERE "+bounds+" AND "+condition+" ORDER BY id LIMIT ?", append(args[:len(args):len(args)], exportPage), func(scan scanner) error {
			var x exported
			var err error
			x.event, err = scanEvent(scan, &x.proof)
			page = append(page, x)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, x := range page {
			if !x.event.tells(text) {
				continue
			}
			if err := each(x.event, x.proof); err != nil {
				return err
			}
		}
		args[1] = page[len(page)-1].event.ID
	}
}

// AuditBlock is a block of the chain as somebody else can check it.
type AuditBlock struct {
	Checkpoint
	Previous [32]byte
	Entries  []AuditEntry // in the order of their ids
}

// AuditEntry is an event as a block names it.
type AuditEntry struct {
	EventID string
	Digest  [32]byte
}

// AuditBlocks calls each for the blocks behind a number, in order.
func (o *OrganizationScope) AuditBlocks(ctx context.Context, behind int64, each func(AuditBlock) error) error {
	if !o.valid() {
		return nil
	}
	var key []byte
	if err := o.row(ctx, "SELECT public_key FROM audit_keys WHERE organization_id = ?", []any{o.id}, &key); err != nil {
		return notFoundIsNone(err)
	}
	for {
		page, err := o.blocks(ctx, o.id, " AND seq > ? ORDER BY seq LIMIT ?", behind, blockPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, b := range page {
			view := AuditBlock{Checkpoint: b.checkpoint(), Previous: b.previous}
			view.PublicKey = key
			for _, e := range b.entries {
				view.Entries = append(view.Entries, AuditEntry{e.id.String(), e.digest})
			}
			if err := each(view); err != nil {
				return err
			}
			behind = b.seq
		}
	}
}
