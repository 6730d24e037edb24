-- +goose Up

-- Up to when decisions are counted: tallied_to names whole hours, for servers that count no other. Where counted_to is later, decision_hours has a part of its hour too.
ALTER TABLE decision_tallies ADD COLUMN counted_to bigint NOT NULL DEFAULT 0;

-- Counting the last minutes reads the index alone.
DROP INDEX decisions_at;
CREATE INDEX decisions_at ON decisions (organization_id, at, id, connection_id, reason);

-- +goose Down
DROP INDEX decisions_at;
CREATE INDEX decisions_at ON decisions (organization_id, at, id);
ALTER TABLE decision_tallies DROP COLUMN counted_to;
