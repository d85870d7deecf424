package clickhouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/takt-orders/takt/alerts/notify"
)

var _ notify.Store = (*DB)(nil)

// Record is notify.Store's.
func (db *DB) Record(ctx context.Context, all []notify.Delivery) error {
	if len(all) == 0 {
		return nil
	}
	var rows []string
	var args []any
	for i := range all {
		d := &all[i]
		rows = append(rows, "(fromUnixTimestamp64Milli(?, 'UTC'), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
		args = append(args, d.At.UnixMilli(), d.Receiver, d.Key, string(d.Channel), string(d.Status), d.Process, d.Stage, d.Kind, d.Team,
			d.Alerts, string(d.Result), d.Attempts, d.Took.Seconds(), d.Code, d.Error)
	}
	err := db.conn.Exec(ctx, "INSERT INTO takt_store.deliveries (at, receiver, key, channel, status, process, stage, kind, owner_team,"+
		" alerts, result, attempts, took_seconds, code, error) SETTINGS async_insert = 0 VALUES "+strings.Join(rows, ", "), args...)
	if err != nil {
		return fmt.Errorf("record deliveries: %w", halted(err))
	}
	return nil
}

// Delivered is notify.Store's.
func (db *DB) Delivered(ctx context.Context, receiver, key string) (bool, error) {
	var n uint64
	row := db.conn.QueryRow(ctx, "SELECT count() FROM "+db.local("deliveries")+" FINAL WHERE receiver = ? AND key = ? AND result IN ('sent', 'collapsed')", receiver, key)
	if err := row.Scan(&n); err != nil {
		return false, fmt.Errorf("look up delivery: %w", halted(err))
	}
	return n > 0, nil
}
