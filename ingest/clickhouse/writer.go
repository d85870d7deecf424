package clickhouse

import (
	"context"
	"errors"
	"fmt"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/metrics/process"
)

// Writer writes flushes of any number of partitions, at most one of each at a time.
type Writer struct {
	db        *DB
	processes map[string]*process.Process
	free      chan *blocks
}

var _ ingest.Sink = (*Writer)(nil)

// NewWriter returns a Writer for flushes of these processes.
func NewWriter(db *DB, processes ...*process.Process) *Writer {
	w := &Writer{db: db, processes: map[string]*process.Process{}, free: make(chan *blocks, spareBlocks)}
	for _, p := range processes {
		w.processes[p.Name] = p
	}
	return w
}

// spareBlocks is how many sets of buffers wait for the next flush: they are large,
// and few flushes are under way at once.
const spareBlocks = 3

func (w *Writer) take() *blocks {
	select {
	case bs := <-w.free:
		return bs
	default:
		return newBlocks(w.db.cfg.Compression)
	}
}

func (w *Writer) giveBack(bs *blocks) {
	bs.release()
	select {
	case w.free <- bs:
	default:
	}
}

// Write makes f durable: events and dead letters; orders; visits, exceptions and
// promises; progress, each acknowledged before the next. An event that
// the store refuses moves from f.Counts.Stored to f.Counts.Dead and is appended
// to f.Dead.
func (w *Writer) Write(ctx context.Context, f *ingest.Flush) error {
	p := w.processes[f.Process]
	if p == nil {
		return fmt.Errorf("write flush: process %q is unknown", f.Process)
	}
	bs := w.take()
	defer w.giveBack(bs)
	if err := w.write(ctx, f, p, bs); err != nil && !errors.Is(err, errDone) {
		return err
	}
	return nil
}

func (w *Writer) write(ctx context.Context, f *ingest.Flush, p *process.Process, bs *blocks) error {
	bs.fill(f, p)
	for _, b := range bs.all() { // before anything is written
		if err := b.fits(); err != nil {
			return err
		}
	}
	if err := w.events(ctx, f, bs); err != nil {
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
	bs.progress.add(f, w.db.cfg.Writer)
	return w.table(ctx, f, bs, &bs.progress.block)
}

// fill turns the flush into rows, all but those that depend on what the store
// refuses.
func (bs *blocks) fill(f *ingest.Flush, p *process.Process) {
	for i := range f.Events.Len() {
		bs.events.add(f, i)
	}
	e := f.Effects
	if e == nil {
		return
	}
	for i := range e.Visits {
		bs.visits.add(f, p, &e.Visits[i])
	}
	for i := range e.Exceptions {
		bs.exceptions.add(f, p, &e.Exceptions[i])
	}
	for i := range e.Promises {
		bs.promises.add(f, &e.Promises[i])
	}
	for i := range e.Orders {
		bs.orders.add(f, p, &e.Orders[i])
	}
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
