package view

import (
	"testing"
	"time"
)

// A stage with 30 old visits at any time, and one that gathers 5 an hour since
// ten hours ago.
func TestJudge(t *testing.T) {
	now := time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
	var calm, crowded crowd
	for j := range steps {
		calm.open[j], calm.old[j] = 60, 30
		crowded.open[j], crowded.old[j] = 60, 30
		if gathers := 40 - j; gathers > 0 {
			crowded.old[j] += 1.25 * float64(gathers)
		}
	}
	if v := calm.judge(now, 30); v.abnormal || v.openNormal != 60 {
		t.Errorf("calm: got %+v", v)
	}
	v := crowded.judge(now, 30)
	if !v.abnormal || v.since < 32 || v.since > 40 {
		t.Errorf("crowded: got %+v", v)
	}
	if v := crowded.judge(now, 0); v.abnormal {
		t.Errorf("without history: got %+v", v)
	}
	for _, tt := range []struct {
		name     string
		verdicts []verdict
		want     int
	}{
		{"none", []verdict{{score: 3}, {}}, -1},
		{"greatest", []verdict{{abnormal: true, score: 4}, {abnormal: true, score: 20}}, 1},
		{"first felt", []verdict{{}, {abnormal: true, score: 9}, {abnormal: true, score: 20}}, 1},
	} {
		if got := choose(tt.verdicts); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

// Days ago are local days, across a change of clocks too.
func TestDaysAgoAcrossClockChange(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 30, 12, 0, 0, 0, zone) // clocks went forward on the 29th
	if got, want := (clock{now}).daysAgo(0, 7), int(167*time.Hour/step); got != want {
		t.Errorf("got %d steps, want %d", got, want)
	}
}
