package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
)

// maxBackupLine bounds a row: what it holds came by requests that are bounded themselves.
const maxBackupLine = 64 << 20

// errDamaged: the file is not as it was written. Nobody without the master key can make one that is not found out.
var errDamaged = &RefusedError{"the backup is damaged, incomplete, or was changed by somebody without the master key: use another copy of it"}

// CheckBackup reads a backup to its end and tells what it is, without a database. *RefusedError if it is not whole, is another server's or is of a
// newer version; previous may be nil.
func CheckBackup(r io.Reader, masterKey, previous []byte) (BackupInfo, error) {
	keys, err := newBackupKeys(masterKey, previous)
	if err != nil {
		return BackupInfo{}, err
	}
	b, err := openBackup(r, keys)
	if err != nil {
		return BackupInfo{}, err
	}
	for {
		if _, err := b.next(); err != nil {
			return b.info, unlessEnd(err)
		}
	}
}

func unlessEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// backupReader reads a backup line by line.
type backupReader struct {
	proved *provedReader
	lines  *bufio.Reader
	line   []byte
	info   BackupInfo // Rows counts what was read
}

func openBackup(r io.Reader, keys []backupKey) (*backupReader, error) {
	if len(keys) == 0 {
		return nil, ErrSealed
	}
	b := &backupReader{proved: newProvedReader(r, keys)}
	gz, err := gzip.NewReader(b.proved)
	if err != nil {
		return nil, b.failure()
	}
	gz.Multistream(false)
	b.lines = bufio.NewReaderSize(gz, 64<<10)
	line, err := b.read()
	if err != nil {
		return nil, b.failure()
	}
	var h backupHeader
	switch {
	case json.Unmarshal(line, &h) != nil || h.Format != backupFormat:
		return nil, errDamaged
	case h.Version != backupVersion:
		return nil, &RefusedError{fmt.Sprintf("the backup has version %d of the format, and this program reads %d: restore it with the version that made it", h.Version, backupVersion)}
	case !slices.ContainsFunc(keys, func(k backupKey) bool { return k.name == h.Key }):
		return nil, &RefusedError{"the backup was made with another master key: give the one that the server had then (--master-key, or the file beside the SQLite database)"}
	}
	b.info = BackupInfo{Database: h.Database, Schema: h.Schema, At: h.At}
	return b, nil
}

// failure tells a file that is not whole from one that could not be read.
func (b *backupReader) failure() error {
	if b.proved.failed != nil {
		return fmt.Errorf("reading the backup: %w", b.proved.failed)
	}
	return errDamaged
}

// blame is the cause of an error with what was read: a damaged file can have led to any.
func (b *backupReader) blame(err error) error {
	if errors.Is(err, ErrUnavailable) || errors.Is(err, context.Canceled) || b.proved.failed != nil || b.proved.proves() {
		return err
	}
	return b.failure()
}

// next returns the next line behind the header; it is good until the next call. io.EOF behind the last one, if the file is what was written.
func (b *backupReader) next() ([]byte, error) {
	line, err := b.read()
	if err != nil {
		return nil, b.failure()
	}
	if line[0] == '[' {
		b.info.Rows++
		return line, nil
	}
	var end backupEnd
	if json.Unmarshal(line, &end) != nil || end.Rows == nil {
		return line, nil
	}
	if _, err := b.lines.Peek(1); !errors.Is(err, io.EOF) || !b.proved.proves() || *end.Rows != b.info.Rows {
		return nil, b.failure()
	}
	return nil, io.EOF
}

// read returns a line without its end. io.ErrUnexpectedEOF when there is none.
func (b *backupReader) read() ([]byte, error) {
	b.line = b.line[:0]
	for {
		part, err := b.lines.ReadSlice('\n')
		b.line = append(b.line, part...)
		switch {
		case err == nil && len(b.line) > 1:
			return b.line[:len(b.line)-1], nil
		case errors.Is(err, bufio.ErrBufferFull) && len(b.line) < maxBackupLine:
			continue
		case err == nil || errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		}
		return nil, err
	}
}

// provedReader passes on all of a file but its last bytes, which prove the rest.
type provedReader struct {
	r      *bufio.Reader
	macs   []hash.Hash
	failed error // why the file could not be read any further, if that was not its end
}

const provedAtOnce = 32 << 10

func newProvedReader(r io.Reader, keys []backupKey) *provedReader {
	p := &provedReader{r: bufio.NewReaderSize(r, provedAtOnce+sha256.Size)}
	for _, k := range keys {
		p.macs = append(p.macs, hmac.New(sha256.New, k.secret))
	}
	return p
}

// Read implements io.Reader.
func (p *provedReader) Read(to []byte) (int, error) {
	seen, err := p.r.Peek(min(len(to), provedAtOnce) + sha256.Size)
	n := len(seen) - sha256.Size
	if n <= 0 {
		if !errors.Is(err, io.EOF) {
			p.failed = err
		}
		return 0, err
	}
	copy(to, seen[:n])
	for _, mac := range p.macs {
		mac.Write(seen[:n])
	}
	return p.r.Discard(n)
}

// proves reads what is left, and says whether all of it is what somebody wrote who has one of the keys.
func (p *provedReader) proves() bool {
	if _, err := io.Copy(io.Discard, p); err != nil {
		return false
	}
	proof, err := io.ReadAll(p.r)
	return err == nil && slices.ContainsFunc(p.macs, func(mac hash.Hash) bool { return hmac.Equal(mac.Sum(nil), proof) })
}
