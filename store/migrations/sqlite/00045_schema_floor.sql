-- +goose Up

-- The same as migrations/postgres: the comments there say why.
CREATE TABLE schema_floor (
    oldest integer NOT NULL
) STRICT;
INSERT INTO schema_floor VALUES (39);

-- +goose Down
DROP TABLE schema_floor;
