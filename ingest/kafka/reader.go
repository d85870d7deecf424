package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka/recordbatch"
	"github.com/takt-orders/takt/ingest/order"
)

// reader reads one partition in a goroutine of its own, which fetches and
// decodes one batch ahead. A batch is cut when it holds MaxBytes
// decompressed, so that memory is bounded however well the log compresses.
type reader struct {
	source    *Source
	partition int
	ctx       context.Context // ends with the reader
	stop      context.CancelFunc
	done      chan struct{}

	out  chan *ingest.Batch
	idle chan *ingest.Batch // empty batches, handed over only while Next waits: one that waited would tell an old End
	err  error              // set before out is closed

	// Of the goroutine.
	next     int64
	maxBytes int
	damage   int // answers in a row that were corrupt
	decoder  *recordbatch.Decoder
	fetch    *fetch
	backoff  backoff
}

func newReader(s *Source, partition int, offset int64) *reader {
	r := &reader{
		source: s, partition: partition, next: offset, maxBytes: s.cfg.MaxBytes,
		done: make(chan struct{}), out: make(chan *ingest.Batch), idle: make(chan *ingest.Batch),
		decoder: recordbatch.NewDecoder(recordbatch.Options{
			Limit: s.cfg.MaxBatchBytes, Committed: !s.cfg.ReadUncommitted, Mark: HistoryHeader,
		}),
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	go r.run()
	return r
}

// Next returns the next batch. When nothing comes for MaxWait it returns an empty
// one, unless the partition cannot be read at the moment: then it waits. The end
// of ctx ends the call; every other error ends the reader.
func (r *reader) Next(ctx context.Context) (*ingest.Batch, error) {
	if r.ctx.Err() != nil {
		return nil, fmt.Errorf("read %s/%d: %w", r.source.cfg.Topic, r.partition, ErrClosed)
	}
	select {
	case b, ok := <-r.out:
		if !ok {
			return nil, r.err
		}
		return b, nil
	case b := <-r.idle:
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close stops reading. Batches that were handed out stay valid.
func (r *reader) Close() error {
	r.stop()
	<-r.done
	r.source.forget(r)
	return nil
}

func (r *reader) run() {
	defer close(r.done)
	err := r.read()
	if r.ctx.Err() != nil {
		err = ErrClosed
	}
	if errors.Is(err, recordbatch.ErrTooLarge) {
		err = fmt.Errorf("%w: raise max_batch_bytes, now %d", err, r.source.cfg.MaxBatchBytes)
	}
	r.err = fmt.Errorf("read %s/%d at offset %d: %w", r.source.cfg.Topic, r.partition, r.next, err)
	close(r.out)
	r.decoder.Close()
}

// read goes on until an error that does not heal.
func (r *reader) read() error {
	for {
		answer, err := r.exchange()
		if err == nil {
			err = r.deliver(answer)
			r.source.pool.dropRaw(answer)
		}
		switch {
		case r.ctx.Err() != nil:
			return r.ctx.Err()
		case err == nil:
			r.backoff, r.damage = backoff{}, 0
			continue
		case r.hopeless(err):
			return err
		}
		if r.backoff.failures%20 == 5 {
			r.source.cfg.Logger.Warn("kafka partition cannot be read, is tried again",
				"topic", r.source.cfg.Topic, "partition", r.partition, "offset", r.next, "error", err)
		}
		if !r.backoff.wait(r.ctx) {
			return r.ctx.Err()
		}
	}
}

// hopeless reports whether err ends the reader. Damage is looked at three times:
// it may have come about on the way.
func (r *reader) hopeless(err error) bool {
	var gone *OffsetGone
	switch {
	case errors.Is(err, recordbatch.ErrTooLarge), errors.Is(err, recordbatch.ErrOldFormat), errors.As(err, &gone):
		return true
	case errors.Is(err, recordbatch.ErrCorrupt):
		r.damage++
		return r.damage == 3
	default:
		return final(err)
	}
}

// exchange sends one request. After an error the answer's buffer is left to the
// garbage collector: a request that was given up may still be written to.
func (r *reader) exchange() (*raw, error) {
	cfg := &r.source.cfg
	if r.fetch == nil {
		r.fetch = &fetch{
			clientID: cfg.ClientID, topic: cfg.Topic, partition: int32(r.partition),
			isolation: isolation(cfg), maxWaitMS: int32(cfg.MaxWait.Milliseconds()),
			limit: cfg.MaxBatchBytes + cfg.MaxBytes + 1<<16,
		}
	}
	f := r.fetch
	f.offset, f.maxBytes, f.raw = r.next, int32(r.maxBytes), r.source.pool.raw()
	ctx, cancel := context.WithTimeout(r.ctx, cfg.MaxWait+10*time.Second)
	defer cancel()
	_, err := r.source.client.roundTrip(ctx, f)
	if err == nil {
		return f.raw, nil
	}
	r.fetch = nil
	if errors.Is(err, kafkago.UnknownTopicOrPartition) {
		// The transport knows no topic either when it was never let in.
		if _, cause := r.source.client.partitions(ctx, cfg.Topic); cause != nil {
			err = cause
		}
	}
	return nil, err
}

// deliver hands over what the answer holds.
func (r *reader) deliver(answer *raw) error {
	f := r.fetch
	end := f.stable
	if r.source.cfg.ReadUncommitted {
		end = f.end
	}
	if errors.Is(f.code, kafkago.OffsetOutOfRange) {
		return r.outOfRange()
	} else if f.code != 0 {
		return f.code
	}
	if len(f.set) == 0 {
		r.tell(end)
		return nil
	}
	at := order.At(time.Now()) // now the log ends where the answer says; a batch may wait long to be taken
	from := r.next
	r.decoder.Reset(f.set, r.next, f.aborted)
	for more := true; more; {
		b := r.source.pool.buffer()
		var err error
		more, err = r.decoder.Decode(&b.decoded, r.source.cfg.MaxBytes)
		if next := r.decoder.Next(); next > r.next {
			select {
			case r.out <- b.seal(r.partition, r.next, next, end, answer, at):
				r.next = next
			case <-r.ctx.Done():
				return r.ctx.Err()
			}
		} else {
			b.release()
		}
		if err != nil {
			return err
		}
	}
	return r.adapt(r.next > from)
}

// tell hands an empty batch to a Next that waits.
func (r *reader) tell(end int64) {
	select {
	case r.idle <- &ingest.Batch{Partition: r.partition, First: r.next, Next: r.next, End: end, Fetched: order.At(time.Now())}:
	default:
	}
}

// adapt asks for more when not even one batch fitted, which brokers prevent as a
// rule, and for the usual amount otherwise.
func (r *reader) adapt(progress bool) error {
	cfg := &r.source.cfg
	short := r.decoder.Short()
	switch {
	case progress:
		r.maxBytes = cfg.MaxBytes
	case short == 0:
		return fmt.Errorf("%w: it ends before offset %d", errAnswer, r.next)
	case short > cfg.MaxBatchBytes:
		return fmt.Errorf("batch of %d bytes: %w", short, recordbatch.ErrTooLarge)
	default:
		r.maxBytes = min(max(short, 2*r.maxBytes), cfg.MaxBatchBytes)
	}
	return nil
}

// outOfRange asks what the log holds. A broker that has just become leader may
// be behind for a moment: then the offset is there after all.
func (r *reader) outOfRange() error {
	ctx, cancel := context.WithTimeout(r.ctx, 10*time.Second)
	defer cancel()
	ranges := []ingest.Range{{Partition: r.partition, Begin: -1, End: -1}}
	if err := r.source.client.listOffsets(ctx, r.source.cfg.Topic, 0, ranges); err != nil {
		return err
	}
	begin, end := ranges[0].Begin, ranges[0].End
	if r.next >= begin && r.next <= end {
		return kafkago.OffsetNotAvailable
	}
	return &OffsetGone{Topic: r.source.cfg.Topic, Partition: r.partition, Want: r.next, Begin: begin, End: end}
}
