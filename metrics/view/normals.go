package view

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/takt-orders/takt/metrics/process"
)

// normalWeeks is how many comparable weeks a normal is taken from, normalLeast how
// many there have to be.
const (
	normalWeeks = 6
	normalLeast = 2
)

// normalsSQL counts the open visits of each stage on a grid of quarters of an hour and
// takes the 95th percentile of those within the hours given, in seconds since 1970.
const normalsSQL = `
WITH ? AS hours, arrayMin(hours) AS first, toInt64(?) AS now, ? AS name
SELECT toString(stage), toFloat64(quantileExact(0.95)(open))
FROM
(
    SELECT stage, slot, sum(sum(change)) OVER (PARTITION BY stage ORDER BY slot) AS open
    FROM
    (
        SELECT stage, toUnixTimestamp64Milli(entered_at) AS entered,
            if(left_at IS NULL, 9000000000000, toUnixTimestamp64Milli(assumeNotNull(left_at))) AS left,
            arrayJoin([(toInt64(greatest(intDiv(entered + 899999, 900000), intDiv(first, 900))), 1), (toInt64(intDiv(left + 899999, 900000)), -1)]) AS moved,
            toInt64(moved.1) AS slot, toInt64(moved.2) AS change
        FROM takt.visits
        WHERE process = name AND entered < now AND left >= first * 1000
        UNION ALL
        SELECT stage, 0 AS entered, 0 AS left, (toInt64(0), 0) AS moved,
            toInt64(arrayJoin(arrayFlatten(arrayMap(h -> range(toUInt64(intDiv(h, 900)), toUInt64(intDiv(h, 900) + 4)), hours)))) AS slot, toInt64(0) AS change
        FROM (SELECT DISTINCT stage FROM takt.visits WHERE process = name)
    )
    GROUP BY stage, slot
)
WHERE has(hours, intDiv(slot, 4) * 3600)
GROUP BY stage`

// Normals returns, by stage, how many visits are at most open in this hour of the
// week as a rule: the 95th percentile of the counts at every quarter of the same
// local hour in the last six weeks. Days on which off reports that nobody works are
// left out; off may be nil. Without two comparable weeks of history it is empty.
func Normals(ctx context.Context, conn driver.Conn, p *process.Process, now time.Time, off func(time.Time) bool) (map[string]float64, error) {
	var since time.Time
	err := conn.QueryRow(ctx, `SELECT min(opened_at) FROM takt.orders WHERE process = ?`, p.Name).Scan(&since)
	if err != nil {
		return nil, fmt.Errorf("ask for the first order of process %q: %w", p.Name, err)
	}
	hours := comparable(now.In(p.Zone), since, off)
	if len(hours) < normalLeast {
		return nil, nil
	}
	rows, err := conn.Query(ctx, normalsSQL, hours, milliseconds(now), p.Name)
	if err != nil {
		return nil, fmt.Errorf("ask for the normals of process %q: %w", p.Name, err)
	}
	defer rows.Close()
	normals := map[string]float64{}
	for rows.Next() {
		var stage string
		var upper float64
		if err := rows.Scan(&stage, &upper); err != nil {
			return nil, fmt.Errorf("read the normals of process %q: %w", p.Name, err)
		}
		normals[stage] = upper
	}
	return normals, rows.Err()
}

// comparable returns when the same local hour began in the weeks before now, in
// seconds since 1970.
func comparable(now, since time.Time, off func(time.Time) bool) []int64 {
	var hours []int64
	for week := 1; week <= normalWeeks; week++ {
		then := time.Date(now.Year(), now.Month(), now.Day()-7*week, now.Hour(), 0, 0, 0, now.Location())
		if !then.Before(since) && (off == nil || !off(then)) {
			hours = append(hours, then.Unix())
		}
	}
	return hours
}
