-- +goose Up

-- Who was deleted: what a look-up by id, name or external id needs to tell that there was somebody, and no more.
CREATE TABLE tombstones (
    directory_id  uuid NOT NULL,
    id            uuid NOT NULL,
    user_name_key text COLLATE "C" NOT NULL,
    external_key  text COLLATE "C" NOT NULL,
    deleted_at    bigint NOT NULL,
    PRIMARY KEY (directory_id, id)
);
CREATE INDEX tombstones_user_name ON tombstones (directory_id, user_name_key);
CREATE INDEX tombstones_external_key ON tombstones (directory_id, external_key);

-- Groups within groups are few among the members: the way from a group to those around it reads nothing else.
CREATE INDEX members_nested ON members (directory_id, member_id, group_id) WHERE kind = 'Group';

-- +goose Down
DROP INDEX members_nested;
DROP TABLE tombstones;
