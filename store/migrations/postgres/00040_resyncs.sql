-- +goose Up

-- Connections whose people were restored from a copy, until their provider has named everybody again; counted_to is the last of its requests that
-- was looked at.
CREATE TABLE resyncs (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    copied_at       bigint NOT NULL,
    restored_at     bigint NOT NULL,
    counted_to      uuid NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
);

-- Whom it has not named yet, of those who were switched on.
CREATE TABLE unnamed_people (
    directory_id uuid NOT NULL,
    user_id      uuid NOT NULL,
    PRIMARY KEY (directory_id, user_id)
);

-- +goose Down
DROP TABLE unnamed_people;
DROP TABLE resyncs;
