//go:build unix

package embedded

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// detach keeps a terminal's Ctrl-C from a child: its parent ends it.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// terminate asks a process to end.
var terminate os.Signal = syscall.SIGTERM

// killSelf ends this process without anything more being run.
func killSelf() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) }

// lockFile takes the lock at path, waiting for another process to give it back.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if err != syscall.EINTR { //nolint:errorlint // a plain Errno
			break
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("take the lock %q: %w", path, err)
	}
	return func() { _ = f.Close() }, nil // closing gives it back
}
