package view

import (
	"testing"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

func TestSentences(t *testing.T) {
	now := time.Date(2026, 4, 1, 16, 0, 0, 0, time.FixedZone("CST", 8*3600))
	f := Finding{
		Stage: "pick", Title: process.Text{EN: "Picking", ZH: "备货"}, Now: now, Since: now.Add(-5*time.Hour - 40*time.Minute),
		Waiting: 1214, Normal: 35, Amount: 182_399.6, Currency: "CNY", Oldest: 5*time.Hour + 40*time.Minute, Owner: "warehouse-east",
		Limit: 4 * time.Hour, Late: 61, LateHadMet: 3,
	}
	for _, tt := range []struct{ name, got, want string }{
		{
			"english", f.Sentence(),
			"Bottleneck since 10:20: pick, 1,214 orders wait (normal 35), 182,400 CNY, oldest 5 h 40 m, owner warehouse-east. Had it met 4 h, 3 orders would be late instead of 61.",
		},
		{
			"chinese", f.SentenceZH(),
			"自 10:20 起出现瓶颈：备货，1,214 单等待（平时 35 单），金额 182,400 CNY，最久 5 小时 40 分，负责人 warehouse-east。若未超过 4 小时的时限，延误的将是 3 单，而不是 61 单。",
		},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got  %s\nwant %s", tt.name, tt.got, tt.want)
		}
	}
	f.Limit, f.LimitOf = 36*time.Hour+30*time.Minute, process.Working
	if got, want := f.limit("d", "h", "m", " of working time"), "36 h 30 m of working time"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := f.limit("天", "小时", "分", "工作时间"), "36 小时 30 分工作时间"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	f.Since = now.Add(-30 * time.Hour)
	if got, want := f.since("Jan 2 15:04"), "Mar 31 10:00"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPlain(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 m", 29 * time.Second: "0 m", 12 * time.Minute: "12 m", 4 * time.Hour: "4 h", 71*time.Hour + 5*time.Minute: "71 h 5 m",
		72 * time.Hour: "3 d", 117*time.Hour + 24*time.Minute: "4 d 21 h",
	} {
		if got := plain(d, "d", "h", "m"); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

func TestLateness(t *testing.T) {
	for _, tt := range []struct {
		late   Lateness
		en, zh string
	}{
		{Lateness{}, "Late: nothing was delivered in 7 days; no open order is past its promise.", "延误：近 7 天没有交付；没有未交付的订单超过承诺时间。"},
		{
			Lateness{Delivered: 200, Late: 13, OpenLate: 1},
			"Late: 6.5 % of delivered in 7 days; 1 open order past its promise.",
			"延误：近 7 天交付的 6.5 %；另有 1 单未交付且已过承诺时间。",
		},
		{
			Lateness{Delivered: 8, OpenLate: 1214, OpenAmount: 182_399.6, Currency: "CNY"},
			"Late: 0.0 % of delivered in 7 days; 1,214 open orders past their promise (182,400 CNY).",
			"延误：近 7 天交付的 0.0 %；另有 1,214 单未交付且已过承诺时间（182,400 CNY）。",
		},
	} {
		if got := tt.late.Sentence(); got != tt.en {
			t.Errorf("got  %s\nwant %s", got, tt.en)
		}
		if got := tt.late.SentenceZH(); got != tt.zh {
			t.Errorf("got  %s\nwant %s", got, tt.zh)
		}
	}
}
