package store

import (
	"bufio"
	"compress/gzip"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// A backup is lines of JSON, compressed by gzip, and behind that 32 bytes that prove it: an HMAC-SHA256 of all before, under a key that is derived
// from the master key. The first line is a backupHeader; then each table has a backupTable and a line for each row, an array in the order of the
// columns in which truth values are 0 and 1 and bytes are in base64; the last line is a backupEnd. Both databases make the same lines of the same
// rows. What is here never changes under this version: docs/backup.md tells it to others.
const (
	backupFormat  = "doorlist backup"
	backupVersion = 1
)

type backupHeader struct {
	Format   string    `json:"format"`
	Version  int       `json:"version"`
	Database string    `json:"database"`
	Schema   int64     `json:"schema"`
	At       time.Time `json:"at"`
	Key      string    `json:"key"` // which master key it was proved with
}

type backupTable struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

// backupEnd is the only line with rows.
type backupEnd struct {
	Rows *int64 `json:"rows"`
}

// backupKey proves backups; name tells one from another and nothing of the master key.
type backupKey struct {
	name   string
	secret []byte
}

// newBackupKeys makes a key of each master key that is there. The first proves, all check.
func newBackupKeys(masterKeys ...[]byte) (keys []backupKey, err error) {
	for _, master := range masterKeys {
		if len(master) == 0 {
			continue
		}
		name, err := hkdf.Key(sha256.New, master, nil, "name of a backup's key", 8)
		if err != nil {
			return nil, err
		}
		secret, err := hkdf.Key(sha256.New, master, nil, "proof of backups", sha256.Size)
		if err != nil {
			return nil, err
		}
		keys = append(keys, backupKey{hex.EncodeToString(name), secret})
	}
	return keys, nil
}

// backupWriter writes a backup.
type backupWriter struct {
	w     io.Writer
	mac   hash.Hash
	gz    *gzip.Writer
	lines *bufio.Writer
	line  []byte
	rows  int64
}

func newBackupWriter(w io.Writer, keys []backupKey, info BackupInfo) (*backupWriter, error) {
	if len(keys) == 0 {
		return nil, ErrSealed
	}
	f := &backupWriter{w: w, mac: hmac.New(sha256.New, keys[0].secret)}
	var err error
	if f.gz, err = gzip.NewWriterLevel(io.MultiWriter(w, f.mac), gzip.BestSpeed); err != nil {
		return nil, err
	}
	f.lines = bufio.NewWriterSize(f.gz, 64<<10)
	return f, f.object(backupHeader{backupFormat, backupVersion, info.Database, info.Schema, info.At, keys[0].name})
}

// object writes a line that is no row.
func (f *backupWriter) object(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = f.lines.Write(append(line, '\n'))
	return err
}

func (f *backupWriter) table(name string, columns []string) error {
	return f.object(backupTable{name, columns})
}

// row writes a row of the table that was named last.
func (f *backupWriter) row(values []any) (err error) {
	f.line = append(f.line[:0], '[')
	for i, v := range values {
		if i > 0 {
			f.line = append(f.line, ',')
		}
		if f.line, err = appendValue(f.line, v); err != nil {
			return err
		}
	}
	f.rows++
	_, err = f.lines.Write(append(f.line, ']', '\n'))
	return err
}

// appendValue writes a value as the databases' drivers give it.
func appendValue(line []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(line, "null"...), nil
	case string:
		return jsontext.AppendQuote(line, v)
	case []byte:
		return append(base64.StdEncoding.AppendEncode(append(line, '"'), v), '"'), nil
	case int64:
		return strconv.AppendInt(line, v, 10), nil
	case int32:
		return strconv.AppendInt(line, int64(v), 10), nil
	case bool:
		if v {
			return append(line, '1'), nil
		}
		return append(line, '0'), nil
	}
	return nil, fmt.Errorf("store: a backup has no form for a %T", v)
}

// finish writes the end and the proof.
func (f *backupWriter) finish() error {
	if err := f.object(backupEnd{&f.rows}); err != nil {
		return err
	}
	if err := f.lines.Flush(); err != nil {
		return err
	}
	if err := f.gz.Close(); err != nil {
		return err
	}
	_, err := f.w.Write(f.mac.Sum(nil))
	return err
}
