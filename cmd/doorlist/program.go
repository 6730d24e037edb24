package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorlist/store"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// program is one run of doorlist: its streams, its environment and its settings.
type program struct {
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
	environ []string
	now     func() time.Time
	// resolver answers about records in DNS; nil is the machine's own.
	resolver *net.Resolver
	config   Config
	json     bool
	// served is the server for which the command runs, on behalf of somebody elsewhere; nil at a terminal.
	served *served
	// running is set once the command line was understood: what fails before is wrong usage.
	running bool
}

// usageError is a command line or setting that cannot be meant.
type usageError struct{ problems []string }

func (e *usageError) Error() string { return strings.Join(e.problems, "\n") }

func usagef(format string, args ...any) error {
	return &usageError{problems: []string{fmt.Sprintf(format, args...)}}
}

// run is the whole program. It returns the exit code: 0 done, 1 failed, 2 wrong usage.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, environ []string) int {
	p := &program{stdin: stdin, stdout: plainWriter{stdout}, stderr: plainWriter{stderr}, environ: environ, now: time.Now}
	return p.execute(ctx, args)
}

// execute runs a command and says what went wrong.
func (p *program) execute(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if done, ok := errors.AsType[*exitError](err); ok {
		return done.code
	}
	for line := range strings.Lines(sentence(err)) {
		fmt.Fprintln(p.stderr, "doorlist:", strings.TrimSuffix(line, "\n"))
	}
	if isUsage(err) || !p.running {
		fmt.Fprintln(p.stderr, "Run `doorlist help` for the commands and settings.")
		return exitUsage
	}
	return exitFailed
}

// isUsage says that the command line or the settings must be changed: nothing was tried, or the store refused a value.
func isUsage(err error) bool {
	_, usage := errors.AsType[*usageError](err)
	_, invalid := errors.AsType[*store.InvalidError](err)
	return usage || invalid
}

// root is the tree of commands.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "doorlist",
		Short:             "Doorlist keeps the list at the door: Entra ID writes it, the door admits only people who are on it",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usagef("%v", err) })
	p.config.addFlags(root.PersistentFlags())
	root.AddCommand(
		p.serveCommand(),
		p.migrateCommand(),
		p.ownerCommand(),
		p.orgCommand(),
		p.connectionCommand(),
		p.domainCommand(),
		p.roleCommand(),
		p.mappingCommand(),
		p.applicationCommand(),
		p.schemaCommand(),
		p.tokenCommand(),
		p.clientCommand(),
		p.userCommand(),
		p.sessionCommand(),
		p.ssoCommand(),
		p.outageCommand(), p.reviewCommand(), p.brakeCommand(),
		p.mailCommand(),
		p.masterKeyCommand(),
		p.backupCommand(), p.restoreCommand(),
		p.explainCommand(),
		p.historyCommand(),
		p.driftCommand(),
		p.undoCommand(),
		p.auditCommand(),
		p.doctorCommand(), p.upgradeCheckCommand(),
		p.versionCommand(),
		p.loginCommand(),
		p.logoutCommand(),
		p.whoamiCommand(),
	)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return p.prepare(cmd) }
	setHelp(root)
	p.sendAway(root)
	return root
}

// prepare fills the command's flags from the environment and the configuration file, and judges the settings.
func (p *program) prepare(cmd *cobra.Command) error {
	if p.served != nil {
		return p.prepareServed(cmd)
	}
	problems := fillFlags(cmd, p.environ)
	if p.config.Server != "" && cmd.Flags().Changed("database") {
		problems = append(problems, "--server (DOORLIST_SERVER) and --database (DOORLIST_DATABASE) are both given; keep one")
	}
	problems = append(problems, p.config.problems()...)
	if len(problems) > 0 {
		return &usageError{problems: problems}
	}
	p.running = true
	return nil
}

// group makes a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			var names []string
			for _, sub := range c.Commands() {
				names = append(names, sub.Name())
			}
			if len(args) > 0 {
				return usagef("%q is no command of %s; it has: %s", args[0], c.CommandPath(), strings.Join(names, ", "))
			}
			return usagef("%s needs one of: %s", c.CommandPath(), strings.Join(names, ", "))
		},
	}
	c.AddCommand(commands...)
	return c
}

// withStore gives an administrator's command the store, with the schema in place.
func (p *program) withStore(ctx context.Context, fn func(s *store.Store) error) error {
	if p.served != nil {
		return fn(p.served.store)
	}
	s, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	if err := p.requireSchema(ctx, s); err != nil {
		return errors.Join(err, s.Close())
	}
	if err := requireMasterKey(ctx, s); err != nil {
		return errors.Join(err, s.Close())
	}
	err = fn(s)
	if unchained := s.Chain(ctx); unchained != nil {
		p.logger().WarnContext(ctx, "what was changed is not in the chain of the audit trail yet; a server puts it there", "error", unchained)
	}
	return errors.Join(err, s.Close())
}

// sentence says an error to a person. Errors of the store become what to do next.
func sentence(err error) string {
	if invalid, ok := errors.AsType[*store.InvalidError](err); ok {
		return invalid.Field + " " + invalid.Message
	}
	if conflict, ok := errors.AsType[*store.ConflictError](err); ok {
		if conflict.Field == "mapping" {
			return "that group or app role gives a role already; change it with `doorlist mapping set`"
		}
		if conflict.Field == "host and path" {
			return "an application of the organization has that host and path already; `doorlist application list` shows which"
		}
		return "the " + conflict.Field + " is already in use; choose another"
	}
	if errors.Is(err, store.ErrUnavailable) {
		return fmt.Sprintf("%v; check --database and that the database is running", err)
	}
	return err.Error()
}
