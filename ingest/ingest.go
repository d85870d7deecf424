// Package ingest is the pipeline of an order event: fetch, decode, resolve,
// apply, flush. It reads partitions of a Source, keeps a tracker per partition
// and hands whole flushes to a Sink. Its contract is exactly once: for every
// partition the flushes' offset ranges join without gap or overlap, a flush is
// visible whole or is done again with equal rows, and what a process counts is
// never more than what it made durable.
package ingest

import (
	"context"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/tracker"
)

// Record is one record of the log. Key and Value alias the buffer of its Batch.
type Record struct {
	Offset  int64
	Append  order.Instant // timestamp of the record
	Key     []byte
	Value   []byte // nil: a tombstone
	History bool   // carries the replay header
}

// Batch is a run of one partition's log. It covers the offsets [First, Next),
// those without a record (removed by compaction, markers, aborted) included.
type Batch struct {
	Partition int
	Records   []Record
	First     int64
	Next      int64
	End       int64         // end of the log that a reader may see, when the batch was fetched
	Fetched   order.Instant // when the broker's answer came
	Free      func()        // gives the buffer back; may be nil
}

// Release gives the batch's buffer back; its records are invalid from then on.
func (b *Batch) Release() {
	if free := b.Free; free != nil {
		b.Free = nil
		free()
	}
}

// Reader reads one partition from an offset on, ahead of its caller within
// bounded memory.
type Reader interface {
	// Next returns the next batch. After a short wait without records it returns
	// an empty one, which still tells the End. The error is final for this Reader.
	Next(ctx context.Context) (*Batch, error)
	Close() error
}

// Range is what the log holds of one partition.
type Range struct {
	Partition   int
	Begin, End  int64
	LeaderEpoch int32 // -1: not told
}

// Assignment is a set of partitions this member may work on.
type Assignment interface {
	// Partitions returns the numbers of the partitions, ascending.
	Partitions() []int
	// Generation identifies the assignment; static ones return 0.
	Generation() int
	// Commit stores next offsets with the group, fenced by generation: success
	// proves that the member still owned its partitions when the call began. A
	// static assignment only records them.
	Commit(ctx context.Context, next map[int]int64) error
	// Lost is closed when the assignment ends. The member then has to stop work on
	// the partitions and call Done.
	Lost() <-chan struct{}
	// Done tells that work on this assignment has stopped.
	Done()
}

// Source delivers the records of one topic.
type Source interface {
	// Join waits for the next assignment. The one before must be Done.
	Join(ctx context.Context) (Assignment, error)
	// Open reads a partition from offset on.
	Open(partition int, offset int64) (Reader, error)
	// Ranges returns what the log holds, every partition of the topic ascending.
	Ranges(ctx context.Context) ([]Range, error)
	Close() error
}

// DeadLetter is a record that could not be taken.
type DeadLetter struct {
	Offset int64
	Append order.Instant
	Reason order.Reason
	Field  string // what was at fault, never its value
	Key    []byte
	Value  []byte // personal fields masked
}

// size is what the letter holds of its record, in bytes.
func (d *DeadLetter) size() int { return len(d.Key) + len(d.Value) }

// Counts tell what became of the records of a flush; each is in exactly one.
type Counts struct {
	Records   int64 // Stored + Dead + Duplicate + Tombstone + Ignored
	Stored    int64
	Dead      int64
	Duplicate int64 // a repeat: every event of it was known
	Tombstone int64 // no value
	Ignored   int64 // the mapping makes no event of it
	Events    int64 // events stored; a record may make several
	History   int64 // of Stored: history, which no counter of the process counts
}

// Mark is one record of the log, by which a log that was made anew is told from
// the old one that grew. The zero Append is no record.
type Mark struct {
	Offset int64
	Append order.Instant
}

// Flush is one partition's share of work, written whole, in this order, each
// acknowledged before the next: events and dead letters; orders; visits,
// exceptions and promises; progress. The orders' states come before the rows that
// follow from them, so that a flush which stopped halfway can be finished: an
// order whose Number is greater than that of the last progress is given to the
// tracker as unfinished, and the tracker gives its rows again.
type Flush struct {
	Source     string
	Process    string
	Topic      string
	Partition  int
	Partitions int // partition count of the topic
	Epoch      int
	Number     int64 // of the partition and epoch, from 1 on over all lives; stored with orders and progress
	First      int64 // covers [First, Next); First = Next for time alone
	Next       int64
	HistoryEnd int64 // records below are history: the log's end when Takt first saw it
	Leader     int32 // leader epoch of the partition; -1: not told
	Last       Mark  // last record taken, by this flush or an earlier one
	Counts     Counts
	Unknown    map[string]int64         // values of its records that the mapping has no word for, by field; nil: none
	Events     Events                   // stored ones; nil: none
	Latest     map[string]order.Instant // of Events: the latest by channel
	Dead       []DeadLetter
	Rows       tracker.Rows     // that the tracker derives; nil: none
	Effects    *tracker.Effects // beside the rows
	WrittenAt  order.Instant
	// Before, if set, is called when all but progress is acknowledged.
	Before func(ctx context.Context) error
}

// Events takes the events that a flush stores, one by one. Nothing given to it is
// kept but as the sink's own bytes.
type Events interface {
	Add(e *order.Event, offset int64, live bool)
	Len() int
}

// Progress is the last acknowledged flush of a partition.
type Progress struct {
	Epoch      int
	Number     int64 // of the flush
	First      int64
	Next       int64
	Partitions int
	HistoryEnd int64
	Leader     int32
	Last       Mark
	Writer     string // start id of the process that wrote it
	WrittenAt  order.Instant
}

// Key names one source's topic in a store.
type Key struct {
	Source  string
	Process string
	Topic   string
	Epoch   int
}

// Sink writes flushes. Write returns nil only when the flush's progress is
// acknowledged; it retries overload itself until ctx ends. ctx carries the
// deadline until which the writer may insert.
type Sink interface {
	// Events returns what takes the events of f, whose partition and epoch are set.
	Events(f *Flush) Events
	// Rows returns what takes the derived rows of f, whose number is set too.
	Rows(f *Flush) tracker.Rows
	Write(ctx context.Context, f *Flush) error
	// Release takes back what Events and Rows have given for f.
	Release(f *Flush)
}

// Store answers what recovery and the resolving of orders need. Recovery asks for
// all its partitions at once, since each question reads the whole of a table.
type Store interface {
	// Progress returns, of those partitions that have any, the flush with the
	// greatest Next.
	Progress(ctx context.Context, k Key, partitions []int) (map[int]Progress, error)
	// OpenOrders calls fn with the state of every order of the partitions that is
	// tracked, or was written by a flush later than the one finished in its
	// partition: those are unfinished. The state is valid during the call.
	OpenOrders(ctx context.Context, k Key, finished map[int]int64, fn func(partition int, state []byte, unfinished bool) error) error
	// ClosedOrders calls fn with xxhash64 of the number of every other order of them.
	ClosedOrders(ctx context.Context, k Key, finished map[int]int64, fn func(partition int, hash uint64)) error
	// Orders calls fn with the state of those of the partition's orders that are stored.
	Orders(ctx context.Context, k Key, partition int, orders []string, fn func(state []byte) error) error
	// EventsOf calls fn with each stored event of the process's orders, and whether it
	// came live. The event is valid during the call.
	EventsOf(ctx context.Context, process string, orders []string, fn func(live bool, e *order.Event) error) error
	// Quiesce returns once no insert of an earlier owner of the partitions runs.
	Quiesce(ctx context.Context, k Key, partitions []int) error
}

// unknown counts what d met of values that the mapping has no word for.
func (f *Flush) unknown(d Decoder) {
	d.Unknown(func(field string, values int64) {
		if f.Unknown == nil {
			f.Unknown = map[string]int64{}
		}
		f.Unknown[field] += values
	})
}
