package view

import "testing"

// The closed loop by hand: 16:30 UTC is the next day in Shanghai. Two were answered, one
// of them resolved; one was refuted and is counted nowhere.
func TestAnswersByHand(t *testing.T) {
	db := open(t, hand(t, "answers"))
	put(t, db, "exceptions", "process, order_id, id, stage, kind, owner_team, opened_at, detected_at, resolved_at, withdrawn",
		`'answers', 'A', 1, 'review', 'overdue', 'desk', '2026-03-01 16:30:00', '2026-03-01 16:30:00', '2026-03-01 18:30:00', false`,
		`'answers', 'B', 2, 'review', 'overdue', 'desk', '2026-03-02 01:00:00', '2026-03-02 01:00:00', NULL, false`,
		`'answers', 'C', 3, 'review', 'stuck', 'desk', '2026-03-02 02:00:00', '2026-03-02 02:00:00', NULL, false`,
		`'answers', 'D', 4, 'review', 'stuck', 'desk', '2026-03-02 03:00:00', '2026-03-02 03:00:00', NULL, true`)
	put(t, db, "exception_changes", "process, order_id, exception, revision, change, step, origin, author, at",
		`'answers', 'A', 1, 1, 'a', 'acknowledge', 'person', 'wang', '2026-03-01 16:40:00'`,
		`'answers', 'B', 2, 1, 'b', 'acknowledge', 'person', 'wang', '2026-03-02 01:30:00'`)
	question{
		"answers", "SELECT day, kind, exceptions, still_open, acknowledged, acknowledge_p50_seconds, round(acknowledge_p90_seconds), resolved, resolve_p50_seconds, reopened" +
			" FROM takt.exception_answers_daily WHERE process = 'answers' ORDER BY kind", []string{
			"'2026-03-02','',3,2,2,1200,1680,1,7200,0",
			"'2026-03-02','overdue',2,1,2,1200,1680,1,7200,0",
			"'2026-03-02','stuck',1,1,0,NULL,NULL,0,NULL,0",
		},
	}.ask(t, db)
}
