-- +goose Up

-- What a newer version could do to tables that the present one fills.
CREATE TABLE next_notes (
    directory_id uuid NOT NULL,
    user_id      uuid NOT NULL,
    note         text,
    PRIMARY KEY (directory_id, user_id)
);
ALTER TABLE users ADD COLUMN next_note text;
ALTER TABLE users ADD COLUMN next_count bigint NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN next_since bigint NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN next_device text NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN next_origin text NOT NULL DEFAULT '';
CREATE INDEX users_next_note ON users (directory_id, next_note);

-- +goose StatementBegin
CREATE FUNCTION next_noted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO next_notes (directory_id, user_id) VALUES (NEW.directory_id, NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER next_noted AFTER INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION next_noted();
