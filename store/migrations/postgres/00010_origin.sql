-- +goose Up

-- Who has made the user: 'scim' (a push), 'local' (an administrator), or 'sign_in', until provisioning sends the person.
ALTER TABLE users ADD COLUMN origin text NOT NULL DEFAULT 'scim';
UPDATE users SET origin = 'local' WHERE directory_id IN (SELECT id FROM directories WHERE connection_id IS NULL);
CREATE INDEX users_signed_in ON users (directory_id, external_key) WHERE origin = 'sign_in';

-- +goose Down
DROP INDEX users_signed_in;
ALTER TABLE users DROP COLUMN origin;
