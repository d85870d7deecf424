package view

import "testing"

// The last run of a day holds: of the whole source, or of one channel alone. One that
// found nothing leaves nothing; a list of counts names no orders and takes none back.
func TestReconciliationByHand(t *testing.T) {
	db := open(t, hand(t, "reconciledhand"))
	// Runs of 2100: those long past are dropped.
	const (
		dayColumns   = "process, source, day, channel, run, listed, held, missing, extra, duplicate, mismatch, late, listed_amount, held_amount"
		orderColumns = "process, source, day, channel, order_id, kind, detail, run, listed_amount, held_amount, currency"
	)
	put(t, db, "reconciliation_runs", "process, source, day, channel, counted, run",
		`'reconciledhand', 'shop', '2026-03-01', '', false, 4102444801000`,
		`'reconciledhand', 'shop', '2026-03-01', 'web', false, 4102444802000`,
		`'reconciledhand', 'shop', '2026-03-02', '', false, 4102444801000`,
		`'reconciledhand', 'shop', '2026-03-02', '', false, 4102444803000`,
		`'reconciledhand', 'shop', '2026-03-03', '', false, 4102444801000`,
		`'reconciledhand', 'shop', '2026-03-03', '', true, 4102444804000`,
		`'reconciledhand', 'pos', '2026-03-01', '', false, 4102444809000`)
	put(t, db, "reconciliation_days", dayColumns,
		// The channel web was compared again, store was not.
		`'reconciledhand', 'shop', '2026-03-01', 'store', 4102444801000, 5, 4, 1, 0, 0, 0, 0, 50, 40`,
		`'reconciledhand', 'shop', '2026-03-01', 'web', 4102444801000, 9, 8, 1, 0, 0, 0, 0, 90, 80`,
		`'reconciledhand', 'shop', '2026-03-01', 'web', 4102444802000, 9, 9, 0, 0, 0, 1, 0, 90, 91`,
		// Compared again as a whole: store had orders before, and has none now.
		`'reconciledhand', 'shop', '2026-03-02', 'store', 4102444801000, 0, 1, 0, 1, 0, 0, 0, 0, 10`,
		`'reconciledhand', 'shop', '2026-03-02', 'web', 4102444803000, 7, 7, 0, 0, 0, 0, 2, 70, 70`,
		`'reconciledhand', 'shop', '2026-03-03', 'web', 4102444801000, 3, 2, 1, 0, 0, 0, 0, 30, 20`,
		`'reconciledhand', 'shop', '2026-03-03', 'web', 4102444804000, 3, 3, 0, 0, 0, 0, 0, 30, 30`)
	put(t, db, "reconciliation_orders", orderColumns,
		`'reconciledhand', 'shop', '2026-03-01', 'store', 'A', 'missing', 'not_received', 4102444801000, 10, NULL, 'CNY'`,
		`'reconciledhand', 'shop', '2026-03-01', 'web', 'B', 'missing', 'dead_letter', 4102444801000, 10, NULL, 'CNY'`,
		`'reconciledhand', 'shop', '2026-03-01', 'web', 'C', 'mismatch', 'amount', 4102444802000, 10, 11, 'CNY'`,
		`'reconciledhand', 'shop', '2026-03-02', 'store', 'D', 'extra', '', 4102444801000, NULL, 10, 'CNY'`,
		`'reconciledhand', 'shop', '2026-03-03', 'web', 'E', 'missing', 'not_received', 4102444801000, 10, NULL, 'CNY'`)
	for _, q := range []question{
		{"daily", "SELECT day, channel, listed, held, missing, extra, mismatch, late, held_amount, counted, reconciled_at FROM takt.reconciliation_daily" +
			" WHERE process = 'reconciledhand' ORDER BY day, channel", []string{
			"'2026-03-01','store',5,4,1,0,0,0,40,false,'2100-01-01 00:00:01.000'",
			"'2026-03-01','web',9,9,0,0,1,0,91,false,'2100-01-01 00:00:02.000'",
			"'2026-03-02','web',7,7,0,0,0,2,70,false,'2100-01-01 00:00:03.000'",
			"'2026-03-03','web',3,3,0,0,0,0,30,true,'2100-01-01 00:00:04.000'",
		}},
		{"orders", "SELECT day, channel, order_id, kind, detail, listed_amount, held_amount, currency FROM takt.reconciliation_orders" +
			" WHERE process = 'reconciledhand' ORDER BY order_id", []string{
			"'2026-03-01','store','A','missing','not_received',10,NULL,'CNY'",
			"'2026-03-01','web','C','mismatch','amount',10,11,'CNY'",
			"'2026-03-03','web','E','missing','not_received',10,NULL,'CNY'",
		}},
	} {
		q.ask(t, db)
	}
}
