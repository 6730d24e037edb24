-- +goose Up

-- The person's id while a push has deleted them and the brake keeps them; '' for everybody else. Pushes do not see who is parted, so that
-- the user name can be given anew: this column makes the difference. Looking a name up takes the same index as before.
ALTER TABLE users ADD COLUMN parted text COLLATE "C" NOT NULL DEFAULT '';
DROP INDEX users_user_name;
CREATE UNIQUE INDEX users_user_name ON users (directory_id, user_name_key, parted);

-- The few of many. A create looks here whether the same object id is about to leave.
CREATE INDEX users_parted ON users (directory_id, external_key) WHERE parted <> '';

-- +goose Down
-- Where a name was given anew, the index cannot be made: decide about those whom the brakes hold first.
UPDATE members SET kind = 'User' WHERE kind = 'Parted';
DROP INDEX users_parted;
DROP INDEX users_user_name;
CREATE UNIQUE INDEX users_user_name ON users (directory_id, user_name_key);
ALTER TABLE users DROP COLUMN parted;
