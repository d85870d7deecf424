package process_test

import (
	"testing"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

func TestBurns(t *testing.T) {
	for _, tt := range []struct {
		name      string
		within    time.Duration
		objective float64
		want      []bool // which can fire
	}{
		{"hours", 4 * time.Hour, 0.95, []bool{true, true, true}},
		{"hours, 93 %", 4 * time.Hour, 0.93, []bool{false, true, true}},
		{"a day, 90 %", 24 * time.Hour, 0.90, []bool{true, true, true}},
		{"a day, 80 %", 24 * time.Hour, 0.80, []bool{false, true, true}},
		{"a week, 90 %", 7 * 24 * time.Hour, 0.90, []bool{true, true}},
		{"no objective", time.Hour, 0, []bool{false, false, false}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			burns := process.Burns(tt.within)
			if len(burns) != len(tt.want) {
				t.Fatalf("got %d burns, want %d", len(burns), len(tt.want))
			}
			for i, b := range burns {
				if got := b.Fires(tt.objective); got != tt.want[i] {
					t.Errorf("%v at %gx: got %t, want %t", b.Long, b.Factor, got, tt.want[i])
				}
				if b.Long > 72*time.Hour || b.Short >= b.Long || b.Consumed() < 0.019 || b.Consumed() > 0.101 {
					t.Errorf("%+v consumes %g of the budget", b, b.Consumed())
				}
			}
		})
	}
}

func TestWallOfWorkingTime(t *testing.T) {
	h := process.Hours{Name: "office", Zone: time.UTC}
	for d := time.Monday; d <= time.Friday; d++ {
		h.Week[d] = []process.Span{{Opens: 9 * time.Hour, Closes: 17 * time.Hour}}
	}
	p := &process.Process{Calendar: process.NewCalendar(h), Stages: []process.Stage{
		{Limit: process.Limit{Within: 8 * time.Hour, Of: process.Working}},
		{Limit: process.Limit{Within: 8 * time.Hour, Of: process.Wall}},
		{},
	}}
	for i, want := range []time.Duration{34 * time.Hour, 8 * time.Hour, 8 * time.Hour} {
		if got := p.Wall(i, 8*time.Hour); got != want {
			t.Errorf("stage %d: got %v, want %v", i, got, want)
		}
	}
	if got := p.Burns(2); got != nil {
		t.Errorf("got %v of a stage without a limit", got)
	}
}
