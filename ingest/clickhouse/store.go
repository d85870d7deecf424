package clickhouse

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/order"
)

var _ ingest.Store = (*DB)(nil)

// Progress returns the flush of k's topic, epoch and partition with the greatest
// Next; of several, as flushes for time alone are, the one numbered highest.
func (db *DB) Progress(ctx context.Context, k ingest.Key) (ingest.Progress, bool, error) {
	rows, err := db.conn.Query(ctx, "SELECT flush, first_offset, next_offset, partitions, history_end, leader_epoch, last_offset, last_append, writer, toUnixTimestamp64Milli(written_at)"+
		" FROM "+db.local("progress")+" FINAL WHERE topic = ? AND epoch = ? AND partition = ?"+
		" ORDER BY next_offset DESC, flush DESC LIMIT 1",
		k.Topic, k.Epoch, k.Partition)
	if err != nil {
		return ingest.Progress{}, false, fmt.Errorf("read progress: %w", halted(err))
	}
	defer rows.Close()
	p, ok := ingest.Progress{Epoch: k.Epoch}, false
	for rows.Next() {
		var number, first, next, history uint64
		var partitions uint32
		var written, lastAppend int64
		if err := rows.Scan(&number, &first, &next, &partitions, &history, &p.Leader, &p.Last.Offset, &lastAppend, &p.Writer, &written); err != nil {
			return ingest.Progress{}, false, fmt.Errorf("read progress: %w", err)
		}
		p.Number, p.First, p.Next, p.HistoryEnd = int64(number), int64(first), int64(next), int64(history)
		p.Last.Append = order.Instant(lastAppend)
		p.Partitions, p.WrittenAt, ok = int(partitions), order.Instant(written), true
	}
	if err := rows.Err(); err != nil {
		return ingest.Progress{}, false, fmt.Errorf("read progress: %w", err)
	}
	return p, ok, nil
}

// LastEpoch returns the greatest epoch under which anything of the topic was
// written; ok is false if nothing was. A configured epoch below it would lose
// against every stored row.
func (db *DB) LastEpoch(ctx context.Context, topic string) (epoch int, ok bool, err error) {
	var n uint64
	var last uint16
	err = db.conn.QueryRow(ctx, "SELECT count(), max(epoch) FROM "+db.local("progress")+" WHERE topic = ?", topic).Scan(&n, &last)
	if err != nil {
		return 0, false, fmt.Errorf("read last epoch: %w", halted(err))
	}
	return int(last), n > 0, nil
}

// ofPartition is the condition under which an order belongs to k. An order that
// another epoch wrote last does not: its epoch was left for a reason.
const ofPartition = " FINAL WHERE process = ? AND topic = ? AND partition = ? AND epoch = ? AND NOT deleted"

// OpenOrders calls fn with the state of every order of the partition that is
// tracked, or that a flush later than finished wrote: those are unfinished. The
// state is valid during the call.
func (db *DB) OpenOrders(ctx context.Context, k ingest.Key, finished int64, fn func(state []byte, unfinished bool) error) error {
	return db.states(ctx, fn, "SELECT state, flush > ? FROM "+db.local("orders")+ofPartition+" AND (tracked OR flush > ?)",
		finished, k.Process, k.Topic, k.Partition, k.Epoch, finished)
}

// ClosedOrders calls fn with xxhash64 of the number of every other order of it.
func (db *DB) ClosedOrders(ctx context.Context, k ingest.Key, finished int64, fn func(hash uint64)) error {
	rows, err := db.conn.Query(ctx, "SELECT xxHash64(order_id) FROM "+db.local("orders")+ofPartition+" AND NOT tracked AND flush <= ?",
		k.Process, k.Topic, k.Partition, k.Epoch, finished)
	if err != nil {
		return fmt.Errorf("read closed orders: %w", halted(err))
	}
	defer rows.Close()
	var hash uint64
	for rows.Next() {
		if err := rows.Scan(&hash); err != nil {
			return fmt.Errorf("read closed orders: %w", err)
		}
		fn(hash)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read closed orders: %w", err)
	}
	return nil
}

// listBytes bounds the list of order numbers in one query.
const listBytes = 128 << 10

// Orders calls fn with the state of those of the orders that are stored. The
// state is valid during the call.
func (db *DB) Orders(ctx context.Context, k ingest.Key, orders []string, fn func(state []byte) error) error {
	var list strings.Builder
	for i, id := range orders {
		if list.Len() > 0 {
			list.WriteByte(',')
		}
		quote(&list, id)
		if list.Len() < listBytes && i < len(orders)-1 {
			continue
		}
		err := db.states(ctx, func(state []byte, _ bool) error { return fn(state) }, "SELECT state, 0 FROM "+db.local("orders")+ofPartition+" AND order_id IN ("+list.String()+")",
			k.Process, k.Topic, k.Partition, k.Epoch)
		if err != nil {
			return err
		}
		list.Reset()
	}
	return nil
}

// quote writes s as a string literal.
func quote(b *strings.Builder, s string) {
	b.WriteByte('\'')
	for i := range len(s) {
		if s[i] == '\'' || s[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('\'')
}

func (db *DB) states(ctx context.Context, fn func([]byte, bool) error, query string, args ...any) error {
	ctx, cancel := context.WithCancel(driver.Context(ctx, driver.WithSettings(driver.Settings{"max_query_size": 1 << 20})))
	defer cancel()
	rows, err := db.conn.Query(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read orders: %w", halted(err))
	}
	defer rows.Close()
	var state []byte
	var unfinished uint8
	for rows.Next() {
		if err := rows.Scan(&state, &unfinished); err != nil {
			return fmt.Errorf("read orders: %w", err)
		}
		if err := fn(state, unfinished != 0); err != nil {
			cancel()
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read orders: %w", err)
	}
	return nil
}

// Quiesce kills what inserts of an earlier owner of the partition still run and
// returns once none does: from then on progress is final. A killed insert was
// not acknowledged; the records are read again.
func (db *DB) Quiesce(ctx context.Context, k ingest.Key) error {
	processes := "system.processes"
	onCluster := ""
	if db.cfg.Cluster != "" {
		processes = "clusterAllReplicas('" + db.cfg.Cluster + "', system.processes)"
		onCluster = " ON CLUSTER '" + db.cfg.Cluster + "'"
	}
	// The fields after the partition (epoch, writer, flush, table) hold no "-", so
	// the topic "a" does not match inserts of a topic "a-1".
	running := "match(query_id, ?)"
	pattern := "^" + regexp.QuoteMeta(queryPrefix(k.Topic, k.Partition)) + `[0-9]+-[A-Za-z0-9]+-[0-9]+-[a-z_]+\.`
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		var n uint64
		if err := db.conn.QueryRow(ctx, "SELECT count() FROM "+processes+" WHERE "+running, pattern).Scan(&n); err != nil {
			return fmt.Errorf("list running inserts: %w", halted(err))
		}
		if n == 0 {
			return nil
		}
		if err := db.conn.Exec(ctx, "KILL QUERY"+onCluster+" WHERE "+running+" ASYNC", pattern); err != nil {
			return fmt.Errorf("kill running inserts: %w", halted(err))
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return fmt.Errorf("wait for running inserts: %w", ctx.Err())
		}
	}
}
