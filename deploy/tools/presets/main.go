// Command presets runs the tests of the presets and prints which preset passed which
// kind of proof. Every cell comes from what `go test -json` says of the subtests that
// bear the preset's name; nothing is known beforehand but where they stand. It exits
// with 1 if a test failed or a kind of proof has no result at all.
//
// It is run in the root of the project: make proof-presets.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"github.com/takt-orders/takt/ingest/source/presets"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "presets:", err)
		os.Exit(1)
	}
}

// run tests each package that has proofs, and prints the table and what failed.
func run(ctx context.Context, stdout, stderr io.Writer) error {
	var rows []preset
	for _, name := range presets.Names() {
		p, err := presets.Get(name)
		if err != nil {
			return err
		}
		rows = append(rows, preset{name, p.Tier})
	}
	var errs []error
	found := results{}
	for _, pkg := range []string{"./ingest/source/presets", "./cmd/takt"} {
		fmt.Fprintln(stderr, "testing", pkg)
		if err := test(ctx, found, pkg, stderr); err != nil {
			errs = append(errs, err)
		}
	}
	found.print(stdout, rows)
	return errors.Join(append(errs, found.verdict(rows))...)
}

// test runs the tests of the package's proofs and takes their results.
func test(ctx context.Context, into results, pkg string, stderr io.Writer) (err error) {
	var tests []string
	for _, k := range kinds() {
		if k.pkg == pkg {
			tests = append(tests, k.test)
		}
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-json", "-count=1", "-timeout=20m", "-run", "^("+strings.Join(tests, "|")+")$", pkg)
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("test %s: %w", pkg, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("test %s: %w", pkg, err)
	}
	failed := into.read(out, stderr)
	if err := cmd.Wait(); err != nil {
		failed = errors.Join(failed, err)
	}
	if failed != nil {
		return fmt.Errorf("test %s: %w", pkg, failed)
	}
	return nil
}
