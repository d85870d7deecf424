package clickhouse

import (
	"context"
	"errors"
	"fmt"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// Writer writes flushes of any number of partitions, at most one of each at a time.
type Writer struct {
	db        *DB
	processes map[string]*process.Process
	events    chan *eventRows // that wait for use
	free      chan *blocks
}

var _ ingest.Sink = (*Writer)(nil)

// NewWriter returns a Writer for flushes of these processes.
func NewWriter(db *DB, processes ...*process.Process) *Writer {
	w := &Writer{db: db, processes: map[string]*process.Process{}, events: make(chan *eventRows, spareBlocks), free: make(chan *blocks, spareBlocks)}
	for _, p := range processes {
		w.processes[p.Name] = p
	}
	return w
}

// spareBlocks is how many sets of buffers wait for the next flush: they are large,
// and few flushes are under way at once.
const spareBlocks = 4

// take returns a buffer that waits, or a new one.
func take[T any](free chan T, make func() T) T {
	select {
	case waiting := <-free:
		return waiting
	default:
		return make()
	}
}

// giveBack lets buffer wait for its next use.
func giveBack[T any](free chan T, buffer T) {
	select {
	case free <- buffer:
	default:
	}
}

// Events is ingest.Sink's.
func (w *Writer) Events(f *ingest.Flush) ingest.Events {
	r := take(w.events, newEventRows)
	r.f = f
	return r
}

// Rows is ingest.Sink's.
func (w *Writer) Rows(f *ingest.Flush) tracker.Rows { return w.blocks(f) }

func (w *Writer) blocks(f *ingest.Flush) *blocks {
	bs := take(w.free, func() *blocks { return newBlocks(w.db.cfg.Compression) })
	bs.f, bs.p = f, w.processes[f.Process]
	return bs
}

// Release is ingest.Sink's.
func (w *Writer) Release(f *ingest.Flush) {
	if r, ok := f.Events.(*eventRows); ok {
		r.reset()
		r.f = nil
		giveBack(w.events, r)
	}
	if bs, ok := f.Rows.(*blocks); ok {
		bs.reset()
		giveBack(w.free, bs)
	}
	f.Events, f.Rows = nil, nil
}

// Write makes f durable: events and dead letters; orders; visits, exceptions and
// promises; progress, each acknowledged before the next. An event that
// the store refuses moves from f.Counts.Stored to f.Counts.Dead and is appended
// to f.Dead.
func (w *Writer) Write(ctx context.Context, f *ingest.Flush) error {
	if w.processes[f.Process] == nil {
		return fmt.Errorf("write flush: process %q is unknown", f.Process)
	}
	bs, ok := f.Rows.(*blocks)
	if !ok {
		bs = w.blocks(f)
		defer func() {
			bs.reset()
			giveBack(w.free, bs)
		}()
	}
	events, ok := f.Events.(*eventRows)
	if !ok {
		events = newEventRows()
	}
	if err := w.write(ctx, f, events, bs); err != nil && !errors.Is(err, errDone) {
		return err
	}
	return nil
}

func (w *Writer) write(ctx context.Context, f *ingest.Flush, events *eventRows, bs *blocks) error {
	bs.progress.reset()                                 // a flush may be written again
	for _, b := range append(bs.all(), &events.block) { // before anything is written
		if err := b.fits(); err != nil {
			return err
		}
	}
	if err := w.writeEvents(ctx, f, events, bs); err != nil {
		return err
	}
	if err := w.deadLetters(ctx, f, bs); err != nil {
		return err
	}
	for _, b := range []*block{&bs.orders.block, &bs.visits.block, &bs.exceptions.block, &bs.promises.block} {
		if err := w.table(ctx, f, bs, b); err != nil {
			return err
		}
	}
	if f.Before != nil {
		if err := f.Before(ctx); err != nil {
			return err
		}
	}
	bs.progress.add(f, w.db.cfg.Writer)
	return w.table(ctx, f, bs, &bs.progress.block)
}

// table writes one table's rows; a refusal there is a fault of the schema, for
// the rows are Takt's own.
func (w *Writer) table(ctx context.Context, f *ingest.Flush, bs *blocks, b *block) error {
	if b.rows == 0 {
		return nil
	}
	w.before(b.table, f)
	err := w.insert(ctx, f, bs, b)
	if refused := (*refusedError)(nil); errors.As(err, &refused) {
		return &HaltError{Err: err, Hint: hintSchema}
	}
	if err == nil {
		w.point("after:" + b.table)
	}
	return err
}

func (w *Writer) before(table string, f *ingest.Flush) {
	if w.db.cfg.Before != nil {
		w.db.cfg.Before(table, f)
	}
	w.point("before:" + table)
}

func (w *Writer) point(name string) {
	if w.db.cfg.Failpoint != nil {
		w.db.cfg.Failpoint(name)
	}
}

// written reports whether progress holds f.
func (w *Writer) written(ctx context.Context, f *ingest.Flush) (bool, error) {
	var n uint64
	err := w.db.conn.QueryRow(ctx, "SELECT count() FROM "+w.db.local("progress")+" FINAL WHERE topic = ? AND epoch = ? AND partition = ?"+
		" AND next_offset = ? AND first_offset = ? AND writer = ? AND flush = ?",
		f.Topic, f.Epoch, f.Partition, f.Next, f.First, w.db.cfg.Writer, f.Number).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read progress: %w", err)
	}
	return n > 0, nil
}
