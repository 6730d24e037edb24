package admin

import "strings"

// onPages says of what a fix names a command for where the console does the same.
var onPages = strings.NewReplacer(
	"or map one of their groups with “doorlist mapping add”", "or give one of their groups a role, on the group's page",
	"; “doorlist explain” lists what gives which. Or let the highest win with “doorlist org set ORGANIZATION --ambiguous-roles highest”",
	"; the person's page lists what gives which. Or let the highest win, under Settings",
	"“doorlist application list” shows which organization has an application on this host. Add one for this organization too if",
	"The application on this host belongs to another organization. Add one for this organization too, under Settings, Applications, if",
	"attach it with “doorlist connection attach --connection C --org O”", "attach it on the organization's overview",
	"“doorlist application set APPLICATION --second-factor=false” lifts the demand", "The application can be changed under Settings, Applications",
	"“doorlist review list” shows both. If it is the same person, “doorlist review same-person”; if not, “doorlist review new-person”, which lets the new person begin afresh.",
	"Both are on the overview, under “Held back for review”. Say there whether it is the same person, or a new one, who then begins afresh.",
	"make an exception with “doorlist sso set --user … off”", "make an exception on the person's page, by “Single sign-on”",
	"Switch it on with “doorlist sso set --user”, or send them an invitation to choose a password", "On the person's page, switch it on by “Single sign-on”, or send an invitation to choose a password by “Invite”",
)

// fixHere is a fix for people who are in the console.
func fixHere(fix string) string { return onPages.Replace(fix) }
