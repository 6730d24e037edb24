-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE INDEX members_nested ON members (directory_id, member_id, group_id) WHERE kind = 'Group';

-- +goose Down
DROP INDEX members_nested;
