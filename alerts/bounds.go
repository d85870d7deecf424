package alerts

import (
	"cmp"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// The names and bounds of the alerts about orders: the rules are written from them, and
// a back-test judges by them.

// The alerts about orders.
const (
	BudgetBurn      = "TaktStageBudgetBurn"
	BacklogGrowing  = "TaktStageBacklogGrowing"
	OldestOrder     = "TaktStageOldestOrder"
	StageSilent     = "TaktStageSilent"
	SourceSilent    = "TaktSourceSilent"
	ExceptionsSpike = "TaktExceptionsSpike"
	PromiseBurn     = "TaktPromiseBurn"
)

const (
	// LeastDue is how many have to have been judged within the long window before a
	// share of them says anything.
	LeastDue = 10
	// LeastDone is how many have to be usual in a window: of 15 by chance a tenth or
	// less comes once in 200,000 windows.
	LeastDone = 15
	// SilentShare of the usual is what a silent stage finishes at most.
	SilentShare = 0.1
	// WorkingShare of the usual is what it has to exceed to be silent no longer: a crawl
	// is no end.
	WorkingShare = 0.5
	// LeastStuck is how many orders have to be stuck for the stage to be at fault. A single
	// one is an exception of its own: one order in ten thousand takes that long where
	// nothing is wrong.
	LeastStuck = 3
	// StuckShare of the stage's orders is what the stuck ones have to exceed, too.
	StuckShare = 0.01
	// SpikeFactor is how many times as often as usual a kind of exception is opened
	// in a spike. It ends at half of that, and of LeastDue.
	SpikeFactor = 3
	// HeldFor is how long a stage's calendar has to be open before an alert that
	// fired while it was closed may end.
	HeldFor = 2 * time.Hour
)

// How far above the usual the open orders of a stage have to be: a share, or where
// many are usual so many times their root, by which they vary by chance; and a number
// for stages that are nearly empty.
const (
	AboveShare = 1.25
	AboveRoots = 4
	AboveCount = 10
)

// PromiseWithin is what promises burn by: they are days.
const PromiseWithin = 7 * 24 * time.Hour

// Silences are the windows in which something that usually goes on is found to stand
// still: the shortest in which enough is usual decides. None is shorter than a 16th of
// what one visit may take, since work that has just begun finishes nothing.
func Silences(within time.Duration) []time.Duration {
	const quarter = 15 * time.Minute
	base := min(max((within/16+quarter-1)/quarter*quarter, quarter), 6*time.Hour)
	return distinct([]time.Duration{base, min(4*base, 24*time.Hour), 6 * time.Hour})
}

// OldestAfter is how old, in wall time, an order of stage i has to be to count as
// forgotten; 0: it never does.
func OldestAfter(p *process.Process, i int) time.Duration {
	s := &p.Stages[i]
	return p.Wall(i, cmp.Or(s.StuckAfter, 4*s.Limit.Within))
}

// For returns how long an alert about orders has to hold before it fires.
func For(alert string) time.Duration {
	switch alert {
	case StageSilent, SourceSilent:
		return time.Minute
	case BudgetBurn:
		return 2 * time.Minute
	case OldestOrder:
		return 15 * time.Minute
	default:
		return 5 * time.Minute
	}
}

// Calm returns how long the reason of an alert has to be gone until the alert is, if it
// is about a stage with that limit: what swings about its bound is one alert, not one an
// hour. Work that comes in one go stays in the window of a silent stage for its length.
func Calm(alert string, within time.Duration) time.Duration {
	switch alert {
	case StageSilent:
		return min(2*Silences(within)[0], time.Hour)
	case BacklogGrowing, ExceptionsSpike, PromiseBurn:
		return time.Hour
	default:
		return 0
	}
}

// wait is For as Prometheus reads it.
func wait(alert string) string { return span(For(alert)) }
