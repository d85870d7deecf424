package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

// TestSummaryMarksWorkingTime: a limit of working time is told from one of wall time.
func TestSummaryMarksWorkingTime(t *testing.T) {
	r := report{Process: "b2b", Overview: view.Overview{Stages: []view.StageRow{
		{Stage: "review", Title: process.Text{ZH: "审核"}, Open: 3, Left: 9, P50: 5 * time.Hour, P90: 7 * time.Hour, Limit: 16 * time.Hour, Of: process.Working, AtRisk: 1, RiskAmount: 18_200, Owner: "sales"},
		{Stage: "ship", Title: process.Text{ZH: "发货"}, Open: 1, Left: 9, P50: 5 * time.Hour, P90: 7 * time.Hour, Limit: 24 * time.Hour, Of: process.Wall, Owner: "dispatch"},
	}}}
	for _, tc := range []struct {
		zh   bool
		want string
	}{
		{false, `stage        open  p50  p90  limit  at risk  amount  over  amount  oldest  owner
review 审核     3  5 h  7 h  16 h*        1  18,200     0       0       -  sales
ship 发货       1  5 h  7 h   24 h        0       0     0       0       -  dispatch
* counts working time, as do p50 and p90 beside it.
`},
		{true, `环节         进行中  中位  九成   时限  将超时    金额  超时  金额  最久  负责人
review 审核       3   5 h   7 h  16 h*       1  18,200     0     0     -  sales
ship 发货         1   5 h   7 h   24 h       0       0     0     0     -  dispatch
* 时限按工作时间计，同行的中位与九成亦然。
`},
	} {
		var out strings.Builder
		r.print(&out, tc.zh)
		got, _, _ := strings.Cut(out.String(), map[bool]string{false: "Late:", true: "延误："}[tc.zh])
		if diff := cmp.Diff(got, tc.want); diff != "" {
			t.Errorf("chinese %t (-got +want):\n%s", tc.zh, diff)
		}
	}
	out, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(out); strings.Count(got, `"limit_of":"working"`) != 1 || strings.Count(got, `"limit_of":"wall"`) != 1 {
		t.Errorf("got %s", got)
	}
}
