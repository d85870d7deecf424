package simulate

import "time"

const (
	hourMS = int64(time.Hour / time.Millisecond)
	dayMS  = 24 * hourMS
)

// byHour is the share of a day's orders placed in each local hour, times 24.
var byHour = [24]float64{
	0.45, 0.28, 0.18, 0.14, 0.14, 0.22, 0.45, 0.75, 1.05, 1.35, 1.50, 1.40,
	1.25, 1.30, 1.40, 1.40, 1.30, 1.20, 1.20, 1.40, 1.60, 1.60, 1.35, 0.89,
}

// byWeekday is the share of a week's orders placed on each day from Sunday on, times 7.
var byWeekday = [7]float64{1.08, 1.02, 0.98, 0.97, 0.98, 1.00, 0.97}

// clock tells local time; it keeps the zone's present offset.
type clock struct {
	zone        *time.Location
	offset      int64 // ms east of UTC within [from, until)
	from, until int64
}

// local returns the weekday and the milliseconds since the local midnight,
// counting days of 24 hours on the days that clocks are set.
func (c *clock) local(at int64) (weekday int, ofDay int64) {
	if at < c.from || at >= c.until {
		t := time.UnixMilli(at).In(c.zone)
		_, seconds := t.Zone()
		c.offset = int64(seconds) * 1000
		start, end := t.ZoneBounds()
		c.from, c.until = -1<<62, 1<<62
		if !start.IsZero() {
			c.from = start.UnixMilli()
		}
		if !end.IsZero() {
			c.until = end.UnixMilli()
		}
	}
	wall := at + c.offset
	day := wall / dayMS
	ofDay = wall - day*dayMS
	return int((day + 4) % 7), ofDay // 1 January 1970 was a Thursday
}

// arrivals is a Poisson process whose rate follows the hour and the weekday.
type arrivals struct {
	perMS float64 // mean rate
	peak  float64 // greatest rate, of the mean
	count uint64  // candidates drawn
}

func newArrivals(perDay float64) arrivals {
	a := arrivals{perMS: perDay / float64(dayMS)}
	for _, h := range byHour {
		for _, d := range byWeekday {
			a.peak = max(a.peak, h*d)
		}
	}
	return a
}

// after returns the first arrival after t: candidates at the peak rate, each
// kept with the probability rate/peak (Lewis and Shedler's thinning).
func (a *arrivals) after(t int64, c *clock, d *draws) int64 {
	at := float64(t)
	for {
		a.count++
		rng := d.at(forArrival, a.count, 0)
		at += rng.ExpFloat64() / (a.perMS * a.peak)
		weekday, ofDay := c.local(int64(at))
		if rng.Float64()*a.peak < byHour[ofDay/hourMS]*byWeekday[weekday] {
			return max(int64(at), t+1)
		}
	}
}
