// Package backtest replays stored order events through a tracker and judges them by
// the bounds of the generated rules: what would have fired, was it right, what was
// missed.
//
// The contract:
//
//   - The events come from a Source in the order in which they reached Takt. What came
//     in the eight weeks before the period is read as history, for the normals; the
//     last three days before it live, for the rules look back so far.
//   - The rules are those of package alerts, evaluated each minute, without
//     Prometheus: names, windows and bounds are taken from there. Alerts about Takt
//     itself are not evaluated; how it was doing is not stored.
//   - The truth are incidents: hours of a stage in which clearly more visits broke the
//     limit, or clearly more exceptions were reported, than chance explains, and days in
//     which clearly more promises were broken.
//   - Precision is the share of fires that an incident of their stage explains, recall
//     the share of incidents that an alert of their stage told, lead the time from the
//     earliest such alert to the incident's first breach.
//   - Two processes are replayed over the same events in one pass. Both are judged by
//     the incidents of the first, except at stages that the second alone has.
//   - For equal events the result is equal.
package backtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// Source gives stored events.
type Source interface {
	// Events calls fn with each event of the process that reached Takt in [from, until),
	// and when it did, in that order. The event is valid during the call.
	Events(ctx context.Context, process string, from, until time.Time, fn func(at order.Instant, e *order.Event) error) error
}

// Config says what to replay.
type Config struct {
	Process *process.Process // required, valid
	Rests   tracker.Rests    // medians by which its orders are at risk; nil: none is
	Changed *process.Process // replayed beside it and compared; nil: none
	// ChangedRests are the medians by the stages of Changed.
	ChangedRests tracker.Rests
	From         time.Time // judged from here on, to the minute
	Until        time.Time
}

const (
	history = 8 * 7 * 24 * time.Hour // read before the period
	live    = 3 * 24 * time.Hour     // of that read live: as far as rules look back
	step    = 15 * time.Minute       // of the clock over history: the grid of normals
)

// Errors of a period that cannot be replayed.
var (
	ErrInverted = errors.New("the period ends before it begins")
	ErrNoEvents = errors.New("no events are stored for the period")
)

// Run replays the period.
func Run(ctx context.Context, source Source, c Config) (*Report, error) {
	c.From, c.Until = c.From.UTC().Truncate(time.Minute), c.Until.UTC().Truncate(time.Minute)
	if !c.From.Before(c.Until) {
		return nil, ErrInverted
	}
	players := []*player{newPlayer(c.Process, c.Rests, c)}
	if c.Changed != nil {
		players = append(players, newPlayer(c.Changed, c.ChangedRests, c))
	}
	err := source.Events(ctx, c.Process.Name, c.From.Add(-history), c.Until, func(at order.Instant, e *order.Event) error {
		for _, p := range players {
			p.take(at, e)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("replay process %q: %w", c.Process.Name, err)
	}
	if players[0].events == 0 {
		return nil, fmt.Errorf("replay process %q: %w", c.Process.Name, ErrNoEvents)
	}
	for _, p := range players {
		p.end()
	}
	return newReport(c, players), nil
}
