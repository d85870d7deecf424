package clickhouse

import (
	"context"
	"fmt"
	"time"
)

// Reached returns how far a source was polled; ok is false if it never was.
func (db *DB) Reached(ctx context.Context, source string) (at time.Time, ok bool, err error) {
	var n uint64
	row := db.conn.QueryRow(ctx, "SELECT count(), max(reached) FROM "+db.local("polls")+" FINAL WHERE source = ?", source)
	if err := row.Scan(&n, &at); err != nil {
		return time.Time{}, false, fmt.Errorf("read how far %q was polled: %w", source, halted(err))
	}
	return at, n > 0, nil
}

// Reach records how far a source was polled, and how many records the window had.
func (db *DB) Reach(ctx context.Context, source string, at time.Time, records int) error {
	err := db.conn.Exec(ctx, "INSERT INTO takt_store.polls (source, reached, records, written_at) SETTINGS async_insert = 0"+
		" VALUES (?, fromUnixTimestamp64Milli(?, 'UTC'), ?, fromUnixTimestamp64Milli(?, 'UTC'))",
		source, at.UnixMilli(), uint64(records), time.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("record how far %q was polled: %w", source, halted(err))
	}
	return nil
}
