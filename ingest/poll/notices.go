package poll

import (
	"context"
	"errors"
	"time"
)

// Notices name orders that something has happened to, and nothing else of them.
type Notices interface {
	// Next returns the numbers of the orders that at most so many notices since the last
	// Done name, each once. It waits for the first one; when patience is over there may
	// be none.
	Next(ctx context.Context, most int, patience time.Duration) (numbers []string, err error)
	// Done records that these are dealt with for good. Without it they are named again.
	Done(ctx context.Context) error
}

// atOnce is how many notices are dealt with at once at most.
const atOnce = 500

// notified asks the system for each order that was named, and writes what it tells.
func (p *Poller) notified(ctx context.Context) (more bool, err error) {
	most := min(atOnce, 1+int(p.cfg.Rate*p.cfg.Every.Seconds())) // what can be asked until it is time to tell of success
	numbers, err := p.cfg.Notices.Next(ctx, most, p.cfg.Every)
	if err != nil {
		return false, err
	}
	p.turn()
	written, absent := 0, 0
	for _, number := range numbers {
		rows, _, err := p.page(ctx, map[string]string{"key": number}, &cursor{})
		if errors.Is(err, errAbsent) {
			absent++
			continue
		}
		if err != nil {
			return false, err
		}
		n, err := p.write(ctx, rows)
		written += n
		if err != nil {
			return false, err
		}
	}
	if absent > 0 {
		p.cfg.Logger.WarnContext(ctx, "orders that a notice names are not known to the system: they are passed over", "source", p.cfg.Source, "orders", absent)
	}
	if err := p.cfg.Notices.Done(ctx); err != nil {
		return false, err
	}
	p.cfg.Observer.Polled(p.cfg.Source, p.cfg.Now(), written)
	return true, nil
}
