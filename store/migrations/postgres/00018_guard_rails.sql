-- +goose Up

-- The most that a connection's pushes may give. Without a row there is no limit.
CREATE TABLE connection_ceilings (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    role_id         uuid NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
);

-- +goose Down
DROP TABLE connection_ceilings;
