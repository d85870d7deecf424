package config_test

import (
	"testing"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
)

func TestParseDuration(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"0": 0, "500ms": 500 * time.Millisecond, "90s": 90 * time.Second, "4h": 4 * time.Hour, "1.5h": 90 * time.Minute,
		"3d": 3 * day, "1w": 7 * day, "1w2d": 9 * day, "1d12h30m": day + 12*time.Hour + 30*time.Minute, "2h0m0s": 2 * time.Hour,
		"": -1, "4": -1, "h": -1, "4 h": -1, "4x": -1, "-4h": -1, "+4h": -1, "4h5": -1, "1e3h": -1, "..5h": -1,
		"99999999999999d": -1, "4H": -1, "Inf": -1, "1hm": -1,
	} {
		got, err := config.ParseDuration(text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q: got %s, want %s (%v)", text, got, want, err)
		}
	}
}

func TestParseShare(t *testing.T) {
	for text, want := range map[string]float64{
		"95%": 0.95, "0.95": 0.95, "0": 0, "99.9%": 0.999, "95 %": 0.95,
		"95": -1, "100%": -1, "1": -1, "-5%": -1, "%": -1, "": -1, "NaN": -1, "most": -1,
	} {
		got, err := config.ParseShare(text)
		if err != nil {
			got = -1
		}
		if diff := got - want; diff > 1e-12 || diff < -1e-12 {
			t.Errorf("%q: got %g, want %g (%v)", text, got, want, err)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int{
		"65536": 65536, "1MiB": 1 << 20, "1 MiB": 1 << 20, "512KiB": 512 << 10, "2kB": 2000, "16MB": 16_000_000, "7B": 7, "1GiB": 1 << 30,
		"": -1, "MiB": -1, "-1": -1, "1.5MiB": -1, "3GiB": -1, "99999999999999999999": -1, "1mib": -1,
	} {
		got, err := config.ParseSize(text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q: got %d, want %d (%v)", text, got, want, err)
		}
	}
}
