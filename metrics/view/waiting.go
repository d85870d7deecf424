package view

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/takt-orders/takt/metrics/process"
)

// OpenVisit is a visit under way.
type OpenVisit struct {
	OrderID, Unit string
	Stage         string
	Visit         int // from 1; more is rework
	EnteredAt     time.Time
	Age           time.Duration
	Overdue       bool
	AtRisk        bool // and not overdue yet
	Owner, Team   string
	Amount        float64
	Currency      string // ISO 4217
}

// VisitFilter chooses visits; a list that is empty chooses all.
type VisitFilter struct {
	Stages, Teams []string
	Most          int // rows at most; required
}

const openVisitsSQL = `
SELECT order_id, unit, toString(stage), visit, entered_at, age_seconds, overdue, at_risk, toString(owner), toString(owner_team), amount, toString(currency)
FROM takt.open_visits_at(at = fromUnixTimestamp64Milli(toInt64(?), 'UTC'))
WHERE process = ? AND (empty(?) OR has(?, toString(stage))) AND (empty(?) OR has(?, toString(owner_team)))
ORDER BY entered_at, order_id, unit, stage, visit
LIMIT ?`

// OpenVisits returns the visits under way at now that f chooses, the oldest first. The
// relation takt.open_visits defines them.
func OpenVisits(ctx context.Context, conn driver.Conn, p *process.Process, f VisitFilter, now time.Time) ([]OpenVisit, error) {
	stages, teams := texts(f.Stages), texts(f.Teams)
	return list(ctx, conn, "visits under way", func(rows driver.Rows, v *OpenVisit) error {
		var visit uint32
		var age float64
		err := rows.Scan(&v.OrderID, &v.Unit, &v.Stage, &visit, &v.EnteredAt, &age, &v.Overdue, &v.AtRisk, &v.Owner, &v.Team, &v.Amount, &v.Currency)
		v.Visit, v.EnteredAt, v.Age = int(visit), v.EnteredAt.In(p.Zone), time.Duration(age*float64(time.Second))
		return err
	}, openVisitsSQL, milliseconds(now), p.Name, stages, stages, teams, teams, f.Most)
}

// AgeBand is how many visits under way of a stage are of some age.
type AgeBand struct {
	Stage  string
	Title  process.Text // of the band
	Open   int
	Amount float64 // mixed currencies added as they stand
}

// OpenByAge returns the visits under way at now by stage and age, the youngest first,
// with a row for each stage and band. The relation takt.open_by_age defines them.
func OpenByAge(ctx context.Context, conn driver.Conn, p *process.Process, now time.Time) ([]AgeBand, error) {
	return list(ctx, conn, "ages of what is under way", func(rows driver.Rows, b *AgeBand) error {
		var open uint64
		err := rows.Scan(&b.Stage, &b.Title.EN, &b.Title.ZH, &open, &b.Amount)
		b.Open = int(open)
		return err
	}, "SELECT toString(stage), band_en, band_zh, open, amount FROM takt.open_by_age_at(at = fromUnixTimestamp64Milli(toInt64(?), 'UTC'))"+
		" WHERE process = ? ORDER BY band, stage", milliseconds(now), p.Name)
}

// texts is a list as ClickHouse knows its type, even if it is empty.
func texts(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
