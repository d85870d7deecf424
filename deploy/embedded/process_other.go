//go:build !unix

package embedded

import (
	"os"
	"os/exec"
)

func detach(*exec.Cmd) {}

// terminate ends a process, as there is no way to ask.
var terminate = os.Kill

func killSelf() { os.Exit(1) }

// lockFile does nothing: without the parts there is nothing to fetch here.
func lockFile(string) (unlock func(), err error) { return func() {}, nil }
