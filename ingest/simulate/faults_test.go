package simulate

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What reaches the log differs from what happened in the injected orders alone.
func TestInject(t *testing.T) {
	for _, p := range processes(t) {
		t.Run(p.Name, func(t *testing.T) {
			cfg := Config{Process: p, Seed: 11, From: start, To: start.Add(4 * 24 * time.Hour), OrdersPerDay: 300}
			faults := Faults{Lost: 50, Repeated: 60, Changed: 70}
			in, err := Inject(cfg, faults)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Inject(cfg, faults)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(in, again, cmpopts.IgnoreUnexported(Injected{})); diff != "" {
				t.Errorf("equal seeds (-first +second):\n%s", diff)
			}
			if len(in.Lost) != 50 || len(in.Repeated) != 60 || len(in.Changed) != 70 || len(in.fates) != 180 {
				t.Fatalf("drew %d, %d, %d orders, %d in all", len(in.Lost), len(in.Repeated), len(in.Changed), len(in.fates))
			}
			// By their lines, without and with faults, the orders differ as injected.
			told := func(in *Injected) (lines map[string][]string, placed map[string]int) {
				lines, placed = map[string][]string{}, map[string]int{}
				for d := range in.Deliveries(mustNew(t, cfg)) {
					e := d.Event
					lines[e.OrderID] = append(lines[e.OrderID], string(line(d)))
					if slices.Contains(p.OpensOn, e.Activity) && !d.Duplicate {
						placed[e.OrderID]++
					}
				}
				return lines, placed
			}
			right, once := told(nil)
			wrong, placed := told(in)
			for id, n := range once {
				if n != 1 {
					t.Errorf("%s is placed %d times with no fault", id, n)
				}
			}
			got := &Injected{}
			for id := range right {
				switch {
				case len(wrong[id]) == 0:
					got.Lost = append(got.Lost, id)
				case placed[id] > once[id]:
					got.Repeated = append(got.Repeated, id)
				case !slices.Equal(right[id], wrong[id]):
					got.Changed = append(got.Changed, id)
				}
			}
			for _, ids := range [][]string{got.Lost, got.Repeated, got.Changed} {
				slices.Sort(ids)
			}
			if diff := cmp.Diff(in, got, cmpopts.IgnoreUnexported(Injected{})); diff != "" {
				t.Errorf("injected and found (-injected +found):\n%s", diff)
			}
		})
	}
}

func TestInjectTooMuch(t *testing.T) {
	cfg := Config{Process: processes(t)[0], Seed: 11, From: start, To: start.Add(24 * time.Hour), OrdersPerDay: 50}
	if _, err := Inject(cfg, Faults{Lost: 200}); err == nil {
		t.Error("200 orders of about 50 are lost")
	}
	cfg.To = time.Time{}
	if _, err := Inject(cfg, Faults{Lost: 1}); err == nil {
		t.Error("faults are drawn from a simulation without an end")
	}
}
