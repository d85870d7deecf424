package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/alecthomas/kong"

	"github.com/takt-orders/takt/cmd/internal/app"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/clickhouse"
)

// usageError is an error that is the caller's: the exit code is 2.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

// misused is a usageError in the words of format.
func misused(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// hinted is an error with a sentence about what to do.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// tell tells the error of a command, if there is one, and returns the exit code.
func (e *env) tell(ctx context.Context, err error) int {
	if err == nil {
		return 0
	}
	var invalid *config.Invalid
	switch {
	case errors.As(err, &invalid): // its lines begin with file:line, for editors
		fmt.Fprintln(e.stderr, invalid)
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(e.stderr, "takt: interrupted")
	default:
		fmt.Fprintln(e.stderr, "takt:", err)
	}
	var hint hinted
	if errors.As(err, &hint) {
		fmt.Fprintln(e.stderr, hint.hint)
	}
	var usage usageError
	if errors.As(err, &usage) {
		return 2
	}
	return 1
}

// misuse tells what is wrong with a command line, and how it is right.
func misuse(err error) string {
	var parse *kong.ParseError
	if !errors.As(err, &parse) {
		return fmt.Sprintf("takt: %v\nSee takt --help.\n", err)
	}
	if node := parse.Context.Selected(); node != nil {
		return fmt.Sprintf("takt: %v\nUsage: takt %s\nSee takt %s --help.\n", err, node.Summary(), node.Path())
	}
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "unexpected argument "); ok {
		text = "unknown command " + name
	}
	return fmt.Sprintf("takt: %s\nSee takt --help.\n", text)
}

// openStore connects to the configured ClickHouse.
func openStore(ctx context.Context, cfg *config.Config, change func(*clickhouse.Config)) (*clickhouse.DB, error) {
	db, err := app.OpenStore(ctx, cfg, change)
	return db, storeTrouble(cfg, err)
}

// storeTrouble says what to do about an error of the store.
func storeTrouble(cfg *config.Config, err error) error {
	var exception *driver.Exception
	var dial *net.OpError
	switch {
	case errors.As(err, &exception) && (exception.Code == 60 || exception.Code == 81): // UNKNOWN_TABLE, UNKNOWN_DATABASE
		return hinted{errors.New("ClickHouse has no tables of Takt yet"), "Make them with takt migrate; takt run does so when it starts."}
	case errors.As(err, &dial) && dial.Op == "dial":
		return unreachable("ClickHouse", cfg.ClickHouse.Addr, dial.Err, "clickhouse.addr", "TAKT_CLICKHOUSE_ADDR")
	default:
		return err
	}
}

func unreachable(what string, addresses []string, cause error, key, variable string) error {
	return hinted{
		fmt.Errorf("reach %s at %s: %w", what, strings.Join(addresses, ", "), cause),
		fmt.Sprintf("Is it running there? The address is %s in takt.yaml, or %s. To try Takt on this machine: takt stack", key, variable),
	}
}

// kafkaPatience bounds what a command waits for Kafka before it does any work.
const kafkaPatience = 10 * time.Second

// reachKafka tells at once what the client, which waits for brokers to come back,
// would not: that none of them is there.
func reachKafka(ctx context.Context, cfg *config.Config) error {
	var last error
	for _, broker := range cfg.Kafka.Brokers {
		dialer := net.Dialer{Timeout: kafkaPatience / 2}
		conn, err := dialer.DialContext(ctx, "tcp", broker)
		if err == nil {
			return conn.Close()
		}
		last = err
	}
	var dial *net.OpError
	if errors.As(last, &dial) {
		last = dial.Err
	}
	return unreachable("Kafka", cfg.Kafka.Brokers, last, "kafka.brokers", "TAKT_KAFKA_BROKERS")
}
