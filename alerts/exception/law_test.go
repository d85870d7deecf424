package exception

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func drawFacts(t *rapid.T) Facts {
	f := facts()
	f.Owner = rapid.SampledFrom([]string{"", "zhao"}).Draw(t, "owner")
	f.Stage = rapid.SampledFrom([]string{"", "pick"}).Draw(t, "stage")
	f.Withdrawn = rapid.IntRange(0, 9).Draw(t, "withdrawn") == 0
	if rapid.Bool().Draw(t, "resolved") {
		f.ResolvedAt = day(rapid.IntRange(8, 30).Draw(t, "resolved at"))
	}
	return f
}

func drawStep(t *rapid.T, id int) Change {
	return step(rapid.SampledFrom(Steps()).Draw(t, "step"), rapid.IntRange(9, 30).Draw(t, "hour"), func(c *Change) {
		c.ID = fmt.Sprint("c", id)
		c.Author = rapid.SampledFrom([]string{"li", "wang"}).Draw(t, "author")
	})
}

// The order in which changes are read, repeats and refused ones do not matter.
func TestFoldIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		var all []Change
		for i := range rapid.IntRange(0, 8).Draw(t, "changes") {
			c := drawStep(t, i)
			c.Revision = i + 1
			all = append(all, c)
		}
		want := Fold(f, all)
		mixed := rapid.Permutation(append(append([]Change(nil), all...), all...)).Draw(t, "order")
		for _, c := range all {
			c.ID, c.Refused = c.ID+"'", true
			mixed = append(mixed, c)
		}
		if d := cmp.Diff(want, Fold(f, mixed)); d != "" {
			t.Errorf("-sorted +mixed:\n%s", d)
		}
	})
}

// Every change that Record took is one revision of the exception, and none that
// it refused is; what it answered is what a reader sees.
func TestNoChangeIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		m := newMemory(f)
		l := NewLedger(m)
		taken := 0
		for i := range rapid.IntRange(1, 15).Draw(t, "changes") {
			c := drawStep(t, i)
			before := Fold(f, m.changes[f.ID])
			c.On = rapid.SampledFrom([]int{Latest, before.Revision, max(0, before.Revision-1)}).Draw(t, "on")
			e, err := l.Record(t.Context(), c)
			after := Fold(f, m.changes[f.ID])
			if d := cmp.Diff(after, e); d != "" {
				t.Fatalf("-stored +answered:\n%s", d)
			}
			var conflict *Conflict
			var notAllowed *NotAllowed
			switch {
			case err == nil && c.Step != Notify:
				taken++
				if after.ChangedAt != c.At || after.Revision != before.Revision+1 {
					t.Fatalf("%s was taken and did not change it: %+v", c.Step, after)
				}
				if !f.Withdrawn && after.State == Archived && !after.HasCause() {
					t.Fatal("archived without a cause")
				}
			case errors.As(err, &conflict) != (c.On != Latest && c.On != before.Revision && c.Step != Notify):
				t.Fatalf("%s on %d of %d: %v", c.Step, c.On, before.Revision, err)
			case err != nil && conflict == nil && !errors.As(err, &notAllowed):
				t.Fatal(err)
			}
			if after.Revision != taken {
				t.Fatalf("%d changes were taken, it is at revision %d", taken, after.Revision)
			}
		}
	})
}

// Of changes on one revision, made at once, exactly one wins, and the others are
// told and kept as refused.
func TestOneOfManyWins(t *testing.T) {
	for range 200 {
		m := newMemory(facts())
		l := NewLedger(m)
		const racers = 8
		errs := make([]error, racers)
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() {
				_, errs[i] = l.Record(t.Context(), step(Acknowledge, 10, func(c *Change) { c.ID, c.On = fmt.Sprint(i), 0 }))
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			var conflict *Conflict
			switch {
			case err == nil:
				won++
			case !errors.As(err, &conflict) || conflict.Current.State != Acknowledged:
				t.Fatal(err)
			}
		}
		if won != 1 || len(m.changes[7]) != racers {
			t.Fatalf("%d won and %d changes are kept, want 1 and %d", won, len(m.changes[7]), racers)
		}
	}
}
