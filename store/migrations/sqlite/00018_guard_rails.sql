-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE TABLE connection_ceilings (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    role_id         text NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rebounds (
    directory_id text NOT NULL,
    user_id      text NOT NULL,
    external_id  text NOT NULL,
    rebound_at   integer NOT NULL,
    PRIMARY KEY (directory_id, user_id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE rebounds;
DROP TABLE connection_ceilings;
