package cli

import (
	"runtime"

	"github.com/rezagent/rez_agent/internal/cli/output"
)

type versionCommand struct{}

// programVersion is what programs read.
type programVersion struct {
	Version string `json:"version"`
	Go      string `json:"go"`
}

// Run shows the version.
func (*versionCommand) Run(w *world) error {
	return show(w, programVersion{Version: w.env.Version, Go: runtime.Version()}, func(v programVersion) error {
		return w.print.Line(output.Plain("rezagent", v.Version, v.Go)...)
	})
}
