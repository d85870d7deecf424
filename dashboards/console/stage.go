package console

import (
	"time"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

// stageRow is one stage of the table.
type stageRow struct {
	view.StageRow
	Bottleneck bool
	Working    bool // the limit counts working time
	Share      bars
	Pace       bars // p90 against the limit
}

// bars are parts of a bar, in percent of its length.
type bars struct {
	Over, Risk, Rest float64 // one after another
	Value, Mark      float64 // a value, and the mark it is held against; no mark: 0
	Beyond           bool    // the value is past the mark
}

// RestAt is where the last part begins.
func (b bars) RestAt() float64 { return round(b.Over + b.Risk) }

// stageRows returns the stages in the order of the process.
func stageRows(p *process.Process, o view.Overview, ranking []view.Standing) []stageRow {
	most, slowest := 1, time.Duration(1)
	for i := range o.Stages {
		s := &o.Stages[i]
		most, slowest = max(most, s.Open), max(slowest, s.P90, s.Limit)
	}
	rows := make([]stageRow, len(o.Stages))
	for i := range o.Stages {
		s := &o.Stages[i]
		r := stageRow{StageRow: *s, Working: s.Limit > 0 && s.Of == process.Working, Bottleneck: isBottleneck(ranking, p.Stages[i].Name)}
		part := func(n int) float64 { return round(100 * float64(n) / float64(most)) }
		r.Share = bars{Over: part(s.Over), Risk: part(s.AtRisk), Rest: part(max(0, s.Open-s.Over-s.AtRisk))}
		r.Pace = pace(s.P90, s.Limit)
		rows[i] = r
	}
	return rows
}

// pace holds a time against its limit: the limit is a mark at two thirds of the bar, so
// that what is past it shows.
func pace(took, limit time.Duration) bars {
	if limit == 0 {
		return bars{}
	}
	const mark = 66
	return bars{Value: round(min(100, mark*float64(took)/float64(limit))), Mark: mark, Beyond: took > limit}
}

func isBottleneck(ranking []view.Standing, stage string) bool {
	for i := range ranking {
		if ranking[i].Stage == stage && ranking[i].Bottleneck {
			return true
		}
	}
	return false
}

// round keeps a tenth: enough for a place on the screen.
func round(x float64) float64 { return float64(int(x*10+0.5)) / 10 }
