package simulate

import (
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

func stage(name string, starts, ends []string, team string, within time.Duration, next ...string) process.Stage {
	return process.Stage{
		Name: name, Title: process.Text{EN: name, ZH: name}, StartsOn: starts, EndsOn: ends,
		Owner: process.Owner{Team: team},
		Limit: process.Limit{Within: within, Of: process.Wall, Objective: 0.95, WarnAt: 0.75}, Next: next,
	}
}

func valid(t testing.TB, p *process.Process) *process.Process {
	t.Helper()
	for _, problem := range p.Validate() {
		t.Fatalf("process %q: %s %s", p.Name, problem.Path, problem.Message)
	}
	return p
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// retail is the shipped process in short.
func retail(t testing.TB) *process.Process {
	p := &process.Process{
		Name: "retail", Zone: zone(t, "Asia/Shanghai"),
		OpensOn:  []string{"order.placed"},
		ClosesOn: process.Closing{Completed: []string{"order.delivered"}, Cancelled: []string{"order.cancelled"}},
		Promise:  process.Promise{Objective: 0.95, Granularity: process.Day},
		Stages: []process.Stage{
			stage("review", []string{"order.placed", "order.resubmitted"}, []string{"order.approved", "order.rejected"}, "sales-ops", 4*time.Hour, "pay", "pick"),
			stage("pay", []string{"order.approved"}, []string{"order.paid"}, "sales-ops", 24*time.Hour, "pick"),
			stage("pick", []string{"order.paid"}, []string{"order.picked"}, "warehouse", 4*time.Hour, "ship"),
			stage("ship", []string{"order.picked"}, []string{"order.shipped"}, "warehouse", 12*time.Hour, "transit"),
			stage("transit", []string{"order.shipped"}, []string{"order.delivered"}, "carrier-desk", 72*time.Hour),
		},
	}
	p.Stages[0].Overrides = []process.Override{{
		When: `event.channel == "vip"`, Within: time.Hour,
		Holds: func(e *order.Event) bool { return e.Channel == "vip" },
	}}
	return valid(t, p)
}

// parallel has Chinese names, stages side by side, gaps between stages, a stage
// sent back to and one after the closing.
func parallel(t testing.TB) *process.Process {
	p := &process.Process{
		Name: "定制", Zone: zone(t, "America/Sao_Paulo"),
		OpensOn:  []string{"订单.下达"},
		ClosesOn: process.Closing{Completed: []string{"订单.签收"}, Cancelled: []string{"订单.取消"}},
		Promise:  process.Promise{Objective: 0.9, Granularity: process.Instant},
		Stages: []process.Stage{
			stage("评审", []string{"订单.下达"}, []string{"评审.通过", "订单.取消"}, "销售", 8*time.Hour, "采购", "生产"),
			stage("采购", []string{"评审.通过"}, []string{"采购.到货"}, "采购", 72*time.Hour),
			stage("生产", []string{"评审.通过", "质检.返工"}, []string{"生产.完成"}, "工厂", 48*time.Hour, "质检"),
			stage("质检", []string{"质检.开始"}, []string{"质检.合格", "质检.返工"}, "质量", 8*time.Hour, "发运"),
			stage("发运", []string{"发运.开始"}, []string{"订单.签收"}, "物流", 96*time.Hour),
			stage("评价", []string{"订单.签收"}, []string{"评价.提交"}, "客服", 120*time.Hour),
		},
	}
	p.Stages[5].AfterClose = true
	return valid(t, p)
}

// single has one stage.
func single(t testing.TB) *process.Process {
	return valid(t, &process.Process{
		Name: "single", Zone: time.UTC, OpensOn: []string{"asked"},
		ClosesOn: process.Closing{Completed: []string{"done"}},
		Promise:  process.Promise{Granularity: process.Instant},
		Stages:   []process.Stage{stage("work", []string{"asked"}, []string{"done"}, "desk", 8*time.Hour)},
	})
}

func processes(t testing.TB) []*process.Process {
	return []*process.Process{retail(t), parallel(t), single(t)}
}

var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) // a Monday
