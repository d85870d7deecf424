package view

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Of a year of visits, a view that is asked for the last week reads few granules: the
// condition on its day reaches the index of the table through the view.
func TestDaysPrune(t *testing.T) {
	p := hand(t, "pruned")
	// Of one zone: days of several zones are no function of the instant alone.
	exec(t, open(t, p), "TRUNCATE TABLE takt_store.processes")
	db := open(t, p)
	exec(t, db, `INSERT INTO takt_store.visits (process, order_id, unit, stage, visit, entered_at, left_at, due_at, breached, outcome, applied_offset)
		SELECT 'pruned', leftPad(toString(number), 9, '0'), '', 'review', 1, now64(3, 'UTC') - toIntervalSecond((400000 - number) * 78) AS entered,
			entered + INTERVAL 1 HOUR, entered + INTERVAL 2 HOUR, false, 'finished', number FROM numbers(400000)`)
	exec(t, db, `INSERT INTO takt_store.orders (process, order_id, status, opened_at, closed_at, stages, open, applied_offset)
		SELECT 'pruned', leftPad(toString(number), 9, '0'), 'completed', now64(3, 'UTC') - toIntervalSecond((400000 - number) * 78) AS opened,
			opened + INTERVAL 1 HOUR, ['review'], [], number FROM numbers(400000)`)
	for _, view := range []string{
		"stage_cycle_daily", "stage_split_daily", "order_cycle_daily", "orders_split_daily", "conformance_daily", "variants_daily",
		"stage_yield_daily", "promise_daily", "cycle_change_weekly",
	} {
		t.Run(view, func(t *testing.T) {
			plan := strings.Join(lines(t, db, "SELECT * FROM viewExplain('EXPLAIN', 'indexes = 1', (SELECT * FROM takt."+view+" WHERE process = 'pruned' AND day >= today() - 7))"), "\n")
			if !strings.Contains(plan, "_at_range") {
				t.Fatalf("no index on time:\n%s", plan)
			}
			read := lines(t, db, "SELECT count() FROM (SELECT * FROM takt."+view+" WHERE process = 'pruned' AND day >= today() - 7)")
			if len(read) != 1 || read[0] == "0" {
				t.Errorf("got %v rows", read)
			}
			if !few(plan) {
				t.Errorf("nothing is passed over:\n%s", plan)
			}
		})
	}
}

// Steps are found by the day in whatever zones the processes are.
func TestDaysOfStepsPruneInSeveralZones(t *testing.T) {
	east, west := hand(t, "prunedeast"), hand(t, "prunedwest")
	west.Zone = time.UTC
	db := open(t, east, west)
	for _, p := range []string{"prunedeast", "prunedwest"} {
		for i, team := range []string{"desk", "east"} {
			exec(t, db, fmt.Sprintf(`INSERT INTO takt_store.visits (process, order_id, unit, stage, visit, entered_at, left_at, outcome, owner_team, applied_offset)
				SELECT '%s', leftPad(toString(number), 9, '0'), '', '%s', 1, now64(3, 'UTC') - toIntervalSecond((60000 - number) * 520) + toIntervalHour(%d) AS entered,
					entered + INTERVAL 1 HOUR, 'finished', '%s', number FROM numbers(60000)`, p, []string{"review", "pick"}[i], 2*i, team))
		}
		exec(t, db, fmt.Sprintf(`INSERT INTO takt_store.orders (process, order_id, status, opened_at, closed_at, stages, open, applied_offset)
			SELECT '%s', leftPad(toString(number), 9, '0'), 'completed', now64(3, 'UTC') - toIntervalSecond((60000 - number) * 520) AS opened,
				opened + INTERVAL 3 HOUR, ['review', 'pick'], [], number FROM numbers(60000)`, p))
	}
	roll(t, db)
	if zones := text(t, db, "SELECT count() > 1 FROM (SELECT DISTINCT timezone FROM takt.processes)"); zones != "1" {
		t.Fatal("got one zone")
	}
	for _, view := range []string{"transitions_daily", "transitions_weekly", "handovers_daily", "handovers_monthly", "flow_efficiency_daily"} {
		for _, p := range []string{"prunedeast", "prunedwest"} {
			asked := "SELECT * FROM takt." + view + " WHERE process = '" + p + "' AND day >= toStartOfMonth(today() - 7)"
			plan := strings.Join(lines(t, db, "SELECT * FROM viewExplain('EXPLAIN', 'indexes = 1', ("+asked+"))"), "\n")
			_, steps, found := strings.Cut(plan, "ReadFromMergeTree (takt_store.steps)")
			if steps, _, _ = strings.Cut(steps, "ReadFromMergeTree"); !found || !few(steps) {
				t.Errorf("%s of %s: nothing is passed over:\n%s", view, p, plan)
			}
			if n := text(t, db, "SELECT count() > 0 FROM ("+asked+")"); n != "1" {
				t.Errorf("%s of %s: got nothing", view, p)
			}
		}
	}
}

// few reports whether some index lets less than a fifth of the granules be read.
func few(plan string) bool {
	for l := range strings.Lines(plan) {
		var few, all int
		if _, granules, ok := strings.Cut(l, "Granules: "); ok && parse(granules, &few, &all) == 2 && all > 40 && few*5 < all {
			return true
		}
	}
	return false
}

// parse reads "few/all".
func parse(text string, few, all *int) int {
	n, _ := fmt.Sscanf(text, "%d/%d", few, all)
	return n
}
