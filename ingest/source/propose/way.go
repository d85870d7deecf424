package propose

import (
	"slices"
	"time"
)

// step is one thing that happened to an order.
type step struct {
	activity string
	at       time.Time
	row      int
}

// way is how the samples tell of orders.
type way struct {
	order, activity, occurred *column
	dates                     []*column // instead of activity and occurred
	promise, recorded         *column
	orders                    map[string][]step // by number, in time
	fit                       float64           // how well activity and order fit each other, up to 1
}

// always reports whether nearly every row has the column.
func (t *sheet) always(c *column) bool { return c.filled*1000 >= t.rows*999 }

// log finds a row per event: an order number that several rows share, an activity
// of few values that hardly repeats within an order and begins orders alike, and a
// time in every row. nil if there is none.
func (t *sheet) log() *way {
	occurred := t.clock()
	if occurred == nil {
		return nil
	}
	var best *way
	for _, o := range t.columns {
		if o.format != "" || !t.always(o) || o.cents || o.unique*2 < 3 || o.unique*3 > t.rows*2 {
			continue // such as one number in each row
		}
		for _, a := range t.columns {
			if a == o || a.format != "" || a.number || !t.always(a) || a.unique < 2 || a.unique > 200 || a.unique*2 > o.unique {
				continue
			}
			w := &way{order: o, activity: a, occurred: occurred, orders: map[string][]step{}}
			for i := range t.rows {
				if o.values[i] != "" && a.values[i] != "" {
					w.orders[o.values[i]] = append(w.orders[o.values[i]], step{a.values[i], occurred.times[i], i})
				}
			}
			if w.measure(); w.fit >= 0.5 && (best == nil || w.fit > best.fit) {
				best = w
			}
		}
	}
	if best != nil {
		best.later(t)
	}
	return best
}

// clock returns the time that every row has, the earliest if there are several.
func (t *sheet) clock() *column {
	var best *column
	for _, c := range t.columns {
		if c.format == "" || !t.always(c) || c.unique < 2 {
			continue
		}
		if best == nil || t.before(c, best) > 0.5 {
			best = c
		}
	}
	return best
}

// before returns the share of the rows with both in which a lies before b.
func (t *sheet) before(a, b *column) float64 {
	n, earlier := 0, 0
	for i := range t.rows {
		if a.times[i].IsZero() || b.times[i].IsZero() {
			continue
		}
		n++
		if a.times[i].Before(b.times[i]) {
			earlier++
		}
	}
	return float64(earlier) / float64(max(n, 1))
}

// measure sorts each order's steps and says how well they look like a way: how
// many of an order's steps are different ones, and how many orders begin alike.
func (w *way) measure() {
	first := map[string]int{}
	different, steps := 0, 0
	for _, list := range w.orders {
		slices.SortStableFunc(list, func(a, b step) int { return a.at.Compare(b.at) })
		first[list[0].activity]++
		seen := map[string]bool{}
		for _, s := range list {
			seen[s.activity] = true
		}
		if len(list) > 1 {
			different, steps = different+len(seen)-1, steps+len(list)-1
		}
	}
	most := 0
	for _, n := range first {
		most = max(most, n)
	}
	w.fit = float64(different) / float64(max(steps, 1)) * float64(most) / float64(max(len(w.orders), 1))
}

// later finds what other times of the rows of events are: one that lies ahead is a
// promise, one that every row has and that hardly differs is when it was recorded.
func (w *way) later(t *sheet) {
	for _, c := range t.columns {
		switch {
		case c.format == "" || c == w.occurred || c.filled == 0:
		case t.always(c) && c.format == w.occurred.format && c.close(w.occurred):
			w.recorded = c
		case w.promise == nil && t.before(w.occurred, c) > 0.8:
			w.promise = c
		}
	}
}

// close reports whether the times of half of the rows lie within an hour.
func (c *column) close(other *column) bool {
	n := 0
	for i := range c.times {
		if d := c.times[i].Sub(other.times[i]); d >= 0 && d <= time.Hour {
			n++
		}
	}
	return n*2 > len(c.times)
}

// dates finds a row per order: a number of its own in each row and several times.
// A time that is known although a step before it is not is a promise.
func (t *sheet) dates() *way {
	w := &way{orders: map[string][]step{}}
	for _, c := range t.columns {
		switch {
		case c.format != "" && c.filled > 0:
			w.dates = append(w.dates, c)
		case w.order == nil && t.always(c) && !c.cents && c.unique == t.rows:
			w.order = c
		}
	}
	if w.order == nil || len(w.dates) < 2 {
		return nil
	}
	slices.SortStableFunc(w.dates, func(a, b *column) int {
		if t.before(a, b) > t.before(b, a) {
			return -1
		}
		return 1
	})
	for i := len(w.dates) - 1; i > 0 && len(w.dates) > 2 && w.promise == nil; i-- {
		for _, earlier := range w.dates[:i] {
			if w.dates[i].filled > earlier.filled+t.rows/50 {
				w.promise = w.dates[i]
			}
		}
	}
	w.dates = slices.DeleteFunc(w.dates, func(c *column) bool { return c == w.promise })
	for i := range t.rows {
		for _, c := range w.dates {
			if !c.times[i].IsZero() {
				w.orders[w.order.values[i]] = append(w.orders[w.order.values[i]], step{c.path, c.times[i], i})
			}
		}
	}
	w.measure()
	return w
}
