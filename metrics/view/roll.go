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
	rollMargin = 1
	// rollQuery names the statement to the server, which runs no two of one name: of
	// several processes one rolls up at a time, and none writes what it read before another did.
	rollQuery = "takt-steps"
	// rollTries is how often a statement is tried while another is under way, once a second.
	rollTries = 5
)

const (
	unrolledOrders = "SELECT process, order_id FROM takt.orders_unrolled"
	stepKey        = "process, day, order_id, unit, stage, visit" // the row of a step
	stepTells      = "from_stage, from_team, team, wait_seconds, breached, completed, total_seconds, stage_seconds, touch_seconds"
	stepColumns    = stepKey + ", " + stepTells
)

// Roll rolls up the steps of all orders of which something was stored since the last
// time: they are put together anew and replace what was told of the order before, on
// whatever days. takt.steps tells the same before, meanwhile and afterwards, and what is
// cut off is done once more. It leaves the work to a process that is at it, and to the
// version of Takt whose views stand. It returns how many parts of rollOrders it did.
func Roll(ctx context.Context, conn driver.Conn) (int, error) {
	body, err := stepsBody()
	if err != nil {
		return 0, err
	}
	if ours, err := definesSteps(ctx, conn, body); err != nil || !ours {
		return 0, err
	}
	var began, until, last time.Time
	var busy bool
	if err := conn.QueryRow(ctx, "SELECT now64(3, 'UTC') AS began, began - toIntervalMillisecond(toInt64(1000 * (maxIf(elapsed, query_kind = 'Insert') + ?))), countIf(query_id = ?) > 0,"+
		" (SELECT max(written_at) FROM takt_store.rolled FINAL WHERE name = 'steps') FROM system.processes", rollMargin, rollQuery).Scan(&began, &until, &busy, &last); err != nil {
		return 0, fmt.Errorf("roll up steps: see what is under way: %w", err)
	}
	if last.After(began) {
		// What was stored meanwhile has a date that counts as rolled up.
		return 0, errors.Join(forget(ctx, conn), fmt.Errorf("roll up steps: the clock of ClickHouse was set back: nothing is rolled up before %v", last))
	}
	if busy {
		return 0, nil
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
		if done, err := execAlone(ctx, conn, rollStatement(body, orders)); err != nil || !done {
			return i, err
		}
	}
	if err := conn.Exec(ctx, "INSERT INTO takt_store.rolled (name, until, written_at) SETTINGS async_insert = 0"+
		" SELECT 'steps', fromUnixTimestamp64Milli(toInt64(?), 'UTC'), fromUnixTimestamp64Milli(toInt64(?), 'UTC')", milliseconds(until), milliseconds(began)); err != nil {
		return 0, fmt.Errorf("publish the roll-up of steps: %w", err)
	}
	return len(bounds), nil
}

// execAlone runs a statement of the roll-up once no other runs, and reports false if
// another goes on: then another process rolls up. The server may take a moment to forget
// the one before.
func execAlone(ctx context.Context, conn driver.Conn, statement string) (bool, error) {
	const alreadyRunning = 216
	named := clickhouse.Context(ctx, clickhouse.WithQueryID(rollQuery))
	for tries := 1; ; tries++ {
		err := conn.Exec(named, statement)
		if err == nil {
			return true, nil
		}
		var exception *clickhouse.Exception
		if !errors.As(err, &exception) || exception.Code != alreadyRunning {
			return false, fmt.Errorf("roll up steps: %w", err)
		}
		if tries == rollTries {
			return false, nil
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// rollStatement replaces the steps of some orders: those that hold are written, and only
// those that hold no more are taken back. So a roll-up that was cut off has done no harm to
// an order that only an older state had been stored of, which no longer counts as stored
// since once that state is merged away. One thread does it: what is stored and asked
// meanwhile comes first.
func rollStatement(body, orders string) string {
	held := "argMax(" + strings.ReplaceAll(stepTells, ", ", ", holds), argMax(") + ", holds)"
	return "INSERT INTO takt_store.steps (" + stepColumns + ", version, deleted) SETTINGS async_insert = 0, insert_deduplicate = 0, max_threads = 1" +
		" SELECT " + stepKey + ", " + held + ", (SELECT max(version) FROM takt_store.steps) + 1, 1 - max(holds) FROM" +
		" (SELECT " + stepColumns + ", 1 AS holds FROM (" + strings.ReplaceAll(body, unrolledOrders, orders) + ")" +
		" UNION ALL SELECT " + stepColumns + ", 0 AS holds FROM takt_store.steps FINAL" +
		" PREWHERE order_id IN (SELECT order_id FROM (" + orders + ")) WHERE NOT deleted AND (process, order_id) IN (" + orders + "))" +
		" GROUP BY " + stepKey
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

// rolledName stands for what is rolled up among the names of views.
const rolledName = "takt_rolled"

// rolledSum tells definitions of steps apart; salt is what the functions stand for.
func rolledSum(salt, body string) uint64 { return xxhash.Sum64String(salt + "\x00" + body) }

// definesSteps reports whether the views that stand define steps by this body and the
// functions of days by the zones that are known: what another version of Takt rolled up
// would be told by its views as if it were theirs.
func definesSteps(ctx context.Context, conn driver.Conn, body string) (bool, error) {
	zones, err := readZones(ctx, conn)
	if err != nil {
		return false, err
	}
	applied, err := readApplied(ctx, conn)
	return applied[rolledName] == rolledSum(strings.Join(zones.functions(), "\n"), body), err
}

// unroll sees to it that all is rolled up anew if what it means has changed: the days
// of a process that got another zone, or the definition.
func unroll(ctx context.Context, conn driver.Conn, done *records, applied map[string]uint64, salt string) error {
	body, err := stepsBody()
	if err != nil {
		return err
	}
	sum := rolledSum(salt, body)
	if applied[rolledName] == sum {
		return nil
	}
	if err := forget(ctx, conn); err != nil {
		return err
	}
	done.add(rolledName, sum, false)
	return nil
}

// forget tells that nothing is rolled up, whatever a roll-up that has begun will tell.
func forget(ctx context.Context, conn driver.Conn) error {
	err := conn.Exec(ctx, "INSERT INTO takt_store.rolled (name, until, written_at) SETTINGS async_insert = 0"+
		" SELECT 'steps', fromUnixTimestamp64Milli(toInt64(0), 'UTC'), greatest(now64(3, 'UTC'), max(written_at) + toIntervalMillisecond(1)) FROM takt_store.rolled WHERE name = 'steps'")
	if err != nil {
		return fmt.Errorf("forget the roll-up of steps: %w", err)
	}
	return nil
}
