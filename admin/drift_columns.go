package admin

import (
	"strings"
	"unicode"
)

// driftColumn is something that a line tells.
type driftColumn int

const (
	columnObjectID driftColumn = iota
	columnUserPrincipalName
	columnDisplayName
	columnMail
	columnEnabled
	columnBlocked // the opposite of enabled, in exports of the Microsoft 365 admin center
	columnMemberType
	columnIsUser
	columnIsGroup
	columnSourceID
	columnSourceName
	columnSourcePrincipal
	columnSource // an object in JSON, in exports of a log workspace
	columnSourceType
	columnAction
	columnStatus
	columnReason
	columnAt
	columnCount
)

// columnNames are the names that Entra's exports have had, as columnKey writes them. Version and portal decide which a file has; the
// first that is there counts.
var columnNames = [columnCount][]string{
	columnObjectID:          {"objectid", "id", "userobjectid", "memberobjectid"},
	columnUserPrincipalName: {"userprincipalname", "upn", "username"},
	columnDisplayName:       {"displayname", "name"},
	columnMail:              {"mail", "email", "emailaddress", "primarysmtpaddress"},
	columnEnabled:           {"accountenabled", "enabled"},
	columnBlocked:           {"blockcredential", "blocksignin", "signinblocked"},
	columnMemberType:        {"objecttype", "membertype"},
	columnIsUser:            {"isuser"},
	columnIsGroup:           {"isgroup"},
	columnSourceID:          {"sourceidentityid", "sourceid", "sourceobjectid", "sourceidentityentraid"},
	columnSourceName:        {"sourceidentitydisplayname", "sourcedisplayname", "sourcename", "identity"},
	columnSourcePrincipal:   {"sourceidentityuserprincipalname", "sourceuserprincipalname"},
	columnSource:            {"sourceidentity"},
	columnSourceType:        {"sourceidentityidentitytype", "sourceidentitytype", "sourcetype", "identitytype"},
	columnAction:            {"provisioningaction", "action"},
	columnStatus:            {"provisioningstatusinfostatus", "statusinfostatus", "provisioningstatus", "status", "resulttype"},
	columnReason:            {"statusreason", "reason", "statusinfoerrorinformationreason", "resultdescription", "failurereason", "statusinfoerrorinformationerrorcode", "errorcode", "resultsignature"},
	columnAt:                {"activitydatetime", "activitydate", "activitydateutc", "dateutc", "date", "timegenerated"},
}

// columnPlaces tells the field that each column is, counted from 1; 0 for none.
type columnPlaces [columnCount]int

// columnKey reduces the name of a column to its letters and digits in lower case. Of "User name [userPrincipalName] Required", as
// templates have it, the name in brackets counts.
func columnKey(name string) string {
	if _, inner, found := strings.Cut(name, "["); found {
		name, _, _ = strings.Cut(inner, "]")
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// readDriftHeading finds the columns and tells by them which export it is.
func readDriftHeading(heading []string, line int) (DriftFileKind, columnPlaces, error) {
	byKey := map[string]int{}
	for i, name := range heading {
		if key := columnKey(name); byKey[key] == 0 {
			byKey[key] = i + 1
		}
	}
	var found columnPlaces
	for c, names := range columnNames {
		for _, name := range names {
			if found[c] == 0 {
				found[c] = byKey[name]
			}
		}
	}
	has := func(c driftColumn) bool { return found[c] > 0 }
	switch {
	case has(columnStatus) && has(columnAction) && (has(columnSourceID) || has(columnSource)):
		return DriftProvisioning, found, nil
	case !has(columnObjectID) && !has(columnUserPrincipalName) || !has(columnDisplayName):
		return "", found, lineFault(line, "this is no heading of an export that can be compared. It needs the columns id or userPrincipalName, and displayName (\"Download users\", \"Download members\"), "+
			"or sourceIdentity.id, provisioningAction and statusInfo.status (the provisioning log). Their English names are understood.")
	case has(columnIsUser) || has(columnMemberType) && !has(columnEnabled): // "Download users" may have objectType too
		return DriftMembers, found, nil
	}
	return DriftUsers, found, nil
}
