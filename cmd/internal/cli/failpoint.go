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
// crash would, the third time a flush comes to that point. Empty is none.
func parseFailpoint(text string) (func(string), error) {
	if text == "" {
		return nil, nil
	}
	point, times, found := strings.Cut(text, "@")
	n, err := strconv.Atoi(times)
	if !found || err != nil || n < 1 {
		return nil, fmt.Errorf("--failpoint: %q is not POINT@TIMES", text)
	}
	var seen atomic.Int64
	return func(at string) {
		if at == point && seen.Add(1) == int64(n) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way: go no step further
		}
	}, nil
}
