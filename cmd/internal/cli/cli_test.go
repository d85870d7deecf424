package cli_test

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/takt-orders/takt/cmd/internal/cli"
	"github.com/takt-orders/takt/deploy/embedded"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func TestMain(m *testing.M) {
	embedded.ChildMain()
	testscript.Main(tidy{m}, map[string]func(){"takt": takt})
}

// takt is cmd/takt's main.
func takt() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}

// tidy looks for goroutines left behind, and lets testscript clean up after it.
type tidy struct{ m *testing.M }

// Run is testscript.TestingM's.
func (t tidy) Run() (code int) {
	goleak.VerifyTestMain(t.m, goleak.Cleanup(func(c int) { code = c }))
	return code
}

// TestScripts runs testdata/*.txtar: each is a terminal session with takt.
func TestScripts(t *testing.T) {
	cache, err := embedded.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := filepath.Abs("../../../alerts/rules")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TAKT_CACHE", cache)
			e.Setenv("COLUMNS", "80")
			e.Setenv("RULES", rules)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"figures": figures, "await": await, "ask": ask, "browse": browse, "json": isJSON, "exitcode": exitCode,
		},
	})
}

// exitCode runs takt and compares its exit code: exitcode 2 takt nonsense.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode CODE command...")
	}
	// A program that fails in time is part of the contract.
	began := time.Now()
	err := ts.Exec("sh", append([]string{"-c", `"$@"; code=$?; [ $code = ` + args[0] + ` ] || { echo "exit code $code" >&2; exit 1; }`, "sh"}, args[1:]...)...)
	if err != nil {
		ts.Fatalf("%s: want exit code %s", strings.Join(args[1:], " "), args[0])
	}
	if took := time.Since(began); took > 15*time.Second {
		ts.Fatalf("%s: took %s", strings.Join(args[1:], " "), took)
	}
}

var (
	number = regexp.MustCompile(`\d[\d,]*(\.\d+)?`)
	length = regexp.MustCompile(`(^| )N (d|h|m|天|小时|分)( N (h|m|小时|分))?($|[ ,.。，的])`)
	moment = regexp.MustCompile(`since (\w{3} N )?N:N|自 (N月N日 )?N:N`)
	spaces = regexp.MustCompile(` {2,}`)
	arrow  = regexp.MustCompile(` <-$`)
	house  = regexp.MustCompile(`warehouse-\w+`)
	none   = regexp.MustCompile(`(^| )-( |$)`)
	single = regexp.MustCompile(`(N (open )?order)( |$)`) // what depends on the hour may be one
	// What is found depends on the hour; that it is true is tested in metrics/view.
	finding = regexp.MustCompile(`^(Bottleneck since T: \w+, N orders wait \(normal N\), N CNY, oldest T, owner [\w-]+\. (?:Had it met T, N orders would be late instead of N\.|It has made no order late so far\.)|No bottleneck: .*|自 T 起出现瓶颈：.*|没有瓶颈：.*)$`)
	late    = regexp.MustCompile(`^(?:(Late:) (?:nothing was delivered in N days|N % of delivered in N days); (?:no open order is past its promise|N open orders past (?:their|its) promise(?: \(N CNY\))?)\.|` +
		`(延误：)(?:近 N 天没有交付|近 N 天交付的 N %)；(?:没有未交付的订单超过承诺时间|另有 N 单未交付且已过承诺时间(?:（N CNY）)?)。)$`)
)

// figures writes what a command printed to a file, numbers aside: figures stdout FILE.
func figures(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: figures stdout|FILE FILE")
	}
	var out strings.Builder
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		line = number.ReplaceAllString(strings.TrimSuffix(line, "\n"), "N")
		line = spaces.ReplaceAllString(line, " ")
		line = length.ReplaceAllString(line, "${1}T$5")
		line = length.ReplaceAllString(line, "${1}T$5") // neighbours share a space
		line = none.ReplaceAllString(line, " T ")
		line = moment.ReplaceAllStringFunc(line, func(s string) string { return strings.Fields(s)[0] + " T" })
		line = single.ReplaceAllString(line, "${1}s$3")
		line = house.ReplaceAllString(line, "warehouse-X")
		line = arrow.ReplaceAllString(line, "")
		line = finding.ReplaceAllString(line, "FINDING")
		line = late.ReplaceAllString(line, "$1$2 LATE")
		out.WriteString(line + "\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(out.String()), 0o644))
}

// await waits until a file that a program writes has a line: await FILE REGEXP.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE REGEXP")
	}
	want := regexp.MustCompile("(?m)" + args[1])
	var text []byte
	for range 1200 {
		text, _ = os.ReadFile(ts.MkAbs(args[0]))
		if want.Match(text) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	ts.Fatalf("%s has no line %s after two minutes:\n%s", args[0], args[1], text)
}

// ask puts the answer to a query into a variable: ask NAME ADDRESS SQL.
func ask(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: ask NAME FILE SQL; the FILE names ClickHouse as takt demo does")
	}
	address := regexp.MustCompile(`curl -s (\S+)`).FindStringSubmatch(ts.ReadFile(args[1]))
	if address == nil {
		ts.Fatalf("%s names no address", args[1])
	}
	resp, err := http.Post("http://"+address[1]+"/", "text/plain", strings.NewReader(args[2]))
	ts.Check(err)
	defer http.DefaultClient.CloseIdleConnections()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("%s: %s", args[2], body)
	}
	ts.Setenv(args[0], strings.TrimSpace(string(body)))
}

// browse keeps a page of the console: browse FILE DEMO PATH.
func browse(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: browse FILE DEMO PATH; DEMO names the console as takt demo does")
	}
	address := regexp.MustCompile(`http://(\S+?)/`).FindStringSubmatch(ts.ReadFile(args[1]))
	if address == nil {
		ts.Fatalf("%s names no address", args[1])
	}
	resp, err := http.Get("http://" + address[1] + args[2])
	ts.Check(err)
	defer http.DefaultClient.CloseIdleConnections()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), body, 0o644))
}

// isJSON checks that a file is one JSON value, or that each of its lines is:
// json FILE, json lines FILE.
func isJSON(ts *testscript.TestScript, neg bool, args []string) {
	switch {
	case neg || len(args) < 1:
		ts.Fatalf("usage: json [lines] FILE")
	case len(args) == 1:
		if !json.Valid([]byte(ts.ReadFile(args[0]))) {
			ts.Fatalf("%s is not JSON", args[0])
		}
	default:
		for line := range strings.Lines(ts.ReadFile(args[1])) {
			if !json.Valid([]byte(line)) {
				ts.Fatalf("%s: not JSON: %s", args[1], line)
			}
		}
	}
}

// TestHelp holds the help of every command against testdata/help.
func TestHelp(t *testing.T) {
	t.Setenv("COLUMNS", "80")
	commands := []string{
		"", "audit", "backtest", "check", "deadletters", "deadletters list", "deadletters replay", "demo", "digest",
		"exceptions", "exceptions ack", "exceptions archive", "exceptions assign", "exceptions list", "exceptions note", "exceptions reopen",
		"exceptions resolve", "exceptions show", "migrate", "notify test", "order", "reconcile", "replay", "rules", "run",
		"simulate", "source list", "source show", "source test", "stack", "summary", "version",
	}
	var root strings.Builder
	for _, command := range commands {
		var out, log strings.Builder
		args := append(strings.Fields(command), "--help")
		if code := cli.Main(t.Context(), args, strings.NewReader(""), &out, &log, func(string) string { return "" }); code != 0 || log.Len() > 0 {
			t.Errorf("takt %s: exit code %d, on stderr %q", strings.Join(args, " "), code, log.String())
		}
		if command == "" {
			root.WriteString(out.String())
		} else if !strings.Contains(root.String(), "\n  "+command) {
			t.Errorf("takt --help does not tell of %q", command)
		}
		checkHelp(t, command, out.String())
	}
}

// checkHelp compares one help with its golden, and with what any help must be.
func checkHelp(t *testing.T, command, got string) {
	t.Helper()
	file := filepath.Join("testdata", "help", strings.ReplaceAll(strings.TrimSpace("takt "+command), " ", "-")+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s; rewrite it with -update. got:\n%s\nwant:\n%s", file, got, want)
	}
	for line := range strings.Lines(got) {
		if len(line) > 81 {
			t.Errorf("%s: longer than 80 columns: %s", file, line)
		}
	}
	if twice := regexp.MustCompile(`--[a-z.-]+=["\da-z]\S*`).FindString(got); twice != "" {
		t.Errorf("%s: %s stands for a default, which the text tells as well: give the flag a placeholder", file, twice)
	}
}
