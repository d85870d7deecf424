package view

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/takt-orders/takt/metrics/process"
)

// Standing is how far a stage is from its normal level.
type Standing struct {
	Rank       int // by Score, from 1
	Stage      string
	Title      process.Text
	Bottleneck bool // this stage holds the process up; at most one
	Abnormal   bool
	Measured   bool      // whether visits of the past tell what is normal
	Since      time.Time // zero unless Abnormal
	Score      float64   // spreads above normal

	Open       int // visits under way
	OpenNormal int // of them at this hour of the week
	Old        int // visits under way for longer than the stage's median
	OldNormal  int // of them at this hour of the week
	Trend      int // Old now less Old an hour ago
	Amount     float64
	Currency   string // ISO 4217; the most frequent one
	Oldest     time.Duration
	Owner      string // who has the most of them, else the stage's team
	Late       int    // open orders of the process past their promise
	LateHadMet int    // of them those that would be, had the stage met its limit
}

const rankingSQL = `
SELECT rank, toString(stage), bottleneck, abnormal, isNotNull(median_seconds), since, score, open, open_normal, old, old_normal, trend, amount, toString(currency),
    ifNull(oldest_seconds, 0), toString(owner), late, late_had_met
FROM takt.bottleneck_at(at = fromUnixTimestamp64Milli(toInt64(?), 'UTC'))
WHERE process = ?
ORDER BY rank`

// Ranking returns the process's stages at now, the one furthest above its normal
// level first. The relation takt.bottleneck_now defines it.
func Ranking(ctx context.Context, conn driver.Conn, p *process.Process, now time.Time) ([]Standing, error) {
	rows, err := conn.Query(ctx, rankingSQL, milliseconds(now), p.Name)
	if err != nil {
		return nil, fmt.Errorf("query ranking: %w", err)
	}
	var all []Standing
	err = scan(rows, func() error {
		var s Standing
		var rank uint16
		var since *time.Time
		var open, old, late, met uint64
		var trend int64
		var openNormal, oldNormal, oldest float64
		err := rows.Scan(&rank, &s.Stage, &s.Bottleneck, &s.Abnormal, &s.Measured, &since, &s.Score, &open, &openNormal, &old, &oldNormal, &trend,
			&s.Amount, &s.Currency, &oldest, &s.Owner, &late, &met)
		i := p.StageIndex(s.Stage)
		if err != nil || i < 0 {
			return err
		}
		s.Rank, s.Title = int(rank), p.Stages[i].Title
		if since != nil {
			s.Since = since.In(p.Zone)
		}
		s.Open, s.OpenNormal, s.Old, s.OldNormal, s.Trend = int(open), int(openNormal+0.5), int(old), int(oldNormal+0.5), int(trend)
		s.Oldest, s.Late, s.LateHadMet = time.Duration(oldest*float64(time.Second)), int(late), int(met)
		if s.Owner == "" {
			s.Owner = ownerOf(&p.Stages[i])
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read ranking: %w", err)
	}
	return all, nil
}

// Bottleneck returns the stage that holds the process's orders up at now; ok is
// false if nothing is abnormal.
func Bottleneck(ctx context.Context, conn driver.Conn, p *process.Process, now time.Time) (f Finding, ok bool, err error) {
	ranking, err := Ranking(ctx, conn, p, now)
	if err != nil {
		return Finding{}, false, err
	}
	f, ok = FindingIn(ranking, p, now)
	return f, ok, nil
}

// FindingIn returns the bottleneck of a ranking made at now, false if it has none.
func FindingIn(ranking []Standing, p *process.Process, now time.Time) (Finding, bool) {
	for i := range ranking {
		s := &ranking[i]
		if !s.Bottleneck {
			continue
		}
		stage := &p.Stages[p.StageIndex(s.Stage)]
		return Finding{
			Stage: s.Stage, Title: s.Title, Now: now.In(p.Zone), Since: s.Since, Score: s.Score,
			Waiting: s.Open, Normal: s.OpenNormal, Amount: s.Amount, Currency: s.Currency, Oldest: s.Oldest, Owner: s.Owner,
			Limit: stage.Limit.Within, LimitOf: stage.Limit.Of, Late: s.Late, LateHadMet: s.LateHadMet,
		}, true
	}
	return Finding{}, false
}
