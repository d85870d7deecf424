package console

import (
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/takt-orders/takt/metrics/view"
)

func TestFormats(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{Chinese.span(51*time.Hour + 20*time.Minute), "2天3小时"},
		{English.span(51*time.Hour + 20*time.Minute), "2 d 3 h"},
		{Chinese.span(5*time.Hour + 40*time.Minute), "5小时40分"},
		{English.span(-12 * time.Minute), "12 m"},
		{Chinese.span(10 * time.Second), "0分"},
		{English.span(24 * time.Hour), "1 d"},
		{Chinese.money(182_399.6, "CNY"), "18.2万元"},
		{Chinese.money(823, "CNY"), "823元"},
		{Chinese.money(2.5e8, "CNY"), "2.50亿元"},
		{Chinese.money(182_399.6, "USD"), "18.2万 USD"},
		{English.money(182_399.6, "CNY"), "182,400 CNY"},
		{English.money(2.5e6, "EUR"), "2.50 M EUR"},
		{English.money(0, ""), "0"},
		{count(-1234567), "−1,234,567"},
		{English.percent(0.0654), "6.5 %"},
		{cut("Goods receipt and inspection", 8), "Goods receipt…"},
		{cut("收货与质检", 3), "收货与…"},
		{cut("收货", 3), "收货"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestLanguageOf(t *testing.T) {
	for _, tt := range []struct {
		path, accept string
		want         Language
	}{
		{"/", "", English},
		{"/", "zh-CN,zh;q=0.9,en;q=0.8", Chinese},
		{"/", "en-GB,zh;q=0.9", English},
		{"/", "fr, zh;q=0.2, en;q=0.1", Chinese},
		{"/", "zh;q=x, en", English},
		{"/?lang=zh", "en", Chinese},
		{"/?lang=xx", "zh", Chinese},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", tt.path, nil)
		r.Header.Set("Accept-Language", tt.accept)
		if got := languageOf(r); got != tt.want {
			t.Errorf("%s, %q: got %s, want %s", tt.path, tt.accept, got, tt.want)
		}
	}
}

// A time axis has marks at full hours or midnights, never more than fit.
func TestTicks(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	from := time.Date(2026, 3, 1, 21, 10, 0, 0, zone)
	for _, tt := range []struct {
		long time.Duration
		want []string
	}{
		{0, nil},
		{2 * time.Hour, []string{"22:00", "23:00"}},
		{25 * time.Hour, []string{"Mar 2", "06:00", "12:00", "18:00"}},
		{5 * 24 * time.Hour, []string{"Mar 2", "Mar 3", "Mar 4", "Mar 5", "Mar 6"}},
		{60 * 24 * time.Hour, []string{"Mar 12", "Mar 23", "Apr 3", "Apr 14", "Apr 25"}},
	} {
		to := from.Add(tt.long)
		var got []string
		for _, k := range ticks(English, from, to, func(at time.Time) float64 { return 100 * float64(at.Sub(from)) / float64(tt.long) }) {
			if k.At < 0 || k.At > 100 {
				t.Errorf("%v: %+v is outside", tt.long, k)
			}
			got = append(got, k.Label)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%v: got %q, want %q", tt.long, got, tt.want)
		}
	}
}

func TestKinds(t *testing.T) {
	got := kinds([]view.ExceptionGroup{{Kind: "a", Count: 3}, {Kind: "b", Count: 2}, {Kind: "c", Count: 4}, {Kind: "b", Count: 6}})
	want := []group{{"b", 8, 100}, {"c", 4, 50}, {"a", 3, 37.5}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
