package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

// delays are the curves of a week, one for each stage.
type delays struct {
	Days  []tick
	Width int // of the curves' own coordinates
	Rows  []delayRow
}

// tick is a mark of a time axis.
type tick struct {
	At    float64 // percent
	Label string
}

type delayRow struct {
	Stage      string
	Bottleneck bool
	Line, Area string // paths
	Now, Peak  int
	PeakAt     time.Time
}

const delayHeight = 40

// drawDelays draws each stage on a scale of its own: a stage that is slow by nature
// would flatten the others.
func drawDelays(p *page, d view.Delays, ranking []view.Standing) delays {
	out := delays{Width: max(1, len(d.Hours)-1)}
	for i, at := range d.Hours {
		if local := at.In(p.Process.Zone); local.Hour() == 0 {
			out.Days = append(out.Days, tick{round(100 * float64(i) / float64(out.Width)), p.Lang.weekday(local)})
		}
	}
	for i := range p.Process.Stages {
		row := delayRow{Stage: p.Process.Stages[i].Name, Bottleneck: isBottleneck(ranking, p.Process.Stages[i].Name)}
		if i >= len(d.Old) || len(d.Old[i]) == 0 {
			out.Rows = append(out.Rows, row)
			continue
		}
		old := d.Old[i]
		for j, n := range old {
			if n > row.Peak {
				row.Peak, row.PeakAt = n, d.Hours[j].In(p.Process.Zone)
			}
		}
		row.Now = old[len(old)-1]
		var line strings.Builder
		for j, n := range old {
			letter := "L"
			if j == 0 {
				letter = "M"
			}
			fmt.Fprintf(&line, "%s%d %g", letter, j, round(delayHeight-float64(delayHeight-2)*float64(n)/float64(max(row.Peak, 1))))
		}
		row.Line = line.String()
		row.Area = fmt.Sprintf("%sL%d %dL0 %dZ", row.Line, len(old)-1, delayHeight, delayHeight)
		out.Rows = append(out.Rows, row)
	}
	return out
}

// lateness is two rows of columns, a day each: both halves, since one alone flatters.
type lateness struct {
	Delivered, Open []column
	MostDelivered   int
	MostOpen        int
	Days            []view.LateDay
}

// column is one day's, in percent of width and height.
type column struct {
	At, Wide, Top, High float64
	Middle              float64
	Day                 time.Time
	Value, Of           int
	Today               bool
}

func drawLate(days []view.LateDay) lateness {
	l := lateness{Days: days, MostDelivered: 1, MostOpen: 1}
	for _, d := range days {
		l.MostDelivered, l.MostOpen = max(l.MostDelivered, d.DeliveredLate), max(l.MostOpen, d.OpenLate)
	}
	slot := 100 / float64(max(len(days), 1))
	draw := func(i, n, of, most int) column {
		high := round(78 * float64(n) / float64(most)) // the number stands above
		return column{At: round(slot * (float64(i) + 0.2)), Middle: round(slot * (float64(i) + 0.5)), Wide: round(slot * 0.6), Top: 100 - high, High: high, Day: days[i].Day, Value: n, Of: of, Today: i == len(days)-1}
	}
	for i, d := range days {
		l.Delivered = append(l.Delivered, draw(i, d.DeliveredLate, d.Delivered, l.MostDelivered))
		l.Open = append(l.Open, draw(i, d.OpenLate, 0, l.MostOpen))
	}
	return l
}

// group is a kind of exception and how many of it are open.
type group struct {
	Kind  string
	Count int
	Bar   float64 // percent of the greatest
}

// kinds adds groups up by kind, the greatest first.
func kinds(all []view.ExceptionGroup) []group {
	var out []group
	for _, g := range all {
		found := false
		for i := range out {
			if out[i].Kind == g.Kind {
				out[i].Count += g.Count
				found = true
			}
		}
		if !found {
			out = append(out, group{Kind: g.Kind, Count: g.Count})
		}
	}
	most := 1
	for i := range out {
		for j := i; j > 0 && out[j].Count > out[j-1].Count; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	for i := range out {
		most = max(most, out[i].Count)
	}
	for i := range out {
		out[i].Bar = round(100 * float64(out[i].Count) / float64(most))
	}
	return out
}

// indexOf is the place of a stage in its process: the opening before the first, the
// end after the last.
func indexOf(p *process.Process, stage string, otherwise int) int {
	if stage == "" {
		return otherwise
	}
	return p.StageIndex(stage)
}
