package alerts

import (
	"net/url"
	"strconv"

	"github.com/takt-orders/takt/dashboards"
)

// place is the panel that an alert leads to.
type place struct {
	board string // uid
	panel int
}

// link adds where to look and what to do: the panel, filtered to what the alert is
// about, and the runbook. The two annotations with underscores are Grafana's own.
func (c Config) link(r *Rule, to place, process, stage string) {
	q := url.Values{"from": {"now-24h"}, "to": {"now"}}
	if process != "" {
		q.Set("var-process", process)
	}
	if stage != "" {
		q.Set("var-stage", stage)
	}
	r.Annotations["dashboard_url"] = c.Grafana + "/d/" + to.board + "?" + q.Encode()
	r.Annotations["__dashboardUid__"] = to.board
	r.Annotations["__panelId__"] = strconv.Itoa(to.panel)
	r.Annotations["runbook_url"] = c.RunbookBase + "/" + r.Alert + ".md"
}

// stagePlace returns where an alert about a stage leads to.
func stagePlace(alert string) place {
	panel := map[string]int{
		BudgetBurn: dashboards.StageBurn, BacklogGrowing: dashboards.StageBacklog, OldestOrder: dashboards.StageOldest, StageSilent: dashboards.StageFlow,
	}[alert]
	return place{dashboards.Stage, panel}
}

// wholePlace returns where an alert about a process as a whole leads to.
func wholePlace(alert string) place {
	switch alert {
	case SourceSilent:
		return place{dashboards.Overview, dashboards.OverviewFreshness}
	case ExceptionsSpike:
		return place{dashboards.Exceptions, dashboards.Top}
	case PromiseBurn:
		return place{dashboards.Promise, dashboards.Top}
	default:
		return place{dashboards.Overview, dashboards.Top}
	}
}

// ownPlace returns where an alert about Takt itself leads to.
func ownPlace(alert string) place {
	panel := map[string]int{
		ingestLag: dashboards.PipelineLag, auditGap: dashboards.PipelineAudit, deadLetters: dashboards.PipelineDeadLetters,
		parityBroken: dashboards.PipelineDifferences, reconciled: dashboards.PipelineDifferences,
		gatewayFailing: dashboards.PipelineGateway, gatewayRefused: dashboards.PipelineGateway, pollBehind: dashboards.PipelinePolls,
	}[alert]
	if panel == 0 {
		panel = dashboards.Top
	}
	return place{dashboards.Pipeline, panel}
}

func escape(s string) string { return url.QueryEscape(s) }
