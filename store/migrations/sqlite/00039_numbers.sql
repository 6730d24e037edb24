-- +goose Up

-- For the groups that mappings name, and the groups in a group, which are few among its members.
CREATE INDEX groups_external_key ON groups (directory_id, external_key);
CREATE INDEX members_nested_in ON members (directory_id, group_id, member_id) WHERE kind = 'Group';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('groups', 'groups_external_key', '100000 10000 1'),
    ('members', 'members_nested_in', '10000 1000 10 1');
ANALYZE sqlite_schema; -- reads them

-- How many people have left of late, or more. There are no more than that: the first who leaves makes them be counted.
ALTER TABLE brakes ADD COLUMN leaving integer NOT NULL DEFAULT 1000000000;

-- +goose Down
ALTER TABLE brakes DROP COLUMN leaving;
DELETE FROM sqlite_stat1 WHERE idx IN ('groups_external_key', 'members_nested_in');
DROP INDEX members_nested_in;
DROP INDEX groups_external_key;
