-- +goose Up

-- SQLite compresses nothing.
SELECT 1;

-- +goose Down
SELECT 1;
