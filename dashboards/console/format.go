package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/takt-orders/takt/metrics/view"
)

// span writes a duration for people: "2 d 3 h", "5 h 40 m", "12 m"; 2天3小时.
func (l Language) span(d time.Duration) string { return view.Span(d, l == Chinese) }

// count writes a number with thousands apart.
func count(n int) string {
	if n < 0 {
		return "−" + count(-n)
	}
	return view.Thousands(int64(n))
}

// money writes an amount as people of the language read it: 18.2万元; 182,400 CNY.
func (l Language) money(amount float64, currency string) string {
	if l != Chinese {
		switch unit := " " + currency; {
		case amount >= 1e6:
			return strings.TrimSpace(fmt.Sprintf("%.2f M", amount/1e6) + unit)
		default:
			return strings.TrimSpace(count(int(amount+0.5)) + unit)
		}
	}
	unit := " " + currency
	if currency == "CNY" {
		unit = "元"
	}
	switch {
	case amount >= 1e8:
		return strings.TrimSpace(fmt.Sprintf("%.2f亿", amount/1e8) + unit)
	case amount >= 1e4:
		return strings.TrimSpace(fmt.Sprintf("%.1f万", amount/1e4) + unit)
	default:
		return strings.TrimSpace(count(int(amount+0.5)) + unit)
	}
}

// percent writes a share.
func (l Language) percent(share float64) string {
	if l == Chinese {
		return fmt.Sprintf("%.1f%%", 100*share)
	}
	return fmt.Sprintf("%.1f %%", 100*share)
}

// when writes an instant in its zone.
func (l Language) when(t time.Time) string {
	if l == Chinese {
		return t.Format("1月2日 15:04")
	}
	return t.Format("Jan 2 15:04")
}

// day writes a day.
func (l Language) day(t time.Time) string {
	if l == Chinese {
		return t.Format("1月2日")
	}
	return t.Format("Jan 2")
}

// weekday writes a day of the week, short.
func (l Language) weekday(t time.Time) string {
	if l == Chinese {
		return "周" + string([]rune("日一二三四五六")[t.Weekday()])
	}
	return t.Format("Mon")
}

// clock writes the time of the day to the second.
func clock(t time.Time) string { return t.Format("15:04:05") }
