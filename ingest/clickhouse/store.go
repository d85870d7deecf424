package clickhouse

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/order"
)

var _ ingest.Store = (*DB)(nil)

// Progress returns, of each of the partitions that has any, the flush of k's topic
// and epoch with the greatest Next; of several, as flushes for time alone are, the
// one numbered highest.
func (db *DB) Progress(ctx context.Context, k ingest.Key, partitions []int) (map[int]ingest.Progress, error) {
	rows, err := db.conn.Query(ctx, "SELECT partition, flush, first_offset, next_offset, partitions, history_end, leader_epoch, last_offset, last_append, writer, toUnixTimestamp64Milli(written_at)"+
		" FROM "+db.local("progress")+" FINAL WHERE topic = ? AND epoch = ? AND partition IN ("+numbers(partitions)+")"+
		" ORDER BY next_offset DESC, flush DESC LIMIT 1 BY partition",
		k.Topic, k.Epoch)
	if err != nil {
		return nil, fmt.Errorf("read progress: %w", halted(err))
	}
	defer rows.Close()
	all := map[int]ingest.Progress{}
	for rows.Next() {
		p := ingest.Progress{Epoch: k.Epoch}
		var number, first, next, history uint64
		var partition, count uint32
		var written, lastAppend int64
		if err := rows.Scan(&partition, &number, &first, &next, &count, &history, &p.Leader, &p.Last.Offset, &lastAppend, &p.Writer, &written); err != nil {
			return nil, fmt.Errorf("read progress: %w", err)
		}
		p.Number, p.First, p.Next, p.HistoryEnd = int64(number), int64(first), int64(next), int64(history)
		p.Last.Append = order.Instant(lastAppend)
		p.Partitions, p.WrittenAt = int(count), order.Instant(written)
		all[int(partition)] = p
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read progress: %w", err)
	}
	return all, nil
}

// numbers lists partitions, or flushes, as SQL has it.
func numbers[N int | int64](list []N) string {
	var b strings.Builder
	for i, n := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(int64(n), 10))
	}
	return b.String()
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

// ofTopic is the condition under which an order belongs to k and to one of the
// partitions. An order that another epoch wrote last does not: its epoch was left
// for a reason.
const ofTopic = " FINAL WHERE process = ? AND topic = ? AND epoch = ? AND NOT deleted AND partition IN "

// unfinished returns the condition that a flush later than the finished one of the
// order's partition wrote it, and the list of the partitions.
func unfinished(finished map[int]int64) (condition, list string) {
	var partitions []int
	var flushes []int64
	for _, p := range slices.Sorted(maps.Keys(finished)) {
		partitions, flushes = append(partitions, p), append(flushes, finished[p])
	}
	list = numbers(partitions)
	return "flush > transform(partition, [" + list + "], CAST([" + numbers(flushes) + "], 'Array(UInt64)'), toUInt64(0))", "(" + list + ")"
}

// OpenOrders calls fn with the state of every order of the partitions that is
// tracked, or that a flush later than the finished one of its partition wrote:
// those are unfinished. The state is valid during the call.
func (db *DB) OpenOrders(ctx context.Context, k ingest.Key, finished map[int]int64, fn func(partition int, state []byte, unfinished bool) error) error {
	later, list := unfinished(finished)
	return db.states(ctx, fn, "SELECT partition, state, "+later+" AS unfinished FROM "+db.local("orders")+ofTopic+list+" AND (tracked OR unfinished)", k)
}

// ClosedOrders calls fn with xxhash64 of the number of every other order of them.
func (db *DB) ClosedOrders(ctx context.Context, k ingest.Key, finished map[int]int64, fn func(partition int, hash uint64)) error {
	later, list := unfinished(finished)
	rows, err := db.conn.Query(ctx, "SELECT partition, xxHash64(order_id) FROM "+db.local("orders")+ofTopic+list+" AND NOT tracked AND NOT "+later,
		k.Process, k.Topic, k.Epoch)
	if err != nil {
		return fmt.Errorf("read closed orders: %w", halted(err))
	}
	defer rows.Close()
	var partition uint32
	var hash uint64
	for rows.Next() {
		if err := rows.Scan(&partition, &hash); err != nil {
			return fmt.Errorf("read closed orders: %w", err)
		}
		fn(int(partition), hash)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read closed orders: %w", err)
	}
	return nil
}

// listBytes bounds the list of order numbers in one query.
const listBytes = 128 << 10

// Orders calls fn with the state of those of the partition's orders that are
// stored. The state is valid during the call.
func (db *DB) Orders(ctx context.Context, k ingest.Key, partition int, orders []string, fn func(state []byte) error) error {
	var list strings.Builder
	for i, id := range orders {
		if list.Len() > 0 {
			list.WriteByte(',')
		}
		quote(&list, id)
		if list.Len() < listBytes && i < len(orders)-1 {
			continue
		}
		err := db.states(ctx, func(_ int, state []byte, _ bool) error { return fn(state) },
			"SELECT partition, state, 0 FROM "+db.local("orders")+ofTopic+"("+strconv.Itoa(partition)+") AND order_id IN ("+list.String()+")", k)
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

func (db *DB) states(ctx context.Context, fn func(int, []byte, bool) error, query string, k ingest.Key) error {
	ctx, cancel := context.WithCancel(driver.Context(ctx, driver.WithSettings(driver.Settings{"max_query_size": 1 << 20})))
	defer cancel()
	rows, err := db.conn.Query(ctx, query, k.Process, k.Topic, k.Epoch)
	if err != nil {
		return fmt.Errorf("read orders: %w", halted(err))
	}
	defer rows.Close()
	var partition uint32
	var state []byte
	var unfinished uint8
	for rows.Next() {
		if err := rows.Scan(&partition, &state, &unfinished); err != nil {
			return fmt.Errorf("read orders: %w", err)
		}
		if err := fn(int(partition), state, unfinished != 0); err != nil {
			cancel()
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read orders: %w", err)
	}
	return nil
}

// Quiesce kills what inserts of an earlier owner of the partitions still run and
// returns once none does: from then on progress is final. A killed insert was
// not acknowledged; the records are read again.
func (db *DB) Quiesce(ctx context.Context, k ingest.Key, partitions []int) error {
	processes := "system.processes"
	onCluster := ""
	if db.cfg.Cluster != "" {
		processes = "clusterAllReplicas('" + db.cfg.Cluster + "', system.processes)"
		onCluster = " ON CLUSTER '" + db.cfg.Cluster + "'"
	}
	if len(partitions) == 0 {
		return nil
	}
	var prefixes []string
	for _, p := range partitions {
		prefixes = append(prefixes, regexp.QuoteMeta(queryPrefix(k.Topic, p)))
	}
	// The fields after the partition (epoch, writer, flush, table) hold no "-", so
	// the topic "a" does not match inserts of a topic "a-1".
	running := "match(query_id, ?)"
	pattern := "^(" + strings.Join(prefixes, "|") + `)[0-9]+-[A-Za-z0-9]+-[0-9]+-[a-z_]+\.`
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
