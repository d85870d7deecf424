package dashboards

import (
	"fmt"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// incidents marks past incidents over the graphs of a board of managers: the hours in
// which a stage raised at least ten exceptions, and twice as many as in the busiest hour
// of a usual day, which is the median of the days from four weeks before the range on.
// Hours at most two apart are one incident. Exceptions of an order as a whole are left
// out: promises are dates, so the broken ones all come at midnight. It reads the
// exceptions once, whatever the range; what the alerts said is marked beside it.
func (s *sheet) incidents(more string) {
	s.board.Annotations.List = append(s.board.Annotations.List, grafana.Annotation{
		Name: s.say("Incidents", "异常高发"), Datasource: clickhouse(), Enable: true, IconColor: "orange",
		Target: s.incidentRows(more),
	})
}

func (s *sheet) incidentRows(more string) *grafana.Target {
	t := rows(fmt.Sprintf(`
WITH
    hourly AS (
        SELECT process, stage, takt_day(process, hour) AS day, toStartOfHour(opened_at) AS hour, count() AS n, topK(1)(toString(kind))[1] AS most
        FROM takt.exceptions
        WHERE %[1]s%[2]s AND stage != '' AND NOT withdrawn AND severity != 'info' AND opened_at >= $__fromTime - INTERVAL 28 DAY AND opened_at <= $__toTime
        GROUP BY process, stage, hour
    ),
    usual AS (
        SELECT stage, arrayReverseSort(groupArray(peak)) AS peaks, toUInt32(max(max(day)) OVER () - min(min(day)) OVER () + 1) AS days, peaks[1 + intDiv(days, 2)] AS busiest
        FROM (SELECT stage, day, max(n) AS peak FROM hourly GROUP BY stage, day)
        GROUP BY stage
    ),
    marked AS (
        SELECT h.stage AS stage, h.hour AS hour, h.n AS n, h.most AS most, u.busiest AS busiest,
            toUInt8(hour - lagInFrame(hour, 1, toDateTime(0, 'UTC')) OVER (PARTITION BY stage ORDER BY hour ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) > 7200) AS apart
        FROM hourly AS h
        INNER JOIN usual AS u ON h.stage = u.stage
        WHERE h.n >= greatest(10, 2 * u.busiest)
    ),
    told AS (
        SELECT stage, hour, n, most, busiest, sum(apart) OVER (PARTITION BY stage ORDER BY hour ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS incident
        FROM marked
    )
SELECT toDateTime64(min(t.hour), 3, 'UTC') AS time, toDateTime64(least(max(t.hour) + INTERVAL 1 HOUR, $__toTime), 3, 'UTC') AS timeEnd,
    any(s.title) AS title, concat(toString(sum(t.n)), '%[3]s', %[4]s, '%[5]s', toString(max(t.n)), '%[6]s', toString(any(t.busiest)), '%[7]s') AS text
FROM told AS t
INNER JOIN (SELECT stage, %[8]s AS title FROM takt.stages WHERE %[1]s) AS s ON s.stage = t.stage
GROUP BY t.stage, t.incident
HAVING timeEnd >= $__fromTime
ORDER BY time
LIMIT 200`,
		ours(), more, s.say(" exceptions, most of them: ", " 个异常，最多的是："), s.translate("argMax(t.most, t.n)", kinds()),
		s.say(". In the worst hour ", "。最多的一小时 "), s.say(", in the busiest of a usual day ", " 个，平时一天最多的一小时 "), s.say(".", " 个。"), s.titled("", "stage")))
	t.RefID = "Incidents"
	return &t
}
