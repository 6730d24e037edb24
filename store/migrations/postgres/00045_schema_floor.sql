-- +goose Up

-- The oldest schema that a server may know to work on this one. A migration that takes something away from older servers says so here
-- (UPDATE schema_floor SET oldest = ...), and they refuse to serve.
CREATE TABLE schema_floor (
    oldest bigint NOT NULL
);
INSERT INTO schema_floor VALUES (39);

-- +goose Down
DROP TABLE schema_floor;
