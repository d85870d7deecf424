package notify

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/takt-orders/takt/metrics/process"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// golden compares got with the file, or rewrites that with -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	file = "testdata/" + file
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, string(want)); diff != "" {
		t.Errorf("%s (-got +want); rewrite it with -update:\n%s", file, diff)
	}
}

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// at is an instant of the example's day in its zone.
func at(hour, minute int) time.Time { return time.Date(2026, 11, 24, hour, minute, 0, 0, shanghai) }

// kinds tells the kinds of the tests.
func kinds(_ *process.Process, kind string) Kind {
	switch kind {
	case "overdue":
		return Kind{process.Text{EN: "Overdue", ZH: "超时"}, "warning", 2 * time.Hour}
	case "lost":
		return Kind{process.Text{EN: "Lost", ZH: "丢件"}, "critical", 0}
	default:
		return Kind{process.Text{EN: kind, ZH: kind}, "", 0}
	}
}

func example() Context {
	return Context{
		Processes: []*process.Process{{
			Name: "retail", Title: process.Text{EN: "Retail", ZH: "零售"}, Zone: shanghai,
			Stages: []process.Stage{
				{Name: "review", Title: process.Text{EN: "Review", ZH: "审核"}, Owner: process.Owner{Team: "service"}},
				{
					Name: "picking", Title: process.Text{EN: "Picking", ZH: "备货"},
					Owner: process.Owner{Team: "warehouse", EscalateTo: "运营负责人"}, Limit: process.Limit{Within: 4 * time.Hour, Of: process.Wall},
				},
			},
		}},
		Kind: kinds,
		Staff: Staff{
			{Name: "张伟", ID: "u-1", Team: "warehouse", WeCom: "zhangwei", Mobile: "13800000001", Feishu: "ou_zhangwei", Email: "zhangwei@example.com"},
			{Name: "李娜", Team: "warehouse", Mobile: "13800000002", DingTalk: "lina", Email: "lina@example.com"},
			{Name: "运营负责人", Team: "operations", WeCom: "ops", Mobile: "13800000003", Feishu: "ou_ops", Email: "ops@example.com"},
		},
		Links: Links{
			External: "https://takt.example.com", Board: "https://grafana.example.com/d/takt-stage?var-process={process}&var-stage={stage}",
			Runbook: "https://takt.example.com/runbooks/{alert}", Key: []byte("a key of the test"), Ledger: true,
		},
	}
}

// overdue is the group of the example.
func overdue() Group {
	g := Group{
		Process: "retail", Stage: "picking", Kind: "overdue", Team: "warehouse", Orders: 214, New: 214, Latest: at(10, 20),
		Amounts: []Money{{182_000, "CNY"}}, Owner: "张伟", Focus: "华东仓", Normal: 35,
		Cause: process.Text{EN: "no scans from the warehouse, review upstream is normal", ZH: "仓库扫码数据中断,上游审核正常"},
	}
	for i := range 10 {
		g.Worst = append(g.Worst, Order{
			ID: "SO-20261124-000" + string(rune('0'+i)), OpenedAt: at(8, 40).Add(time.Duration(i) * time.Minute),
			Entered: at(4, 40).Add(time.Duration(i) * time.Minute), Owner: "张伟", Amount: Money{float64(1200 - 10*i), "CNY"},
		})
	}
	return g
}

// firing is the alert of the example as Alertmanager tells it.
func firing(c *Context) *alert {
	g := overdue()
	return &alert{Status: "firing", Labels: c.groupLabels(&g), Annotations: c.groupNotes(&g, at(10, 20), 0), StartsAt: at(10, 20)}
}
