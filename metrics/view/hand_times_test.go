package view

import "testing"

// Exceptions opened at 23:30 and 00:30 in Shanghai fall on two days, though in UTC they
// are one.
func TestExceptionTimesByHand(t *testing.T) {
	db := open(t, hand(t, "times"))
	put(t, db, "exceptions", "process, order_id, id, stage, kind, owner_team, opened_at, detected_at, amount",
		`'times', 'A', 1, 'review', 'overdue', 'desk', '2026-03-01 15:30:00', '2026-03-01 15:30:00', 10`,
		`'times', 'B', 2, 'review', 'overdue', 'desk', '2026-03-01 16:30:00', '2026-03-01 16:30:00', 20`,
	)
	question{"days", "SELECT day, exceptions, amount, still_open FROM takt.exception_times_daily WHERE process = 'times' ORDER BY day", []string{
		"'2026-03-01',1,10,1",
		"'2026-03-02',1,20,1",
	}}.ask(t, db)
}
