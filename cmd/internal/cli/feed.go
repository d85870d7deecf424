package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/simulate"
)

// feed writes what is simulated into a topic: first what has been, as history, then
// what comes, as it happens.
type feed struct {
	run      *simulate.Run
	producer *kafka.Producer
}

const feedBatch = 5000

// past writes the deliveries up to until, and returns how many there were. Progress is
// told their number after each batch.
func (f *feed) past(ctx context.Context, until time.Time, progress func(n int)) (int, error) {
	return f.write(ctx, until, true, progress)
}

// live writes deliveries as they happen, until ctx ends or ended is closed.
func (f *feed) live(ctx context.Context, ended <-chan struct{}) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ended:
			return nil
		case now := <-tick.C:
			if _, err := f.write(ctx, now, false, func(int) {}); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

func (f *feed) write(ctx context.Context, until time.Time, history bool, progress func(n int)) (int, error) {
	var batch []kafka.Message
	n := 0
	send := func() error {
		if len(batch) == 0 {
			return nil
		}
		if err := f.producer.Write(ctx, batch...); err != nil {
			return fmt.Errorf("write simulated orders: %w", err)
		}
		n += len(batch)
		batch = batch[:0]
		progress(n)
		return nil
	}
	for delivery := range f.run.Until(until) {
		e := delivery.Event
		batch = append(batch, kafka.Message{Key: []byte(e.OrderID), Value: e.AppendJSON(nil, delivery.ID), History: history})
		if len(batch) == feedBatch {
			if err := send(); err != nil {
				return n, err
			}
		}
	}
	return n, send()
}
