package ingest

import (
	"context"
	"errors"
	"fmt"
)

// halt is the error of a log that is not the one progress speaks of.
func halt(topic string, partition int, format string, args ...any) error {
	return &Halt{
		Message: fmt.Sprintf("topic %q partition %d ", topic, partition) + fmt.Sprintf(format, args...),
		Hint:    "if it was, raise `epoch` of the source in takt.yaml: Takt then reads the topic anew beside the old rows' identities",
	}
}

// continues returns an error unless the log is still the one that progress speaks
// of, and holds what comes next.
func continues(ctx context.Context, source Source, topic string, progress Progress, log Range) error {
	n := log.Partition
	switch {
	case log.End < progress.Next:
		return halt(topic, n, "ends at offset %d, but offsets up to %d were stored: was the topic recreated or moved?", log.End, progress.Next)
	case log.Begin > progress.Next:
		return halt(topic, n, "begins at offset %d, but offset %d comes next: offsets %d to %d are gone. Were they deleted by retention, or was the topic recreated?",
			log.Begin, progress.Next, progress.Next, log.Begin-1)
	case log.LeaderEpoch >= 0 && log.LeaderEpoch < progress.Leader:
		return halt(topic, n, "has leader epoch %d, progress knows %d: was the topic recreated?", log.LeaderEpoch, progress.Leader)
	}
	return recognise(ctx, source, topic, progress.Last, log)
}

// recognise tells whether the last record that was taken is still the one at its
// offset. Where nothing stands there any more, compaction may have taken it away.
func recognise(ctx context.Context, source Source, topic string, last Mark, log Range) error {
	if !last.Append.Known() || last.Offset < log.Begin || last.Offset >= log.End {
		return nil
	}
	reader, err := source.Open(log.Partition, last.Offset)
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
		return halt(topic, log.Partition, "holds another record at offset %d than the one that was stored: was the topic recreated or moved?", last.Offset)
	}
	return nil
}
