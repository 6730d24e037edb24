-- +goose Up

-- The same as migrations/postgres: the comments there say why.

ALTER TABLE users ADD COLUMN parted text NOT NULL DEFAULT '';
DROP INDEX users_user_name;
CREATE UNIQUE INDEX users_user_name ON users (directory_id, user_name_key, parted);
CREATE INDEX users_parted ON users (directory_id, external_key) WHERE parted <> '';

-- +goose Down
UPDATE members SET kind = 'User' WHERE kind = 'Parted';
DROP INDEX users_parted;
DROP INDEX users_user_name;
CREATE UNIQUE INDEX users_user_name ON users (directory_id, user_name_key);
ALTER TABLE users DROP COLUMN parted;
