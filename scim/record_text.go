package scim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"doorlist/store"
)

// What is kept of a request has neither credentials nor passwords in it.

// masked stands in the place of a secret.
const masked = "••••"

// isSecret says that a text has a part of the names of attributes and parameters whose values are secrets, in any case.
func isSecret[T string | []byte](text T) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf { // some letters beyond ASCII have a lower case within it
			return hasSecretName(strings.ToLower(string(text)))
		}
	}
	return hasSecretName(text)
}

// hasSecretName goes through every body, and most have none.
func hasSecretName[T string | []byte](text T) bool {
	for i := range len(text) {
		switch c := text[i] | 0x20; {
		case c == 'p' && foldedAt(text, i, "password"), c == 's' && foldedAt(text, i, "secret"), c == 't' && foldedAt(text, i, "token"):
			return true
		}
	}
	return false
}

// foldedAt says that a name of lower-case letters stands in a text, in any case.
func foldedAt[T string | []byte](text T, i int, name string) bool {
	if len(text)-i < len(name) {
		return false
	}
	for n := range len(name) {
		if text[i+n]|0x20 != name[n] {
			return false
		}
	}
	return true
}

// credentials are tokens of ours, and JWTs, wherever they stand.
var credentials = regexp.MustCompile(`\bdl[a-z]{1,3}_[A-Za-z0-9_-]{16,}|\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*`)

func withoutCredentials(text string) string {
	if !(strings.Contains(text, "dl") && strings.Contains(text, "_")) && !strings.Contains(text, "eyJ") {
		return text
	}
	return credentials.ReplaceAllString(text, masked)
}

// maxMasked bounds a body out of which secrets are taken; a larger one that may have some is not kept.
const maxMasked = 64 << 10

// bodyText is what is kept of a body, and how long it was.
func bodyText(body []byte) (string, int64) {
	size := int64(len(body))
	if mayHaveSecrets(body) {
		if size > maxMasked {
			return "", size
		}
		return withoutCredentials(withoutSecrets(body)), size
	}
	return withoutCredentials(string(body[:min(len(body), store.MaxRequestText)])), size
}

// mayHaveSecrets says that a name of a secret stands in the text, or could behind an escape.
func mayHaveSecrets(body []byte) bool {
	return bytes.Contains(body, []byte(`\u00`)) || isSecret(body)
}

// withoutSecrets is a JSON document with its secrets masked. Of what is no JSON nothing is known, and nothing is kept.
func withoutSecrets(body []byte) string {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var document any
	if d.Decode(&document) != nil || d.More() {
		return ""
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if e.Encode(maskedValue(document)) != nil {
		return ""
	}
	return strings.TrimSpace(text.String())
}

// maskedValue masks the values of secrets in a document, and the value of an operation whose path is one.
func maskedValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		path, _ := member(v, "path").(string)
		for name, inner := range v {
			if isSecret(name) || strings.EqualFold(name, "value") && isSecret(path) {
				v[name] = masked
				continue
			}
			v[name] = maskedValue(inner)
		}
		if isSecret(path) { // the path may compare with a secret
			for name := range v {
				if strings.EqualFold(name, "path") {
					v[name] = quotedText.ReplaceAllString(path, `"`+masked+`"`)
				}
			}
		}
	case []any:
		for i, inner := range v {
			v[i] = maskedValue(inner)
		}
	}
	return v
}

// quotedText is a text in quotation marks, with its escapes, ended or not.
var quotedText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)

// The characters that would change how a target is read are kept as escapes; the others as a person reads them.
var (
	targetSegment   = strings.NewReplacer("%", "%25", "/", "%2F", "?", "%3F", "#", "%23")
	targetParameter = strings.NewReplacer("%", "%25", "&", "%26", "#", "%23", "+", "%2B")
)

// targetText is the path and query of a request, below the SCIM root, to be read.
func targetText(rest []string, query string) string {
	var b strings.Builder
	b.Grow(16 + len(query) + 37*len(rest))
	for _, segment := range rest {
		b.WriteByte('/')
		b.WriteString(targetSegment.Replace(segment))
	}
	if len(rest) == 0 {
		b.WriteByte('/')
	}
	separator := byte('?')
	for parameter := range strings.SplitSeq(query, "&") {
		if parameter == "" {
			continue
		}
		name, value, given := strings.Cut(parameter, "=")
		b.WriteByte(separator)
		separator = '&'
		name = unescaped(name)
		b.WriteString(targetParameter.Replace(name))
		if given {
			b.WriteByte('=')
			b.WriteString(targetParameter.Replace(parameterText(name, unescaped(value))))
		}
	}
	return withoutCredentials(b.String())
}

// parameterText is the value of a parameter without secrets.
func parameterText(name, value string) string {
	if isSecret(name) {
		return masked
	}
	if isSecret(value) { // a filter may compare with one
		return quotedText.ReplaceAllString(value, `"`+masked+`"`)
	}
	return value
}

func unescaped(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

// keptHeaders are the headers that are kept: what decides about the answer, and what a provider counts its requests by.
var keptHeaders = []string{
	"Content-Type", "If-Match", "If-None-Match", "User-Agent", "Adscimversion", "Client-Request-Id", "X-Ms-Client-Request-Id", "Request-Id",
	"X-Ms-Request-Id", "X-Ms-Correlation-Id", "X-Correlation-Id", "Traceparent",
}

// maxHeader bounds the value of a header that is kept, in bytes.
const maxHeader = 300

func headersText(h http.Header) string {
	var b strings.Builder
	for _, name := range keptHeaders {
		values := h[name]
		if len(values) == 0 {
			continue
		}
		value := values[0]
		if len(values) > 1 {
			value = strings.Join(values, ", ")
		}
		if value == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		} else {
			b.Grow(200)
		}
		b.WriteString(name)
		b.WriteString(": ")
		b.WriteString(withoutCredentials(value[:min(len(value), maxHeader)]))
	}
	return b.String()
}
