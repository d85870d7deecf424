package view

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/takt-orders/takt/metrics/process"
)

// LateOrder is an open order past its promise.
type LateOrder struct {
	OrderID  string
	Stage    string // where it is; empty: in none
	Owner    string
	By       time.Duration // since the promise ended
	Amount   float64
	Currency string // ISO 4217
}

// LateOrders returns the open orders past their promise, the longest first, at most so
// many. The relation takt.orders_late_open defines them.
func LateOrders(ctx context.Context, conn driver.Conn, p *process.Process, most int) ([]LateOrder, error) {
	return list(ctx, conn, "late orders", func(rows driver.Rows, o *LateOrder) error {
		var by float64
		err := rows.Scan(&o.OrderID, &o.Stage, &o.Owner, &by, &o.Amount, &o.Currency)
		o.By = time.Duration(by * float64(time.Second))
		return err
	}, "SELECT order_id, toString(stage), toString(if(owner = '', owner_team, owner)), late_seconds, amount, toString(currency)"+
		" FROM takt.orders_late_open WHERE process = ? ORDER BY late_seconds DESC, order_id LIMIT ?", p.Name, most)
}
