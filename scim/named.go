package scim

import (
	"net/url"
	"strings"

	"github.com/scim2/filter-parser/v2"
)

// Named is the value by which a look-up asks for one person or group, of the target that the log has of it; "" for other requests.
func Named(target string) string {
	_, query, _ := strings.Cut(target, "?")
	for parameter := range strings.SplitSeq(query, "&") {
		text, ok := strings.CutPrefix(parameter, "filter=")
		if !ok {
			continue
		}
		if text, err := url.PathUnescape(text); err == nil {
			return comparedWith(text)
		}
	}
	return ""
}

// comparedWith is the text of a filter that is one comparison by eq.
func comparedWith(text string) string {
	e, err := parseFilter(text)
	if err != nil {
		return ""
	}
	comparison, ok := e.(*filter.AttributeExpression)
	if !ok || comparison.Operator != filter.EQ {
		return ""
	}
	value, _ := comparison.CompareValue.(string)
	return value
}
