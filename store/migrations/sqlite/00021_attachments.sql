-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE TABLE attachments (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    said            text NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachments_connection ON attachments (connection_id);
INSERT INTO attachments (organization_id, connection_id, said) SELECT organization_id, id, 'on' FROM connections;
INSERT INTO attachments (organization_id, connection_id, said)
    SELECT o.id, c.id, 'off' FROM organizations o JOIN connections c ON c.organization_id = o.parent_id;

ALTER TABLE sessions ADD COLUMN admitted_to text;
CREATE INDEX sessions_admitted_to ON sessions (admitted_to) WHERE admitted_to IS NOT NULL;
ALTER TABLE sign_ins ADD COLUMN admits_to text;
CREATE INDEX directories_id ON directories (id);

-- +goose Down
DROP INDEX directories_id;
ALTER TABLE sign_ins DROP COLUMN admits_to;
DROP INDEX sessions_admitted_to;
ALTER TABLE sessions DROP COLUMN admitted_to;
DROP TABLE attachments;
