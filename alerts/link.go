package alerts

import "net/url"

// The boards that alerts lead to, by their uid in Grafana.
const (
	overviewBoard = "takt-overview"
	stageBoard    = "takt-stage"
	pipelineBoard = "takt-pipeline"
)

// link adds where to look and what to do: the board, filtered to what the alert is
// about, and the runbook. The two annotations with underscores are Grafana's own.
func (c Config) link(r *Rule, board, process, stage string) {
	q := url.Values{"from": {"now-24h"}, "to": {"now"}}
	if process != "" {
		q.Set("var-process", process)
	}
	if stage != "" {
		q.Set("var-stage", stage)
	}
	r.Annotations["dashboard_url"] = c.Grafana + "/d/" + board + "?" + q.Encode()
	r.Annotations["__dashboardUid__"] = board
	r.Annotations["__panelId__"] = "1"
	r.Annotations["runbook_url"] = c.RunbookBase + "/" + r.Alert + ".md"
}

func escape(s string) string { return url.QueryEscape(s) }
