-- +goose Up

-- The most that a connection's pushes may give. Without a row there is no limit.
CREATE TABLE connection_ceilings (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    role_id         uuid NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
);

-- Whose record it was before an object id took the place of another; until somebody has looked at it.
CREATE TABLE rebounds (
    directory_id uuid NOT NULL,
    user_id      uuid NOT NULL,
    external_id  text COLLATE "C" NOT NULL,
    rebound_at   bigint NOT NULL,
    PRIMARY KEY (directory_id, user_id)
);

-- +goose Down
DROP TABLE rebounds;
DROP TABLE connection_ceilings;
