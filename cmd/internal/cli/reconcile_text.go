package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/takt-orders/takt/cmd/internal/app"
	"github.com/takt-orders/takt/ingest/reconcile"
	"github.com/takt-orders/takt/metrics/view"
)

// reconcileReport is what takt reconcile tells.
type reconcileReport struct {
	Source   string             `json:"source"`
	Channel  string             `json:"channel,omitempty"`
	From     reconcile.Day      `json:"from"`
	To       reconcile.Day      `json:"to"`
	Until    *time.Time         `json:"until,omitempty"` // orders of the last day that were placed before
	Zone     string             `json:"zone"`
	Agrees   bool               `json:"agrees"`
	Total    reconcileTally     `json:"total"`
	Days     []reconcileTally   `json:"days"`
	Chain    reconcileChain     `json:"chain"`
	Orders   []reconcileMistake `json:"orders"`
	Raised   int                `json:"exceptions_opened"`
	Repaired int                `json:"exceptions_resolved"`

	counted bool
}

type reconcileTally struct {
	Day          string `json:"day,omitempty"`
	Channel      string `json:"channel,omitempty"`
	Listed       int64  `json:"listed"`
	Held         int64  `json:"held"`
	Missing      int64  `json:"missing"`
	Extra        int64  `json:"extra"`
	Duplicate    int64  `json:"duplicate"`
	Mismatch     int64  `json:"mismatch"`
	Late         int64  `json:"late"`
	ListedAmount string `json:"listed_amount"`
	HeldAmount   string `json:"held_amount"`
}

// reconcileMistake is one thing that is wrong with one order.
type reconcileMistake struct {
	Order        string         `json:"order_id"`
	Day          reconcile.Day  `json:"day"`
	Channel      string         `json:"channel"`
	Kind         reconcile.Kind `json:"kind"`
	Detail       string         `json:"detail,omitempty"`
	ListedAmount string         `json:"listed_amount,omitempty"`
	HeldAmount   string         `json:"held_amount,omitempty"`
	Currency     string         `json:"currency,omitempty"`
}

// reconcileChain is how far the listed orders came, and what holds between Kafka and
// ClickHouse, to the record.
type reconcileChain struct {
	List       int64 `json:"list"`
	Kafka      int64 `json:"kafka"`
	ClickHouse int64 `json:"clickhouse"`
	DeadLetter int64 `json:"dead_letters"` // listed orders whose record could not be taken
	NotPlaced  int64 `json:"not_placed"`   // listed orders of which only later events are known
	Records    int64 `json:"records"`
	Behind     int64 `json:"records_behind"`
	Missing    int64 `json:"missing_offsets"`
	Twice      int64 `json:"overlapping_offsets"`
	Exact      bool  `json:"exactly_once"`
}

func newReconcileReport(c *reconcileCmd, done *app.Reconciled, audit []auditRow) *reconcileReport {
	r := &reconcileReport{
		Source: done.Source, Channel: done.Channel, From: done.From, To: done.To, Zone: done.Zone.String(), Agrees: done.Agrees(),
		Days: []reconcileTally{}, Orders: []reconcileMistake{}, Raised: done.Raised, Repaired: done.Repaired, counted: done.Counted,
	}
	if done.Until.Known() {
		until := done.Until.Time().In(done.Zone)
		r.Until = &until
	}
	total := done.Total()
	r.Total = tallied(&total)
	for i := range done.Tallies {
		t := tallied(&done.Tallies[i])
		t.Day, t.Channel = done.Tallies[i].Day.String(), done.Tallies[i].Channel
		r.Days = append(r.Days, t)
	}
	why := map[string]int64{}
	for i := range done.Differences {
		d := &done.Differences[i]
		if d.Kind == reconcile.Missing {
			why[d.Detail]++
		}
		r.Orders = append(r.Orders, reconcileMistake{
			d.Order, d.Day, d.Channel, d.Kind, d.Detail, d.ListedAmount.Text(2), d.HeldAmount.Text(2), d.Currency,
		})
	}
	r.Chain = reconcileChain{
		List: total.Listed, ClickHouse: total.Listed - total.Missing, DeadLetter: why[reconcile.DeadLetter], NotPlaced: why[reconcile.NotPlaced], Exact: true,
	}
	r.Chain.Kafka = r.Chain.ClickHouse + r.Chain.DeadLetter + r.Chain.NotPlaced
	for i := range audit {
		a := &audit[i]
		r.Chain.Records += a.Records
		r.Chain.Behind += a.Behind
		r.Chain.Missing += a.Missing
		r.Chain.Twice += a.Overlapping
		r.Chain.Exact = r.Chain.Exact && a.Exact
	}
	return r
}

func tallied(t *reconcile.Tally) reconcileTally {
	return reconcileTally{
		Listed: t.Listed, Held: t.Held, Missing: t.Missing, Extra: t.Extra, Duplicate: t.Duplicate, Mismatch: t.Mismatched, Late: t.Late,
		ListedAmount: cents(t.ListedAmount), HeldAmount: cents(t.HeldAmount),
	}
}

// cents writes hundredths.
func cents(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// print tells it to people; of the orders at most show, 0 for all.
func (r *reconcileReport) print(w io.Writer, show int, zh bool) {
	say := func(en, cn string) string {
		if zh {
			return cn
		}
		return en
	}
	n := func(n int64) string { return view.Thousands(n) }
	row := func(t *reconcileTally) []string {
		return []string{
			t.Day, n(t.Listed), n(t.Held), n(t.Missing), n(t.Extra), n(t.Duplicate), n(t.Mismatch), n(t.Late), t.ListedAmount, t.HeldAmount, t.Channel,
		}
	}
	to := r.To.String()
	if r.Until != nil {
		to = say(r.Until.Format("2006-01-02, before 15:04"), r.Until.Format("2006-01-02 15:04 之前"))
	}
	fmt.Fprintf(w, say("%s, orders placed from %s to %s (%s)\n", "%s，下单日期 %s 至 %s（%s）\n"), r.Source, r.From, to, r.Zone)
	rows := [][]string{{"day", "listed", "held", "missing", "extra", "duplicate", "mismatch", "late", "listed amount", "held amount", "channel"}}
	if zh {
		rows = [][]string{{"日期", "清单", "Takt", "漏单", "多单", "重复", "不一致", "迟记", "清单金额", "Takt 金额", "渠道"}}
	}
	for i := range r.Days {
		rows = append(rows, row(&r.Days[i]))
	}
	total := r.Total
	total.Day = say("total", "合计")
	table(w, append(rows, row(&total)))
	fmt.Fprintln(w)
	r.printChain(w, say)
	r.printOrders(w, show, say)
	switch {
	case r.Agrees:
		fmt.Fprintln(w, say("Both agree.", "双方一致。"))
	case r.counted:
		fmt.Fprintln(w, say("Counts differ. A list of orders says which.", "数量不一致；请用订单清单对账以定位到单。"))
	}
	if r.Raised+r.Repaired > 0 {
		fmt.Fprintf(w, say("%d exceptions opened, %d resolved: takt exceptions, once takt run has read them.\n",
			"新增异常 %d 个，解决 %d 个：takt run 读取后可用 takt exceptions 查看。\n"), r.Raised, r.Repaired)
	}
}

// printChain tells where orders were lost.
func (r *reconcileReport) printChain(w io.Writer, say func(en, zh string) string) {
	c := &r.Chain
	if !r.counted {
		table(w, [][]string{
			{say("link", "环节"), say("orders of the list", "清单中的订单"), ""},
			{say("source", "来源"), view.Thousands(c.List), ""},
			{"Kafka", view.Thousands(c.Kafka), fmt.Sprintf(say("%s never arrived", "%s 未到达"), view.Thousands(c.List-c.Kafka))},
			{"ClickHouse", view.Thousands(c.ClickHouse), fmt.Sprintf(say("%s dead letters, %s without their placement", "%s 死信，%s 缺少下单事件"),
				view.Thousands(c.DeadLetter), view.Thousands(c.NotPlaced))},
		})
	}
	exact := say("each taken exactly once", "均恰好入库一次")
	if !c.Exact {
		exact = fmt.Sprintf(say("NOT exactly once: %d offsets missing, %d twice", "并非恰好一次：缺失 %d 个位点，重复 %d 个"), c.Missing, c.Twice)
	}
	fmt.Fprintf(w, say("Kafka = ClickHouse, to the record: %s records, %s; %s not read yet.\n", "Kafka = ClickHouse，逐条：%s 条记录，%s；%s 条尚未读取。\n"),
		view.Thousands(c.Records), exact, view.Thousands(c.Behind))
	if c.Behind > 0 && r.Total.Missing > 0 {
		fmt.Fprintln(w, say("Orders may be missing only because their records wait: run it again when takt run has read them.", "部分漏单可能只是尚未读取：待 takt run 追上后请重新对账。"))
	}
	fmt.Fprintln(w)
}

// printOrders lists what is wrong, order by order.
func (r *reconcileReport) printOrders(w io.Writer, show int, say func(en, zh string) string) {
	if len(r.Orders) == 0 {
		return
	}
	rows := [][]string{{say("order", "订单"), say("day", "日期"), say("listed", "清单"), say("held", "Takt"), say("what", "差异")}}
	for i := range r.Orders {
		if show > 0 && i == show {
			break
		}
		o := &r.Orders[i]
		rows = append(rows, []string{o.Order, o.Day.String(), o.ListedAmount, o.HeldAmount, strings.TrimSpace(string(o.Kind) + " " + strings.ReplaceAll(o.Detail, "_", " "))})
	}
	table(w, rows)
	if more := len(r.Orders) - show; show > 0 && more > 0 {
		fmt.Fprintf(w, say("... and %s more: --show 0, --json or takt.reconciliation_orders.\n", "……另有 %s 项：--show 0、--json 或 takt.reconciliation_orders。\n"), view.Thousands(int64(more)))
	}
	fmt.Fprintln(w)
}
