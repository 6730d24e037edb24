-- +goose Up

-- A directory has as many people by id as by anything else after all: told more, SQLite sorts those of another index to find the first id.
UPDATE sqlite_stat1 SET stat = '1000000 100000 1' WHERE tbl = 'users' AND idx = 'sqlite_autoindex_users_1';
ANALYZE sqlite_schema; -- reads it

-- +goose Down
SELECT 1;
