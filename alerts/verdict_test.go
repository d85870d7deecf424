package alerts_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/takt-orders/takt/ingest/simulate"
)

// verdict is what the alerts told of one incident.
type verdict struct {
	truth simulate.Truth
	first *firing   // of the incident's stage, to the stage's team; nil: none
	right []*firing // of the incident's stage
	later []*firing // of the stages after it, and of promises: what the incident brings about
	wrong []*firing // where nothing is wrong
	again []*firing // what fired a second time, and pages that began when all was over
}

// judge compares what fired with the truth. A silent source is wrong at each stage that
// it tells of.
func (w *world) judge(truth simulate.Truth) verdict {
	v := verdict{truth: truth}
	seen := map[string]bool{}
	for _, f := range w.result {
		if f.Alert == "TaktWatchdog" {
			continue
		}
		at := w.plan.StageIndex(f.Stage)
		switch hit := w.hit(truth); {
		case truth.Stage == nil || f.From.Before(*truth.Onset):
			v.wrong = append(v.wrong, f)
		case at == hit || at > hit && truth.Scenario == simulate.SilentSource && w.source[at] == w.source[hit]:
			v.right = append(v.right, f)
			if v.first == nil && f.Team == w.plan.Stages[at].Owner.Team {
				v.first = f
			}
			if seen[f.key()] || f.Severity == "critical" && !f.From.Before(w.over(truth)) {
				v.again = append(v.again, f)
			}
			seen[f.key()] = true
		case at > hit || f.Alert == "TaktPromiseBurn" || f.Stage == "" && f.Kind == "promise_broken":
			v.later = append(v.later, f)
		default:
			v.wrong = append(v.wrong, f)
		}
	}
	return v
}

// hit is the stage of the incident, -1 if there is none.
func (w *world) hit(truth simulate.Truth) int {
	if truth.Stage == nil {
		return -1
	}
	return w.plan.StageIndex(*truth.Stage)
}

// over is when nothing goes wrong any more: the last parcel that is held comes two
// thirds of the limit after the end.
func (w *world) over(truth simulate.Truth) time.Time {
	if truth.Scenario != simulate.CarrierDelay {
		return *truth.End
	}
	return truth.End.Add(w.plan.Stages[w.hit(truth)].Limit.Within * 2 / 3)
}

// key tells alerts apart, as their labels do.
func (f *firing) key() string {
	return strings.Join([]string{f.Alert, f.Severity, f.Stage, f.Kind, f.Team}, " ")
}

// minutes is how long after the log shows the incident the first alert fired.
func (v *verdict) minutes() int { return int(v.first.From.Sub(*v.truth.VisibleAt) / time.Minute) }

// resolved is how long after the incident's end the last of the alerts ended; ok is
// false if one fires still.
func resolved(alerts []*firing, end time.Time) (after time.Duration, ok bool) {
	var last time.Time
	for _, f := range alerts {
		if f.To.IsZero() {
			return 0, false
		}
		if f.To.After(last) {
			last = f.To
		}
	}
	return last.Sub(end), true
}

// names lists alerts with their stages, each once, pages first.
func names(alerts []*firing) string {
	var out []string
	for _, page := range [...]bool{true, false} {
		count := map[string]int{}
		var order []string
		for _, f := range alerts {
			if (f.Severity == "critical") != page {
				continue
			}
			name := strings.TrimPrefix(f.Alert, "Takt")
			if f.Kind != "" {
				name += " " + f.Kind
			}
			if f.Stage != "" {
				name += " " + f.Stage
			}
			if page {
				name += " (page)"
			}
			if count[name]++; count[name] == 1 {
				order = append(order, name)
			}
		}
		for _, name := range order {
			if n := count[name]; n > 1 {
				name += fmt.Sprintf(" x %d", n)
			}
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}
