package embedded

import (
	"os/exec"
	"runtime"
	"syscall"
)

// dieWithParent has the kernel end a child that cannot watch a pipe.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// startLocked starts and awaits cmd on a thread of its own: the kernel sends the
// signal of dieWithParent when the thread ends that started the child, see
// https://go.dev/issue/27505.
func startLocked(cmd *exec.Cmd, done chan<- struct{}) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how a broker ended is in its log
		}
		close(done)
	}()
	return <-started
}
