package clickhouse

import (
	"context"
	"fmt"

	driver "github.com/ClickHouse/clickhouse-go/v2"
)

// Audit is what progress proves about the log of one topic.
type Audit struct {
	Partitions  []AuditPartition
	Missing     int64 // offsets between two flushes that no flush covers
	Overlapping int64 // offsets that more than one flush covers
	Unbalanced  int64 // flushes whose records are not in exactly one count each
	DeadLetters int64 // dead letters counted but not stored, or stored but not counted
}

// Clean reports whether nothing is wrong.
func (a *Audit) Clean() bool {
	return a.Missing == 0 && a.Overlapping == 0 && a.Unbalanced == 0 && a.DeadLetters == 0
}

// AuditPartition is what progress holds of one partition in one epoch.
type AuditPartition struct {
	Process   string
	Topic     string
	Epoch     int
	Partition int
	First     int64 // first offset any flush covers
	Next      int64 // offset after the last one
	Flushes   int64 // flushes that cover offsets

	Records, Stored, Dead, Duplicate, Tombstone, Ignored, Events int64 // sums of the flushes' counts

	DeadRows    int64 // dead letters in the table
	Missing     int64 // offsets in [First, Next) that no flush covers
	Overlapping int64 // offsets that more than one flush covers, counted once each further time
	Unbalanced  int64 // flushes of which Records is not the sum of the others
}

// auditSQL walks the flushes of a partition in the order of their ranges; reached
// is how far those before came.
const auditSQL = `
SELECT
    any(process), topic, epoch, partition, toInt64(min(first_offset)), toInt64(max(next_offset)), toInt64(count()),
    toInt64(sum(records)), toInt64(sum(stored)), toInt64(sum(dead)), toInt64(sum(duplicate)),
    toInt64(sum(tombstone)), toInt64(sum(ignored)), toInt64(sum(events)),
    toInt64(sum(if(seen > 0 AND first_offset > reached, first_offset - reached, 0))),
    toInt64(sum(if(seen > 0 AND first_offset < reached, least(next_offset, reached) - first_offset, 0))),
    toInt64(countIf(records != stored + dead + duplicate + tombstone + ignored))
FROM
(
    SELECT
        *,
        count() OVER earlier AS seen,
        max(next_offset) OVER earlier AS reached
    FROM %s FINAL
    WHERE first_offset < next_offset AND (topic = {topic:String} OR {topic:String} = '') AND (process = {process:String} OR {process:String} = '')
    WINDOW earlier AS
    (
        PARTITION BY topic, epoch, partition ORDER BY first_offset, next_offset
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
)
GROUP BY topic, epoch, partition
ORDER BY topic, epoch, partition`

const auditDeadSQL = `
SELECT topic, epoch, partition, toInt64(count())
FROM %s FINAL
WHERE NOT deleted AND (topic = {topic:String} OR {topic:String} = '') AND (process = {process:String} OR {process:String} = '')
GROUP BY topic, epoch, partition`

// Audit compares the flushes of a topic with each other and with the dead
// letters. An empty topic or process is every one. Whether First and Next are
// the ends of the log is for the caller, who knows the log, to compare.
func (db *DB) Audit(ctx context.Context, topic, process string) (*Audit, error) {
	ctx = driver.Context(ctx, driver.WithParameters(driver.Parameters{"topic": topic, "process": process}))
	dead, err := db.deadRows(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.conn.Query(ctx, fmt.Sprintf(auditSQL, db.local("progress")))
	if err != nil {
		return nil, fmt.Errorf("audit progress: %w", halted(err))
	}
	defer rows.Close()
	a := &Audit{}
	for rows.Next() {
		var p AuditPartition
		var epoch uint16
		var partition uint32
		if err := rows.Scan(&p.Process, &p.Topic, &epoch, &partition, &p.First, &p.Next, &p.Flushes,
			&p.Records, &p.Stored, &p.Dead, &p.Duplicate, &p.Tombstone, &p.Ignored, &p.Events,
			&p.Missing, &p.Overlapping, &p.Unbalanced); err != nil {
			return nil, fmt.Errorf("audit progress: %w", err)
		}
		p.Epoch, p.Partition = int(epoch), int(partition)
		at := logPlace{p.Topic, epoch, partition}
		p.DeadRows = dead[at]
		delete(dead, at)
		a.Missing += p.Missing
		a.Overlapping += p.Overlapping
		a.Unbalanced += p.Unbalanced
		a.DeadLetters += distance(p.Dead, p.DeadRows)
		a.Partitions = append(a.Partitions, p)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("audit progress: %w", err)
	}
	for _, n := range dead { // of partitions without any progress
		a.DeadLetters += n
	}
	return a, nil
}

type logPlace struct {
	topic     string
	epoch     uint16
	partition uint32
}

func (db *DB) deadRows(ctx context.Context) (map[logPlace]int64, error) {
	rows, err := db.conn.Query(ctx, fmt.Sprintf(auditDeadSQL, db.local("dead_letters")))
	if err != nil {
		return nil, fmt.Errorf("audit dead letters: %w", halted(err))
	}
	defer rows.Close()
	dead := map[logPlace]int64{}
	for rows.Next() {
		var at logPlace
		var n int64
		if err := rows.Scan(&at.topic, &at.epoch, &at.partition, &n); err != nil {
			return nil, fmt.Errorf("audit dead letters: %w", err)
		}
		dead[at] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("audit dead letters: %w", err)
	}
	return dead, nil
}

func distance(a, b int64) int64 { return max(a-b, b-a) }
