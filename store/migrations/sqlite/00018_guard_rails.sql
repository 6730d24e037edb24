-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE TABLE connection_ceilings (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    role_id         text NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE connection_ceilings;
