package cli

import (
	"encoding/json"
	"time"

	"github.com/takt-orders/takt/metrics/view"
)

// reportJSON is a report as programs read it: instants in UTC, lengths in seconds,
// null where there is none.
type reportJSON struct {
	Process    string          `json:"process"`
	At         time.Time       `json:"at"`
	Stages     []stageJSON     `json:"stages"` // in process order
	Promises   promisesJSON    `json:"promises"`
	Bottleneck *bottleneckJSON `json:"bottleneck"` // null: nothing is abnormal
}

type stageJSON struct {
	Stage         string   `json:"stage"`
	TitleEN       string   `json:"title_en"`
	TitleZH       string   `json:"title_zh"`
	Open          int      `json:"open"`
	Left          int      `json:"left_7_days"`
	P50Seconds    *float64 `json:"p50_seconds"`
	P90Seconds    *float64 `json:"p90_seconds"`
	LimitSeconds  *float64 `json:"limit_seconds"`
	LimitOf       string   `json:"limit_of"` // wall or working: the clock of the limit, of p50 and of p90
	Over          int      `json:"over_limit"`
	AtRisk        int      `json:"at_risk"`
	OpenAmount    float64  `json:"open_amount"`
	OverAmount    float64  `json:"over_limit_amount"`
	RiskAmount    float64  `json:"at_risk_amount"`
	Currency      string   `json:"currency"`
	OldestSeconds *float64 `json:"oldest_seconds"`
	Owner         string   `json:"owner"`
}

type promisesJSON struct {
	Delivered  int     `json:"delivered_7_days"`
	Late       int     `json:"late_7_days"`
	OpenLate   int     `json:"open_late"`
	OpenAmount float64 `json:"open_late_amount"`
	Currency   string  `json:"currency"`
}

type bottleneckJSON struct {
	Stage         string    `json:"stage"`
	Since         time.Time `json:"since"`
	Score         float64   `json:"score"`
	Waiting       int       `json:"waiting"`
	Normal        int       `json:"normal"`
	Amount        float64   `json:"amount"`
	Currency      string    `json:"currency"`
	OldestSeconds *float64  `json:"oldest_seconds"`
	Owner         string    `json:"owner"`
	LimitSeconds  *float64  `json:"limit_seconds"`
	LimitOf       string    `json:"limit_of"`
	Late          int       `json:"open_late"`
	LateHadMet    int       `json:"open_late_had_it_met_the_limit"`
	SentenceEN    string    `json:"sentence_en"`
	SentenceZH    string    `json:"sentence_zh"`
}

// MarshalJSON is json.Marshaler's.
func (r report) MarshalJSON() ([]byte, error) {
	late := r.Overview.Late
	out := reportJSON{
		Process: r.Process, At: r.At.UTC(), Stages: make([]stageJSON, len(r.Overview.Stages)),
		Promises: promisesJSON{late.Delivered, late.Late, late.OpenLate, late.OpenAmount, late.Currency},
	}
	for i, s := range r.Overview.Stages {
		out.Stages[i] = stageJSON{
			Stage: s.Stage, TitleEN: s.Title.EN, TitleZH: s.Title.ZH, Open: s.Open, Left: s.Left,
			P50Seconds: seconds(s.P50), P90Seconds: seconds(s.P90), LimitSeconds: seconds(s.Limit), LimitOf: s.Of.String(),
			Over: s.Over, AtRisk: s.AtRisk, OpenAmount: s.OpenAmount, OverAmount: s.OverAmount, RiskAmount: s.RiskAmount,
			Currency: s.Currency, OldestSeconds: seconds(s.Oldest), Owner: s.Owner,
		}
	}
	if r.Bottleneck != nil {
		out.Bottleneck = newBottleneckJSON(r.Bottleneck)
	}
	return json.Marshal(out)
}

func newBottleneckJSON(f *view.Finding) *bottleneckJSON {
	return &bottleneckJSON{
		Stage: f.Stage, Since: f.Since.UTC(), Score: f.Score, Waiting: f.Waiting, Normal: f.Normal,
		Amount: f.Amount, Currency: f.Currency, OldestSeconds: seconds(f.Oldest), Owner: f.Owner,
		LimitSeconds: seconds(f.Limit), LimitOf: f.LimitOf.String(), Late: f.Late, LateHadMet: f.LateHadMet,
		SentenceEN: f.Sentence(), SentenceZH: f.SentenceZH(),
	}
}

// seconds is d, nil if there is none.
func seconds(d time.Duration) *float64 {
	if d == 0 {
		return nil
	}
	s := d.Seconds()
	return &s
}
