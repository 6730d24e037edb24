package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

type versionView struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Go       string `json:"go"`
}

func (p *program) versionCommand() *cobra.Command {
	return p.addJSON(&cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		// The version is told whatever the settings are.
		PersistentPreRunE: func(*cobra.Command, []string) error { p.running = true; return nil },
		RunE: func(*cobra.Command, []string) error {
			v := versionView{Version: "unknown", Revision: "unknown", Go: runtime.Version()}
			if info, ok := debug.ReadBuildInfo(); ok {
				v.Version = info.Main.Version
				for _, setting := range info.Settings {
					if setting.Key == "vcs.revision" {
						v.Revision = setting.Value
					}
				}
			}
			return p.print(v, "doorlist %s (revision %s, %s)", v.Version, v.Revision, v.Go)
		},
	})
}
