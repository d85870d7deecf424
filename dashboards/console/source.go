package console

import (
	"context"
	"time"

	"github.com/takt-orders/takt/metrics/view"
)

// silentAfter is when a source that has sent nothing is amber.
const silentAfter = 15 * time.Minute

// source is how far one has been read.
type source struct {
	view.Freshness
	Old       bool // silent for long
	Yesterday bool // or before: the clock alone would mislead
}

// freshness tells how far the sources of the process have been read.
func (r *readings) freshness(ctx context.Context) panel[[]source] {
	found, err := read(ctx, r, &r.sources, Fresh, "sources", func(ctx context.Context, _ time.Time) ([]view.Freshness, error) {
		return view.Sources(ctx, r.console.Store.Conn(), r.process)
	})
	now := r.console.Now().In(r.process.Zone)
	all := make([]source, len(found))
	for i, f := range found {
		all[i] = source{
			Freshness: f, Old: f.Silent > silentAfter || f.Until.IsZero(),
			Yesterday: f.Until.Format(time.DateOnly) != now.Format(time.DateOnly),
		}
	}
	return filled(all, err, len(all) > 0, unmeasured, "unmeasured")
}
