package alerts_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/common/model"

	"github.com/takt-orders/takt/alerts"
	"github.com/takt-orders/takt/alerts/notify"
	"github.com/takt-orders/takt/metrics/process"
)

// holidays is a calendar of office hours with the days off around 1 October 2026, for
// which 10 October, a Saturday, is a working day.
func holidays(zone *time.Location) *process.Calendar {
	h := process.Hours{Name: "office", Zone: zone, MakeUp: []process.Span{
		{Opens: 9 * time.Hour, Closes: 12 * time.Hour}, {Opens: 13 * time.Hour, Closes: 18 * time.Hour},
	}}
	for d := time.Monday; d <= time.Friday; d++ {
		h.Week[d] = h.MakeUp
	}
	h.Years = []process.Year{{Year: 2026, Source: "test", Holidays: []process.Holiday{{
		From: process.Date{Year: 2026, Month: time.October, Day: 1}, To: process.Date{Year: 2026, Month: time.October, Day: 7},
		MakeUp: []process.Date{{Year: 2026, Month: time.October, Day: 10}},
	}}}}
	return process.NewCalendar(h)
}

func routing(t testing.TB) (*config.Config, string) {
	t.Helper()
	retail := shipped(t, "retail")
	retail.Calendar = holidays(retail.Zone)
	text, err := alerts.Routing{Processes: []*process.Process{retail, shipped(t, "b2b")}, Heartbeat: "http://heart:1/beat"}.Alertmanager()
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return c, string(text)
}

func TestRoutes(t *testing.T) {
	c, _ := routing(t)
	root := dispatch.NewRoute(c.Route, nil)
	for _, tt := range []struct {
		name   string
		labels model.LabelSet
		want   []string
	}{
		{"page", model.LabelSet{"alertname": "TaktStageSilent", "severity": "critical", "process": "retail", "stage": "pick", "owner_team": "warehouse-east"}, []string{"team warehouse-east", "reminder warehouse-east"}},
		{"ticket", model.LabelSet{"alertname": "TaktStageBacklogGrowing", "severity": "warning", "owner_team": "dispatch"}, []string{"team dispatch"}},
		{"whole process", model.LabelSet{"alertname": "TaktPromiseBurn", "severity": "critical", "owner_team": "operations"}, []string{"team operations", "reminder operations"}},
		{"team that no process knows", model.LabelSet{"alertname": "TaktExceptionsSpike", "severity": "warning", "owner_team": "gone"}, []string{"team operations"}},
		{"no team", model.LabelSet{"alertname": "TaktStageSilent", "severity": "critical"}, []string{"team operations", "reminder operations"}},
		{"order told by itself", model.LabelSet{"alertname": notify.OrderAlert, "severity": "critical", "owner_team": "dispatch", "order_id": "A1"}, []string{"team dispatch", "reminder dispatch"}},
		{"what was open before", model.LabelSet{"alertname": notify.BacklogAlert, "severity": "info", "owner_team": "dispatch"}, []string{"team dispatch"}},
		{"what was open before and nobody owns", model.LabelSet{"alertname": notify.BacklogAlert, "severity": "info"}, []string{"team operations"}},
		{"watchdog", model.LabelSet{"alertname": "TaktWatchdog", "severity": "info"}, []string{"heartbeat"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range root.Match(tt.labels) {
				got = append(got, r.RouteOpts.Receiver)
				if _, ok := r.RouteOpts.GroupBy["stage"]; !ok && tt.name != "watchdog" {
					t.Errorf("%s is grouped by %v", r.RouteOpts.Receiver, r.RouteOpts.GroupBy)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEveryAlertHasATeam holds that whatever alert there is reaches the team that owns it.
func TestEveryAlertHasATeam(t *testing.T) {
	c, _ := routing(t)
	root := dispatch.NewRoute(c.Route, nil)
	for _, name := range slices.Concat(alerts.Names(), notify.Names()) {
		for _, severity := range []string{"critical", "warning", "info"} {
			labels := model.LabelSet{"alertname": model.LabelValue(name), "severity": model.LabelValue(severity), "owner_team": "dispatch"}
			want := "team dispatch"
			if name == "TaktWatchdog" {
				want = "heartbeat"
			}
			if got := root.Match(labels)[0].RouteOpts.Receiver; got != want {
				t.Errorf("%s, %s goes to %s, want %s", name, severity, got, want)
			}
		}
	}
}

// TestReceiver holds that the routes lead to the webhook that is served, with its token.
func TestReceiver(t *testing.T) {
	if !strings.HasSuffix(alerts.DefaultReceiver, notify.WebhookPath) {
		t.Errorf("the default receiver %s is not %s", alerts.DefaultReceiver, notify.WebhookPath)
	}
	text, err := alerts.Routing{Processes: []*process.Process{shipped(t, "retail")}, Heartbeat: "http://heart:1/beat", TokenFile: "/etc/takt/token"}.Alertmanager()
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range c.Receivers {
		for _, w := range r.WebhookConfigs {
			var file string
			if w.HTTPConfig != nil && w.HTTPConfig.Authorization != nil {
				file = w.HTTPConfig.Authorization.CredentialsFile
			}
			if want := map[bool]string{false: "/etc/takt/token"}[r.Name == "heartbeat"]; file != want {
				t.Errorf("%s shows the token of %q, want %q", r.Name, file, want)
			}
		}
	}
}

// TestInhibitions matches the pairs as data.
func TestInhibitions(t *testing.T) {
	c, _ := routing(t)
	muted := func(source, target model.LabelSet) bool {
		for i := range c.InhibitRules {
			r := &c.InhibitRules[i]
			ok := true
			for _, m := range r.SourceMatchers {
				ok = ok && m.Matches(string(source[model.LabelName(m.Name)]))
			}
			for _, m := range r.TargetMatchers {
				ok = ok && m.Matches(string(target[model.LabelName(m.Name)]))
			}
			for _, l := range r.Equal {
				ok = ok && source[model.LabelName(l)] == target[model.LabelName(l)]
			}
			if ok {
				return true
			}
		}
		return false
	}
	alert := func(name, severity, process, stage, kind string) model.LabelSet {
		l := model.LabelSet{"alertname": model.LabelValue(name), "severity": model.LabelValue(severity), "process": model.LabelValue(process)}
		if stage != "" {
			l["stage"] = model.LabelValue(stage)
		}
		if kind != "" {
			l["kind"] = model.LabelValue(kind)
		}
		return l
	}
	for _, tt := range []struct {
		name           string
		source, target model.LabelSet
		want           bool
	}{
		{"silent source, silent stage", alert("TaktSourceSilent", "critical", "retail", "", ""), alert("TaktStageSilent", "critical", "retail", "pick", ""), true},
		{"silent source of another process", alert("TaktSourceSilent", "critical", "b2b", "", ""), alert("TaktStageSilent", "critical", "retail", "pick", ""), false},
		{"overdue, at risk", alert("TaktExceptionsSpike", "warning", "retail", "pick", "overdue"), alert("TaktExceptionsSpike", "warning", "retail", "pick", "at_risk"), true},
		{"overdue of another stage", alert("TaktExceptionsSpike", "warning", "retail", "ship", "overdue"), alert("TaktExceptionsSpike", "warning", "retail", "pick", "at_risk"), false},
		{"fast burn, slow burn", alert("TaktStageBudgetBurn", "critical", "retail", "pick", ""), alert("TaktStageBudgetBurn", "warning", "retail", "pick", ""), true},
		{"slow burn, fast burn", alert("TaktStageBudgetBurn", "warning", "retail", "pick", ""), alert("TaktStageBudgetBurn", "critical", "retail", "pick", ""), false},
		{"silent stage, its backlog", alert("TaktStageSilent", "critical", "retail", "pick", ""), alert("TaktStageBacklogGrowing", "warning", "retail", "pick", ""), true},
		{"silent stage, its burn", alert("TaktStageSilent", "critical", "retail", "pick", ""), alert("TaktStageBudgetBurn", "critical", "retail", "pick", ""), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := muted(tt.source, tt.target); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

// delivers reports whether a route tells people at that instant.
func delivers(c *config.Config, r *dispatch.Route, at time.Time) bool {
	in := func(names []string) bool {
		for _, name := range names {
			for _, ti := range c.TimeIntervals {
				for _, i := range ti.TimeIntervals {
					if ti.Name == name && i.ContainsTime(at) {
						return true
					}
				}
			}
		}
		return false
	}
	o := &r.RouteOpts
	return !in(o.MuteTimeIntervals) && (len(o.ActiveTimeIntervals) == 0 || in(o.ActiveTimeIntervals))
}

func TestWorkingHours(t *testing.T) {
	c, text := routing(t)
	if !strings.Contains(text, `days_of_month: ["1:7"]`) {
		t.Error("the days of the holiday are no run")
	}
	ticket := dispatch.NewRoute(c.Route, nil).Match(model.LabelSet{"severity": "warning", "owner_team": "dispatch"})[0]
	zone := shipped(t, "retail").Zone
	for _, tt := range []struct {
		at   string
		want bool
	}{
		{"2026-09-30 08:59", false},
		{"2026-09-30 09:00", true},
		{"2026-09-30 18:00", false},
		{"2026-10-01 10:00", false},
		{"2026-10-07 17:00", false},
		{"2026-10-08 09:30", true},
		{"2026-10-10 10:00", true}, // a Saturday that works
		{"2026-10-11 10:00", false},
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", tt.at, zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := delivers(c, ticket, at.UTC()); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.at, got, tt.want)
		}
	}
}
