//go:build !linux

package embedded

import "os/exec"

func dieWithParent(cmd *exec.Cmd) { detach(cmd) }

// startLocked starts cmd and closes done when it has ended.
func startLocked(cmd *exec.Cmd, done chan<- struct{}) error {
	if err := cmd.Start(); err != nil {
		close(done)
		return err
	}
	go func() {
		_ = cmd.Wait() // how a broker ended is in its log
		close(done)
	}()
	return nil
}
