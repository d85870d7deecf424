package alerts

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hours are the working hours in which tickets and reminders are delivered.
type Hours struct {
	Zone     string    // of the tz database; required
	From, To string    // of the local day, "09:00"; default 09:00 and 18:00
	Days     []string  // as Alertmanager names them; default "monday:friday"
	Holidays []Holiday // no work, though the weekday says so
	Extra    []Holiday // work, though the weekday does not say so (调休)
}

// Holiday is one day of the calendar.
type Holiday struct {
	Year  int
	Month time.Month
	Day   int
}

// timeInterval is Alertmanager's, in what 0.25 and later read.
type timeInterval struct {
	Name      string     `yaml:"name"`
	Intervals []interval `yaml:"time_intervals"`
}

type interval struct {
	Times    []clockRange `yaml:"times,omitempty"`
	Weekdays []string     `yaml:"weekdays,flow,omitempty"`
	Days     []string     `yaml:"days_of_month,flow,omitempty"`
	Months   []string     `yaml:"months,flow,omitempty"`
	Years    []string     `yaml:"years,flow,omitempty"`
	Location string       `yaml:"location"`
}

type clockRange struct {
	Start string `yaml:"start_time"`
	End   string `yaml:"end_time"`
}

// The names of the intervals.
const (
	workingInterval = "takt-working"
	holidayInterval = "takt-holidays"
)

// intervals returns when there is work and, if there are any, the holidays.
func (h Hours) intervals() []timeInterval {
	if h.From == "" && h.To == "" {
		h.From, h.To = "09:00", "18:00"
	}
	if len(h.Days) == 0 {
		h.Days = []string{"monday:friday"}
	}
	times := []clockRange{{h.From, h.To}}
	working := timeInterval{Name: workingInterval, Intervals: []interval{{Times: times, Weekdays: h.Days, Location: h.Zone}}}
	for _, i := range runs(h.Extra, h.Zone) {
		i.Times = times
		working.Intervals = append(working.Intervals, i)
	}
	all := []timeInterval{working}
	if len(h.Holidays) > 0 {
		all = append(all, timeInterval{Name: holidayInterval, Intervals: runs(h.Holidays, h.Zone)})
	}
	return all
}

// runs writes days as intervals, one per run of days within a month.
func runs(days []Holiday, zone string) []interval {
	days = slices.Clone(days)
	slices.SortFunc(days, func(a, b Holiday) int {
		return (a.Year-b.Year)*10_000 + int(a.Month-b.Month)*100 + a.Day - b.Day
	})
	days = slices.Compact(days)
	var out []interval
	for i := 0; i < len(days); {
		j := i
		for j+1 < len(days) && days[j+1].Year == days[i].Year && days[j+1].Month == days[i].Month && days[j+1].Day == days[j].Day+1 {
			j++
		}
		span := fmt.Sprint(days[i].Day)
		if j > i {
			span += fmt.Sprintf(":%d", days[j].Day)
		}
		out = append(out, interval{
			Days: []string{span}, Months: []string{strings.ToLower(days[i].Month.String())}, Years: []string{fmt.Sprint(days[i].Year)}, Location: zone,
		})
		i = j + 1
	}
	return out
}
