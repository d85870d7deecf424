// Package clickhouse stores what the pipeline makes of order events, exactly
// once, and gives back what recovery needs.
//
// Its contract:
//   - A Writer makes a flush visible whole: it is done when its row in
//     takt_store.progress is acknowledged, and that row is written last. Whatever
//     was written before it is written again by whoever takes the partition over,
//     and collapses: every table's sorting key is the identity of a row, and the
//     greatest revision wins.
//   - One insert is one block is one part. Tables have no PARTITION BY, and a
//     flush that is too large for one block is an error.
//   - A retry sends the same bytes under the same token. An old one reads
//     progress first.
//   - Overload is waited out until the context ends; a row that the store refuses
//     becomes a dead letter; what needs a person is a HaltError with a hint.
//   - People read the database takt: views without duplicates, each column with a
//     comment "English, unit; 中文". takt_store is nobody's interface.
//
// https://clickhouse.com/docs/engines/table-engines/mergetree-family/replacingmergetree
package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	driver "github.com/ClickHouse/clickhouse-go/v2"
)

// DB is a connection to ClickHouse. Its methods may be called concurrently.
type DB struct {
	cfg  Config
	conn driver.Conn

	calls atomic.Uint64 // tells queries of this start apart
}

// Open connects to ClickHouse and checks that it answers. It creates nothing.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	conn, err := driver.Open(cfg.options())
	if err != nil {
		return nil, fmt.Errorf("open clickhouse %s: %w", strings.Join(cfg.Addr, ","), err)
	}
	db := &DB{cfg: cfg, conn: conn}
	if err := conn.Ping(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("reach clickhouse %s: %w", strings.Join(cfg.Addr, ","), halted(err))
	}
	return db, nil
}

// Close closes the connections.
func (db *DB) Close() error {
	if err := db.conn.Close(); err != nil {
		return fmt.Errorf("close clickhouse: %w", err)
	}
	return nil
}

// WriterID returns the start id of this process, as it stands in progress.
func (db *DB) WriterID() string { return db.cfg.Writer }

// Conn returns the driver's connection, for packages that query the database takt.
func (db *DB) Conn() driver.Conn { return db.conn }

// Version returns the server's version.
func (db *DB) Version(ctx context.Context) (string, error) {
	var v string
	if err := db.conn.QueryRow(ctx, "SELECT version()").Scan(&v); err != nil {
		return "", fmt.Errorf("read server version: %w", err)
	}
	return v, nil
}

// local returns the name of a storage table for reading: the distributed one in
// a cluster.
func (db *DB) local(table string) string {
	if db.cfg.Cluster != "" {
		return "takt_store." + table + "_all"
	}
	return "takt_store." + table
}
