-- +goose Up

-- What the planner has to know of people and groups. Without statistics SQLite takes a directory to have ten of them, and answers externalId eq "x" by
-- reading all in order of id. The numbers are rows, and rows for one value of the first, the first two and all columns of the index. That a directory has
-- more people by id than by anything else is no slip: it makes up for SQLite's taking every open range (meta.lastModified gt "...") for a quarter of all.
DELETE FROM sqlite_stat1 WHERE tbl IN ('users', 'user_emails', 'user_app_roles', 'groups', 'tombstones');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('users', 'sqlite_autoindex_users_1', '1000000 400000 1'),
    ('users', 'users_user_name', '1000000 100000 1'),
    ('users', 'users_external_id', '1000000 100000 1'),
    ('users', 'users_external_key', '1000000 100000 1'),
    ('users', 'users_display_name', '1000000 100000 2 1'),
    ('users', 'users_last_sign_in', '1000000 100000 10 1'),
    ('users', 'users_modified', '1000000 100000 10 1'),
    ('users', 'users_inactive', '50000 5000 1'),
    ('users', 'users_quarantined', '100 10 1'),
    ('users', 'users_held', '100 10 1'),
    ('users', 'users_signed_in', '1000 100 1'),
    ('user_emails', 'user_emails', '1000000 100000 1 1'),
    ('user_emails', 'user_emails_value', '1000000 100000 1'),
    ('user_app_roles', 'user_app_roles', '1000000 100000 2 1'),
    ('user_app_roles', 'user_app_roles_value', '1000000 100000 1000 1'),
    ('groups', 'sqlite_autoindex_groups_1', '100000 10000 1'),
    ('groups', 'groups_display_name', '100000 10000 1'),
    ('groups', 'groups_external_id', '100000 10000 1'),
    ('tombstones', 'tombstones', '100000 10000 1'),
    ('tombstones', 'tombstones_user_name', '100000 10000 1'),
    ('tombstones', 'tombstones_external_key', '100000 10000 1');
ANALYZE sqlite_schema; -- reads them

-- +goose Down
DELETE FROM sqlite_stat1 WHERE tbl IN ('users', 'user_emails', 'user_app_roles', 'groups', 'tombstones');
