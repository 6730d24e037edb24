package admin

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"
)

// maxForm bounds what a form has beside its file, in bytes.
const maxForm = 64 << 10

// uploaded is a form with a file.
type uploaded struct {
	values values
	file   []byte
}

// upload reads a form with a file, into memory alone: it names people, and nothing of it may stay on a disk.
func (r *request) upload() (uploaded, error) {
	u := uploaded{values: values{}}
	// The server's limits are for pages.
	until := http.NewResponseController(r.Response())
	for _, extend := range []func(time.Time) error{until.SetReadDeadline, until.SetWriteDeadline} {
		if err := extend(time.Now().Add(comparisonTakes)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return u, err
		}
	}
	parts, err := r.Request().MultipartReader()
	if err != nil {
		return u, &DriftFileError{Message: "The form has no file. Choose the file that Entra exported, and send the form from this page."}
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return u, uploadFault(err)
		}
		limit, name := int64(maxValue), part.FormName()
		if name == "file" {
			limit = MaxDriftBytes + 1 // which Open refuses, with what to do instead
		}
		content, err := io.ReadAll(io.LimitReader(part, limit))
		if err != nil {
			return u, uploadFault(err)
		}
		if name == "file" {
			u.file = content
		} else {
			u.values[name] = string(bytes.TrimSpace(content))
		}
	}
	if len(u.file) == 0 {
		return u, &DriftFileError{Message: "The file is empty, or none was chosen. Choose the file that Entra exported."}
	}
	return u, nil
}

func uploadFault(err error) error {
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return &DriftFileError{Message: driftTooLarge}
	}
	return &DriftFileError{Message: "The file did not arrive whole. Please send it once more."}
}
