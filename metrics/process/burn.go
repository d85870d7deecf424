package process

import "time"

// BudgetPeriod is the time that an error budget, the share of visits that may
// break their limit, lasts for.
const BudgetPeriod = 30 * 24 * time.Hour

// Burn is one way to notice that an error budget is used up too fast: within both
// windows at least Factor times the share that the objective allows is broken. The
// long window says that it matters, the short one that it still goes on; see the
// Site Reliability Workbook, chapter 5.
type Burn struct {
	Long   time.Duration
	Short  time.Duration
	Factor float64
	Page   bool // wakes somebody; else it is a ticket
}

// Share returns the share of broken visits from which the burn is noticed.
func (b Burn) Share(objective float64) float64 { return b.Factor * (1 - objective) }

// Consumed returns the share of the period's budget that is gone when the burn has
// gone on for the long window.
func (b Burn) Consumed() float64 { return b.Factor * b.Long.Hours() / BudgetPeriod.Hours() }

// Fires reports whether the burn can be reached at all: no more than all of the
// visits can be broken.
func (b Burn) Fires(objective float64) bool { return objective > 0 && b.Share(objective) < 1 }

// Burns returns the burns to watch for something that may take as long as within:
// a visit that lasts a day says nothing within an hour. The fastest comes first; no
// window is longer than three days.
func Burns(within time.Duration) []Burn {
	const day = 24 * time.Hour
	hour := Burn{time.Hour, 5 * time.Minute, 14.4, true}
	quarter := Burn{6 * time.Hour, 30 * time.Minute, 6, true}
	daily := Burn{day, 2 * time.Hour, 3, true}
	slow := Burn{3 * day, 6 * time.Hour, 1, false}
	switch {
	case within <= 6*time.Hour:
		return []Burn{hour, quarter, slow}
	case within <= 2*day:
		return []Burn{quarter, daily, slow}
	default:
		return []Burn{daily, slow}
	}
}

// Wall returns how long a duration on the clock of stage i's limit lasts, on average
// over a regular week: eight hours of a week of forty are a day and ten hours.
func (p *Process) Wall(i int, d time.Duration) time.Duration {
	if p.Stages[i].Limit.Of != Working {
		return d
	}
	return time.Duration(float64(d) / p.CalendarOf(i).Share()).Round(time.Hour)
}

// Burns returns the burns to watch for the limit of stage i; none without a limit.
func (p *Process) Burns(i int) []Burn {
	within := p.Stages[i].Limit.Within
	if within == 0 {
		return nil
	}
	return Burns(p.Wall(i, within))
}
