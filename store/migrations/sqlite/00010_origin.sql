-- +goose Up

-- The same as migrations/postgres: the comments there say why.

ALTER TABLE users ADD COLUMN origin text NOT NULL DEFAULT 'scim';
UPDATE users SET origin = 'local' WHERE directory_id IN (SELECT id FROM directories WHERE connection_id IS NULL);
CREATE INDEX users_signed_in ON users (directory_id, external_key) WHERE origin = 'sign_in';

-- +goose Down
DROP INDEX users_signed_in;
ALTER TABLE users DROP COLUMN origin;
