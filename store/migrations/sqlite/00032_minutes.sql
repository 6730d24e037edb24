-- +goose Up

-- The same as migrations/postgres: the comments there say why.

ALTER TABLE decision_tallies ADD COLUMN counted_to integer NOT NULL DEFAULT 0;
DROP INDEX decisions_at;
CREATE INDEX decisions_at ON decisions (organization_id, at, id, connection_id, reason);

-- +goose Down
DROP INDEX decisions_at;
CREATE INDEX decisions_at ON decisions (organization_id, at, id);
ALTER TABLE decision_tallies DROP COLUMN counted_to;
