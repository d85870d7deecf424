package embedded

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	ChildMain()
	parentMain()
	goleak.VerifyTestMain(tests{m})
}

// tests ends the shared engine before goroutines are counted.
type tests struct{ *testing.M }

func (t tests) Run() int {
	code := t.M.Run()
	if shared.ch != nil {
		if err := shared.ch.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		_ = os.RemoveAll(shared.dir)
	}
	return code
}

// parentMain is a process that starts an engine and waits, for the test that
// kills it. It is here because only TestMain runs before the tests.
func parentMain() {
	dir, ok := os.LookupEnv("TAKT_TEST_PARENT")
	if !ok {
		return
	}
	_ = os.Unsetenv("TAKT_TEST_PARENT")
	runParent(dir)
}
