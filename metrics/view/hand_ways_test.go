package view

import "testing"

// One order that goes back a stage and is late, one that is open.
func TestWaysByHand(t *testing.T) {
	db := open(t, hand(t, "ways"))
	put(t, db, "orders", orderColumns+", channel",
		`'ways', 'A', 'completed', '2026-03-01 00:00:00', '2026-03-02 04:00:00', '', '2026-03-01 20:00:00', '2026-03-01 20:00:00', 5, 'CNY', ['review', 'pick', 'review'], [], 'web'`,
		`'ways', 'B', 'open', '2026-03-01 01:00:00', NULL, 'review', NULL, NULL, 7, 'CNY', ['review'], [('', 'review', 1, '2026-03-01 01:00:00', '2026-03-01 02:00:00', 3600, true, 'bob', 'desk', '', true)], 'web'`)
	put(t, db, "visits", visitColumns,
		`'ways', 'A', 'review', 1, '2026-03-01 00:00:00', '2026-03-01 02:00:00', '2026-03-01 04:00:00', 3600, 14400, false, 'finished', 'ann', 'desk', 5, 'CNY'`,
		`'ways', 'A', 'pick', 1, '2026-03-01 03:00:00', '2026-03-01 10:00:00', '2026-03-01 01:00:00', 7200, 14400, true, 'finished', 'cai', 'east', 5, 'CNY'`,
		`'ways', 'A', 'review', 2, '2026-03-01 11:00:00', '2026-03-01 12:00:00', '2026-03-01 15:00:00', 1800, 14400, false, 'finished', 'ann', 'desk', 5, 'CNY'`)
	put(t, db, "exceptions", "process, order_id, id, stage, kind, opened_at", `'ways', 'A', 1, 'review', 'out_of_path', '2026-03-01 11:00:00'`)
	for _, q := range []question{
		{"transitions", "SELECT day, from_stage, to_stage, transitions, orders, again, wait_p50_seconds, wait_p90_seconds FROM takt.transitions_daily WHERE process = 'ways' ORDER BY day, from_stage, to_stage", []string{
			"'2026-03-01','','review',2,2,0,0,0",
			"'2026-03-01','pick','review',1,1,1,3600,3600",
			"'2026-03-01','review','pick',1,1,0,3600,3600",
			"'2026-03-02','review','',1,1,0,57600,57600",
		}},
		{"variants", "SELECT day, variant, orders, share, cycle_p50_seconds, conforming FROM takt.variants_daily WHERE process = 'ways'", []string{
			"'2026-03-02','review > pick > review',1,1,100800,false",
		}},
		{"yield", "SELECT day, stage, units, reworked, first_pass_share FROM takt.stage_yield_daily WHERE process = 'ways' ORDER BY stage", []string{
			"'2026-03-01','pick',1,0,1",
			"'2026-03-01','review',2,1,0.5",
		}},
		{"conformance", "SELECT * EXCEPT process FROM takt.conformance_daily WHERE process = 'ways'", []string{
			"'2026-03-02',1,0,0,0,1,0,0,1,1",
		}},
		{"cycle", "SELECT day, completed, cancelled, cycle_p50_seconds, cycle_p95_seconds, amount FROM takt.order_cycle_daily WHERE process = 'ways'", []string{
			"'2026-03-02',1,0,100800,100800,5",
		}},
		{"efficiency", "SELECT * EXCEPT process FROM takt.flow_efficiency_daily WHERE process = 'ways'", []string{
			"'2026-03-02',1,100800,36000,12600,64800,0.125",
		}},
		// Eight hours late, nine beyond the limit in picking.
		{"had met", "SELECT * EXCEPT process FROM takt.late_had_met_daily WHERE process = 'ways'", []string{
			"'2026-03-02','pick',1,1,32400",
		}},
		{"handovers", "SELECT day, from_team, to_team, handovers, orders, wait_p50_seconds, overdue FROM takt.handovers_daily WHERE process = 'ways' ORDER BY from_team", []string{
			"'2026-03-01','desk','east',1,1,3600,1",
			"'2026-03-01','east','desk',1,1,3600,0",
		}},
		{"owners", "SELECT owner_team, owner, open, overdue, at_risk, orders, amount, overdue_amount, currency, age_p50_seconds, stages" +
			" FROM takt.owners_open_at(at = toDateTime64('2026-03-01 12:00:00', 3, 'UTC')) WHERE process = 'ways'", []string{
			"'desk','bob',1,1,0,1,7,7,'CNY',39600,['review']",
		}},
		{"split of a stage", "SELECT day, stage, value, finished, due, breached, breach_share, wall_p50_seconds, amount FROM takt.stage_split_daily" +
			" WHERE process = 'ways' AND dimension = 'owner' ORDER BY value", []string{
			"'2026-03-01','review','ann',2,2,0,0,5400,10",
			"'2026-03-01','pick','cai',1,1,1,1,25200,5",
		}},
		{"split of orders", "SELECT day, value, completed, cancelled, delivered, delivered_late, late_share, cycle_p90_seconds, amount FROM takt.orders_split_daily" +
			" WHERE process = 'ways' AND dimension = 'channel'", []string{
			"'2026-03-02','web',1,0,1,1,1,100800,5",
		}},
		{"split of what is open", "SELECT dimension, value, open, late, due_today, expected_late, amount, late_amount FROM takt.open_split" +
			" WHERE process = 'ways' AND dimension IN ('stage', 'owner_team', 'channel') ORDER BY dimension", []string{
			"'channel','web',1,0,0,0,7,0",
			"'owner_team','desk',1,0,0,0,7,0",
			"'stage','review',1,0,0,0,7,0",
		}},
		{"cohort", "SELECT day, within_days, orders, completed, cancelled, mature, completed_share FROM takt.cohort_daily WHERE process = 'ways' AND within_days < 3 ORDER BY within_days", []string{
			"'2026-03-01',1,2,0,0,true,0",
			"'2026-03-01',2,2,1,0,true,0.5",
		}},
	} {
		q.ask(t, db)
	}
}

// A cohort is told only once all of it is old enough.
func TestYoungCohort(t *testing.T) {
	db := open(t, hand(t, "young"))
	put(t, db, "orders", orderColumns,
		`'young', 'A', 'completed', now64(3) - INTERVAL 36 HOUR, now64(3) - INTERVAL 35 HOUR, '', NULL, NULL, 5, 'CNY', [], []`)
	question{
		"cohort", "SELECT within_days, completed, mature, completed_share FROM takt.cohort_daily WHERE process = 'young' AND within_days IN (1, 2) ORDER BY within_days", []string{
			"1,1,true,1",
			"2,1,false,NULL",
		},
	}.ask(t, db)
}

// Two of four are finished after one and two hours, two wait for ten: half are done
// after two hours, nine of ten are not done yet.
func TestSurvivalByHand(t *testing.T) {
	db := open(t, hand(t, "survive"))
	put(t, db, "visits", visitColumns,
		`'survive', 'A', 'review', 1, now64(3) - INTERVAL 10 HOUR, now64(3) - INTERVAL 9 HOUR, NULL, 0, NULL, NULL, 'finished', '', 'desk', 1, 'CNY'`,
		`'survive', 'B', 'review', 1, now64(3) - INTERVAL 10 HOUR, now64(3) - INTERVAL 8 HOUR, NULL, 0, NULL, NULL, 'finished', '', 'desk', 1, 'CNY'`)
	put(t, db, "orders", orderColumns,
		`'survive', 'C', 'open', now64(3) - INTERVAL 10 HOUR, NULL, 'review', NULL, NULL, 1, 'CNY', ['review'], [('', 'review', 1, now64(3) - INTERVAL 10 HOUR, NULL, 0, NULL, '', 'desk', '', true)]`,
		`'survive', 'D', 'open', now64(3) - INTERVAL 10 HOUR, NULL, 'review', NULL, NULL, 1, 'CNY', ['review'], [('', 'review', 1, now64(3) - INTERVAL 10 HOUR, NULL, 0, NULL, '', 'desk', '', true)]`)
	question{
		"stage", "SELECT stage, finished, open, round(finished_p50_seconds), round(p50_seconds), p90_seconds FROM takt.stage_survival WHERE process = 'survive'", []string{
			"'review',2,2,5400,7200,NULL",
		},
	}.ask(t, db)
}

// What waits for longer than an hour, the median, does so from the second full hour on.
func TestDelayByHand(t *testing.T) {
	db := open(t, hand(t, "delay"))
	put(t, db, "visits", visitColumns,
		`'delay', 'A', 'review', 1, toStartOfHour(now()) - INTERVAL 300 HOUR, toStartOfHour(now()) - INTERVAL 299 HOUR, NULL, 0, NULL, NULL, 'finished', '', 'desk', 1, 'CNY'`)
	put(t, db, "orders", orderColumns,
		`'delay', 'B', 'open', toStartOfHour(now()) - INTERVAL 3 HOUR, NULL, 'review', NULL, NULL, 2, 'CNY', ['review'], [('', 'review', 1, toStartOfHour(now()) - INTERVAL 3 HOUR, NULL, 0, NULL, '', 'desk', '', true)]`)
	question{
		"hours", "SELECT dateDiff('hour', hour, toStartOfHour(now())) AS ago, old, delay_seconds, amount FROM takt.delay_hourly WHERE process = 'delay' AND stage = 'review' AND ago < 4 ORDER BY hour", []string{
			"3,0,0,0", "2,1,0,2", "1,1,3600,2", "0,1,7200,2",
		},
	}.ask(t, db)
}

// Both weeks have one channel; in the second, review takes 45 minutes more and the
// wait between stages a quarter of an hour more.
func TestChangeByHand(t *testing.T) {
	db := open(t, hand(t, "change"))
	var orders, visits []string
	for _, id := range []string{"A", "B", "C"} {
		orders = append(orders,
			`'change', '1`+id+`', 'completed', '2026-03-03 00:00:00', '2026-03-03 01:00:00', '', NULL, NULL, 5, 'CNY', [], []`,
			`'change', '2`+id+`', 'completed', '2026-03-10 00:00:00', '2026-03-10 02:00:00', '', NULL, NULL, 5, 'CNY', [], []`)
		visits = append(visits,
			`'change', '1`+id+`', 'review', 1, '2026-03-03 00:00:00', '2026-03-03 00:30:00', NULL, 0, NULL, NULL, 'finished', '', 'desk', 5, 'CNY'`,
			`'change', '1`+id+`', 'pick', 1, '2026-03-03 00:45:00', '2026-03-03 01:00:00', NULL, 0, NULL, NULL, 'finished', '', 'east', 5, 'CNY'`,
			`'change', '2`+id+`', 'review', 1, '2026-03-10 00:00:00', '2026-03-10 01:15:00', NULL, 0, NULL, NULL, 'finished', '', 'desk', 5, 'CNY'`,
			`'change', '2`+id+`', 'pick', 1, '2026-03-10 01:45:00', '2026-03-10 02:00:00', NULL, 0, NULL, NULL, 'finished', '', 'east', 5, 'CNY'`)
	}
	put(t, db, "orders", orderColumns, orders...)
	put(t, db, "visits", visitColumns, visits...)
	question{
		"parts", "SELECT day, part, stage, seconds, p90_seconds, p90_before_seconds, completed FROM takt.cycle_change_weekly WHERE process = 'change' ORDER BY part, stage", []string{
			"'2026-03-09','mix','',0,7200,3600,3",
			"'2026-03-09','queue','',900,7200,3600,3",
			"'2026-03-09','residual','',0,7200,3600,3",
			"'2026-03-09','stage','pick',0,7200,3600,3",
			"'2026-03-09','stage','review',2700,7200,3600,3",
		},
	}.ask(t, db)
}

// Another mix alone: the slow channel has two thirds of the orders instead of one.
func TestMixByHand(t *testing.T) {
	db := open(t, hand(t, "mix"))
	var orders []string
	var visits []string
	for week, channels := range []string{"wwwwwwwwwwwwwwwwwwws", "wwwwwwsssssssssssss"} {
		day := []string{"2026-03-03", "2026-03-10"}[week]
		for i, c := range channels {
			id := string(rune('a'+week)) + string(rune('a'+i))
			hours := map[rune]string{'w': "01", 's': "05"}[c]
			orders = append(orders, `'mix', '`+id+`', 'completed', '`+day+` 00:00:00', '`+day+` `+hours+`:00:00', '', NULL, NULL, 5, 'CNY', [], [], '`+string(c)+`'`)
			visits = append(visits, `'mix', '`+id+`', 'review', 1, '`+day+` 00:00:00', '`+day+` `+hours+`:00:00', NULL, 0, NULL, NULL, 'finished', '', 'desk', 5, 'CNY'`)
		}
	}
	put(t, db, "orders", orderColumns+", channel", orders...)
	put(t, db, "visits", visitColumns, visits...)
	for _, q := range []question{
		{"mix", "SELECT seconds, p90_seconds, p90_before_seconds FROM takt.cycle_change_weekly WHERE process = 'mix' AND part = 'mix'", []string{"14400,18000,3600"}},
		{"sum", "SELECT round(sum(seconds)) FROM takt.cycle_change_weekly WHERE process = 'mix'", []string{"14400"}},
	} {
		q.ask(t, db)
	}
}

// Questions, notices, hand-overs, scores and late records, as events tell them.
func TestServiceByHand(t *testing.T) {
	db := open(t, hand(t, "service"))
	event := func(id, order, activity, at, more string) string {
		return `'service', '` + order + `', 'event ` + id + `', '` + activity + `', '` + at + `', ` + more
	}
	put(t, db, "events", "process, order_id, event_id, activity, occurred_at, recorded_at, attributes",
		event("01", "A", "inquiry.opened", "2026-03-01 15:00:00", "'2026-03-01 15:00:30', map()"),
		event("02", "A", "inquiry.opened", "2026-03-01 17:00:00", "'2026-03-01 17:10:00', map()"),
		event("03", "A", "inquiry.answered", "2026-03-01 17:30:00", "NULL, map()"), // of the second, after midnight
		event("04", "A", "notice.sent", "2026-03-01 10:00:00", "NULL, map()"),
		event("05", "A", "notice.sent", "2026-03-01 11:00:00", "NULL, map()"),
		event("06", "A", "notice.viewed", "2026-03-01 11:05:00", "NULL, map()"), // viewed is delivered
		event("07", "A", "handover.requested", "2026-03-01 10:00:00", "NULL, map()"),
		event("08", "A", "handover.accepted", "2026-03-01 10:08:00", "NULL, map()"),
		event("09", "A", "satisfaction.scored", "2026-03-01 10:00:00", "NULL, map('score', '2')"),
		event("0a", "B", "satisfaction.scored", "2026-03-01 10:00:00", "NULL, map('score', '5')"),
		event("0b", "C", "satisfaction.scored", "2026-03-01 10:00:00", "NULL, map('score', 'good')"))
	for _, q := range []question{
		{"inquiries", "SELECT * EXCEPT process FROM takt.inquiries_daily WHERE process = 'service' ORDER BY day", []string{
			"'2026-03-01',1,0,NULL,NULL", "'2026-03-02',1,1,1800,1800",
		}},
		{"notices", "SELECT * EXCEPT process FROM takt.notices_daily WHERE process = 'service'", []string{"'2026-03-01',2,1,1,0.5,0.5"}},
		{"handovers", "SELECT * EXCEPT process FROM takt.handover_answers_daily WHERE process = 'service'", []string{"'2026-03-01',1,1,480,480"}},
		{"scores", "SELECT * EXCEPT process FROM takt.satisfaction_daily WHERE process = 'service'", []string{"'2026-03-01',2,3.5,1,0.5"}},
		{"recording", "SELECT day, events, told, late, late_share, lag_p50_seconds FROM takt.recording_daily WHERE process = 'service' ORDER BY day", []string{
			"'2026-03-01',9,1,0,0,30", "'2026-03-02',2,1,1,1,600",
		}},
	} {
		q.ask(t, db)
	}
}
