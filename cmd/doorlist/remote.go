package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"doorlist/auth"
	"doorlist/store"
)

// remoteCommand is what a person needs for a command at a server where they signed in.
type remoteCommand struct {
	needs right
	// file is which argument names a file, counted from 1; its content goes along as standard input.
	file int
	// terminal are flags for the server's own terminal.
	terminal []string
}

// remoteCommands are the commands that may be run from another machine. They touch nothing but the store, and DNS for a domain. What is not
// listed is for the server's own terminal: it reads files and settings there, makes organizations or break-glass owners,
// or claims what all organizations share, as there are the first page, the mail domains that lead away from it, and hosts.
var remoteCommands = map[string]remoteCommand{
	"org list":                   {needs: mayRead},
	"org show":                   {needs: mayRead},
	"org set":                    {needs: mayOwn, terminal: []string{"parent"}},
	"connection list":            {needs: mayRead},
	"connection show":            {needs: mayRead},
	"connection credential list": {needs: mayRead},
	// A path is one of the server's own files, which the provider would be sent.
	"connection credential add":    {needs: mayOwn, terminal: []string{"cert", "key", "token-file"}},
	"connection credential remove": {needs: mayOwn},
	"connection attach":            {needs: mayOwn},
	"connection detach":            {needs: mayOwn},
	"connection set":               {needs: mayOwn, terminal: []string{"domain"}},
	"connection remove":            {needs: mayOwn},
	"connection guide":             {needs: mayRead},
	"connection resync":            {needs: mayRead, terminal: []string{"done"}},
	"domain list":                  {needs: mayRead},
	"domain add":                   {needs: mayOwn}, // with proof alone
	"domain verify":                {needs: mayOwn},
	"role list":                    {needs: mayRead},
	"role add":                     {needs: mayManage},
	"role set":                     {needs: mayManage},
	"role remove":                  {needs: mayManage},
	"mapping list":                 {needs: mayRead},
	"mapping add":                  {needs: mayManage},
	"mapping set":                  {needs: mayManage},
	"mapping remove":               {needs: mayManage},
	"application list":             {needs: mayRead},
	"application set":              {needs: mayOwn},
	"application remove":           {needs: mayOwn},
	"application remove-path":      {needs: mayOwn},
	"schema list":                  {needs: mayRead},
	"schema show":                  {needs: mayRead},
	"schema add":                   {needs: mayOwn, file: 1},
	"schema remove":                {needs: mayOwn},
	"connection scim":              {needs: mayRead},
	"client list":                  {needs: mayRead},
	// The server fetches keys from an issuer.
	"client create":        {needs: mayOwn, terminal: []string{"issuer"}},
	"client add-secret":    {needs: mayOwn},
	"client revoke-secret": {needs: mayOwn},
	"client revoke":        {needs: mayOwn},
	"token list":           {needs: mayRead},
	"token create":         {needs: mayOwn},
	"token revoke":         {needs: mayOwn},
	"user release":         {needs: mayOwn},
	"brake show":           {needs: mayRead},
	"brake set":            {needs: mayOwn},
	"brake apply":          {needs: mayOwn},
	"brake release":        {needs: mayOwn},
	"review list":          {needs: mayRead},
	"review same-person":   {needs: mayOwn},
	"review new-person":    {needs: mayOwn},
	"user assign":          {needs: mayManage},
	"user unassign":        {needs: mayManage},
	// A link to choose a password is as good as the person.
	"user invite":              {needs: mayOwn, terminal: []string{"smtp-url"}},
	"user reset-second-factor": {needs: mayOwn},
	"session list":             {needs: mayRead},
	"session end":              {needs: mayManage},
	"sso show":                 {needs: mayRead},
	"sso set":                  {needs: mayOwn},
	"outage list":              {needs: mayRead},
	"outage start":             {needs: mayOwn},
	"outage end":               {needs: mayOwn},
	"explain":                  {needs: mayRead},
	"history":                  {needs: mayRead},
	"audit list":               {needs: mayRead},
	"audit verify":             {needs: mayOwn, terminal: []string{"checkpoint"}},
	"audit checkpoint":         {needs: mayRead, terminal: []string{"out"}},
	"undo":                     {needs: mayOwn},
}

// nameOf is a command's name in remoteCommands.
func nameOf(c *cobra.Command) string {
	_, name, _ := strings.Cut(c.CommandPath(), " ")
	return name
}

// served is a server that runs a command for somebody elsewhere: with its own store and settings.
type served struct {
	store  *store.Store
	config Config
}

// remoteRequest and remoteAnswer are the messages of POST /admin/api/commands.
type (
	remoteRequest struct {
		Args  []string `json:"args"`
		Stdin string   `json:"stdin"`
	}
	remoteAnswer struct {
		Code    int    `json:"exit_code"`
		Stdout  string `json:"stdout"`
		Stderr  string `json:"stderr"`
		Message string `json:"message,omitempty"` // where nothing was run
	}
)

// runFor runs a command on behalf of a person elsewhere.
func (p *program) runFor(ctx context.Context, s *store.Store, who auth.Caller, asked remoteRequest) remoteAnswer {
	var stdout, stderr cappedBuffer
	far := &program{
		stdin: strings.NewReader(asked.Stdin), stdout: plainWriter{&stdout}, stderr: plainWriter{&stderr}, now: p.now, resolver: p.resolver,
		served: &served{store: s, config: p.config},
	}
	ctx = withScope(ctx, &scope{
		actor:          store.Actor{Kind: store.Person, ID: who.UserID, Name: who.UserName, RequestID: who.RequestID, Address: who.Address},
		organizationID: who.OrganizationID, who: who, right: rightOf(who.Console),
	})
	code := exitFailed
	refusal := far.permit(who, asked.Args)
	if refusal == "" {
		refusal = far.alone(ctx, s, who, asked.Args)
	}
	if refusal != "" {
		fmt.Fprintln(far.stderr, "doorlist:", refusal)
	} else {
		code = far.execute(ctx, asked.Args)
	}
	return remoteAnswer{Code: code, Stdout: stdout.String(), Stderr: stderr.String()}
}

// permit says why a person may not run a command; "" if they may. It finds the command as execute will.
func (p *program) permit(who auth.Caller, args []string) string {
	c, _, err := p.root().Find(args)
	if err != nil {
		return err.Error()
	}
	command, ok := remoteCommands[nameOf(c)]
	switch {
	case !ok:
		return fmt.Sprintf("`%s` runs at the server's own terminal only", c.CommandPath())
	case rightOf(who.Console) < command.needs:
		return fmt.Sprintf("`%s` needs a role with a higher console right than yours, which is %q", c.CommandPath(), who.Console)
	case command.needs == mayOwn && !who.Fresh:
		return fmt.Sprintf("`%s` needs a sign-in at most %d minutes old: run `doorlist login` again", c.CommandPath(), int(auth.FreshFor.Minutes()))
	}
	return ""
}

// alone says why one person may not run a command where two decide; "" if one may. The console asks for the second one.
func (p *program) alone(ctx context.Context, s *store.Store, who auth.Caller, args []string) string {
	c, _, err := p.root().Find(args)
	if err != nil || !takesTwo(nameOf(c)) {
		return ""
	}
	ruled, err := s.Organization(who.OrganizationID).TwoPersons(ctx)
	if err != nil {
		return "whether two persons decide here could not be found out; please try again"
	}
	if ruled {
		return fmt.Sprintf("two persons decide here: do what `%s` does in the console, where another owner can approve it", c.CommandPath())
	}
	return ""
}

// takesTwo says whether a command changes what takes two owners where the two-person rule holds; see the console's routes.
func takesTwo(name string) bool {
	group, _, _ := strings.Cut(name, " ")
	needs := remoteCommands[name].needs
	return needs == mayOwn || needs == mayManage && slices.Contains([]string{"mapping", "role", "user"}, group)
}

// prepareServed readies a command that runs for somebody elsewhere: the flags of the program itself mean this machine, and
// an organization that is not named is the person's own.
func (p *program) prepareServed(cmd *cobra.Command) error {
	var refused error
	cmd.Root().PersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Changed && refused == nil {
			refused = usagef("--%s is for the server's own terminal", f.Name)
		}
	})
	for _, name := range remoteCommands[nameOf(cmd)].terminal {
		if cmd.Flags().Changed(name) {
			refused = usagef("--%s is for the server's own terminal: it concerns more than your organization", name)
		}
	}
	if refused != nil {
		return refused
	}
	p.config, p.running = p.served.config, true
	org := cmd.Flags().Lookup("org")
	if org == nil || org.Changed || nameOf(cmd) == "session end" {
		return nil
	}
	return cmd.Flags().Set("org", scopeOf(cmd.Context()).organizationID)
}
