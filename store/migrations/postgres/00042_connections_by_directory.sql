-- +goose Up

-- A forward-auth check knows the directory of a session and looks for its connection.
CREATE UNIQUE INDEX connections_directory ON connections (directory_id);

-- +goose Down
DROP INDEX connections_directory;
