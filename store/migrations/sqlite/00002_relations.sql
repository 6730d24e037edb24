-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE TABLE tombstones (
    directory_id  text NOT NULL,
    id            text NOT NULL,
    user_name_key text NOT NULL,
    external_key  text NOT NULL,
    deleted_at    integer NOT NULL,
    PRIMARY KEY (directory_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstones_user_name ON tombstones (directory_id, user_name_key);
CREATE INDEX tombstones_external_key ON tombstones (directory_id, external_key);

CREATE INDEX members_nested ON members (directory_id, member_id, group_id) WHERE kind = 'Group';

-- +goose Down
DROP INDEX members_nested;
DROP TABLE tombstones;
