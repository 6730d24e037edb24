-- +goose Up

-- The same as migrations/postgres: the comments there say why.

ALTER TABLE applications ADD COLUMN second_factor integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE applications DROP COLUMN second_factor;
