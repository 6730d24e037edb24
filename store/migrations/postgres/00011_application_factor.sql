-- +goose Up

-- Whether the application opens only to sessions that were proved by a second factor.
ALTER TABLE applications ADD COLUMN second_factor boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE applications DROP COLUMN second_factor;
