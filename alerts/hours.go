package alerts

import (
	"fmt"
	"strings"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

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

// hours returns the working hours: those of the first process that has a calendar, else
// Monday to Friday, 9 to 18, in the zone of the first process.
func (r Routing) hours() process.Schedule {
	for _, p := range r.Processes {
		for i := range p.Stages {
			if c := p.CalendarOf(i); c != nil {
				return c.Schedule(process.FirstYear, process.LastYear)
			}
		}
	}
	s := process.Schedule{Zone: r.Processes[0].Zone}
	for d := time.Monday; d <= time.Friday; d++ {
		s.Week[d] = []process.Span{{Opens: 9 * time.Hour, Closes: 18 * time.Hour}}
	}
	return s
}

// intervals returns when there is work and, if there are any, the holidays.
func intervals(s process.Schedule) []timeInterval {
	zone := s.Zone.String()
	working := timeInterval{Name: workingInterval}
	for d := time.Sunday; d <= time.Saturday; d++ {
		// What goes over midnight ends on the day after.
		times := append(after(s.Week[(d+6)%7]), before(s.Week[d])...)
		if len(times) > 0 {
			working.Intervals = append(working.Intervals, interval{Times: times, Weekdays: []string{strings.ToLower(d.String())}, Location: zone})
		}
	}
	for _, i := range runs(s.MakeUpDays, zone) {
		i.Times = before(s.MakeUpHours)
		working.Intervals = append(working.Intervals, i)
	}
	all := []timeInterval{working}
	if len(s.Holidays) > 0 {
		all = append(all, timeInterval{Name: holidayInterval, Intervals: runs(s.Holidays, zone)})
	}
	return all
}

const midnight = 24 * time.Hour

// before returns the spans as far as they lie before midnight.
func before(spans []process.Span) []clockRange {
	var out []clockRange
	for _, s := range spans {
		out = append(out, clockRange{clock(s.Opens), clock(min(s.Closes, midnight))})
	}
	return out
}

// after returns what of the spans lies after midnight.
func after(spans []process.Span) []clockRange {
	var out []clockRange
	for _, s := range spans {
		if s.Closes > midnight {
			out = append(out, clockRange{clock(0), clock(s.Closes - midnight)})
		}
	}
	return out
}

func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute)
}

// runs writes days, which are in order, as intervals, one per run within a month.
func runs(days []process.Date, zone string) []interval {
	var out []interval
	for i := 0; i < len(days); {
		j := i
		for j+1 < len(days) && days[j+1] == days[j].Next() && days[j+1].Month == days[i].Month {
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
