package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const (
	envPrefix = "DOORLIST_"
	// testPrefix begins the variables of the project's own tests, which the program passes over.
	testPrefix = envPrefix + "TEST_"
)

// variable is the environment variable of a flag.
func variable(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fillFlags gives each flag of cmd that the command line left out its value from the environment, else from the
// configuration file. It returns every problem: unknown names and values that do not fit.
func fillFlags(cmd *cobra.Command, environ []string) []string {
	known := allFlags(cmd.Root())
	fromEnv, problems := readEnviron(known, environ)
	fromFile, fileProblems := readFile(known, configFile(cmd.Flags(), fromEnv))
	problems = append(problems, fileProblems...)
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		for _, source := range []*koanf.Koanf{fromEnv, fromFile} {
			if f.Changed || !source.Exists(f.Name) {
				continue
			}
			if err := set(cmd.Flags(), f, source.Get(f.Name)); err != nil {
				problems = append(problems, err.Error())
			}
		}
	})
	return problems
}

// allFlags are the flags of all commands by name. A variable that only another command reads is not unknown.
func allFlags(root *cobra.Command) map[string]*pflag.Flag {
	known := map[string]*pflag.Flag{}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, set := range []*pflag.FlagSet{c.PersistentFlags(), c.LocalNonPersistentFlags()} {
			set.VisitAll(func(f *pflag.Flag) {
				if f.Name != "help" && known[f.Name] == nil {
					known[f.Name] = f
				}
			})
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	return known
}

// readEnviron reads the DOORLIST_ variables under the names of their flags. An empty variable counts as not given.
func readEnviron(known map[string]*pflag.Flag, environ []string) (*koanf.Koanf, []string) {
	var problems []string
	k := koanf.New(".")
	given := map[string]string{} // flag -> the variable that gave it
	transform := func(name, value string) (string, any) {
		if strings.HasPrefix(name, testPrefix) || value == "" {
			return "", nil
		}
		flag, value, err := readVariable(known, name, value)
		if err == nil && given[flag] != "" {
			err = fmt.Errorf("%s and %s are both set; keep one", given[flag], name)
		}
		if err != nil {
			problems = append(problems, err.Error())
			return "", nil
		}
		given[flag] = name
		return flag, value
	}
	provider := env.Provider("", env.Opt{
		Prefix: envPrefix, TransformFunc: transform, EnvironFunc: func() []string { return environ },
	})
	if err := k.Load(provider, nil); err != nil {
		problems = append(problems, fmt.Sprintf("reading the environment: %v", err))
	}
	return k, problems
}

// readVariable finds the flag of a variable and its value, from the file that it names if it ends in _FILE.
func readVariable(known map[string]*pflag.Flag, name, value string) (string, string, error) {
	flag := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, envPrefix), "_", "-"))
	if known[flag] != nil {
		return flag, value, nil
	}
	secret, isFile := strings.CutSuffix(flag, "-file")
	if !isFile || !slices.Contains(secrets, secret) {
		return "", "", fmt.Errorf("the environment variable %s is unknown; `doorlist help` lists the settings", name)
	}
	content, err := os.ReadFile(value)
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", name, err)
	}
	return secret, strings.TrimRight(string(content), "\r\n"), nil
}

func configFile(flags *pflag.FlagSet, fromEnv *koanf.Koanf) string {
	f := flags.Lookup("config")
	if f.Changed {
		return f.Value.String()
	}
	return fromEnv.String(f.Name)
}

func readFile(known map[string]*pflag.Flag, path string) (*koanf.Koanf, []string) {
	k := koanf.New(".")
	if path == "" {
		return k, nil
	}
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return k, []string{fmt.Sprintf("reading the configuration file %s: %v", path, err)}
	}
	var problems []string
	for _, key := range k.Keys() {
		if known[key] == nil || key == "config" {
			problems = append(problems, fmt.Sprintf("%s: the key %q is unknown; `doorlist help` lists the settings", path, key))
		}
	}
	return k, problems
}

// set gives a flag a value of YAML or of the environment.
func set(flags *pflag.FlagSet, f *pflag.Flag, value any) error {
	text := fmt.Sprint(value)
	if list, ok := value.([]any); ok {
		var parts []string
		for _, element := range list {
			parts = append(parts, fmt.Sprint(element))
		}
		text = strings.Join(parts, ",")
	}
	if err := flags.Set(f.Name, text); err != nil {
		if slices.Contains(secrets, f.Name) {
			return fmt.Errorf("--%s has a value that cannot be read", f.Name)
		}
		return fmt.Errorf("--%s cannot be %q: it takes a value like %q", f.Name, text, f.DefValue)
	}
	return nil
}
