package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads a duration such as 90s, 4h, 1.5h, 3d or 1w2d: a day is 24
// hours, a week seven days.
func ParseDuration(s string) (time.Duration, error) {
	units := map[string]float64{
		"ms": float64(time.Millisecond), "s": float64(time.Second), "m": float64(time.Minute),
		"h": float64(time.Hour), "d": 24 * float64(time.Hour), "w": 168 * float64(time.Hour),
	}
	wrong := fmt.Errorf("%q is no duration: write a number and a unit (ms, s, m, h, d, w), such as 4h or 3d", s)
	if s == "0" {
		return 0, nil
	}
	if s == "" {
		return 0, wrong
	}
	total := 0.0
	for rest := s; rest != ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789."))
		n, err := strconv.ParseFloat(rest[:digits], 64)
		if err != nil {
			return 0, wrong
		}
		rest = rest[digits:]
		letters := len(rest) - len(strings.TrimLeft(rest, "msdhw"))
		unit, known := units[rest[:letters]]
		if !known {
			return 0, wrong
		}
		rest = rest[letters:]
		total += n * unit
	}
	if total > 100*365*24*float64(time.Hour) {
		return 0, fmt.Errorf("%q is more than a hundred years", s)
	}
	return time.Duration(math.Round(total)), nil
}

// ParseShare reads a share such as 95% or 0.95.
func ParseShare(s string) (float64, error) {
	digits, percent := strings.CutSuffix(s, "%")
	f, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if percent {
		f /= 100
	}
	switch {
	case err != nil || math.IsNaN(f):
		return 0, fmt.Errorf("%q is no share: write it as 95%% or 0.95", s)
	case f < 0 || f >= 1:
		return 0, fmt.Errorf("%s is not a share of at least 0%% and less than 100%%: write it as 95%% or 0.95", s)
	}
	return f, nil
}

// ParseSize reads a number of bytes such as 65536, 512KiB or 1MiB.
func ParseSize(s string) (int, error) {
	units := []struct {
		name string
		size int
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"MB", 1e6}, {"B", 1}, {"", 1}}
	for _, u := range units {
		if digits, ok := strings.CutSuffix(s, u.name); ok {
			n, err := strconv.Atoi(strings.TrimSpace(digits))
			switch {
			case errors.Is(err, strconv.ErrRange) || err == nil && n > math.MaxInt32/u.size:
				return 0, fmt.Errorf("%q is more than 2 GiB", s)
			case err == nil && n >= 0:
				return n * u.size, nil
			}
		}
	}
	return 0, fmt.Errorf("%q is no size: write a number of bytes, such as 65536, 512KiB or 1MiB", s)
}
