package ingest

import (
	"context"
	"errors"
	"fmt"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/tracker"
)

// recover brings the partition to where its progress says it is: it waits until
// no earlier owner writes any more, loads the orders, and opens the log there.
func (t *partition) recover(ctx context.Context, log Range) error {
	if err := t.p.store.Quiesce(ctx, t.key); err != nil {
		return fmt.Errorf("wait for inserts of an earlier owner: %w", err)
	}
	progress, ok, err := t.p.store.Progress(ctx, t.key)
	if err != nil {
		return fmt.Errorf("read progress: %w", err)
	}
	t.leader = log.LeaderEpoch
	if ok {
		if err := t.compare(progress, log); err != nil {
			return err
		}
		if err := t.recognise(ctx, progress.Last, log); err != nil {
			return err
		}
		t.stored, t.number, t.historyEnd, t.last = progress.Next, progress.Number, progress.HistoryEnd, progress.Last
	} else if err := t.begin(ctx, log); err != nil {
		return err
	}
	t.read, t.end = t.stored, log.End
	t.tracker = tracker.New(tracker.Config{Plan: t.p.cfg.Plan, Rests: t.p.cfg.Rests(), Resume: t.stored, CutOrders: t.p.cfg.Rows, Spare: t.p.effects})
	if ok {
		if err := t.load(ctx); err != nil {
			return err
		}
		// What was restored shows in the gauges, and what an unfinished flush left
		// undone is written, with the next flush: make it soon.
		t.pending.since = t.p.cfg.Now()
	}
	return t.open()
}

// begin writes the first progress of a partition: it fixes what is history.
func (t *partition) begin(ctx context.Context, log Range) error {
	t.stored, t.number, t.historyEnd = log.Begin, 1, log.End
	first := &Flush{
		Source: t.key.Source, Process: t.key.Process, Topic: t.key.Topic, Partition: t.n, Partitions: t.count,
		Epoch: t.key.Epoch, Number: 1, First: log.Begin, Next: log.Begin, HistoryEnd: log.End, Leader: log.LeaderEpoch,
		Effects: &tracker.Effects{}, WrittenAt: order.At(t.p.cfg.Now()),
	}
	if err := t.p.sink.Write(ctx, first); err != nil {
		return fmt.Errorf("write first progress: %w", err)
	}
	return nil
}

func (t *partition) load(ctx context.Context) error {
	err := t.p.store.ClosedOrders(ctx, t.key, t.number, t.tracker.RestoreClosed)
	if err != nil {
		return fmt.Errorf("load closed orders: %w", err)
	}
	if err := t.p.store.OpenOrders(ctx, t.key, t.number, t.tracker.Restore); err != nil {
		return fmt.Errorf("load open orders: %w", err)
	}
	return nil
}

func (t *partition) open() error {
	reader, err := t.p.source.Open(t.n, t.read)
	if err != nil {
		return fmt.Errorf("open at offset %d: %w", t.read, err)
	}
	t.reader = reader
	return nil
}

// recognise tells whether the last record that was taken is still the one at its
// offset. Where nothing stands there any more, compaction may have taken it away.
func (t *partition) recognise(ctx context.Context, last Mark, log Range) error {
	if !last.Append.Known() || last.Offset < log.Begin || last.Offset >= log.End {
		return nil
	}
	reader, err := t.p.source.Open(t.n, last.Offset)
	if err != nil {
		return fmt.Errorf("open at offset %d: %w", last.Offset, err)
	}
	batch, err := reader.Next(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("read offset %d: %w", last.Offset, err), reader.Close())
	}
	changed := len(batch.Records) > 0 && batch.Records[0].Offset == last.Offset && batch.Records[0].Append != last.Append
	batch.Release()
	if err := reader.Close(); err != nil {
		return fmt.Errorf("close reader: %w", err)
	}
	if changed {
		return t.halt("holds another record at offset %d than the one that was stored: was the topic recreated or moved?", last.Offset)
	}
	return nil
}

// halt is the error of a log that is not the one progress speaks of.
func (t *partition) halt(format string, args ...any) error {
	return &Halt{
		Message: fmt.Sprintf("topic %q partition %d ", t.key.Topic, t.n) + fmt.Sprintf(format, args...),
		Hint:    "if it was, raise `epoch` of the source in takt.yaml: Takt then reads the topic anew beside the old rows' identities",
	}
}

// compare tells whether the log is still the one that progress speaks of.
func (t *partition) compare(progress Progress, log Range) error {
	halt := t.halt
	switch {
	case progress.Partitions != t.count && progress.Partitions < t.count:
		return &Halt{
			Message: fmt.Sprintf("topic %q has %d partitions, progress knows %d: partitions were added", t.key.Topic, t.count, progress.Partitions),
			Hint: "older records lie where the old count put their orders: write the orders into a new topic of that many partitions, " +
				"or, if the topic was made anew with all records, raise `epoch` of the source in takt.yaml",
		}
	case progress.Partitions != t.count:
		return halt("has %d partitions, progress knows %d: was the topic's partition count changed?", t.count, progress.Partitions)
	case log.End < progress.Next:
		return halt("ends at offset %d, but offsets up to %d were stored: was the topic recreated or moved?", log.End, progress.Next)
	case log.Begin > progress.Next:
		return halt("begins at offset %d, but offset %d comes next: offsets %d to %d are gone. Were they deleted by retention, or was the topic recreated?",
			log.Begin, progress.Next, progress.Next, log.Begin-1)
	case log.LeaderEpoch >= 0 && log.LeaderEpoch < progress.Leader:
		return halt("has leader epoch %d, progress knows %d: was the topic recreated?", log.LeaderEpoch, progress.Leader)
	}
	return nil
}

// resumes reports whether the partition can go on with what it has in memory:
// its last flush is certain and nobody else has written since.
func (t *partition) resumes(ctx context.Context) bool {
	if t.unsure {
		return false
	}
	progress, ok, err := t.p.store.Progress(ctx, t.key)
	if err != nil || !ok || progress.Writer != t.p.writer || progress.Next != t.stored || progress.Number != t.number {
		return false
	}
	t.close()
	return t.open() == nil
}
