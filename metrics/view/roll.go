package view

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/cespare/xxhash/v2"
)

const (
	// rollOrders is how many orders are rolled up at once, which bounds the memory it takes.
	rollOrders = 50_000
	// rollMargin is how much older than the oldest insert under way a row has to be to
	// count as seen, in seconds: a row is dated before it can be read.
	rollMargin = 5
	// rollQuery names the statement to the server, which runs no two of one name: of
	// several processes one rolls up at a time, and none writes what it read before another did.
	rollQuery = "takt-steps"
	// rollTries is how often it is tried, once a second, while another process rolls up.
	rollTries = 30
)

const (
	unrolledOrders = "SELECT process, order_id FROM takt.orders_unrolled"
	stepColumns    = "process, day, order_id, unit, stage, visit, from_stage, from_team, team, wait_seconds, breached, completed, total_seconds, stage_seconds, touch_seconds"
)

// Roll rolls up the steps of all orders of which something was stored since the last
// time: they are put together anew and replace what was told of the order before, on
// whatever days. takt.steps tells the same before, meanwhile and afterwards, and what is
// cut off is done once more. It returns how many of the parts of rollOrders it did.
func Roll(ctx context.Context, conn driver.Conn) (int, error) {
	body, err := stepsBody()
	if err != nil {
		return 0, err
	}
	var began, until time.Time
	if err := conn.QueryRow(ctx, fmt.Sprintf("SELECT now64(3, 'UTC') AS began, began - toIntervalMillisecond(toInt64(1000 * (max(elapsed) + %d))) FROM system.processes WHERE query_kind = 'Insert'",
		rollMargin)).Scan(&began, &until); err != nil {
		return 0, fmt.Errorf("roll up steps: see which inserts are under way: %w", err)
	}
	bounds, err := rollBounds(ctx, conn)
	if err != nil || len(bounds) == 0 {
		return 0, err
	}
	for i, from := range bounds {
		orders := unrolledOrders + " WHERE process = " + quote(from.process) + " AND order_id >= " + quote(from.order)
		if i+1 < len(bounds) && bounds[i+1].process == from.process {
			orders += " AND order_id < " + quote(bounds[i+1].order)
		}
		if err := execAlone(ctx, conn, rollStatement(body, orders)); err != nil {
			return i, fmt.Errorf("roll up steps of process %q: %w", from.process, err)
		}
	}
	if err := publish(ctx, conn, until, began); err != nil {
		return 0, err
	}
	return len(bounds), nil
}

// execAlone runs a statement of the roll-up once no other runs. The server may take a
// moment to forget the one before.
func execAlone(ctx context.Context, conn driver.Conn, statement string) error {
	const alreadyRunning = 216
	named := clickhouse.Context(ctx, clickhouse.WithQueryID(rollQuery))
	for tries := 1; ; tries++ {
		err := conn.Exec(named, statement)
		var exception *clickhouse.Exception
		if err == nil || tries == rollTries || !errors.As(err, &exception) || exception.Code != alreadyRunning {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// rollStatement replaces the steps of some orders: what stands is taken back, and what
// holds is written with the next version.
func rollStatement(body, orders string) string {
	const last = "(SELECT max(version) FROM takt_store.steps)"
	return "INSERT INTO takt_store.steps (" + stepColumns + ", version, deleted) SETTINGS async_insert = 0, insert_deduplicate = 0" +
		" SELECT " + stepColumns + ", " + last + " + 2, 0 FROM (" + strings.ReplaceAll(body, unrolledOrders, orders) + ")" +
		" UNION ALL SELECT " + stepColumns + ", " + last + " + 1, 1 FROM takt_store.steps FINAL WHERE NOT deleted AND (process, order_id) IN (" + orders + ")"
}

// stepsBody returns the query that takt.steps_unrolled stands for.
func stepsBody() (string, error) {
	all, err := definitions()
	if err != nil {
		return "", err
	}
	for _, d := range all {
		if d.name == "steps_unrolled" {
			loc := viewBody.FindStringIndex(d.statement)
			_, query, _ := strings.Cut(strings.TrimSuffix(d.statement[loc[0]:loc[1]], "\nCOMMENT "), "\nAS\n")
			return query, nil
		}
	}
	return "", fmt.Errorf("roll up steps: takt.steps_unrolled is not defined")
}

// bound is where a part begins.
type bound struct{ process, order string }

// rollBounds cuts the orders to roll up into parts, each of one process.
func rollBounds(ctx context.Context, conn driver.Conn) ([]bound, error) {
	rows, err := conn.Query(ctx, "SELECT toString(process), order_id FROM (SELECT process, order_id, row_number() OVER (PARTITION BY process ORDER BY order_id) AS n FROM takt.orders_unrolled)"+
		fmt.Sprintf(" WHERE n %% %d = 1 ORDER BY process, order_id", rollOrders))
	if err != nil {
		return nil, fmt.Errorf("ask for orders to roll up: %w", err)
	}
	var all []bound
	err = scan(rows, func() error {
		var b bound
		err := rows.Scan(&b.process, &b.order)
		all = append(all, b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ask for orders to roll up: %w", err)
	}
	return all, nil
}

// publish tells that whatever was stored up to an instant is rolled up. Of two that
// began at different times the later holds.
func publish(ctx context.Context, conn driver.Conn, until, began time.Time) error {
	err := conn.Exec(ctx, "INSERT INTO takt_store.rolled (name, until, written_at) SETTINGS async_insert = 0"+
		" SELECT 'steps', fromUnixTimestamp64Milli(toInt64(?), 'UTC'), fromUnixTimestamp64Milli(toInt64(?), 'UTC')", milliseconds(until), milliseconds(began))
	if err != nil {
		return fmt.Errorf("publish the roll-up of steps: %w", err)
	}
	return nil
}

// rolledName stands for what is rolled up among the names of views.
const rolledName = "takt_rolled"

// unroll sees to it that all is rolled up anew if what it means has changed: the days
// of a process that got another zone, or the definition.
func unroll(ctx context.Context, conn driver.Conn, done *records, applied map[string]uint64, salt string) error {
	body, err := stepsBody()
	if err != nil {
		return err
	}
	sum := xxhash.Sum64String(salt + "\x00" + body)
	if applied[rolledName] == sum {
		return nil
	}
	var now time.Time
	if err := conn.QueryRow(ctx, "SELECT now64(3, 'UTC')").Scan(&now); err != nil {
		return fmt.Errorf("ask for the time: %w", err)
	}
	if err := publish(ctx, conn, time.UnixMilli(0), now); err != nil {
		return err
	}
	done.add(rolledName, sum, false)
	return nil
}
