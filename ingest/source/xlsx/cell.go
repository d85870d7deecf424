package xlsx

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// text returns the value of a cell of type and style as a text.
func (b *book) text(typ, style, value string) (string, error) {
	switch typ {
	case "s":
		i, err := strconv.Atoi(value)
		text, ok := b.texts.at(i)
		if err != nil || !ok {
			return "", errors.New("names a text that the file does not hold")
		}
		return text, nil
	case "str":
		return unescape(value), nil
	case "b":
		return strings.ToUpper(strconv.FormatBool(truth(value))), nil
	case "", "n":
	default: // e, an error, and d, a date in ISO 8601
		return value, nil
	}
	if value = strings.TrimSpace(value); value == "" {
		return "", nil
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return "", errors.New("holds no number, though it says so")
	}
	var k kind
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(b.styles) {
		k = b.styles[i]
	}
	if at, ok := instant(f, k, b.is1904); ok {
		return at, nil
	}
	return number(f), nil
}

// number writes f with up to 15 digits, which is all that a spreadsheet shows.
func number(f float64) string {
	f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'e', 14, 64), 64) // it was written as a number just now
	if f == 0 {
		return "0" // of -0 as well
	}
	if size := math.Abs(f); size < 1e-9 || size >= 1e21 {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// instant writes the days f as what a format of that kind shows; ok is false if the
// format is of no date, or f of none that a spreadsheet knows.
func instant(f float64, k kind, is1904 bool) (text string, ok bool) {
	const day, last = 24 * 60 * 60, 2958466 // the day after 9999-12-31
	if k == (kind{}) || f < 0 || f >= last {
		return "", false
	}
	seconds := int64(math.Round(f * day))
	clock := fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	if k.elapsed || !k.date && seconds < day {
		return clock, true
	}
	from := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case is1904:
		from = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case f < 60: // Excel counts 1900-02-29, which was not
		from = from.AddDate(0, 0, 1)
	}
	at := from.AddDate(0, 0, int(seconds/day)).Add(time.Duration(seconds%day) * time.Second)
	if !k.clock && seconds%day == 0 {
		return at.Format(time.DateOnly), true
	}
	return at.Format(time.DateTime), true
}
