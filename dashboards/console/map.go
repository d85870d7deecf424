package console

import (
	"fmt"
	"time"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

// processMap is the way orders go, drawn twice: lying for a desk, standing for a phone.
type processMap struct {
	Lying, Standing drawing
	Week            time.Time
	Whole           bool // the week is over
	Hidden          int  // steps too rare to be drawn, or of stages that are no more
	Unknown         bool // no step is known
}

// drawing is one of them, in pixels of its own.
type drawing struct {
	Width, Height float64
	Nodes         []node
	Edges         []edge
	Ends          [2]point // where orders come from and go
	Signs         [2]sign  // beside them
}

// sign is a word in a drawing.
type sign struct {
	At     point
	Anchor string
	Word   string
}

type point struct{ X, Y float64 }

// node is a stage.
type node struct {
	X, Y, W, H float64
	Row        view.StageRow
	Title      string // cut to the width
	Full       string
	Bottleneck bool
	Narrow     bool    // no room for the limit
	OverWide   float64 // parts of the bar at its foot
	RiskAt     float64
	RiskWide   float64
}

// edge is a step from stage to stage.
type edge struct {
	Path   string
	Tip    string  // the head of the arrow
	Rise   float64 // of the first line of the label over its place
	Gap    float64 // from there to the second
	Label  point
	Anchor string
	Lines  [2]string // how many, how long between
	Stroke float64
	Back   bool // returns to a stage before
	From   string
	To     string
	Step   view.Step
}

// rare is the share of the busiest step below which one is left out of the drawing.
const rare = 0.01

// roomy is how many stages a desk has room for with their limits.
const roomy = 6

func drawMap(p *page, o view.Overview, week view.Steps, ranking []view.Standing) processMap {
	m := processMap{Week: week.Week, Whole: week.Whole, Unknown: len(week.Steps) == 0}
	most := 0
	for _, s := range week.Steps {
		most = max(most, s.Count)
	}
	var steps []view.Step
	for _, s := range week.Steps {
		switch {
		case s.From == s.To && s.From == "": // closed without any stage
		case unknown(p.Process, s.From) || unknown(p.Process, s.To) || float64(s.Count) < rare*float64(most):
			m.Hidden++
		default:
			steps = append(steps, s)
		}
	}
	desk := plan{page: p, stages: o.Stages, steps: steps, ranking: ranking, most: most, long: 160, wide: 112, gap: 78, edge: 24, reach: 30}
	if len(o.Stages) > roomy {
		desk.long, desk.gap, desk.edge = 130, 52, 18
	}
	m.Lying = desk.draw(false)
	phone := desk
	phone.long, phone.wide, phone.gap, phone.edge, phone.reach = 104, 188, 44, 18, 26
	m.Standing = phone.draw(true)
	return m
}

// unknown reports whether a stage has left the process since.
func unknown(p *process.Process, stage string) bool { return stage != "" && p.StageIndex(stage) < 0 }

// plan is what a drawing is made of. Its main axis is the way orders go.
type plan struct {
	page      *page
	stages    []view.StageRow
	steps     []view.Step
	ranking   []view.Standing
	most      int
	long      float64 // of a node along the main axis
	wide      float64 // across it
	gap, edge float64 // between nodes; around the ends
	reach     float64 // how far an arc reaches out for each node that it passes
}

// along is where a place begins on the main axis; -1 is the opening, len(stages) the end.
func (l plan) along(i int) float64 { return l.edge + l.gap + float64(i)*(l.long+l.gap) }

func (l plan) draw(standing bool) drawing {
	n := len(l.stages)
	ahead, back := 0, -1 // the widest arcs, by nodes passed
	for _, s := range l.steps {
		from, to := indexOf(l.page.Process, s.From, -1), indexOf(l.page.Process, s.To, n)
		if to > from+1 {
			ahead = max(ahead, to-from-1)
		} else if to <= from {
			back = max(back, from-to)
		}
	}
	before, after := 14.0, 14.0
	if ahead > 0 {
		before += 18 + l.reach*float64(ahead)
	}
	if back >= 0 {
		after += 26 + l.reach*float64(back+1)
	}
	if standing { // labels stand beside the arcs
		before, after = max(before, 86), max(after, 86)
	}
	middle := before + l.wide/2
	length, across := 2*l.edge+2*l.gap+float64(n)*(l.long+l.gap)-l.gap, before+l.wide+after
	at := func(main, cross float64) point {
		if standing {
			return point{cross, main}
		}
		return point{main, cross}
	}
	d := drawing{Width: length, Height: across, Ends: [2]point{at(l.edge-6, middle), at(length-l.edge+6, middle)}}
	if standing {
		d.Width, d.Height = across, length
	}
	for i, word := range []string{"opening", "end"} {
		e := d.Ends[i]
		anchor, x := "start", e.X-6
		if i == 1 {
			anchor, x = "end", e.X+6
		}
		if d.Signs[i] = (sign{point{x, e.Y + 22}, anchor, word}); standing {
			d.Signs[i] = sign{point{e.X + 14, e.Y + 4}, "start", word}
		}
	}
	for i := range l.stages {
		d.Nodes = append(d.Nodes, l.node(i, at(l.along(i), before), standing))
	}
	for _, s := range l.steps {
		from, to := indexOf(l.page.Process, s.From, -1), indexOf(l.page.Process, s.To, n)
		d.Edges = append(d.Edges, l.arc(s, from, to, at, before, middle, standing))
	}
	return d
}

func (l plan) node(i int, at point, standing bool) node {
	s := l.stages[i]
	v := node{X: at.X, Y: at.Y, W: l.long, H: l.wide, Row: s, Full: l.page.Lang.title(l.page.Process, s.Stage), Bottleneck: isBottleneck(l.ranking, s.Stage)}
	if standing {
		v.W, v.H = l.wide, l.long
	}
	v.Narrow = v.W < 150
	room := v.W - 26
	if v.Bottleneck {
		room -= 14
	}
	v.Title = cut(v.Full, room/14)
	if s.Open > 0 {
		v.OverWide = round((v.W - 24) * float64(s.Over) / float64(s.Open))
		v.RiskAt = v.OverWide
		v.RiskWide = round((v.W - 24) * min(float64(s.AtRisk), float64(s.Open-s.Over)) / float64(s.Open))
	}
	return v
}

func (l plan) arc(s view.Step, from, to int, at func(main, cross float64) point, before, middle float64, standing bool) edge {
	n := len(l.stages)
	lang := l.page.Lang
	e := edge{Step: s, From: l.say(s.From, "opening"), To: l.say(s.To, "end"), Stroke: round(1.2 + 3.3*float64(s.Count)/float64(max(l.most, 1))), Back: to <= from, Anchor: "middle"}
	e.Lines = [2]string{count(s.Count), ""}
	if s.Wait >= time.Minute {
		e.Lines[1] = lang.span(s.Wait)
	}
	// Where it leaves and arrives on the main axis, at the middle of nodes for arcs.
	leave, arrive := l.along(from)+l.long, l.along(to)
	if from < 0 {
		leave = l.edge
	}
	if to >= n {
		arrive = l.along(n-1) + l.long + l.gap
	}
	if to == from+1 {
		a, b := at(leave, middle), at(arrive-7, middle)
		e.Path, e.Tip = fmt.Sprintf("M%g %gL%g %g", a.X, a.Y, b.X, b.Y), tip(b, standing, false)
		e.Rise, e.Gap = -7, 24 // above and below the line
		if e.Label = at((leave+arrive)/2-2, middle); standing {
			e.Label, e.Anchor, e.Rise, e.Gap = point{middle + 10, (leave + arrive) / 2}, "start", -1, 13
		}
		return e
	}
	passed := to - from - 1
	side, out := before, before-18-l.reach*float64(passed)
	if e.Back {
		passed = from - to + 1
		side, out = before+l.wide, before+l.wide+18+l.reach*float64(passed)
	}
	leave, arrive = l.along(from)+l.long*0.66, l.along(to)+l.long*0.34
	if from == to {
		leave, arrive = l.along(from)+l.long*0.7, l.along(to)+l.long*0.3
	}
	land := side - 6
	if e.Back {
		leave, arrive = l.along(from)+l.long*0.34, l.along(to)+l.long*0.66
		land = side + 6
		if from == to {
			leave, arrive = l.along(from)+l.long*0.66, l.along(to)+l.long*0.34
		}
	}
	start, stop := side, land
	if from < 0 {
		leave, start = l.edge-6, middle-6
	}
	if to >= n {
		arrive, stop = l.along(n-1)+l.long+l.gap+6, middle-12
	}
	a, b := at(leave, start), at(arrive, stop)
	c1, c2 := at(leave+(arrive-leave)*0.08, out), at(arrive-(arrive-leave)*0.08, out)
	e.Path = fmt.Sprintf("M%g %gC%g %g %g %g %g %g", a.X, a.Y, round(c1.X), round(c1.Y), round(c2.X), round(c2.Y), b.X, b.Y)
	e.Tip = tip(b, !standing, e.Back)
	// The curve's own height at its middle.
	e.Label = at((leave+arrive)/2, 0.125*(start+stop)+0.75*out)
	if standing { // beside the arc
		e.Anchor, e.Label.X = "start", e.Label.X+8
		if !e.Back {
			e.Anchor, e.Label.X = "end", e.Label.X-16
		}
	}
	e.Rise, e.Gap = -4, 13
	if e.Back && !standing {
		e.Rise = 14
	}
	return e
}

// say names one end of a step.
func (l plan) say(stage, otherwise string) string {
	if stage == "" {
		return l.page.Lang.say(otherwise)
	}
	return l.page.Lang.title(l.page.Process, stage)
}
