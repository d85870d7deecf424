package view

import "testing"

// A former number leads to the one that the order goes on under, as told last.
func TestNumbersByHand(t *testing.T) {
	db := open(t, hand(t, "numbers"))
	put(t, db, "events", "process, order_id, event_id, activity, source, occurred_at, recorded_at, attributes",
		`'numbers', 'ERP-1', 'numbers-merge-01', 'order.merged', 'erp', '2026-03-01 10:00:00', '2026-03-01 10:00:00', {'merged_into': 'SO-1'}`,
		`'numbers', 'ERP-2', 'numbers-merge-02', 'order.merged', 'erp', '2026-03-01 10:00:00', '2026-03-01 10:00:00', {'merged_into': 'SO-1'}`,
		`'numbers', 'ERP-2', 'numbers-merge-03', 'order.merged', 'wms', '2026-03-02 10:00:00', '2026-03-02 10:00:00', {'merged_into': 'SO-2'}`,
		`'numbers', 'POS-1', 'numbers-merge-04', 'order.merged', 'pos', '2026-03-03 10:00:00', '2026-03-03 10:00:00', {'merged_into': 'ERP-1'}`,
		`'numbers', 'LOOP-1', 'numbers-merge-05', 'order.merged', 'pos', '2026-03-03 10:00:00', '2026-03-03 10:00:00', {'merged_into': 'LOOP-2'}`,
		`'numbers', 'LOOP-2', 'numbers-merge-06', 'order.merged', 'pos', '2026-03-03 10:00:00', '2026-03-03 10:00:00', {'merged_into': 'LOOP-1'}`,
		`'numbers', 'SO-1', 'numbers-other-01', 'order.placed', 'shop', '2026-03-01 09:00:00', '2026-03-01 09:00:00', {}`,
	)
	put(t, db, "orders", "process, order_id, status, opened_at",
		`'numbers', 'SO-1', 'open', '2026-03-01 09:00:00'`, `'numbers', 'ERP-1', 'merged', '1970-01-01 00:00:00'`, `'numbers', 'X-1', 'retracted', '1970-01-01 00:00:00'`)
	question{"numbers", "SELECT number, order_id, source, merged_at FROM takt.order_numbers WHERE process = 'numbers' ORDER BY number", []string{
		"'ERP-1','SO-1','erp','2026-03-01 10:00:00.000'",
		"'ERP-2','SO-2','wms','2026-03-02 10:00:00.000'",
		"'LOOP-1','LOOP-2','pos','2026-03-03 10:00:00.000'",
		"'LOOP-2','LOOP-1','pos','2026-03-03 10:00:00.000'",
		"'POS-1','ERP-1','pos','2026-03-03 10:00:00.000'",
	}}.ask(t, db)
	question{"orders", "SELECT order_id FROM takt.orders WHERE process = 'numbers'", []string{"SO-1"}}.ask(t, db)
	for _, asked := range []string{"SO-1", "ERP-1", "POS-1"} { // POS-1 by way of ERP-1
		stories, err := Order(t.Context(), db.Conn(), asked)
		if err != nil || len(stories) != 1 || stories[0].OrderID != "SO-1" {
			t.Errorf("%s: got %+v, %v", asked, stories, err)
		}
	}
}
