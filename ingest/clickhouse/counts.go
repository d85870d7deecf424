package clickhouse

import (
	"context"
	"fmt"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/reconcile"
)

// countsSQL tells what a source's own events count last of each day and channel.
const countsSQL = `
SELECT day, toString(channel), toInt64OrZero(argMax(orders, told)), argMax(units, told)
FROM
(
    SELECT
        attributes['` + order.AttrDay + `'] AS day, channel, attributes['` + order.AttrOrders + `'] AS orders, toInt64(100 * toDecimal128(ifNull(amount, 0), 2)) AS units,
        tuple(occurred_at, ifNull(recorded_at, occurred_at), content) AS told
    FROM %s FINAL
    WHERE NOT deleted AND activity = '` + order.Counted + `' AND process = ? AND source = ?
)
WHERE day >= ? AND day <= ?
GROUP BY day, channel
ORDER BY day, channel`

// Counts returns what the events of the scope's source count of its days: a list a day,
// of the days that were counted.
func (db *DB) Counts(ctx context.Context, s *reconcile.Scope) (map[reconcile.Day]*reconcile.List, error) {
	rows, err := db.conn.Query(ctx, fmt.Sprintf(countsSQL, db.local("events")), s.Process, s.Source, s.From.String(), s.To.String())
	if err != nil {
		return nil, fmt.Errorf("read counts: %w", halted(err))
	}
	defer rows.Close()
	all := map[reconcile.Day]*reconcile.List{}
	for rows.Next() {
		var text, channel string
		var orders, amount int64
		if err := rows.Scan(&text, &channel, &orders, &amount); err != nil {
			return nil, fmt.Errorf("read counts: %w", err)
		}
		day, err := reconcile.ParseDay(text)
		if err != nil {
			return nil, fmt.Errorf("read counts: %w", err)
		}
		if all[day] == nil {
			all[day] = reconcile.NewList(s.Zone)
		}
		all[day].Count(day, channel, orders, amount)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read counts: %w", halted(err))
	}
	return all, nil
}
