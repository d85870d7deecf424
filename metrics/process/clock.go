package process

import "github.com/takt-orders/takt/ingest/order"

// clocks are how a stage counts time.
type clocks struct {
	calendar *Calendar // of its working time
	limit    *Calendar // of its limit; nil: every millisecond counts
	warn     float64
	stuck    int64 // milliseconds
}

func newClocks(p *Process, i int) clocks {
	s := &p.Stages[i]
	c := clocks{calendar: p.CalendarOf(i), warn: s.Limit.WarnAt, stuck: s.StuckAfter.Milliseconds()}
	if s.Limit.Of == Working {
		c.limit = c.calendar
	}
	return c
}

// CalendarOf returns the calendar of stage i; nil counts every hour.
func (p *Process) CalendarOf(i int) *Calendar {
	if c := p.Stages[i].Calendar; c != nil {
		return c
	}
	return p.Calendar
}

// Always names the calendar of every hour.
const Always = "always"

// CalendarName returns the name of stage i's calendar.
func (p *Process) CalendarName(i int) string {
	if c := p.CalendarOf(i); c != nil {
		return c.Name
	}
	return Always
}

// Deadline returns until when a visit of stage i that begins at start holds a
// limit of so many milliseconds, on the limit's clock; unknown without a limit.
func (p *Plan) Deadline(i int, start order.Instant, within int64) order.Instant {
	switch c := p.clocks[i].limit; {
	case within == 0:
		return 0
	case c == nil:
		return start + order.Instant(within)
	default:
		return c.Deadline(start, within)
	}
}

// Warning returns after when a visit of stage i that begins at start is at risk of
// a limit of so many milliseconds; unknown without a warning.
func (p *Plan) Warning(i int, start order.Instant, within int64) order.Instant {
	if share := p.clocks[i].warn; within > 0 && share > 0 {
		return p.Deadline(i, start, max(int64(float64(within)*share), 1))
	}
	return 0
}

// Stuck returns when an order in stage i is stuck if its last event was at from, on
// the limit's clock; unknown if it never is.
func (p *Plan) Stuck(i int, from order.Instant) order.Instant {
	switch c := &p.clocks[i]; {
	case c.stuck == 0:
		return 0
	case c.limit == nil:
		return from + order.Instant(c.stuck)
	default:
		return c.limit.After(from, c.stuck)
	}
}

// Working returns the working time of stage i's calendar between two instants, in
// milliseconds. The cut-off is no part of it.
func (p *Plan) Working(i int, from, to order.Instant) int64 {
	return p.clocks[i].calendar.Between(from, to)
}
