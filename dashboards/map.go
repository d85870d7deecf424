package dashboards

import (
	"fmt"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// The nodes at which orders begin and end; no stage has such a name.
const (
	opened = "(opened)"
	closed = "(closed)"
)

// processMap is the process as orders went through it: stages as nodes, their arcs what
// is open by its state, and the steps between them as edges.
func (s *sheet) processMap() grafana.Panel {
	nodes := fmt.Sprintf(`
SELECT r.stage AS id, %s AS title, %s AS mainstat, concat(toString(r.open), '%s') AS secondarystat,
    if(r.open = 0, 0., r.overdue / r.open) AS arc__overdue, if(r.open = 0, 0., r.at_risk / r.open) AS arc__at_risk, 1 - arc__overdue - arc__at_risk AS arc__fine
FROM takt.%s AS r
LEFT JOIN (SELECT process, stage, p90_seconds FROM takt.stage_survival) AS v ON v.process = r.process AND v.stage = r.stage
WHERE r.%s
UNION ALL
SELECT end.1 AS id, end.2 AS title, '' AS mainstat, '' AS secondarystat, 0. AS arc__overdue, 0. AS arc__at_risk, 1. AS arc__fine
FROM (SELECT arrayJoin([('%s', '%s'), ('%s', '%s')]) AS end)`,
		s.titled("r.", "stage"), s.span("v.p90_seconds"), s.say(" under way", " 在办"), then("open_by_stage"), ours(),
		opened, s.say("opened", "下单"), closed, s.say("closed", "结束"))
	edges := fmt.Sprintf(`
SELECT concat(source, ' > ', target) AS id, if(from_stage = '', '%s', toString(from_stage)) AS source, if(to_stage = '', '%s', toString(to_stage)) AS target,
    sum(transitions) AS mainstat, concat('%s', %s) AS secondarystat
FROM takt.transitions_daily
WHERE %s
GROUP BY from_stage, to_stage
ORDER BY mainstat DESC
LIMIT 60`, opened, closed, s.say("wait ", "等待 "), s.span("argMax(wait_p90_seconds, day)"), daily())
	p := panel("nodeGraph", frame{
		title: s.say("Process map", "流程图"),
		about: s.say("Stages with the time that nine of ten stays keep, the open ones counted in, and what is under way: red overdue, orange at risk. Edges: steps in the range, and the wait that nine of ten kept on its last day (takt.stage_survival, takt.open_by_stage, takt.transitions_daily).",
			"环节及九成停留不超过的耗时（计入在办）与在办数：红色超时、橙色即将超时。连线为所选时段的流转次数，及最后一日九成不超过的等待（takt.stage_survival、takt.open_by_stage、takt.transitions_daily）。"),
		empty: s.unmatched(),
	}, grafana.NodeGraph{Edges: grafana.EdgeOptions{MainStatUnit: count}, Nodes: grafana.NodeOptions{}}, []grafana.Target{rows(nodes), rows(edges)})
	for _, arc := range []struct{ field, en, zh, color string }{
		{"arc__overdue", "overdue", "超时", bad}, {"arc__at_risk", "at risk", "即将超时", warn}, {"arc__fine", "within the limit", "时限内", good},
	} {
		on(&p, arc.field, grafana.Property{ID: "color", Value: grafana.Color{Mode: "fixed", Fixed: arc.color}}, grafana.Property{ID: "displayName", Value: s.say(arc.en, arc.zh)})
	}
	return p
}
