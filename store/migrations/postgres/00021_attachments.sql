-- +goose Up

-- What an organization says of a connection that is its own or belongs to one above it: 'on' or 'off'; what says nothing is as
-- the organization above. So far every connection was its owner's alone, and stays that until somebody says otherwise.
CREATE TABLE attachments (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    said            text NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
);
CREATE INDEX attachments_connection ON attachments (connection_id);
INSERT INTO attachments (organization_id, connection_id, said) SELECT organization_id, id, 'on' FROM connections;
INSERT INTO attachments (organization_id, connection_id, said)
    SELECT o.id, c.id, 'off' FROM organizations o JOIN connections c ON c.organization_id = o.parent_id;

-- The organization that a session lets into, where that is not the one whose directory the person is in.
ALTER TABLE sessions ADD COLUMN admitted_to uuid;
CREATE INDEX sessions_admitted_to ON sessions (admitted_to) WHERE admitted_to IS NOT NULL;
ALTER TABLE sign_ins ADD COLUMN admits_to uuid;
CREATE INDEX directories_id ON directories (id);

-- +goose Down
DROP INDEX directories_id;
ALTER TABLE sign_ins DROP COLUMN admits_to;
DROP INDEX sessions_admitted_to;
ALTER TABLE sessions DROP COLUMN admitted_to;
DROP TABLE attachments;
