-- +goose Up

-- Groups within groups are few among the members: the way from a group to those around it reads nothing else.
CREATE INDEX members_nested ON members (directory_id, member_id, group_id) WHERE kind = 'Group';

-- +goose Down
DROP INDEX members_nested;
