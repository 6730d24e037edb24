package admin_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"doorlist/admin"
)

const (
	alice = "aaaaaaaa-0000-4000-8000-00000000a11c"
	bob   = "bbbbbbbb-0000-4000-8000-0000000000b0"
)

const usersHeading = "userPrincipalName,displayName,surname,mail,givenName,objectId,userType,jobTitle,department,accountEnabled,usageLocation"

// utf16le is a text as Excel saves it.
func utf16le(text string) []byte {
	var b bytes.Buffer
	b.Write([]byte{0xff, 0xfe})
	_ = binary.Write(&b, binary.LittleEndian, utf16.Encode([]rune(text)))
	return b.Bytes()
}

func readDriftFile(content []byte) (admin.DriftFileKind, []admin.DriftLine, error) {
	e, err := admin.OpenDriftFile(content)
	if err != nil {
		return "", nil, err
	}
	if err := e.Check(); err != nil {
		return e.Kind, nil, err
	}
	var lines []admin.DriftLine
	for l, err := range e.All() {
		if err != nil {
			return e.Kind, lines, err
		}
		lines = append(lines, l)
	}
	return e.Kind, lines, nil
}

func TestOpenDriftFile_ReadsTheExportsOfEveryVersion(t *testing.T) {
	t.Parallel()
	ann := admin.DriftLine{Number: 2, ObjectID: alice, UserPrincipalName: "ann@contoso.com", DisplayName: "Lee, Ann", Mail: "ann.lee@contoso.com", Enabled: admin.DriftYes, Person: true}
	line := `ann@contoso.com,"Lee, Ann",Lee,ann.lee@contoso.com,Ann,` + strings.ToUpper(alice) + `,Member,,,True,`
	short := ann
	short.Mail, short.Enabled = "", admin.DriftUnsaid
	enabled := short
	enabled.Enabled = admin.DriftYes
	later := short
	later.Number = 3
	blocked := short
	blocked.Enabled = admin.DriftNo
	for what, c := range map[string]struct {
		content []byte
		kind    admin.DriftFileKind
		want    admin.DriftLine
	}{
		"as documented":             {[]byte(usersHeading + "\n" + line + "\n"), admin.DriftUsers, ann},
		"users with their type":     {[]byte("id,userPrincipalName,displayName,objectType,userType,accountEnabled\n" + alice + ",ann@contoso.com,\"Lee, Ann\",User,Member,true"), admin.DriftUsers, enabled},
		"CRLF and a mark":           {[]byte("\ufeff" + usersHeading + "\r\n" + line + "\r\n"), admin.DriftUsers, ann},
		"UTF-16":                    {utf16le(usersHeading + "\r\n" + line), admin.DriftUsers, ann},
		"semicolons":                {[]byte("UserPrincipalName;DISPLAYNAME;id;mail;accountEnabled\nann@contoso.com;Lee, Ann;" + alice + ";ann.lee@contoso.com;true"), admin.DriftUsers, ann},
		"tabs":                      {[]byte("userPrincipalName\tdisplayName\tid\nann@contoso.com\tLee, Ann\t" + alice), admin.DriftUsers, short},
		"what Excel says first":     {[]byte("sep=;\nUser principal name;Display name;Object Id\nann@contoso.com;Lee, Ann;" + alice), admin.DriftUsers, later},
		"what templates say first":  {[]byte("version:v1.0,,\n\"User name [userPrincipalName] Required\",Name [displayName],Object [objectId]\nann@contoso.com,\"Lee, Ann\"," + alice), admin.DriftUsers, later},
		"the Microsoft 365 center":  {[]byte("Block credential,Display name,Object Id,User principal name\nTrue,\"Lee, Ann\"," + alice + ",ann@contoso.com"), admin.DriftUsers, blocked},
		"members of a group":        {[]byte("id,userPrincipalName,displayName,objectType,userType,isUser,isGroup,isGuest\n" + alice + ",ann@contoso.com,\"Lee, Ann\",User,Member,True,False,False"), admin.DriftMembers, short},
		"members, newer":            {[]byte("Object ID,User principal name,Display name,Member type\n" + alice + ",ann@contoso.com,\"Lee, Ann\",User"), admin.DriftMembers, short},
		"spaces around and a blank": {[]byte("id, userPrincipalName , displayName\n\n" + alice + ", ann@contoso.com,\"Lee, Ann\"\n\n"), admin.DriftUsers, later},
	} {
		kind, lines, err := readDriftFile(c.content)
		if err != nil || kind != c.kind || len(lines) != 1 {
			t.Errorf("%s: %s, %+v, %v", what, kind, lines, err)
			continue
		}
		if diff := cmp.Diff(c.want, lines[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
}

func TestOpenDriftFile_ReadsTheProvisioningLog(t *testing.T) {
	t.Parallel()
	want := admin.DriftLine{Number: 2, ObjectID: alice, DisplayName: "Ann", UserPrincipalName: "", Person: true, Action: "create", Status: "failure", Reason: "It says: \"no\"", At: time.Date(2026, 3, 1, 8, 15, 0, 0, time.UTC)}
	for what, text := range map[string]string{
		"the portal's":      "id,activityDateTime,provisioningAction,statusInfo.status,statusInfo.errorInformation.reason,sourceIdentity.id,sourceIdentity.displayName,sourceIdentity.identityType\nx,2026-03-01T08:15:00Z,create,failure,\"It says: \"\"no\"\"\"," + alice + ",Ann,User",
		"opened in Excel":   "Date;Action;Status;Status reason;Source ID;Source display name\n3/1/2026 8:15:00 AM;Create;Failure;\"It says: \"\"no\"\"\";" + alice + ";Ann",
		"a log workspace's": "TimeGenerated,ProvisioningAction,ResultType,ResultDescription,SourceIdentity\n2026-03-01T08:15:00Z,create,Failure,\"It says: \"\"no\"\"\",\"{\"\"Id\"\":\"\"" + alice + "\"\",\"\"Name\"\":\"\"Ann\"\",\"\"identityType\"\":\"\"User\"\"}\"",
	} {
		kind, lines, err := readDriftFile([]byte(text))
		if err != nil || kind != admin.DriftProvisioning || len(lines) != 1 {
			t.Errorf("%s: %s, %+v, %v", what, kind, lines, err)
			continue
		}
		if diff := cmp.Diff(want, lines[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
}

func TestOpenDriftFile_SaysWhichLineIsWrong(t *testing.T) {
	t.Parallel()
	good := "id,userPrincipalName,displayName,accountEnabled\n" + alice + ",ann@contoso.com,Ann,True\n"
	for what, c := range map[string]struct {
		content []byte
		line    int
		says    string
	}{
		"nothing":                  {nil, 0, "empty"},
		"a mark alone":             {[]byte("\ufeff\r\n"), 0, "empty"},
		"a heading alone":          {[]byte("id,userPrincipalName,displayName\n"), 0, "no lines"},
		"an Excel workbook":        {[]byte("PK\x03\x04..."), 0, "save it as CSV"},
		"a page":                   {[]byte("<!DOCTYPE html>\n<p>Sign in</p>"), 1, "no heading"},
		"a picture":                {[]byte("\x89PNG\r\n\x1a\n\x00\x00"), 1, "UTF-8"},
		"another language":         {[]byte("Benutzerprinzipalname,Anzeigename\nann,Ann"), 1, "English"},
		"an object id that is odd": {[]byte(good + "not-a-guid,bob@contoso.com,Bob,True\n"), 3, "GUID"},
		"an answer that is none":   {[]byte(good + bob + ",bob@contoso.com,Bob,WAHR\n"), 3, "True or False"},
		"nobody":                   {[]byte(good + ",,Bob,True\n"), 3, "neither an object id"},
		"too few fields":           {[]byte(good + bob + ",bob@contoso.com,Bob\n"), 3, "3 fields, and the heading has 4"},
		"too many fields":          {[]byte(good + bob + ",bob@contoso.com,Stone, Bob,True\n"), 3, "5 fields"},
		"an open quotation mark":   {[]byte(good + bob + ",bob@contoso.com,\"Bob,True\n" + alice + ",ann@contoso.com,Ann,True\n"), 3, "never closed"},
		"a stray quotation mark":   {[]byte(good + bob + ",bob@contoso.com,Bob \"the\" Stone,True\n"), 3, "quotation mark"},
		"no UTF-8":                 {[]byte(good + bob + ",bob@contoso.com,B\xf6b,True\n"), 3, "UTF-8"},
		"a field without an end":   {[]byte(good + bob + ",bob@contoso.com,\"" + strings.Repeat("x", 70_000) + "\",True\n"), 3, "more than 65536 bytes"},
		"a status that is none":    {[]byte("sourceIdentity.id,action,status\n" + alice + ",create,success\n" + alice + ",create,maybe\n"), 3, "Success, Failure"},
		"a time that is none":      {[]byte("sourceIdentity.id,action,status,date\n" + alice + ",create,success,yesterday\n"), 2, "2026-03-01T08:15:00Z"},
		"a broken source":          {[]byte("SourceIdentity,action,status\n\"{\",create,success\n"), 2, "JSON"},
	} {
		_, _, err := readDriftFile(c.content)
		var fault *admin.DriftFileError
		if !errors.As(err, &fault) || fault.Line != c.line || !strings.Contains(fault.Message, c.says) {
			t.Errorf("%s: got %v, want line %d and %q", what, err, c.line, c.says)
		}
	}
}

func TestOpenDriftFile_Limits(t *testing.T) {
	t.Parallel()
	const heading, line = "userPrincipalName,displayName\n", "a,b\n"
	full := heading + strings.Repeat(line, admin.MaxDriftLines)
	if _, lines, err := readDriftFile([]byte(full)); err != nil || len(lines) != admin.MaxDriftLines {
		t.Errorf("%d lines: got %d, %v", admin.MaxDriftLines, len(lines), err)
	}
	var fault *admin.DriftFileError
	if _, _, err := readDriftFile([]byte(full + line)); !errors.As(err, &fault) || fault.Line != admin.MaxDriftLines+2 {
		t.Errorf("one line more: %v", err)
	}
	long := heading + strings.Repeat("a,\""+strings.Repeat("b", 50_000)+"\"\n", 1000)
	long += "a," + strings.Repeat("b", 60_000)
	at := []byte(long + strings.Repeat("\n", admin.MaxDriftBytes-len(long)))
	if _, lines, err := readDriftFile(at); err != nil || len(lines) != 1001 {
		t.Errorf("%d bytes: got %d lines, %v", len(at), len(lines), err)
	}
	if _, err := admin.OpenDriftFile(append(at, '\n')); !errors.As(err, &fault) || !strings.Contains(fault.Message, "50 MB") {
		t.Errorf("one byte more: %v", err)
	}
	field := func(n int) []byte { return fmt.Appendf(nil, "%sa,%s\n", heading, strings.Repeat("b", n)) }
	if _, _, err := readDriftFile(field(64 << 10)); err != nil {
		t.Errorf("the longest field: %v", err)
	}
	if _, _, err := readDriftFile(field(64<<10 + 1)); !errors.As(err, &fault) || fault.Line != 2 {
		t.Errorf("one byte more in a field: %v", err)
	}
}

// FuzzOpenDriftFile: whatever is sent, a fault names a line that the file has, and a file that was checked can be read.
func FuzzOpenDriftFile(f *testing.F) {
	f.Add([]byte(usersHeading + "\nann@contoso.com,\"Lee, Ann\",Lee,,Ann," + alice + ",Member,,,True,\n"))
	f.Add([]byte("sep=;\nid;displayName;isUser\n" + bob + ";Bob;True"))
	f.Add([]byte("SourceIdentity,action,status\n\"{\"\"id\"\":\"\"" + bob + "\"\"}\",create,success\n"))
	f.Add(utf16le(usersHeading))
	f.Add([]byte("id,displayName\n\"" + alice + ",x"))
	f.Fuzz(func(t *testing.T, content []byte) {
		_, lines, err := readDriftFile(content)
		var fault *admin.DriftFileError
		if err != nil && !errors.As(err, &fault) {
			t.Fatalf("no fault of the file: %v", err)
		}
		if fault != nil && (fault.Line < 0 || fault.Line > bytes.Count(content, []byte("\n"))+1) {
			t.Errorf("line %d of %d: %v", fault.Line, bytes.Count(content, []byte("\n"))+1, fault)
		}
		if err == nil && len(lines) == 0 {
			t.Error("a file without lines was accepted")
		}
	})
}
