package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// setHelp makes the help of the whole program end with every setting: flag, variable, default, meaning.
func setHelp(root *cobra.Command) {
	usual := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		usual(c, args)
		if c == root {
			printSettings(c.OutOrStdout(), root)
		}
	})
}

func printSettings(out io.Writer, root *cobra.Command) {
	fmt.Fprint(out, "\nEvery flag is also an environment variable and a key in the YAML file of --config.\n"+
		"Of DOORLIST_DATABASE, DOORLIST_MASTER_KEY, DOORLIST_MASTER_KEY_PREVIOUS, DOORLIST_CLIENT_SECRET and DOORLIST_SMTP_URL, the form with _FILE names a file that holds the value.\n\n")
	known := allFlags(root)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "FLAG AND KEY\tVARIABLE\tDEFAULT\tMEANING")
	for _, name := range slices.Sorted(maps.Keys(known)) {
		f := known[name]
		fmt.Fprintf(w, "--%s\t%s\t%s\t%s\n", name, variable(name), f.DefValue, f.Usage)
	}
	w.Flush()
}
