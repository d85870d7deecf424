package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/alerts/backtest"
)

// TestBacktestTells: what is seldom is told as well: what was not evaluated, events
// skipped, alerts that came late, incidents newly caught and newly missed.
func TestBacktestTells(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 4, day, hour, 0, 0, 0, time.UTC) }
	late := &backtest.Incident{Stage: "备货", From: at(3, 6), To: at(3, 8), Breaches: 12, Caught: true, Lead: -30 * time.Minute}
	missed := &backtest.Incident{From: at(4, 16), To: at(4, 16), Reported: 7}
	r := &backtest.Report{
		Process: "retail", From: at(1, 0), Until: at(15, 0), Events: 900, First: at(1, 0).AddDate(0, 0, -1), Skipped: 3,
		Gaps:    []backtest.Gap{{Alert: "TaktStageBacklogGrowing", Until: at(15, 0)}, {Alert: "TaktStageSilent", Until: at(2, 1)}},
		Current: backtest.Result{Incidents: []*backtest.Incident{late, missed}},
		Changed: &backtest.Result{},
		Newly:   []*backtest.Incident{late}, Missed: []*backtest.Incident{missed},
	}
	for _, tt := range []struct {
		zh   bool
		want string
	}{
		{false, `2026-04-01 08:00 to 2026-04-15 08:00 (2.0 weeks), 900 events
3 events of orders closed more than 31 days before were skipped.

              fires  per week  right  precision  incidents  caught  recall  median lead
current file      0       0.0      0          -          2       1    50 %  -30 m
changed file      0       0.0      0          -          0       0       -  -

Incidents:
begin                          end  broken  reported    lead  stage
2026-04-03 14:00  2026-04-03 16:00      12         0   -30 m  备货
2026-04-05 00:00  2026-04-05 00:00       0         7  missed  (order)

The changed file changes no rule's result.
Incidents newly caught:
begin                          end  broken  reported   lead  stage
2026-04-03 14:00  2026-04-03 16:00      12         0  -30 m  备货
Incidents newly missed:
begin                          end  broken  reported    lead  stage
2026-04-05 00:00  2026-04-05 00:00       0         7  missed  (order)

Not evaluated: TaktStageBacklogGrowing, for the events begin 2026-03-31 08:00.
Not evaluated before 2026-04-02 09:00: TaktStageSilent, for the events begin 2026-03-31 08:00.
Not evaluated: alerts about Takt itself (TaktIngestLag, TaktDeadLetters, TaktAuditGap, TaktParityBroken, TaktReconciliation, TaktGatewayFailing, TaktGatewayRefused, TaktPollBehind, TaktDown, TaktWatchdog).
`},
		{true, `2026-04-01 08:00 至 2026-04-15 08:00（2.0 周），900 个事件
跳过 3 个事件：所属订单已关闭超过 31 天。

          触发  每周  正确  准确率  异常时段  已发现  召回率  提前量中位数
现行文件     0   0.0     0       -         2       1    50 %  -30 m
改后文件     0   0.0     0       -         0       0       -  -

异常时段：
开始                          结束  超时  上报异常  提前量  环节
2026-04-03 14:00  2026-04-03 16:00    12         0   -30 m  备货
2026-04-05 00:00  2026-04-05 00:00     0         7    漏报  （整单）

改后文件不影响任何规则的结果。
新增发现的异常时段：
开始                          结束  超时  上报异常  提前量  环节
2026-04-03 14:00  2026-04-03 16:00    12         0   -30 m  备货
不再发现的异常时段：
开始                          结束  超时  上报异常  提前量  环节
2026-04-05 00:00  2026-04-05 00:00     0         7    漏报  （整单）

未评估 TaktStageBacklogGrowing：历史事件始于 2026-03-31 08:00。
2026-04-02 09:00 之前未评估 TaktStageSilent：历史事件始于 2026-03-31 08:00。
未评估：关于 Takt 自身的告警（TaktIngestLag、TaktDeadLetters、TaktAuditGap、TaktParityBroken、TaktReconciliation、TaktGatewayFailing、TaktGatewayRefused、TaktPollBehind、TaktDown、TaktWatchdog）。
`},
	} {
		var out strings.Builder
		backtestText{&out, time.FixedZone("CST", 8*3600), tt.zh}.print(r)
		if diff := cmp.Diff(out.String(), tt.want); diff != "" {
			t.Errorf("chinese %t (-got +want):\n%s", tt.zh, diff)
		}
	}
	out, err := json.Marshal(backtestReport{r})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"alert":"TaktStageBacklogGrowing","before":null,"reason":"too_little_history"},{"alert":"TaktStageSilent","before":"2026-04-02T01:00:00Z","reason":"too_little_history"}`,
		`"lead_seconds":-1800}`, `"newly_missed":[{"stage":"","from":"2026-04-04T16:00:00Z"`, `"precision":null,"recall":0.5,"median_lead_seconds":-1800,`,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
}
