package presets

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/source"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// bought is a simulated order: placed at the beginning of a day, as some systems
// know no more, then approved and shipped, or not yet.
type bought struct {
	n         int // of the order, unique
	no, owner string
	cents     int64
	promised  time.Time
	at        []time.Time // of activities, as far as it got
}

var activities = []string{"order.placed", "order.approved", "order.shipped"}

type object = map[string]any

// writer writes orders as a system does: records in its documented format.
type writer struct {
	use     Use
	steps   int  // of activities, that the format can tell
	promise bool // whether it tells promises
	owner   bool // whether it tells owners
	amount  bool // whether it tells amounts
	unit    bool // whether its events are about the unit "u"
	write   func(*bought) []object
}

const (
	utcMillis = "2006-01-02T15:04:05.000Z"
	localTime = "2006-01-02T15:04:05"
)

func shanghai() *time.Location { return time.FixedZone("CST", 8*60*60) }

func local(at time.Time, layout string) string { return at.In(shanghai()).Format(layout) }

// wall is at as a database without zones tells it, in milliseconds.
func wall(at time.Time) int64 { return at.UnixMilli() + 8*60*60*1000 }

func (b *bought) money() json.Number {
	return json.Number(order.Decimal{Units: b.cents, Valid: true}.Text(2))
}

// fill returns the names with what of each step is known by the step n, else nil.
func (b *bought) fill(o object, n int, names []string, say func(time.Time) any) object {
	for i, name := range names {
		if o[name] = nil; i <= n && i < len(b.at) {
			o[name] = say(b.at[i])
		}
	}
	return o
}

func writers() []writer {
	statuses := map[string]string{"待审核": "dates", "待发货": "order.approved", "已发货": "order.shipped"}
	return []writer{
		{
			use: Use{
				Preset: "jiandaoyun", Statuses: statuses, Dates: map[string]string{"createTime": "order.placed"},
				Fields: map[string]string{"order_no": "no", "status": "_widget_1432728651402", "promised_at": "due", "owner": "clerk.name", "amount": "amount"},
			},
			steps: 3, promise: true, owner: true, amount: true,
			write: func(b *bought) (all []object) {
				for i, at := range b.at {
					op := "data_update"
					if i == 0 {
						op = "data_create"
					}
					all = append(all, object{"op": op, "opTime": at.UnixMilli() + 123, "data": object{
						"_id": "id" + b.no, "appId": "a", "entryId": "e", "creator": object{"name": "小云"}, "no": b.no, "clerk": object{"name": b.owner},
						"createTime": b.at[0].UTC().Format(utcMillis), "updateTime": at.UTC().Format(utcMillis),
						"due": b.promised.UTC().Format(utcMillis), "amount": b.money(), "_widget_1432728651402": []string{"待审核", "待发货", "已发货"}[i],
					}})
				}
				return all
			},
		},
		{
			use: Use{
				Preset: "csv", Fields: map[string]string{"order_no": "单号", "promised_at": "交期", "owner": "业务员", "amount": "金额"},
				Dates: map[string]string{"下单": "order.placed", "审核": "order.approved", "发货": "order.shipped"},
			},
			steps: 3, promise: true, owner: true, amount: true,
			write: func(b *bought) []object {
				o := b.fill(object{"单号": b.no, "交期": local(b.promised, "2006/1/2"), "业务员": b.owner, "金额": string(b.money())}, 2,
					[]string{"下单", "审核", "发货"}, func(at time.Time) any { return local(at, "2006-01-02 15:04:05") })
				for name, v := range o {
					if v == nil {
						o[name] = ""
					}
				}
				return []object{o}
			},
		},
		{
			use: Use{
				Preset: "csv-events", Fields: map[string]string{"order_no": "order", "activity": "what", "occurred_at": "when", "owner": "who", "amount": "sum"},
				Statuses: map[string]string{"0": "order.placed", "1": "order.approved", "2": "order.shipped"},
			},
			steps: 3, owner: true, amount: true,
			write: func(b *bought) (all []object) {
				for i, at := range b.at {
					all = append(all, object{"order": b.no, "what": strconv.Itoa(i), "when": local(at, "2006/1/2 15:04:05"), "who": b.owner, "sum": string(b.money())})
				}
				return all
			},
		},
		{
			use: Use{
				Preset: "debezium", Fields: map[string]string{"order_no": "no", "status": "status", "owner": "clerk", "amount": "total", "promised_at": "due"},
				Statuses: map[string]string{"0": "dates", "1": "order.approved", "2": "order.shipped"}, Dates: map[string]string{"created": "order.placed"},
			},
			steps: 3, promise: true, owner: true, amount: true,
			write: func(b *bought) (all []object) {
				var before any
				for i, at := range b.at {
					after := object{"no": b.no, "status": i, "clerk": b.owner, "total": string(b.money()), "created": wall(b.at[0]), "due": wall(b.promised)}
					op := "u"
					if i == 0 {
						op = "c"
					}
					all = append(all, object{"before": before, "after": after, "op": op, "ts_ms": at.UnixMilli() + 500, "source": object{"ts_ms": at.UnixMilli(), "table": "orders"}})
					before = after
				}
				return all
			},
		},
		{
			use: Use{
				Preset: "cloudevents", Fields: map[string]string{"owner": "data.owner", "amount": "data.amount", "promised_at": "data.due"},
				Statuses: map[string]string{"t0": "order.placed", "t1": "order.approved", "t2": "order.shipped"},
			},
			steps: 3, promise: true, owner: true, amount: true,
			write: func(b *bought) (all []object) {
				for i, at := range b.at {
					all = append(all, object{
						"specversion": "1.0", "id": b.no + "-" + strconv.Itoa(i), "source": "/s", "type": "t" + strconv.Itoa(i), "subject": b.no, "time": at.Format(time.RFC3339),
						"data": object{"owner": b.owner, "amount": b.money(), "due": b.promised.UTC().Format(time.RFC3339)},
					})
				}
				return all
			},
		},
		{
			use: Use{Preset: "u8", Fields: map[string]string{"owner": "cMaker"}}, steps: 2, owner: true,
			write: func(b *bought) (all []object) {
				for i, at := range b.at {
					row := b.fill(object{"cSOCode": b.no, "cMaker": b.owner}, i, []string{"dDate", "dVerifysysTime"}, func(at time.Time) any { return wall(at) })
					all = append(all, object{"before": nil, "after": row, "op": "u", "ts_ms": at.UnixMilli() + 500, "source": object{"ts_ms": at.UnixMilli()}})
				}
				return all
			},
		},
		{
			use: Use{Preset: "k3cloud", Fields: map[string]string{"promised_at": `FSaleOrderEntry\.FDeliveryDate`}}, steps: 2, promise: true, owner: true,
			write: func(b *bought) (all []object) {
				for i, at := range b.at {
					all = append(all, b.fill(object{
						"FBillNo": b.no, "FSalerId.FNumber": b.owner, "FModifyDate": local(at, localTime), "FSaleOrderEntry.FDeliveryDate": local(b.promised, localTime),
						"FCloseDate": nil, "FCancelDate": nil, "FVersionNo": "000",
					}, i, []string{"FCreateDate", "FApproveDate"}, func(at time.Time) any { return local(at, localTime) }))
				}
				return all
			},
		},
		{
			use: Use{Preset: "netsuite", Fields: map[string]string{"owner": "salesRep.refName"}, Statuses: map[string]string{"F": "order.shipped"}}, steps: 3, promise: true, owner: true,
			write: func(b *bought) (all []object) {
				for i, at := range b.at {
					all = append(all, object{
						"id": "9" + b.no, "tranId": b.no, "orderStatus": object{"id": []string{"A", "B", "F"}[i]}, "tranDate": local(b.at[0], time.DateOnly),
						"lastModifiedDate": at.UTC().Format(time.RFC3339), "shipDate": local(b.promised, time.DateOnly), "salesRep": object{"refName": b.owner},
					})
				}
				return all
			},
		},
		{
			use:   Use{Preset: "salesforce", Fields: map[string]string{"owner": "OwnerId"}, Statuses: map[string]string{"0": "order.placed", "1": "order.approved", "2": "order.shipped"}},
			steps: 3, owner: true,
			write: func(b *bought) (all []object) {
				for i, at := range b.at {
					all = append(all, object{"schema": "s", "event": object{"replayId": i}, "payload": object{"Status": strconv.Itoa(i), "OwnerId": b.owner, "ChangeEventHeader": object{
						"entityName": "Order", "recordIds": []string{b.no}, "changeType": "UPDATE", "commitTimestamp": at.UnixMilli(), "sequenceNumber": 1,
					}}})
				}
				return all
			},
		},
		{
			use: Use{Preset: "s4hana"}, steps: 1,
			write: func(b *bought) []object {
				return []object{{
					"type": "sap.s4.beh.salesorder.v1.SalesOrder.Created.v1", "specversion": "1.0", "source": "/s", "id": b.no, "time": b.at[0].UTC().Format(time.RFC3339),
					"data": object{"SalesOrder": b.no},
				}}
			},
		},
		{
			use: Use{
				Preset: "xingchen", Fields: map[string]string{"changed_at": "changed", "promised_at": "due", "owner": "clerk", "amount": "total"},
				Statuses: map[string]string{"A": "dates", "B": "order.approved", "C": "order.shipped"}, Dates: map[string]string{"created": "order.placed"},
			},
			steps: 3, promise: true, owner: true, amount: true,
			write: func(b *bought) (all []object) {
				for i, at := range b.at {
					all = append(all, object{
						"id": "9" + b.no, "bill_no": b.no, "bill_status": []string{"A", "B", "C"}[i], "created": local(b.at[0], time.DateTime), "changed": local(at, time.DateTime),
						"due": local(b.promised, time.DateOnly), "clerk": b.owner, "total": b.money(),
					})
				}
				return all
			},
		},
		{
			use: Use{Preset: "sap-b1"}, steps: 1, promise: true,
			write: func(b *bought) []object {
				return []object{{
					"DocEntry": 8000 + b.n, "DocNum": b.no, "DocDate": local(b.at[0], time.DateOnly), "DocDueDate": local(b.promised, time.DateOnly),
					"DocumentStatus": "bost_Open", "UpdateDate": local(b.at[0], time.DateOnly),
				}}
			},
		},
		{
			use:   Use{Preset: "mingdao", Statuses: map[string]string{"0": "order.placed", "1": "order.approved", "2": "order.shipped"}},
			steps: 3, owner: true,
			write: func(b *bought) (all []object) {
				for i, at := range b.at {
					all = append(all, object{"source": "mingdao", "rowid": b.no, "order_no": b.no, "status": strconv.Itoa(i), "owner": b.owner, "occurred_at": local(at, time.DateTime)})
				}
				return all
			},
		},
		{
			use: Use{Preset: "chanjet", Fields: map[string]string{"owner": "clerk"}}, steps: 2, owner: true,
			write: func(b *bought) (all []object) {
				all = append(all, object{"SaleOrder.Code": b.no, "SaleOrder.VoucherDate": local(b.at[0], time.DateOnly), "clerk": b.owner})
				if len(b.at) > 1 {
					all = append(all, object{"msgType": "SaleOrder_Audit", "bizContent": object{"voucherCode": b.no}, "received_at": b.at[1].UTC().Format(time.RFC3339), "clerk": b.owner})
				}
				return all
			},
		},
		{
			use: Use{
				Preset: "fxiaoke", Fields: map[string]string{"owner": "owner", "promised_at": "due"},
				Statuses: map[string]string{"0": "dates", "1": "order.approved", "2": "order.shipped"},
			},
			steps: 3, promise: true, owner: true, amount: true,
			write: func(b *bought) (all []object) {
				for i, at := range b.at {
					all = append(all, object{
						"_id": "9" + b.no, "name": b.no, "order_time": b.at[0].UnixMilli(), "order_amount": string(b.money()), "order_status": strconv.Itoa(i),
						"last_modified_time": at.UnixMilli(), "due": b.promised.UnixMilli(), "owner": b.owner,
					})
				}
				return all
			},
		},
		{
			use:   Use{Preset: "sap-erp", Statuses: map[string]string{"ERDAT": "order.placed", "GBSTK=B": "order.approved", "GBSTK=C": "order.shipped", "*": "ignore"}},
			steps: 3,
			write: func(b *bought) (all []object) {
				for i, at := range b.at {
					all = append(all, object{
						"OBJECTCLAS": "VERKBELEG", "OBJECTID": b.no, "CHANGENR": strconv.Itoa(i), "USERNAME": "U", "CHANGED_AT": local(at, "20060102150405"),
						"FNAME": []string{"ERDAT", "GBSTK", "GBSTK"}[i], "VALUE_NEW": []string{local(at, "20060102"), "B", "C"}[i],
					})
				}
				return append(all, object{"OBJECTID": b.no, "CHANGED_AT": local(b.at[0], "20060102150405"), "FNAME": "GBSTK", "VALUE_NEW": "A"})
			},
		},
		{
			use:   Use{Preset: "aftership", Statuses: map[string]string{"InfoReceived": "order.placed", "InTransit": "order.approved", "Delivered": "order.shipped"}},
			steps: 3, unit: true,
			write: func(b *bought) (all []object) {
				for i, at := range b.at {
					all = append(all, object{
						"ts": at.Unix(), "event": "tracking_update", "event_id": b.no + strconv.Itoa(i),
						"msg": object{"order_id": b.no, "tracking_number": "u", "slug": "ups", "tag": []string{"InfoReceived", "InTransit", "Delivered"}[i]},
					})
				}
				return all
			},
		},
		{
			use: Use{Preset: "shopify", Fields: map[string]string{"owner": "clerk"}, Dates: map[string]string{
				"createdAt": "order.placed", "inTransitAt": "order.approved", "deliveredAt": "order.shipped",
			}},
			steps: 3, promise: true, owner: true, unit: true,
			write: func(b *bought) []object {
				return []object{b.fill(object{
					"id": "gid" + b.no, "name": "u", "order": object{"name": b.no}, "estimatedDeliveryAt": b.promised.UTC().Format(time.RFC3339), "clerk": b.owner,
				}, 2, []string{"createdAt", "inTransitAt", "deliveredAt"}, func(at time.Time) any { return at.UTC().Format(time.RFC3339) })}
			},
		},
	}
}

// stages is a process of the activities.
func stages() *process.Plan {
	limit := process.Limit{Within: 24 * time.Hour, Of: process.Wall, Objective: 0.95}
	return process.NewPlan(&process.Process{
		Name: "retail", Zone: shanghai(), OpensOn: activities[:1], ClosesOn: process.Closing{Completed: activities[2:]},
		Stages: []process.Stage{
			{Name: "review", StartsOn: activities[:1], EndsOn: activities[1:2], Limit: limit},
			{Name: "ship", StartsOn: activities[1:2], EndsOn: activities[2:], Limit: limit},
		},
	})
}

// follow returns what the tracker makes of the records, and the events' own facts.
func follow(t *rapid.T, d *source.Decoder, records []object) []string {
	tr := tracker.New(tracker.Config{Plan: stages()})
	var facts []string
	for i, r := range records {
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var a source.Arena
		events, inv := d.Decode(nil, data, appended, &a)
		if inv != nil {
			t.Fatalf("%s: %v", data, inv)
		}
		for j := range events {
			e := &events[j]
			tr.Apply(e, int64(i), true)
			if !e.Retracted() {
				facts = append(facts, fmt.Sprint(e.OrderID, e.Activity, e.PromisedAt, e.PromiseKind, e.Amount))
			}
		}
	}
	tr.Advance(appended, true)
	var rows tracker.Gathered
	tr.Cut(&rows)
	visits := rows.Visits
	for i := range rows.Orders {
		o := &rows.Orders[i]
		facts = append(facts, fmt.Sprint(o.ID, o.Status, o.OpenedAt, o.ClosedAt, o.PromiseKept))
		visits = append(visits, o.Open...)
	}
	for i := range visits {
		v := &visits[i]
		facts = append(facts, fmt.Sprint(v.OrderID, v.Stage, v.Number, v.EnteredAt, v.LeftAt, v.Outcome, v.Breached, v.Owner))
	}
	for i := range rows.Exceptions {
		x := &rows.Exceptions[i]
		facts = append(facts, fmt.Sprint(x.OrderID, x.Kind, x.Stage, x.Visit, x.OpenedAt, x.ResolvedAt))
	}
	slices.Sort(facts)
	return slices.Compact(facts)
}

// canonical writes the order as Takt's own events, as far as the writer can tell.
func (w *writer) canonical(b *bought) (all []object) {
	for i, at := range b.at {
		o := object{"order_id": b.no, "activity": activities[i], "occurred_at": at.UTC().Format(time.RFC3339)}
		if w.owner {
			o["owner"] = b.owner
		}
		if w.promise {
			o["promised_at"] = b.promised.UTC().Format(time.RFC3339)
		}
		if w.amount {
			o["amount"] = b.money()
		}
		if w.unit {
			o["unit"] = "u"
		}
		all = append(all, o)
	}
	return all
}

// order draws the nth order, such that the format can tell it.
func (w *writer) order(t *rapid.T, n int) *bought {
	b := &bought{
		n: n, no: fmt.Sprint(rapid.SampledFrom([]string{"SO", "XSDD-", "0000"}).Draw(t, "no"), n), owner: rapid.SampledFrom([]string{"wang", "王芳", `a"b\\c`, "O'Neil, J."}).Draw(t, "owner"),
		cents: rapid.Int64Range(0, 1e9).Draw(t, "cents"),
	}
	at := time.Date(2025, time.Month(rapid.IntRange(1, 10).Draw(t, "month")), rapid.IntRange(1, 28).Draw(t, "day"), 0, 0, 0, 0, shanghai())
	b.promised = at.AddDate(0, 0, rapid.IntRange(0, 30).Draw(t, "promise"))
	for range rapid.IntRange(1, w.steps).Draw(t, "steps") {
		b.at = append(b.at, at)
		at = at.Add(time.Duration(rapid.IntRange(1, 200_000).Draw(t, "seconds")) * time.Second)
	}
	return b
}

// TestWriters writes simulated orders in each system's format, told again and in
// any order, and finds the same visits and exceptions as in the canonical form.
func TestWriters(t *testing.T) {
	covered := map[string]bool{}
	for _, w := range writers() {
		covered[w.use.Preset] = true
		t.Run(w.use.Preset, func(t *testing.T) {
			d := mustDecoder(t, w.use)
			own, err := source.NewDecoder(source.Config{Mapping: source.Canonical(), Source: w.use.Preset, Process: "retail"})
			if err != nil {
				t.Fatal(err)
			}
			rapid.Check(t, func(t *rapid.T) {
				var records, canonical []object
				for i := range 10 { // a thousand orders in all
					b := w.order(t, i)
					written := w.write(b)
					records = append(append(records, written...), written[rapid.IntRange(0, len(written)-1).Draw(t, "again")])
					canonical = append(canonical, w.canonical(b)...)
				}
				rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0)).Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
				if diff := cmp.Diff(follow(t, own, canonical), follow(t, d, records)); diff != "" {
					t.Fatalf("(-canonical +%s):\n%s", w.use.Preset, diff)
				}
			})
		})
	}
	for _, name := range Names() {
		if !covered[name] && mustGet(t, name).Through == "" {
			t.Errorf("%s has no writer", name)
		}
	}
}
