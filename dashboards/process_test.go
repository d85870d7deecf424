package dashboards_test

import (
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// retail is a shop's process as the one that ships, as far as boards show it.
func retail(zone *time.Location) *process.Process {
	stage := func(name, en, zh, team, lead string, starts, ends []string, within time.Duration, next ...string) process.Stage {
		return process.Stage{
			Name: name, Title: process.Text{EN: en, ZH: zh}, StartsOn: starts, EndsOn: ends, Next: next,
			Owner: process.Owner{Team: team, EscalateTo: lead, EscalateAfter: 2 * time.Hour},
			Limit: process.Limit{Within: within, Of: process.Wall, Objective: 0.95, WarnAt: 0.75}, StuckAfter: 6 * within,
		}
	}
	return &process.Process{
		Name: "retail", Title: process.Text{EN: "Retail order", ZH: "零售订单"}, Zone: zone, OpensOn: []string{"order.placed"},
		ClosesOn: process.Closing{Completed: []string{"order.delivered"}, Cancelled: []string{"order.cancelled"}},
		Promise:  process.Promise{Objective: 0.95, Granularity: process.Day},
		Stages: []process.Stage{
			stage("review", "Review", "审核", "sales-ops", "ops-lead", []string{"order.placed", "order.resubmitted"}, []string{"order.approved", "order.rejected"}, 4*time.Hour, "pay", "pick"),
			stage("pay", "Payment", "付款", "cashier", "finance-lead", []string{"order.approved"}, []string{"order.paid"}, 24*time.Hour, "pick"),
			stage("pick", "Picking", "备货", "warehouse-east", "warehouse-lead", []string{"order.paid"}, []string{"order.picked"}, 4*time.Hour, "ship"),
			stage("ship", "Shipping", "发货", "dispatch", "warehouse-lead", []string{"order.picked"}, []string{"order.shipped"}, 8*time.Hour, "transit"),
			stage("transit", "Transit", "物流", "carrier-desk", "logistics-lead", []string{"order.shipped"}, []string{"order.delivered"}, 72*time.Hour),
		},
	}
}
