package drift

import (
	"strings"
	"unicode"
)

// column is something that a line tells.
type column int

const (
	objectID column = iota
	userPrincipalName
	displayName
	mail
	enabled
	blocked // the opposite of enabled, in exports of the Microsoft 365 admin center
	memberType
	isUser
	isGroup
	sourceID
	sourceName
	sourcePrincipal
	source // an object in JSON, in exports of a log workspace
	sourceType
	action
	status
	reason
	at
	columnCount
)

// columnNames are the names that Entra's exports have had, as nameKey writes them. Version and portal decide which a file has; the
// first that is there counts.
var columnNames = [columnCount][]string{
	objectID:          {"objectid", "id", "userobjectid", "memberobjectid"},
	userPrincipalName: {"userprincipalname", "upn", "username"},
	displayName:       {"displayname", "name"},
	mail:              {"mail", "email", "emailaddress", "primarysmtpaddress"},
	enabled:           {"accountenabled", "enabled"},
	blocked:           {"blockcredential", "blocksignin", "signinblocked"},
	memberType:        {"objecttype", "membertype"},
	isUser:            {"isuser"},
	isGroup:           {"isgroup"},
	sourceID:          {"sourceidentityid", "sourceid", "sourceobjectid", "sourceidentityentraid"},
	sourceName:        {"sourceidentitydisplayname", "sourcedisplayname", "sourcename", "identity"},
	sourcePrincipal:   {"sourceidentityuserprincipalname", "sourceuserprincipalname"},
	source:            {"sourceidentity"},
	sourceType:        {"sourceidentityidentitytype", "sourceidentitytype", "sourcetype", "identitytype"},
	action:            {"provisioningaction", "action"},
	status:            {"provisioningstatusinfostatus", "statusinfostatus", "provisioningstatus", "status", "resulttype"},
	reason:            {"statusreason", "reason", "statusinfoerrorinformationreason", "resultdescription", "failurereason", "statusinfoerrorinformationerrorcode", "errorcode", "resultsignature"},
	at:                {"activitydatetime", "activitydate", "activitydateutc", "dateutc", "date", "timegenerated"},
}

// columns tells the field that each column is, counted from 1; 0 for none.
type columns [columnCount]int

// nameKey reduces the name of a column to its letters and digits in lower case. Of "User name [userPrincipalName] Required", as
// templates have it, the name in brackets counts.
func nameKey(name string) string {
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

// readHeading finds the columns and tells by them which export it is.
func readHeading(heading []string, line int) (Kind, columns, error) {
	byKey := map[string]int{}
	for i, name := range heading {
		if key := nameKey(name); byKey[key] == 0 {
			byKey[key] = i + 1
		}
	}
	var found columns
	for c, names := range columnNames {
		for _, name := range names {
			if found[c] == 0 {
				found[c] = byKey[name]
			}
		}
	}
	has := func(c column) bool { return found[c] > 0 }
	switch {
	case has(status) && has(action) && (has(sourceID) || has(source)):
		return Provisioning, found, nil
	case !has(objectID) && !has(userPrincipalName) || !has(displayName):
		return "", found, fault(line, "this is no heading of an export that can be compared. It needs the columns id or userPrincipalName, and displayName (\"Download users\", \"Download members\"), "+
			"or sourceIdentity.id, provisioningAction and statusInfo.status (the provisioning log). Their English names are understood.")
	case has(memberType) || has(isUser):
		return Members, found, nil
	}
	return Users, found, nil
}
