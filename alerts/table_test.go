package alerts_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/simulate"
)

// proofSeeds is how many seeds of each incident the proof plays.
const proofSeeds = 10

// proof is the part of the README that TestProof writes: one row per replay, found by
// its first two cells.
type proof struct {
	mu   sync.Mutex
	text string // of the README
}

var proofPart = regexp.MustCompile(`(?s)(<!-- generated: proof -->\n)(.*?)(<!-- end -->)`)

const (
	proofHead = "| Scenario | Seed | First alert | Stage, team | Minutes | Resolved | Fires again | Later stages | False |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
	readme    = "README.md"
)

// TestProof plays the shipped rules, unscaled, over simulated time: each incident with
// ten seeds from before its onset until nothing fires any more; two normal weeks; and
// weeks of holidays. That takes an hour and more: with
// TAKT_PROOF set it plays them and writes the README's table, without it sees that the
// table has each incident.
func TestProof(t *testing.T) {
	p := &proof{}
	p.read(t)
	if os.Getenv("TAKT_PROOF") == "" {
		for _, s := range simulate.Scenarios() {
			if s != simulate.Normal && !strings.Contains(p.text, "\n| "+s.String()+" | ") {
				t.Errorf("%s lacks %s: run make proof-alerts", readme, s)
			}
		}
		return
	}
	began := time.Now()
	t.Cleanup(func() { t.Logf("played in %v", time.Since(began).Round(time.Second)) })
	t.Run("weeks", func(t *testing.T) {
		t.Parallel()
		for _, week := range quietWeeks() {
			t.Run(week.name, func(t *testing.T) {
				t.Parallel()
				p.quiet(t, week)
			})
		}
	})
	for _, s := range simulate.Scenarios() {
		if s == simulate.Normal {
			continue
		}
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			for seed := uint64(1); seed <= proofSeeds; seed++ {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					t.Parallel()
					p.incident(t, s, seed)
				})
			}
		})
	}
}

// proofKeys returns how each row begins, in their order.
func proofKeys() []string {
	var keys []string
	for _, s := range simulate.Scenarios() {
		if s == simulate.Normal {
			continue
		}
		for seed := 1; seed <= proofSeeds; seed++ {
			keys = append(keys, rowKey(s.String(), seed))
		}
	}
	for _, w := range quietWeeks() {
		keys = append(keys, rowKey(w.name, int(w.seed)))
	}
	return keys
}

func rowKey(what string, seed int) string { return fmt.Sprintf("| %s | %d |", what, seed) }

func (p *proof) read(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	if p.text = string(text); !proofPart.MatchString(p.text) {
		t.Fatalf("%s has no part that the proof writes", readme)
	}
}

// write replaces one row, at once: what a stopped proof has found is not lost.
func (p *proof) write(t *testing.T, key, cells string) {
	t.Helper()
	t.Log(key + cells)
	p.mu.Lock()
	defer p.mu.Unlock()
	rows := map[string]string{}
	for line := range strings.Lines(proofPart.FindStringSubmatch(p.text)[2]) {
		for _, k := range proofKeys() {
			if strings.HasPrefix(line, k) {
				rows[k] = line
			}
		}
	}
	rows[key] = key + cells + "\n"
	part := proofHead
	for _, k := range proofKeys() {
		part += rows[k]
	}
	p.text = proofPart.ReplaceAllStringFunc(p.text, func(string) string {
		return "<!-- generated: proof -->\n" + part + "<!-- end -->"
	})
	if err := os.WriteFile(readme, []byte(p.text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// incident plays an incident from half an hour before its onset until, six hours after
// its end, nothing fires; at the longest until the next morning, late parcels until they
// have come.
func (p *proof) incident(t *testing.T, s simulate.Scenario, seed uint64) {
	r, truth := incident(t, s, seed, 0)
	r.Settled = truth.End.Add(6 * time.Hour)
	r.To = truth.End.Add(18 * time.Hour)
	if s == simulate.CarrierDelay {
		r.To = truth.End.Add(60 * time.Hour) // 48 of them late parcels come
	}
	w := r.play(t)
	v := w.judge(truth)
	w.show()
	cells := []string{"none", "", "", "", "", orNone(names(v.later)), orNone(names(v.wrong))}
	if v.first != nil {
		cells[0], cells[1], cells[2] = v.first.Alert, v.first.Stage+", "+v.first.Team, fmt.Sprint(v.minutes())
		cells[3] = "no"
		if after, ok := resolved(v.right, w.over(truth)); ok {
			cells[3] = hours(after)
		}
		cells[4] = orNone(names(v.again))
	}
	p.write(t, rowKey(s.String(), int(seed)), " "+strings.Join(cells, " | ")+" |")
}

func orNone(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func hours(d time.Duration) string {
	if d < 0 {
		return "-" + hours(-d)
	}
	return fmt.Sprintf("%d:%02d h", d/time.Hour, d%time.Hour/time.Minute)
}

// quietWeek is a time in which nothing goes wrong.
type quietWeek struct {
	name    string
	process string
	seed    uint64
	from    time.Time
	days    int
	off     func(day time.Time) bool // a holiday, on which half as many order; may be nil
}

func quietWeeks() []quietWeek {
	national := time.Date(2026, 10, 1, 0, 0, 0, 0, monday.Location())
	holiday := func(day time.Time) bool { return !day.Before(national) && day.Before(national.AddDate(0, 0, 7)) }
	return []quietWeek{
		{name: "retail, two normal weeks", process: "retail", seed: 1, from: monday, days: 14},
		{name: "retail, holiday week", process: "retail", seed: 1, from: national.AddDate(0, 0, -1), days: 9, off: holiday},
		{name: "b2b, holiday week", process: "b2b", seed: 1, from: national.AddDate(0, 0, -1), days: 9, off: holiday},
	}
}

// quiet plays a time in which nothing goes wrong, six weeks of the same before it.
func (p *proof) quiet(t *testing.T, week quietWeek) {
	r := replay{
		Sim:  simulate.Config{Process: shipped(t, week.process), Seed: week.seed, From: week.from.AddDate(0, 0, -43)},
		Warm: week.from.AddDate(0, 0, -3), From: week.from, To: week.from.AddDate(0, 0, week.days),
	}
	if week.off != nil {
		absent := map[string]bool{} // by what is heard of an order first
		r.Absent = func(e *order.Event) bool {
			gone, known := absent[e.OrderID]
			if !known {
				gone = week.off(e.OccurredAt.Time()) && e.OrderID[len(e.OrderID)-1]%2 == 0
				absent[strings.Clone(e.OrderID)] = gone
			}
			return gone
		}
	}
	w := r.play(t)
	w.show()
	v := w.judge(simulate.Truth{})
	pages := 0
	for _, f := range v.wrong {
		if f.Severity == "critical" {
			pages++
		}
	}
	if tickets := len(v.wrong) - pages; pages > 0 || tickets > 2 {
		t.Errorf("%d pages, %d tickets", pages, tickets)
	}
	p.write(t, rowKey(week.name, int(week.seed)), fmt.Sprintf(" | | | | | | %s |", orNone(names(v.wrong))))
}
