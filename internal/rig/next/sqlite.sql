-- +goose Up

-- The same as postgres.sql.
CREATE TABLE next_notes (
    directory_id text NOT NULL,
    user_id      text NOT NULL,
    note         text,
    PRIMARY KEY (directory_id, user_id)
) STRICT, WITHOUT ROWID;
ALTER TABLE users ADD COLUMN next_note text;
ALTER TABLE users ADD COLUMN next_count integer NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN next_since integer NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN next_device text NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN next_origin text NOT NULL DEFAULT '';
CREATE INDEX users_next_note ON users (directory_id, next_note);

-- +goose StatementBegin
CREATE TRIGGER next_noted AFTER INSERT ON users BEGIN
    INSERT INTO next_notes (directory_id, user_id) VALUES (NEW.directory_id, NEW.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER next_noted_again AFTER UPDATE ON users BEGIN
    INSERT INTO next_notes (directory_id, user_id) VALUES (NEW.directory_id, NEW.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
