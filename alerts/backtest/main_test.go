package backtest

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics/process"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stored is a store of events in memory.
type stored []storedEvent

type storedEvent struct {
	at    order.Instant
	event order.Event
}

func (s stored) Events(_ context.Context, _ string, from, until time.Time, fn func(order.Instant, *order.Event) error) error {
	for i := range s {
		if s[i].at < order.At(from) || s[i].at >= order.At(until) {
			continue
		}
		e := s[i].event
		if err := fn(s[i].at, &e); err != nil {
			return err
		}
	}
	return nil
}

// failing is a store that cannot be read.
type failing struct{ err error }

func (f failing) Events(context.Context, string, time.Time, time.Time, func(order.Instant, *order.Event) error) error {
	return f.err
}

// record stores what a simulation brings.
func record(t testing.TB, cfg simulate.Config) (all stored) {
	t.Helper()
	run, err := simulate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var hasher order.Hasher
	for d := range run.Until(cfg.To) {
		if d.Duplicate {
			continue
		}
		e := *d.Event
		hasher.SetContent(&e)
		hasher.SetID(&e, order.IdentityDelivery, d.ID, "", 0)
		all = append(all, storedEvent{d.At, e})
	}
	return all
}

// shop is a process of four stages whose limits are like those of the shipped one.
func shop(t testing.TB, change func(*process.Process)) *process.Process {
	t.Helper()
	stage := func(name, starts, ends, team string, within time.Duration, objective float64) process.Stage {
		return process.Stage{
			Name: name, StartsOn: []string{"order." + starts}, EndsOn: []string{"order." + ends}, Owner: process.Owner{Team: team},
			Limit: process.Limit{Within: within, Of: process.Wall, Objective: objective, WarnAt: 0.8}, StuckAfter: 4 * within,
		}
	}
	p := &process.Process{
		Name: "shop", Zone: time.FixedZone("CST", 8*3600), OpensOn: []string{"order.placed"},
		ClosesOn: process.Closing{Completed: []string{"order.delivered"}, Cancelled: []string{"order.cancelled"}},
		Promise:  process.Promise{Objective: 0.95, Granularity: process.Day},
		Stages: []process.Stage{
			stage("review", "placed", "approved", "sales-ops", 4*time.Hour, 0.95),
			stage("pick", "approved", "picked", "warehouse", 4*time.Hour, 0.95),
			stage("ship", "picked", "shipped", "dispatch", 24*time.Hour, 0.95),
			stage("transit", "shipped", "delivered", "carrier-desk", 72*time.Hour, 0.9),
		},
	}
	if change != nil {
		change(p)
	}
	if problems := p.Validate(); len(problems) > 0 {
		t.Fatal(problems)
	}
	return p
}

// wednesday is ten in the morning of an ordinary day in the shop.
func wednesday() time.Time { return time.Date(2026, 4, 15, 2, 0, 0, 0, time.UTC) }
