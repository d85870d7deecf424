package notify

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// answers notes what silences answer for.
type answers struct {
	told []string
	err  error
}

func (a *answers) Silenced(_ context.Context, s Scope, orderID string, q Silence) error {
	if a.err != nil {
		return a.err
	}
	a.told = append(a.told, s.Stage+"/"+s.Kind+"/"+s.Team+"/"+orderID+" by "+q.By+": "+q.Why)
	return nil
}

// A silence answers for the alerts that it mutes, once, whichever Alertmanager it is
// read from; for what its ledger did not take it is told again.
func TestSilences(t *testing.T) {
	r, ledger := newRig(t), &answers{}
	r.start(r.server.URL)
	r.poster.cfg.Silences = ledger
	r.tick()
	r.source.add("picking/overdue/warehouse", 20, r.now)
	r.source.add("review/overdue/service", 20, r.now)
	r.source.add("picking/lost/warehouse", 1, r.now)
	r.tick()
	if len(ledger.told) > 0 {
		t.Fatalf("without a silence: %q", ledger.told)
	}
	r.server.silent = map[string]Silence{"s1": {"s1", "li", "known", r.now}}
	r.server.mutes = func(_ string, labels map[string]string) bool { return labels["stage"] == "picking" }
	ledger.err = errors.New("the store is gone")
	if err := r.poster.pass(t.Context()); !errors.Is(err, ledger.err) {
		t.Errorf("got %v", err)
	}
	ledger.err = nil
	for range 3 {
		r.tick()
	}
	want := map[string]int{"picking/overdue/warehouse/ by li: known": 1, "picking/lost/warehouse/SO-0-0000 by li: known": 1}
	got := map[string]int{}
	for _, line := range ledger.told {
		got[line]++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r.server.silent = nil
	r.tick()
	if n := len(r.poster.taken); n != 0 {
		t.Errorf("%d silences are remembered for ever", n)
	}
}
