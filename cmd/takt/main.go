// Command takt tells people who run orders where orders are late, why, and who
// can act.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/takt-orders/takt/cmd/internal/cli"
	"github.com/takt-orders/takt/deploy/embedded"
)

func main() {
	embedded.ChildMain() // never returns in the child that is the embedded ClickHouse
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}
