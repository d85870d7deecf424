package cli

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// parseFailpoint reads "before:orders@3": kill this process with SIGKILL, as a
// crash would, the third time a flush comes to that point. "stop:before:orders@3"
// stops it with SIGSTOP instead: it goes on from there as a zombie after SIGCONT.
// Empty is none.
func parseFailpoint(text string) (func(string), error) {
	if text == "" {
		return nil, nil
	}
	point, times, found := strings.Cut(text, "@")
	n, err := strconv.Atoi(times)
	if !found || err != nil || n < 1 {
		return nil, fmt.Errorf("--failpoint: %q is not POINT@TIMES, such as before:orders@3", text)
	}
	point, stop := strings.CutPrefix(point, "stop:")
	var seen atomic.Int64
	return func(at string) {
		if at != point || seen.Add(1) != int64(n) {
			return
		}
		if stop {
			_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
			return
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // the signal is on its way: go no step further
	}, nil
}
