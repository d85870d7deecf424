package process

import "time"

// Severity says how much an exception matters.
type Severity uint8

// The severities of an exception.
const (
	Info     Severity = iota + 1 // to know
	Warning                      // to handle in working hours
	Critical                     // to handle at once
)

// String returns the severity as it stands in files, columns and labels.
func (s Severity) String() string {
	switch s {
	case Info:
		return "info"
	case Warning:
		return "warning"
	case Critical:
		return "critical"
	default:
		return ""
	}
}

// Kinds of exception that have a name of their own. Others are reported, under the
// name after "exception." of the activity that reports them, or raised by a rule.
const (
	Overdue           = "overdue"            // a visit past its limit
	AtRisk            = "at_risk"            // a visit or an order that will probably be late
	Stuck             = "stuck"              // a visit without any event for too long
	Skipped           = "skipped"            // a stage that the order had to pass and did not
	OutOfPath         = "out_of_path"        // a stage entered that may not follow
	Rework            = "rework"             // a stage entered again and again
	Duplicate         = "duplicate"          // an order placed twice under one number
	SequenceViolation = "sequence_violation" // a stage that ended before it started
	PromiseRewritten  = "promise_rewritten"  // the promised date was changed
	PromiseBroken     = "promise_broken"     // not delivered by the promised date
	FieldMismatch     = "field_mismatch"     // price, quantity or recipient differ; raised by rules
	PaidWithoutStock  = "paid_without_stock" // sold although out of stock; raised by rules
	Missing           = "missing"            // absent from one of two systems; reported
)

// Kind is what is known of one kind of exception.
type Kind struct {
	Name     string
	Title    Text
	Severity Severity // unless the process says otherwise
}

// Kinds returns the kinds that Takt knows, the derived ones first.
func Kinds() []Kind {
	return []Kind{
		{Overdue, Text{"Overdue", "超时"}, Warning},
		{AtRisk, Text{"At risk", "即将超时"}, Info},
		{Stuck, Text{"Stuck", "停滞"}, Warning},
		{Skipped, Text{"Stage skipped", "跳过环节"}, Warning},
		{OutOfPath, Text{"Out of path", "流程走偏"}, Warning},
		{Rework, Text{"Rework loop", "反复返工"}, Warning},
		{Duplicate, Text{"Duplicate order", "重复下单"}, Warning},
		{SequenceViolation, Text{"Out of sequence", "顺序颠倒"}, Info},
		{PromiseRewritten, Text{"Promise rewritten", "承诺改期"}, Info},
		{PromiseBroken, Text{"Promise broken", "承诺逾期"}, Warning},
		{FieldMismatch, Text{"Data mismatch", "数据不一致"}, Warning},
		{PaidWithoutStock, Text{"Paid without stock", "付款后缺货"}, Critical},
		{Missing, Text{"Missing in a system", "系统漏单"}, Critical},
		{"stock_out", Text{"Out of stock", "缺货"}, Critical},
		{"material_shortage", Text{"Material shortage", "缺料"}, Critical},
		{"address_error", Text{"Address error", "地址错误"}, Warning},
		{"lost", Text{"Lost", "丢件"}, Critical},
		{"damaged", Text{"Damaged", "破损"}, Warning},
		{"complaint", Text{"Complaint", "投诉"}, Warning},
		{"return", Text{"Return", "退货"}, Info},
		{"exchange", Text{"Exchange", "换货"}, Info},
		{"refund", Text{"Refund", "退款"}, Info},
	}
}

// Handling says how a process treats one kind of exception.
type Handling struct {
	Kind     string
	Title    Text
	Severity Severity
	// Owner is who acts where neither the event nor the stage names anyone.
	Owner Owner
	// Each makes every such exception an alert of its own rather than one of a group.
	Each bool
	// EscalateAfter is how long one may stay unacknowledged; 0: it is not escalated.
	EscalateAfter time.Duration
}

// Reason is a cause of delay and who answers for it.
type Reason struct {
	Name  string // as events give it
	Title Text
	Team  string
}

// Handling returns how the process treats the kind: what its file says, the rest
// from what Takt knows. A kind that nobody knows is a warning under its own name.
func (p *Process) Handling(kind string) Handling {
	h := Handling{Kind: kind, Title: Text{kind, kind}, Severity: Warning}
	for _, k := range Kinds() {
		if k.Name == kind {
			h.Title, h.Severity = k.Title, k.Severity
		}
	}
	for i := range p.Exceptions {
		said := &p.Exceptions[i]
		if said.Kind != kind {
			continue
		}
		if said.Title != (Text{}) {
			h.Title = said.Title
		}
		if said.Severity != 0 {
			h.Severity = said.Severity
		}
		h.Owner, h.Each, h.EscalateAfter = said.Owner, said.Each, said.EscalateAfter
	}
	return h
}

// Reason returns the cause of that name, false if the process does not know it.
func (p *Process) Reason(name string) (Reason, bool) {
	for i := range p.Reasons {
		if p.Reasons[i].Name == name {
			return p.Reasons[i], true
		}
	}
	return Reason{}, false
}
