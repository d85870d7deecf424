package ingest

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/tracker"
)

// recoverAll makes every partition of the assignment ready to run. What it asks
// the store it asks for all of them at once.
func (p *Pipeline) recoverAll(ctx context.Context, a Assignment, lease *lease) error {
	if len(a.Partitions()) == 0 {
		return nil
	}
	stop := make(chan struct{})
	defer close(stop)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-a.Lost():
			cancel()
		case <-stop:
		}
	}()
	ranges, err := p.source.Ranges(ctx)
	if err != nil {
		return fmt.Errorf("read offsets of topic %q: %w", p.cfg.Topic, err)
	}
	fresh, err := p.resume(ctx, a.Partitions(), len(ranges), lease)
	if err != nil {
		return err
	}
	if err := p.recover(ctx, fresh, ranges); err != nil {
		for _, t := range fresh {
			t.close()
		}
		return fmt.Errorf("recover topic %q: %w", p.cfg.Topic, err)
	}
	for _, t := range fresh {
		p.partitions[t.n] = t
		lease.acknowledged(t.n, t.stored)
		p.cfg.Observer.Owned(t.n)
	}
	return nil
}

// resume lets the partitions that can go on with what they have in memory do so,
// and returns the others, made anew.
func (p *Pipeline) resume(ctx context.Context, numbers []int, count int, lease *lease) (fresh []*partition, err error) {
	var held []int
	for _, n := range numbers {
		// With another number of partitions orders lie elsewhere: recovery tells so.
		if t := p.partitions[n]; t != nil && t.count == count && !t.unsure {
			held = append(held, n)
		}
	}
	var progress map[int]Progress
	if len(held) > 0 {
		// Without an answer all of them are recovered, which asks again.
		progress, _ = p.store.Progress(ctx, p.key, held)
	}
	for _, n := range numbers {
		if last, ok := progress[n]; ok && p.partitions[n].resumes(last) {
			lease.acknowledged(n, p.partitions[n].stored)
			continue
		}
		p.drop(n)
		fresh = append(fresh, newPartition(p, n, count))
	}
	return fresh, nil
}

// recover brings the partitions to where their progress says they are: it waits
// until no earlier owner writes any more, loads the orders, and opens the log there.
func (p *Pipeline) recover(ctx context.Context, fresh []*partition, ranges []Range) error {
	if len(fresh) == 0 {
		return nil
	}
	var numbers []int
	for _, t := range fresh {
		numbers = append(numbers, t.n)
	}
	if err := p.store.Quiesce(ctx, p.key, numbers); err != nil {
		return fmt.Errorf("wait for inserts of an earlier owner: %w", err)
	}
	progress, err := p.store.Progress(ctx, p.key, numbers)
	if err != nil {
		return fmt.Errorf("read progress: %w", err)
	}
	each, within := errgroup.WithContext(ctx)
	for _, t := range fresh {
		last, ok := progress[t.n]
		each.Go(func() error {
			if err := t.seek(within, last, ok, ranges[t.n]); err != nil {
				return fmt.Errorf("partition %d: %w", t.n, err)
			}
			return nil
		})
	}
	if err := each.Wait(); err != nil {
		return err
	}
	if err := p.load(ctx, fresh, progress); err != nil {
		return err
	}
	for _, t := range fresh {
		if err := t.open(); err != nil {
			return fmt.Errorf("partition %d: %w", t.n, err)
		}
	}
	return nil
}

// seek sets the partition to where its progress, if there is any, says it is.
func (t *partition) seek(ctx context.Context, progress Progress, ok bool, log Range) error {
	t.leader = log.LeaderEpoch
	if ok {
		if err := t.compare(progress); err != nil {
			return err
		}
		if err := continues(ctx, t.p.source, t.p.key.Topic, progress, log); err != nil {
			return err
		}
		t.stored, t.number, t.historyEnd, t.last = progress.Next, progress.Number, progress.HistoryEnd, progress.Last
	} else if err := t.begin(ctx, log); err != nil {
		return err
	}
	t.read, t.end = t.stored, log.End
	t.tracker = tracker.New(tracker.Config{Plan: t.p.cfg.Plan, Rests: t.p.cfg.Rests(), Resume: t.stored, CutOrders: t.p.cfg.Rows, Spare: t.p.effects})
	return nil
}

// begin writes the first progress of a partition: it fixes what is history.
func (t *partition) begin(ctx context.Context, log Range) error {
	t.stored, t.number, t.historyEnd = log.Begin, 1, log.End
	first := &Flush{
		Source: t.p.key.Source, Process: t.p.key.Process, Topic: t.p.key.Topic, Partition: t.n, Partitions: t.count,
		Epoch: t.p.key.Epoch, Number: 1, First: log.Begin, Next: log.Begin, HistoryEnd: log.End, Leader: log.LeaderEpoch,
		Effects: &tracker.Effects{}, WrittenAt: order.At(t.p.cfg.Now()),
	}
	if err := t.p.sink.Write(ctx, first); err != nil {
		return fmt.Errorf("write first progress: %w", err)
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

// compare tells whether the topic still has the partitions that progress speaks of.
func (t *partition) compare(progress Progress) error {
	switch {
	case progress.Partitions < t.count:
		return &Halt{
			Message: fmt.Sprintf("topic %q has %d partitions, progress knows %d: partitions were added", t.p.key.Topic, t.count, progress.Partitions),
			Hint: "older records lie where the old count put their orders: write the orders into a new topic of that many partitions, " +
				"or, if the topic was made anew with all records, raise `epoch` of the source in takt.yaml",
		}
	case progress.Partitions > t.count:
		return halt(t.p.key.Topic, t.n, "has %d partitions, progress knows %d: was the topic's partition count changed?", t.count, progress.Partitions)
	}
	return nil
}

// resumes reports whether the partition can go on with what it has in memory:
// its last flush is certain and nobody else has written since.
func (t *partition) resumes(progress Progress) bool {
	if progress.Writer != t.p.writer || progress.Next != t.stored || progress.Number != t.number {
		return false
	}
	t.close()
	return t.open() == nil
}
