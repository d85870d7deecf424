package presets

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/source"
)

// steps returns what the records make, in a few words each, and the number of
// events that differ in identity.
func steps(d *source.Decoder, records ...[]byte) (list string, different int) {
	var all []string
	seen := map[order.ID]bool{}
	for _, r := range records {
		var a source.Arena
		events, inv := d.Decode(nil, r, appended, &a)
		if inv != nil {
			all = append(all, inv.Reason.String())
		}
		for i := range events {
			e := &events[i]
			seen[e.ID] = true
			word := e.Activity
			if e.Retracted() {
				word = "not " + word
			}
			all = append(all, word+" "+e.OccurredAt.Time().Format("01-02T15:04"))
		}
	}
	return strings.Join(all, ", "), len(seen)
}

// TestTraps has a case for each trap of the systems that their mapping can meet.
func TestTraps(t *testing.T) {
	of := func(preset, file string, pairs ...string) [][]byte {
		return [][]byte{record(t, preset, file, pairs...)}
	}
	use := func(name string) Use { return mustGet(t, name).Samples[0].Use }
	tests := []struct {
		name      string
		use       Use
		records   [][]byte
		want      string
		different int
	}{
		{
			"jiandaoyun: the whole row comes each time, its creation is told once", use("jiandaoyun"),
			append(of("jiandaoyun", "create.json"), of("jiandaoyun", "update.json")...),
			"order.placed 11-20T02:00, order.approved 11-21T03:10, order.placed 11-20T02:00", 2,
		},
		{
			"jiandaoyun: a push repeated is the same event", use("jiandaoyun"),
			append(of("jiandaoyun", "update.json"), of("jiandaoyun", "update.json")...),
			"order.approved 11-21T03:10, order.placed 11-20T02:00, order.approved 11-21T03:10, order.placed 11-20T02:00", 2,
		},
		{"jiandaoyun: a removed row is left out", use("jiandaoyun"), of("jiandaoyun", "remove.json"), "", 0},
		{"jiandaoyun: a recovered row is a row", use("jiandaoyun"), of("jiandaoyun", "recover.json"), "order.shipped 11-22T03:00, order.placed 11-20T02:00", 2},
		{
			"jiandaoyun: a field without an alias has a key",
			Use{Preset: "jiandaoyun", Fields: map[string]string{"order_no": "_widget_1432728651402"}, Dates: map[string]string{"createTime": "order.placed"}},
			of("jiandaoyun", "create.json"), "order.placed 11-20T02:00", 1,
		},
		{"jiandaoyun: an unknown status", use("jiandaoyun"), of("jiandaoyun", "update.json", "待发货", "丢失"), "unknown_activity", 0},
		{
			"jiandaoyun: an unknown status, all others left to the dates",
			Use{Preset: "jiandaoyun", Fields: use("jiandaoyun").Fields, Statuses: map[string]string{"*": "dates"}, Dates: use("jiandaoyun").Dates},
			of("jiandaoyun", "update.json", "待发货", "丢失"), "order.placed 11-20T02:00", 1,
		},
		{
			"jiandaoyun: a message push is no order", use("jiandaoyun"),
			[][]byte{[]byte(`{"op":"flow_message","data":{"to":[{"username":"u","name":"n"}],"entry_name":"e","notify_text":"t","url":"u"},"send_time":1763694600456}`)},
			"no_order", 0,
		},
		{"csv: an empty date is a step not done yet", use("csv"), [][]byte{[]byte(`{"订单号":"1","下单时间":"2025/11/20 9:12","发货时间":""}`)}, "order.placed 11-20T01:12", 1},
		{"csv: a date that could be two", use("csv"), [][]byte{[]byte(`{"订单号":"1","下单时间":"11/20/2025"}`)}, "bad_time", 0},
		{
			"csv: its format is named",
			Use{Preset: "csv", Fields: use("csv").Fields, Dates: use("csv").Dates, Times: []string{"1/2/2006"}, Zone: "UTC"},
			[][]byte{[]byte(`{"订单号":"1","下单时间":"11/20/2025"}`)},
			"order.placed 11-20T00:00", 1,
		},
		{
			"csv: a corrected date is the same event", use("csv"),
			[][]byte{[]byte(`{"订单号":"1","下单时间":"2025-11-20"}`), []byte(`{"订单号":"1","下单时间":"2025-11-21"}`)},
			"order.placed 11-19T16:00, order.placed 11-20T16:00", 1,
		},
		{"csv: a dot in a column's name", Use{Preset: "csv", Fields: map[string]string{"order_no": `No\.`}, Dates: map[string]string{"at": "order.placed"}}, [][]byte{[]byte(`{"No.":"1","at":"2025-11-20"}`)}, "order.placed 11-19T16:00", 1},
		{"csv: another encoding than UTF-8", use("csv"), [][]byte{[]byte("{\"\xb6\xa9\":\"1\"}")}, "bad_utf8", 0},
		{"csv-events: a value that is left out", use("csv-events"), [][]byte{[]byte(`{"order":"1","event":"remark","time":"2025-11-20"}`)}, "", 0},
		{"debezium: another column changed", use("debezium"), of("debezium", "same-status.json"), "order.placed 11-20T01:12", 1},
		{"debezium: without the row before the status is told again", use("debezium"), of("debezium", "same-status.json", `"before"`, `"none"`), "order.paid 11-22T03:00, order.placed 11-20T01:12", 2},
		{"debezium: a snapshot knows no time of a status", use("debezium"), of("debezium", "snapshot.json"), "order.placed 11-20T01:12", 1},
		{"debezium: a deleted row", use("debezium"), of("debezium", "delete.json"), "", 0},
		{"debezium: a tombstone", use("debezium"), [][]byte{nil}, "not_json", 0},
		{"debezium: a decimal as bytes", use("debezium"), of("debezium", "update.json", `"1280.50"`, `"AfQy"`), "number_out_of_range", 0},
		{"debezium: microseconds taken for milliseconds", use("debezium"), of("debezium", "update.json", "1763629920000", "1763629920000000"), "time_out_of_range", 0},
		{
			"debezium: microseconds",
			Use{Preset: "debezium", Fields: map[string]string{"order_no": "no"}, Dates: map[string]string{"created_at": "order.placed"}, Times: []string{"wall_us"}},
			of("debezium", "update.json", "1763629920000", "1763629920000000"), "order.placed 11-20T01:12", 1,
		},
		{"cloudevents: the same id is the same event", use("cloudevents"), append(of("cloudevents", "paid.json"), of("cloudevents", "paid.json", "wang", "li")...), "order.paid 11-20T10:12, order.paid 11-20T10:12", 1},
		{"cloudevents: no time", use("cloudevents"), of("cloudevents", "paid.json", `"time"`, `"none"`), "bad_time", 0},
		{"u8: verification undone", use("u8"), of("u8", "unverify.json"), "order.placed 11-19T16:00, not order.approved 11-21T07:10, not order.cancelled 11-21T07:10", 3},
		{"u8: closing without a meaning", Use{Preset: "u8"}, of("u8", "close.json"), "order.placed 11-19T16:00, order.approved 11-21T07:01", 2},
		{"u8: a deleted order", use("u8"), of("u8", "close.json", `"after"`, `"none"`, `"u"`, `"d"`), "", 0},
		{"netsuite: a code that is not documented", use("netsuite"), of("netsuite", "pending-fulfillment.json", `"B"`, `"H"`), "unknown_activity", 0},
		{
			"netsuite: a code that the user names",
			Use{Preset: "netsuite", Statuses: map[string]string{"H": "order.closed"}},
			of("netsuite", "pending-fulfillment.json", `"B"`, `"H"`), "order.closed 11-21T03:10, order.placed 11-19T16:00", 2,
		},
		{"k3cloud: a row as a positional array", use("k3cloud"), [][]byte{[]byte(`["XSDD000123","C","2025-11-20T00:00:00"]`)}, "not_json", 0},
		{
			"k3cloud: approval undone takes the event back", use("k3cloud"), append(of("k3cloud", "approved.json"), of("k3cloud", "unapproved.json")...),
			"order.approved 11-20T07:01, not order.cancelled 11-21T00:00, not order.changed 11-21T00:00, order.placed 11-20T01:12, " +
				"not order.approved 11-21T01:30, not order.cancelled 11-21T01:30, not order.changed 11-21T01:30, order.placed 11-20T01:12", 4,
		},
		{
			"k3cloud: closing with a meaning",
			Use{Preset: "k3cloud", Dates: map[string]string{"FCloseDate": "order.delivered", "FChangeDate": "ignore", "FCancelDate": "ignore"}},
			of("k3cloud", "approved.json", `"FCloseDate": null`, `"FCloseDate": "2025-11-24T10:00:00"`), "order.approved 11-20T07:01, order.delivered 11-24T02:00, order.placed 11-20T01:12", 3,
		},
		{"salesforce: only changed fields are present", use("salesforce"), of("salesforce", "other-field.json"), "", 0},
		{"salesforce: several records in one event", use("salesforce"), of("salesforce", "merged.json"), "unknown_activity", 0},
		{"salesforce: a gap", use("salesforce"), of("salesforce", "other-field.json", `"UPDATE"`, `"GAP_UPDATE"`), "no_activity", 0},
		{"salesforce: an event repeated", use("salesforce"), append(of("salesforce", "update.json"), of("salesforce", "update.json")...), "order.approved 11-21T03:10, order.approved 11-21T03:10", 1},
		{"salesforce: a status as it was", use("salesforce"), of("salesforce", "order-status-changed.json", `"Shipped"`, `"Activated"`), "", 0},
		{"s4hana: a change names the key only", use("s4hana"), of("s4hana", "changed.json"), "", 0},
		{
			"xingchen: overlapping windows tell an order twice", use("xingchen"),
			append(of("xingchen", "approved.json"), of("xingchen", "approved.json")...),
			"order.approved 11-20T07:01, order.placed 11-20T01:12, order.approved 11-20T07:01, order.placed 11-20T01:12", 2,
		},
		{"xingchen: a code without a meaning", use("xingchen"), of("xingchen", "approved.json", `"C"`, `"Z"`), "unknown_activity", 0},
		{"sap-b1: closing without a meaning", Use{Preset: "sap-b1"}, of("sap-b1", "closed.json"), "unknown_activity", 0},
		{
			"sap-b1: a day is asked again", use("sap-b1"), append(of("sap-b1", "closed.json"), of("sap-b1", "closed.json")...),
			"order.delivered 11-30T16:00, order.placed 11-19T16:00, order.delivered 11-30T16:00, order.placed 11-19T16:00", 2,
		},
		{
			"mingdao: a polled row has fields of its own",
			Use{Preset: "mingdao", Fields: map[string]string{"order_no": "5f1e01", "status": "5f1e02"}, Statuses: map[string]string{"待发货": "order.approved"}},
			[][]byte{[]byte(`{"rowid":"a","utime":"2025-11-21 11:10:00","5f1e01":"SO1","5f1e02":"待发货"}`)},
			"order.approved 11-21T03:10", 1,
		},
		{"chanjet: a message of another voucher", use("chanjet"), of("chanjet", "partner.json"), "", 0},
		{"chanjet: a message of an unknown kind", use("chanjet"), of("chanjet", "audit.json", "SaleOrder_Audit", "SaleOrder_Unaudit"), "unknown_activity", 0},
		{
			"chanjet: audited again is one event", use("chanjet"), append(of("chanjet", "audit.json"), of("chanjet", "audit.json", "07:01", "08:01")...),
			"order.approved 11-20T07:01, order.approved 11-20T08:01", 1,
		},
		{"chanjet: a message without a time", use("chanjet"), of("chanjet", "audit.json", "received_at", "at"), "bad_time", 0},
		{"fxiaoke: a code of another tenant", use("fxiaoke"), of("fxiaoke", "approved.json", `"6"`, `"61"`), "unknown_activity", 0},
		{"sap-erp: a change of any value", use("sap-erp"), of("sap-erp", "block.json", `"01"`, `"02"`), "exception.delivery_blocked 11-21T01:00", 1},
		{"sap-erp: another value", use("sap-erp"), of("sap-erp", "status.json", `"C"`, `"B"`), "", 0},
		{"sap-erp: an IDoc begins an order", use("sap-erp"), of("sap-erp", "idoc.json"), "order.placed 11-19T16:00", 1},
		{"sap-erp: a converter that wraps elements", use("sap-erp"), [][]byte{[]byte(`{"ORDERS05":{"IDOC":[{"E1EDK01":{"BELNR":"1"}}]}}`)}, "no_order", 0},
		{"aftership: a webhook repeated", use("aftership"), append(of("aftership", "delivered.json"), of("aftership", "delivered.json")...), "order.delivered 11-23T03:00, order.delivered 11-23T03:00", 1},
		{"aftership: an estimate is no step", use("aftership"), of("aftership", "estimate.json"), "", 0},
		{"aftership: a parcel without an order", use("aftership"), of("aftership", "delivered.json", "order_id", "order"), "no_order", 0},
		{
			"shopify: a corrected date is the same event", use("shopify"), append(of("shopify", "in-transit.json"), of("shopify", "in-transit.json", "11-21T03", "11-21T04")...),
			"parcel.created 11-20T09:12, order.shipped 11-21T03:10, parcel.created 11-20T09:12, order.shipped 11-21T04:10", 2,
		},
		{"huawei-cloud: a status has no time of its own", use("huawei-cloud"), of("huawei-cloud", "order.json", `"status": 5`, `"status": 4`), "order.placed 11-20T01:12, order.paid 11-20T01:20", 2},
		{"s4hana: delivered twice", use("s4hana"), append(of("s4hana", "created.json"), of("s4hana", "created.json")...), "order.placed 08-14T06:21, order.placed 08-14T06:21", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, different := steps(mustDecoder(t, tt.use), tt.records...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if different != tt.different {
				t.Errorf("got %d different events, want %d", different, tt.different)
			}
		})
	}
}

// TestPersonal masks what the user marks, in the row before as well.
func TestPersonal(t *testing.T) {
	tests := []struct {
		use    Use
		record string
		want   string
	}{
		{
			Use{Preset: "jiandaoyun", Fields: map[string]string{"order_no": "no", "customer": "buyer"}, Dates: map[string]string{"createTime": "order.placed"}, Personal: []string{"phone"}},
			`{"data":{"buyer":"张三","phone":"1","creator":{"name":"小云"},"more":2}}`, `{"data":{"buyer":"***","phone":"***","creator":"***","more":2}}`,
		},
		{
			Use{Preset: "debezium", Fields: map[string]string{"order_no": "no", "customer": "buyer"}, Dates: map[string]string{"at": "order.placed"}, Personal: []string{"phone"}},
			`{"before":{"buyer":"a","phone":"1"},"after":{"buyer":"b","phone":"2","x":3}}`, `{"before":{"buyer":"***","phone":"***"},"after":{"buyer":"***","phone":"***","x":3}}`,
		},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, string(mustDecoder(t, tt.use).Mask([]byte(tt.record)))); diff != "" {
			t.Errorf("%s: %s", tt.use.Preset, diff)
		}
	}
}

// TestAllocations holds that a preset's JSON is decoded without allocating.
func TestAllocations(t *testing.T) {
	for _, name := range Names() {
		for _, s := range mustGet(t, name).Samples {
			d := mustDecoder(t, s.Use)
			for _, file := range mustGet(t, name).fixtures(s) {
				data := record(t, name, file)
				if !bytes.HasPrefix(data, []byte("{")) {
					continue
				}
				var a source.Arena
				events := make([]order.Event, 0, 16)
				allocs := testing.AllocsPerRun(100, func() {
					a.Reset()
					_, _ = d.Decode(events, data, appended, &a)
				})
				if strings.Contains(decode(d, data), "dead letter") {
					allocs-- // an Invalid says why
				}
				if allocs > 0 {
					t.Errorf("%s/%s: %v allocations", name, file, allocs)
				}
			}
		}
	}
}
