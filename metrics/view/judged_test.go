package view

import (
	"math"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics/process"
)

// The relation on the engine ranks as the judge in Go does on what the log shows: with
// an incident and without, with four weeks of history and with one, at several hours,
// and beside a process of another zone, whose clock changes meanwhile.
func TestBottleneckIsJudged(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	open(t, &process.Process{Name: "elsewhere", Zone: berlin})
	from := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	end := from.AddDate(0, 0, 30)
	for _, s := range []simulate.Scenario{simulate.WarehouseOutage, simulate.Normal} {
		p := retail(t)
		p.Name = "judged_" + s.String()
		cfg := simulate.Config{
			Process: p, Seed: 42, From: from, Scenario: s, Onset: end.Add(-s.Lead()), OrdersPerDay: 300,
			Rates: simulate.Rates{Rejected: 0.01},
		}
		db := fill(t, cfg, end)
		visits := follow(t, cfg, end)
		heldUp := 0
		onset := end.Add(-s.Lead())
		for _, now := range []time.Time{end, end.Add(-95 * time.Minute), onset.Add(time.Hour), onset.Add(90 * time.Minute), end.AddDate(0, 0, -20), end.AddDate(0, 0, -14)} {
			crowds, days := crowdsOf(visits, medianOf(visits, len(p.Stages), now.UnixMilli(), p.Zone), now.UnixMilli())
			want := make([]verdict, len(crowds))
			for i := range crowds {
				want[i] = crowds[i].judge(now.In(p.Zone), days)
				if held, _ := crowds[i].heldUp(clock{now.In(p.Zone)}, days); held > 0 {
					heldUp++
				}
			}
			rows, err := db.Conn().Query(t.Context(), "SELECT position, bottleneck, abnormal, since, score, open_normal"+
				" FROM takt.bottleneck_at(at = fromUnixTimestamp64Milli(toInt64(?), 'UTC')) WHERE process = ?", now.UnixMilli(), p.Name)
			if err != nil {
				t.Fatal(err)
			}
			named, seen := -1, 0
			if err := scan(rows, func() error {
				var position uint16
				var bottleneck, abnormal bool
				var since *time.Time
				var score, normal float64
				if err := rows.Scan(&position, &bottleneck, &abnormal, &since, &score, &normal); err != nil {
					return err
				}
				seen++
				i := int(position) - 1
				if bottleneck {
					named = i
				}
				if w := want[i]; abnormal != w.abnormal || math.Abs(score-w.score) > 0.05*max(10, w.score) || math.Abs(normal-w.openNormal) > 2 {
					t.Errorf("%v, %v, %s: got abnormal %v, score %v, normal %v, want %+v", s, now, p.Stages[i].Name, abnormal, score, normal, w)
				} else if abnormal && now.Add(-time.Duration(w.since)*step).Sub(*since).Abs() > 2*step {
					t.Errorf("%v, %v: got since %v, want %d steps", s, now, since, w.since)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if seen != len(p.Stages) || named != choose(want) {
				t.Errorf("%v, %v: got %d stages and %d named, want %d", s, now, seen, named, choose(want))
			}
		}
		if s == simulate.WarehouseOutage && heldUp == 0 {
			t.Errorf("%v: no stage is held up at any of these times", s)
		}
	}
}
