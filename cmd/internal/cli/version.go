package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Version is set by the linker for releases.
var version = ""

type versionCmd struct{}

func (versionCmd) Run(e *env) error {
	v, commit := build()
	_, err := fmt.Fprintf(e.stdout, "takt %s (commit %s, %s, %s/%s)\n", v, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// build returns the version and commit this program was built from.
func build() (v, commit string) {
	v, commit = version, "unknown"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v, commit
	}
	if v == "" {
		v = strings.Trim(info.Main.Version, "()") // "(devel)" where no version is known
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value
		}
	}
	return v, commit
}
