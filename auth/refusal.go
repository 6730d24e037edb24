package auth

import (
	"fmt"

	"doorlist/policy"
)

// refusal ends a sign-in before the rules of admission are asked: what came back cannot be trusted or says no.
type refusal struct {
	reason  policy.Reason
	detail  string // for the administrator: what exactly was wrong; never a token, code or secret
	hint    hint
	restart bool // worth starting again without asking, once
}

func (r *refusal) Error() string { return string(r.reason) + ": " + r.detail }

// maxDetail cuts details that repeat what came over the network.
const maxDetail = 300

func badResponse(format string, args ...any) *refusal {
	return &refusal{reason: policy.BadResponse, detail: short(fmt.Sprintf(format, args...))}
}

func short(s string) string {
	if len(s) > maxDetail {
		s = s[:maxDetail] + "…"
	}
	return printable(s)
}
