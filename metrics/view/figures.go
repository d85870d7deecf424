package view

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/takt-orders/takt/metrics"
)

// Partitions are those of one topic that somebody owns.
type Partitions struct {
	Topic   string
	Numbers []int
}

const figuresSQL = `
SELECT toString(stage), ['stage_orders', 'stage_at_risk', 'stage_overdue'] AS names, [open, at_risk, overdue] AS counts
FROM takt.open_by_stage_at(at = fromUnixTimestamp64Milli(toInt64(?), 'UTC'))
WHERE process = ?
UNION ALL
SELECT '', ['orders_open', 'orders_late'], [count(), countIf(late)]
FROM (SELECT promise_due_at < fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS late FROM takt.orders WHERE process = ? AND status = 'open')
UNION ALL
SELECT '', ['exceptions_open'], [count()] FROM takt.exceptions WHERE process = ? AND state = 'open'`

// Figures reads what metrics.Figures tells anew from the views: of one process, as
// things were at an instant, for the orders of some partitions alone.
func Figures(ctx context.Context, conn driver.Conn, process string, at time.Time, owned Partitions) (map[metrics.Figure]float64, error) {
	numbers := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(owned.Numbers)), ","), "[]")
	// The views know no partitions; the tables that they read do.
	of := "topic = " + quote(owned.Topic) + " AND partition IN (" + numbers + ")"
	var filters []string
	for _, table := range []string{"visits", "orders", "exceptions"} {
		filters = append(filters, quote("takt_store."+table)+": "+quote(of))
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"additional_table_filters": "{" + strings.Join(filters, ", ") + "}"}))
	ms := milliseconds(at)
	rows, err := conn.Query(ctx, figuresSQL, ms, process, ms, process, process)
	if err != nil {
		return nil, fmt.Errorf("read figures of %q: %w", process, err)
	}
	all := map[metrics.Figure]float64{}
	err = scan(rows, func() error {
		var stage string
		var names []string
		var counts []uint64
		err := rows.Scan(&stage, &names, &counts)
		for i := range names {
			all[metrics.Figure{Process: process, Stage: stage, Name: names[i]}] = float64(counts[i])
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read figures of %q: %w", process, err)
	}
	return all, nil
}
