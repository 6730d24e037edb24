-- +goose Up

-- The same as migrations/postgres: the comments there say why.
CREATE TABLE resyncs (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    copied_at       integer NOT NULL,
    restored_at     integer NOT NULL,
    counted_to      text NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE unnamed_people (
    directory_id text NOT NULL,
    user_id      text NOT NULL,
    PRIMARY KEY (directory_id, user_id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE unnamed_people;
DROP TABLE resyncs;
