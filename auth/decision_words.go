package auth

import (
	"strings"

	"doorlist/policy"
	"doorlist/store"
)

// What the detail of a decision says where its reason alone does not explain it.
const (
	toAnotherOrganization = " to an application of another organization"
	toASecondFactor       = " to an application that demands a second factor"
	notAttached           = "the connection is not attached to the organization, or to any"
	differentRoles        = "the grants point to different roles: "
)

// FixOf is what an administrator can do about a decision that is on record, in a sentence or two; "" where nothing is wrong.
func FixOf(d store.Decision) string {
	v := policy.Verdict{Reason: policy.Reason(d.Reason)}
	v.Foreign = strings.Contains(d.Detail, toAnotherOrganization)
	v.FactorMissing = strings.Contains(d.Detail, toASecondFactor)
	v.Unattached = v.Reason == policy.ConnectionOff && strings.Contains(d.Detail, notAttached)
	v.Standing.Ambiguous = strings.Contains(d.Detail, differentRoles)
	return v.Words().Fix
}

// Reasons lists the codes of all outcomes that an attempt to enter can have.
func Reasons() []string {
	var codes []string
	for _, r := range policy.Reasons() {
		codes = append(codes, string(r))
	}
	return codes
}
