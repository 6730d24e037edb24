-- +goose Up

-- Orders of the console's list of people, each with the id as its last word so that a page begins by key. The one by name takes the
-- place of its predecessor, which left people of one name (or of none) to be sorted. The two by time cost a create two entries at the
-- right edge of an index.
DROP INDEX users_display_name;
CREATE INDEX users_display_name ON users (directory_id, display_name_key, id);
CREATE INDEX users_last_sign_in ON users (directory_id, last_sign_in_at, id);
CREATE INDEX users_modified ON users (directory_id, modified_at, id);

-- The few of many: whom provisioning has switched off, and who has a role of their own. Others pay nothing for them.
CREATE INDEX users_inactive ON users (directory_id, id) WHERE NOT active;
CREATE INDEX user_app_roles_value ON user_app_roles (directory_id, value_key, user_id);
CREATE INDEX role_assignments_role ON role_assignments (organization_id, directory_id, role_id, user_id);

-- +goose Down
DROP INDEX role_assignments_role;
DROP INDEX user_app_roles_value;
DROP INDEX users_inactive;
DROP INDEX users_modified;
DROP INDEX users_last_sign_in;
DROP INDEX users_display_name;
CREATE INDEX users_display_name ON users (directory_id, display_name_key);
