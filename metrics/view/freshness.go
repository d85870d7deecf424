package view

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/takt-orders/takt/metrics/process"
)

// Freshness is how far one source has been read.
type Freshness struct {
	Source string
	Until  time.Time // when its last record was written to the log; zero: not told
	Silent time.Duration
}

// Sources returns how fresh the process's data are, by source. The relation
// takt.source_freshness defines it.
func Sources(ctx context.Context, conn driver.Conn, p *process.Process) ([]Freshness, error) {
	return list(ctx, conn, "freshness", func(rows driver.Rows, f *Freshness) error {
		var until *time.Time
		var silent float64
		err := rows.Scan(&f.Source, &until, &silent)
		if until != nil {
			f.Until, f.Silent = until.In(p.Zone), time.Duration(silent*float64(time.Second))
		}
		return err
	}, "SELECT toString(source), data_until, ifNull(silent_seconds, 0) FROM takt.source_freshness WHERE process = ? ORDER BY source", p.Name)
}

// Load is what is under way in a process.
type Load struct {
	Orders     int     // open orders
	Amount     float64 // their money, in Currency
	Currency   string  // ISO 4217; the most frequent one
	Exceptions int     // exceptions on which somebody has to act
	Unanswered int     // of them those that nobody has answered
}

const (
	openOrdersSQL     = "SELECT count(), sum(amount), toString(topKIf(1)(currency, currency != '')[1]) FROM takt.orders_open WHERE process = ?"
	openExceptionsSQL = "SELECT count(), countIf(acknowledged_at IS NULL) FROM takt.exception_states WHERE process = ? AND open"
)

// Loaded returns what is under way now. The relations takt.orders_open and
// takt.exception_states define it.
func Loaded(ctx context.Context, conn driver.Conn, p *process.Process) (Load, error) {
	var l Load
	var orders, exceptions, unanswered uint64
	if err := conn.QueryRow(ctx, openOrdersSQL, p.Name).Scan(&orders, &l.Amount, &l.Currency); err != nil {
		return Load{}, fmt.Errorf("query open orders: %w", err)
	}
	if err := conn.QueryRow(ctx, openExceptionsSQL, p.Name).Scan(&exceptions, &unanswered); err != nil {
		return Load{}, fmt.Errorf("query open exceptions: %w", err)
	}
	l.Orders, l.Exceptions, l.Unanswered = int(orders), int(exceptions), int(unanswered)
	return l, nil
}
