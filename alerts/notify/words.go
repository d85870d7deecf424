package notify

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// grouped writes a number with thousands apart.
func grouped(n int64) string {
	if n < 0 {
		return "-" + grouped(-n)
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

// spell writes an amount: "CNY 182,000", "18.2万元".
func (m Money) spell(lang Lang) string {
	if lang == English {
		return strings.TrimSpace(m.Currency + " " + grouped(int64(m.Amount+0.5)))
	}
	unit := "元"
	if m.Currency != "CNY" && m.Currency != "" {
		unit = " " + m.Currency
	}
	switch {
	case m.Amount >= 1e8:
		return short(m.Amount/1e8) + "亿" + unit
	case m.Amount >= 1e4:
		return short(m.Amount/1e4) + "万" + unit
	default:
		return grouped(int64(m.Amount+0.5)) + unit
	}
}

func short(f float64) string { return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0") }

// spellAll writes sums of several currencies, empty if there are none.
func spellAll(all []Money, lang Lang) string {
	var words []string
	for _, m := range all {
		if m.Amount > 0.5 {
			words = append(words, m.spell(lang))
		}
	}
	if lang == Chinese {
		return strings.Join(words, "、")
	}
	return strings.Join(words, ", ")
}

// lasting writes a duration: "5小时40分", "5 h 40 m"; from three days on in days,
// below a minute in seconds.
func lasting(d time.Duration, lang Lang) string {
	names := [3]string{" d", " h", " m"}
	between := " "
	if lang == Chinese {
		names, between = [3]string{"天", "小时", "分"}, ""
	}
	if d = max(d, 0); d < time.Minute {
		if lang == Chinese {
			return strconv.Itoa(int(d.Seconds())) + "秒"
		}
		return strconv.Itoa(int(d.Seconds())) + " s"
	}
	d = d.Round(time.Minute)
	days, hours, minutes := int(d/(24*time.Hour)), int(d%(24*time.Hour)/time.Hour), int(d%time.Hour/time.Minute)
	if days < 3 {
		hours += 24 * days
		days = 0
	} else {
		minutes = 0
	}
	var parts []string
	for i, n := range [3]int{days, hours, minutes} {
		if n > 0 {
			parts = append(parts, strconv.Itoa(n)+names[i])
		}
	}
	return strings.Join(parts, between)
}

// clock writes an instant as people say it at now: today's without its date.
func clock(t, now time.Time, zone *time.Location, lang Lang) string {
	t, now = t.In(zone), now.In(zone)
	y, m, d := t.Date()
	if ny, nm, nd := now.Date(); y == ny && m == nm && d == nd {
		return t.Format("15:04")
	}
	if lang == Chinese {
		return t.Format("1月2日 15:04")
	}
	return t.Format("Jan 2 15:04")
}

// cut shortens s to at most n bytes of whole characters, the last one being "…".
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n -= len("…"); n > 0 && !utf8.RuneStart(s[n]); n-- {
	}
	return s[:max(n, 0)] + "…"
}
