package console

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

// Whatever the process and its steps, everything drawn is inside of the picture, and each
// step is drawn or counted as hidden.
func TestMapStaysInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &process.Process{Name: "p", Zone: time.UTC}
		var o view.Overview
		names := []string{""}
		for i := range rapid.IntRange(1, 12).Draw(t, "stages") {
			name := string(rune('a' + i))
			names = append(names, name)
			p.Stages = append(p.Stages, process.Stage{Name: name, Title: process.Text{EN: rapid.StringN(0, 30, -1).Draw(t, "title")}})
			open := rapid.IntRange(0, 5000).Draw(t, "open")
			o.Stages = append(o.Stages, view.StageRow{Stage: name, Open: open, Over: rapid.IntRange(0, open).Draw(t, "over"), AtRisk: rapid.IntRange(0, open).Draw(t, "risk")})
		}
		var week view.Steps
		none := 0
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			s := view.Step{
				From: rapid.SampledFrom(names).Draw(t, "from"), To: rapid.SampledFrom(names).Draw(t, "to"),
				Count: rapid.IntRange(1, 100_000).Draw(t, "count"), Wait: time.Duration(rapid.Int64Range(0, int64(30*24*time.Hour)).Draw(t, "wait")),
			}
			if s.From == "" && s.To == "" {
				none++
			}
			week.Steps = append(week.Steps, s)
		}
		m := drawMap(&page{Lang: Chinese, Process: p}, o, week, nil)
		for _, d := range []drawing{m.Lying, m.Standing} {
			inside := func(what string, x, y float64) {
				if x < 0 || x > d.Width || y < 0 || y > d.Height {
					t.Fatalf("%s at %g, %g is outside of %g × %g", what, x, y, d.Width, d.Height)
				}
			}
			for _, n := range d.Nodes {
				inside("node", n.X, n.Y)
				inside("node's end", n.X+n.W, n.Y+n.H)
				if n.OverWide+n.RiskWide > n.Inner()+0.2 {
					t.Fatalf("bar of %g and %g in %g", n.OverWide, n.RiskWide, n.Inner())
				}
			}
			for _, e := range d.Edges {
				inside("label", e.Label.X, e.Label.Y)
			}
			if got := len(d.Edges) + m.Hidden + none; got != len(week.Steps) {
				t.Fatalf("%d steps of %d", got, len(week.Steps))
			}
		}
	})
}
