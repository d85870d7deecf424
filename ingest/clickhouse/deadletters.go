package clickhouse

import (
	"context"
	"fmt"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/takt-orders/takt/ingest/order"
)

// DeadLetter is a dead letter as it is stored.
type DeadLetter struct {
	Source    string
	Process   string
	Topic     string
	Epoch     int
	Partition int
	Offset    int64
	Append    order.Instant // when the log took the record
	Reason    string        // one of order.Reasons
	Field     string        // what was at fault, never its value
	Key       []byte        // as in the log
	Value     []byte        // personal fields masked
	WrittenAt order.Instant
}

// DeadLetterFilter chooses dead letters; what is empty is not looked at.
type DeadLetterFilter struct {
	Source string
	Topic  string
	Reason string
	Limit  int // 0: all
}

// DeadLetters calls fn with the dead letters that f chooses, in the order of the
// log. It stops at the first error of fn and returns it.
func (db *DB) DeadLetters(ctx context.Context, f DeadLetterFilter, fn func(DeadLetter) error) error {
	ctx, cancel := context.WithCancel(driver.Context(ctx, driver.WithParameters(driver.Parameters{
		"source": f.Source, "topic": f.Topic, "reason": f.Reason,
	})))
	defer cancel()
	query := `
SELECT source, process, topic, epoch, partition, offset, toInt64(ifNull(toUnixTimestamp64Milli(appended_at), 0)),
    reason, field, key, value, toUnixTimestamp64Milli(written_at)
FROM ` + db.local("dead_letters") + ` FINAL
WHERE NOT deleted AND (source = {source:String} OR {source:String} = '') AND (topic = {topic:String} OR {topic:String} = '')
    AND (reason = {reason:String} OR {reason:String} = '')
ORDER BY topic, epoch, partition, offset`
	if f.Limit > 0 {
		query += fmt.Sprintf("\nLIMIT %d", f.Limit)
	}
	rows, err := db.conn.Query(ctx, query)
	if err != nil {
		return fmt.Errorf("list dead letters: %w", halted(err))
	}
	defer rows.Close()
	for rows.Next() {
		var d DeadLetter
		var epoch uint16
		var partition uint32
		var offset uint64
		var appended, written int64
		if err := rows.Scan(&d.Source, &d.Process, &d.Topic, &epoch, &partition, &offset, &appended,
			&d.Reason, &d.Field, &d.Key, &d.Value, &written); err != nil {
			return fmt.Errorf("list dead letters: %w", err)
		}
		d.Epoch, d.Partition, d.Offset = int(epoch), int(partition), int64(offset)
		d.Append, d.WrittenAt = order.Instant(appended), order.Instant(written)
		if err := fn(d); err != nil {
			cancel()
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("list dead letters: %w", err)
	}
	return nil
}
