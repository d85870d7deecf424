package metrics_test

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// now is what the clock of every test shows.
var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) order.Instant { return order.At(now.Add(-d)) }

// retail is a process as large as the retail one that ships.
func retail() *process.Process {
	p := &process.Process{Name: "retail", Title: process.Text{EN: "Retail order", ZH: "零售订单"}, Zone: time.UTC}
	for i, s := range []struct{ name, zh string }{
		{"review", "审核"},
		{"pay", "付款"},
		{"allocate", "配货"},
		{"pick", "备货"},
		{"pack", "打包"},
		{"handover", "交接"},
		{"transit", "运输"},
		{"rate", "评价"},
	} {
		p.Stages = append(p.Stages, process.Stage{
			Name: s.name, Title: process.Text{EN: strings.ToUpper(s.name[:1]) + s.name[1:], ZH: s.zh},
			Owner:      process.Owner{Team: fmt.Sprintf("team-%d", i)},
			Limit:      process.Limit{Within: time.Duration(i+1) * time.Hour, Of: process.Wall, Objective: 0.95, WarnAt: 0.75},
			StuckAfter: 24 * time.Hour,
		})
	}
	return p
}

// short has two stages, the second without limit.
func short() *process.Process {
	p := retail()
	p.Name, p.Stages = "short", p.Stages[:2]
	p.Stages[1].Limit, p.Stages[1].StuckAfter = process.Limit{}, 0
	return p
}

func config(p *process.Process, channels ...string) metrics.Config {
	return metrics.Config{
		Processes:  []*process.Process{p},
		Sources:    []metrics.Source{{Name: "shop", Process: p.Name, Topic: "orders", Fields: []string{"activity", "owner"}, Reconciles: true}},
		Channels:   channels,
		Currencies: []string{"CNY"},
		Version:    "1.2.3",
		Commit:     "abcdef0",
		Now:        func() time.Time { return now },
	}
}

func mustNew(t testing.TB, c metrics.Config) (*metrics.Metrics, *prometheus.Registry) {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	m, err := metrics.New(c, reg)
	if err != nil {
		t.Fatal(err)
	}
	return m, reg
}

func delta(kind tracker.DeltaKind, stage int8, channel string) tracker.Delta {
	return tracker.Delta{Kind: kind, Stage: stage, Value: 1, Dims: &tracker.Dims{Channel: channel}}
}

func gauge(kind tracker.DeltaKind, stage int8, channel string, a uint8, value float64) tracker.Delta {
	d := delta(kind, stage, channel)
	d.A, d.Value = a, value
	return d
}

func effects(deltas ...tracker.Delta) *tracker.Effects { return &tracker.Effects{Deltas: deltas} }

// samples gathers every sample, histograms by count, sum and bucket.
func samples(t testing.TB, g prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, s := range f.GetMetric() {
			labels := labelsOf(s)
			switch f.GetType() {
			case dto.MetricType_COUNTER:
				all[f.GetName()+labels] = s.GetCounter().GetValue()
			case dto.MetricType_GAUGE:
				all[f.GetName()+labels] = s.GetGauge().GetValue()
			default:
				h := s.GetHistogram()
				all[f.GetName()+"_count"+labels] = float64(h.GetSampleCount())
				all[f.GetName()+"_sum"+labels] = h.GetSampleSum()
				all[f.GetName()+"_bucket_inf"+labels] = float64(h.GetSampleCount())
				for _, b := range h.GetBucket() {
					all[fmt.Sprintf("%s_bucket_%g%s", f.GetName(), b.GetUpperBound(), labels)] = float64(b.GetCumulativeCount())
				}
			}
		}
	}
	return all
}

func labelsOf(s *dto.Metric) string {
	var b strings.Builder
	for i, l := range s.GetLabel() {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s=%q", l.GetName(), l.GetValue())
	}
	if b.Len() == 0 {
		return ""
	}
	return "{" + b.String() + "}"
}

// lines returns the samples that keep, one line each, sorted.
func lines(all map[string]float64, keep func(name string, value float64) bool) string {
	var out []string
	for name, value := range all {
		if keep(name, value) {
			out = append(out, fmt.Sprintf("%s %v\n", name, value))
		}
	}
	sort.Strings(out)
	return strings.Join(slices.Compact(out), "")
}

func want(t testing.TB, all map[string]float64, name string, value float64) {
	t.Helper()
	if got, ok := all[name]; !ok || got != value {
		t.Errorf("%s: got %v (exported: %t), want %v", name, got, ok, value)
	}
}

func absent(t testing.TB, all map[string]float64, prefix string) {
	t.Helper()
	for name := range all {
		if strings.HasPrefix(name, prefix) {
			t.Errorf("%s is exported, want nothing of %s", name, prefix)
		}
	}
}
