package clickhouse

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

func TestSyncProcesses(t *testing.T) {
	db := open(t, nil)
	p := retail("sync")
	other := retail("sync2")
	now := at("2026-03-01 12:00:00.000")
	sync := func(now order.Instant, p *process.Process) {
		t.Helper()
		if err := db.SyncProcesses(t.Context(), now, []*process.Process{p}); err != nil {
			t.Fatal(err)
		}
	}
	rows := func(query string) []map[string]any {
		t.Helper()
		return table(t, db, query)
	}
	sync(now, p)
	sync(now, other)
	sync(now+1000, p)
	review := map[string]any{
		"process": "sync", "stage": "review", "position": 1., "title_en": "Review", "title_zh": "审核", "limit_seconds": 14400., "limit_of": "wall", "calendar": "always",
		"objective": 0.95, "owner_team": "sales-ops", "escalate_to": "ops-lead", "escalate_after_seconds": nil, "valid_from": "2026-03-01 12:00:00.000",
	}
	pick := map[string]any{
		"process": "sync", "stage": "备货", "position": 2., "title_en": "Pick", "title_zh": "备货", "limit_seconds": nil, "limit_of": "", "calendar": "always",
		"objective": nil, "owner_team": "warehouse", "escalate_to": "", "escalate_after_seconds": nil, "valid_from": "2026-03-01 12:00:00.000",
	}
	const stages = "SELECT * FROM takt.stages WHERE process = 'sync' ORDER BY position"
	if d := cmp.Diff([]map[string]any{review, pick}, rows(stages)); d != "" {
		t.Errorf("stages (-want +got):\n%s", d)
	}

	p = retail("sync")
	p.Stages = p.Stages[:1]
	p.Stages[0].Limit.Within = time.Hour
	sync(now+2000, p)
	review["limit_seconds"], review["valid_from"] = 3600., "2026-03-01 12:00:02.000"
	if d := cmp.Diff([]map[string]any{review}, rows(stages)); d != "" {
		t.Errorf("stages after a change (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]map[string]any{{
		"process": "sync", "team": "sales-ops", "stages": []any{"review"}, "escalate_to": []any{"ops-lead"}, "valid_from": "2026-03-01 12:00:00.000",
	}}, rows("SELECT * FROM takt.teams WHERE process = 'sync'")); d != "" {
		t.Errorf("teams (-want +got):\n%s", d)
	}

	sync(now+3000, retail("sync"))
	review["limit_seconds"], review["valid_from"], pick["valid_from"] = 14400., "2026-03-01 12:00:03.000", "2026-03-01 12:00:03.000"
	if d := cmp.Diff([]map[string]any{review, pick}, rows(stages)); d != "" {
		t.Errorf("stages after the way back (-want +got):\n%s", d)
	}
	if n := count(t, db, "SELECT count() FROM takt_store.stages WHERE process = 'sync2'"); n != 2 {
		t.Errorf("the other process: got %d rows, want 2", n)
	}
}
