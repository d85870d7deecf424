package cli

import (
	"encoding/json"
	"time"

	"github.com/takt-orders/takt/alerts/backtest"
)

// backtestReport is a replay as programs read it: instants in UTC, lengths in seconds,
// shares from 0 to 1, null where there is none.
type backtestReport struct{ *backtest.Report }

type backtestJSON struct {
	Process      string                 `json:"process"`
	From         time.Time              `json:"from"`
	Until        time.Time              `json:"until"`
	Events       int                    `json:"events"`
	FirstEvent   time.Time              `json:"first_event"`
	Skipped      int                    `json:"skipped_events"`
	NotEvaluated []backtestGapJSON      `json:"not_evaluated"`
	Current      backtestResultJSON     `json:"current"`
	Changed      *backtestResultJSON    `json:"changed"` // null: no changed file was given
	Changes      []backtestChangeJSON   `json:"changes"`
	NewlyCaught  []backtestIncidentJSON `json:"newly_caught"`
	NewlyMissed  []backtestIncidentJSON `json:"newly_missed"`
}

type backtestGapJSON struct {
	Alert  string     `json:"alert"`
	Before *time.Time `json:"before"` // null: in the whole period
	Reason string     `json:"reason"` // too_little_history or about_takt
}

type backtestResultJSON struct {
	Fires             int                    `json:"fires"`
	FiresPerWeek      float64                `json:"fires_per_week"`
	Precision         *float64               `json:"precision"`
	Recall            *float64               `json:"recall"`
	MedianLeadSeconds *float64               `json:"median_lead_seconds"` // less than 0: alerts came after the incident began
	Rules             []backtestTallyJSON    `json:"rules"`               // that fired, the noisiest first
	Incidents         []backtestIncidentJSON `json:"incidents"`
	Alerts            []backtestFireJSON     `json:"alerts"` // by time
}

type backtestKeyJSON struct {
	Alert    string `json:"alert"`
	Severity string `json:"severity"`
	Stage    string `json:"stage"`
	Kind     string `json:"kind"`
	Team     string `json:"owner_team"`
}

type backtestTallyJSON struct {
	backtestKeyJSON
	Fires     int      `json:"fires"`
	Right     int      `json:"right"`
	Precision *float64 `json:"precision"`
	Recall    *float64 `json:"recall"`
}

type backtestIncidentJSON struct {
	Stage       string    `json:"stage"`
	From        time.Time `json:"from"`
	To          time.Time `json:"to"`
	Breaches    int       `json:"breaches"`
	Reported    int       `json:"reported_exceptions"`
	Caught      bool      `json:"caught"`
	LeadSeconds *float64  `json:"lead_seconds"`
}

type backtestFireJSON struct {
	backtestKeyJSON
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Right bool      `json:"right"`
}

type backtestChangeJSON struct {
	backtestKeyJSON
	Current backtestTallyJSON `json:"current"`
	Changed backtestTallyJSON `json:"changed"`
}

// MarshalJSON is json.Marshaler's.
func (r backtestReport) MarshalJSON() ([]byte, error) {
	out := backtestJSON{
		Process: r.Process, From: r.From.UTC(), Until: r.Until.UTC(), Events: r.Events, FirstEvent: r.First.UTC(), Skipped: r.Skipped,
		NotEvaluated: []backtestGapJSON{}, Current: newBacktestResult(r.Report, &r.Current), Changes: []backtestChangeJSON{},
		NewlyCaught: newBacktestIncidents(r.Newly), NewlyMissed: newBacktestIncidents(r.Missed),
	}
	for _, g := range r.Gaps {
		gap := backtestGapJSON{Alert: g.Alert, Reason: "too_little_history"}
		if before := g.Until.UTC(); before.Before(r.Until) {
			gap.Before = &before
		}
		out.NotEvaluated = append(out.NotEvaluated, gap)
	}
	for _, name := range backtest.NotEvaluated() {
		out.NotEvaluated = append(out.NotEvaluated, backtestGapJSON{Alert: name, Reason: "about_takt"})
	}
	if r.Changed != nil {
		changed := newBacktestResult(r.Report, r.Changed)
		out.Changed = &changed
	}
	for i := range r.Changes {
		c := &r.Changes[i]
		out.Changes = append(out.Changes, backtestChangeJSON{backtestKeyJSON(c.Key), newBacktestTally(&c.Current), newBacktestTally(&c.Changed)})
	}
	return json.Marshal(out)
}

func newBacktestResult(r *backtest.Report, from *backtest.Result) backtestResultJSON {
	out := backtestResultJSON{
		Fires: len(from.Fires), FiresPerWeek: float64(len(from.Fires)) / r.Weeks(),
		Precision: shareOf(from.Right(), len(from.Fires)), Recall: shareOf(from.Caught(), len(from.Incidents)),
		Rules: []backtestTallyJSON{}, Incidents: newBacktestIncidents(from.Incidents), Alerts: []backtestFireJSON{},
	}
	if lead, ok := from.Lead(); ok {
		s := lead.Seconds()
		out.MedianLeadSeconds = &s
	}
	for i := range from.Rules {
		out.Rules = append(out.Rules, newBacktestTally(&from.Rules[i]))
	}
	for i := range from.Fires {
		f := &from.Fires[i]
		out.Alerts = append(out.Alerts, backtestFireJSON{backtestKeyJSON(f.Key), f.From.UTC(), f.To.UTC(), f.Right})
	}
	return out
}

func newBacktestTally(t *backtest.Tally) backtestTallyJSON {
	return backtestTallyJSON{backtestKeyJSON(t.Key), t.Fires, t.Right, shareOf(t.Right, t.Fires), shareOf(t.Caught, t.Incidents)}
}

func newBacktestIncidents(all []*backtest.Incident) []backtestIncidentJSON {
	out := []backtestIncidentJSON{}
	for _, x := range all {
		i := backtestIncidentJSON{x.Stage, x.From.UTC(), x.To.UTC(), x.Breaches, x.Reported, x.Caught, nil}
		if x.Caught {
			s := x.Lead.Seconds()
			i.LeadSeconds = &s
		}
		out = append(out, i)
	}
	return out
}

// shareOf is a part of n, nil of none.
func shareOf(part, n int) *float64 {
	if n == 0 {
		return nil
	}
	s := float64(part) / float64(n)
	return &s
}
