// Package view defines each indicator once, for boards, reports and analysts: SQL
// over the relations of the database takt, which are already free of duplicates.
//
// Every function takes the time it judges by and reads nothing newer; it writes
// nothing. Days, weekdays and hours are those of the process's zone. Stages are
// those of the process given, in its order.
package view

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// milliseconds is how instants are passed to queries.
func milliseconds(t time.Time) int64 { return t.UnixMilli() }

// plain writes a duration for people: "5 h 40 m", "4 h", "12 m", "3 d 2 h".
func plain(d time.Duration, day, hour, minute string) string {
	d = d.Round(time.Minute)
	days, hours, minutes := d/(24*time.Hour), d%(24*time.Hour)/time.Hour, d%time.Hour/time.Minute
	var parts []string
	add := func(n time.Duration, unit string) {
		if n > 0 {
			parts = append(parts, strconv.Itoa(int(n))+" "+unit)
		}
	}
	if days < 3 {
		hours += 24 * days
	} else {
		add(days, day)
		minutes = 0
	}
	add(hours, hour)
	add(minutes, minute)
	if len(parts) == 0 {
		return "0 " + minute
	}
	return strings.Join(parts, " ")
}

// Span writes the length of a duration as tables have it: "2 d 3 h", "5 h 40 m", "12 m"; in
// Chinese 2天3小时.
func Span(d time.Duration, chinese bool) string {
	units, join := []string{" d", " h", " m"}, " "
	if chinese {
		units, join = []string{"天", "小时", "分"}, ""
	}
	d = d.Abs().Round(time.Minute)
	numbers := []int{int(d / (24 * time.Hour)), int(d % (24 * time.Hour) / time.Hour), int(d % time.Hour / time.Minute)}
	if d >= 24*time.Hour {
		numbers[2] = 0
	}
	var parts []string
	for i, n := range numbers {
		if n > 0 {
			parts = append(parts, strconv.Itoa(n)+units[i])
		}
	}
	if len(parts) == 0 {
		return "0" + units[2]
	}
	return strings.Join(parts, join)
}

// plainHours writes a duration without days: "16 h", "4 h 30 m".
func plainHours(d time.Duration, hour, minute string) string {
	hours, minutes := d/time.Hour, d%time.Hour/time.Minute
	if hours == 0 {
		return fmt.Sprintf("%d %s", minutes, minute)
	}
	if minutes == 0 {
		return fmt.Sprintf("%d %s", hours, hour)
	}
	return fmt.Sprintf("%d %s %d %s", hours, hour, minutes, minute)
}

// money writes an amount with thousands apart and without cents.
func money(amount float64, currency string) string {
	return strings.TrimSpace(Thousands(int64(amount+0.5)) + " " + currency)
}

// Thousands writes a number with commas between its thousands.
func Thousands(n int64) string {
	if n < 0 {
		return "-" + Thousands(-n)
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprintf("%s,%03d", Thousands(n/1000), n%1000)
}
