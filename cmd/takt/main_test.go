package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/takt-orders/takt/deploy/embedded"
)

// asTakt makes the test binary be takt: the tests run the real program, as
// processes of its own that can be killed.
const asTakt = "TAKT_TEST_IS_TAKT"

func TestMain(m *testing.M) {
	embedded.ChildMain()
	if os.Getenv(asTakt) != "" {
		main()
	}
	// The parallel tests wait far more than they work: for sessions to run out, for
	// deadlines to pass. A flag on the command line still has precedence.
	_ = flag.Set("test.parallel", "6")
	goleak.VerifyTestMain(worldly{m},
		// toxiproxy forgets the goroutine of a connection that a toxic has cut.
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run"))
}

// worldly ends the shared world once all tests have run.
type worldly struct{ m *testing.M }

// Run is goleak.TestingM's.
func (w worldly) Run() int {
	code := w.m.Run()
	if err := shared.close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	return code
}

// command prepares takt with args; env is "KEY=value".
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(append(os.Environ(), asTakt+"=1"), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// takt runs takt to its end and returns its stdout; it has to exit with 0.
func takt(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := command(t, env, args...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("takt %s: %v\n%s", strings.Join(args, " "), err, tail(log.String()))
	}
	return out.String()
}

func tail(s string) string {
	if len(s) > 4000 {
		return "..." + s[len(s)-4000:]
	}
	return s
}

// stack runs takt stack until the test ends and returns the environment that
// points other commands at it, and the address of ClickHouse.
func stack(t *testing.T) (env []string, clickhouse string) {
	t.Helper()
	cmd := command(t, nil, "stack", "--dir", t.TempDir(), "--kafka-listen", "127.0.0.1:0", "--clickhouse-listen", "127.0.0.1:0")
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("takt stack: %v\n%s", err, tail(log.String()))
		}
	})
	var ready struct{ Kafka, ClickHouse string }
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil {
		t.Fatalf("takt stack: %v\n%s", err, tail(log.String()))
	}
	return []string{"TAKT_KAFKA_BROKERS=" + ready.Kafka, "TAKT_CLICKHOUSE_ADDR=" + ready.ClickHouse}, ready.ClickHouse
}

// data returns a path of the real orders, which are not part of the project.
func data(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the real orders are missing: %v", err)
		}
		t.Skipf("the real orders are not here: %v", err)
	}
	return path
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}
