package propose

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// stage is a proposed stage: from one activity to another.
type stage struct {
	from, to  string
	p95, p99  time.Duration
	durations int
}

// plan is a proposed process.
type plan struct {
	opens, completed, cancelled []string
	stages                      []stage
	outside                     []string // activities of no stage
}

// first returns when each activity of an order first happened, by place.
func first(list []step) map[string]int {
	at := map[string]int{}
	for i, s := range list {
		if _, ok := at[s.activity]; !ok {
			at[s.activity] = i
		}
	}
	return at
}

// plan orders activities by which comes before which, and makes stages of those
// that most completed orders pass.
func (w *way) plan() *plan {
	p := &plan{}
	opened, present, last := map[string]int{}, map[string]int{}, map[string]int{}
	firsts := map[string]map[string]int{}
	for no, list := range w.orders {
		firsts[no] = first(list)
		opened[list[0].activity]++
		last[list[len(list)-1].activity]++
		for a := range firsts[no] {
			present[a]++
		}
	}
	p.opens = []string{most(opened)}
	for _, a := range slices.Sorted(maps.Keys(last)) {
		if a != p.opens[0] && last[a]*10 >= present[a]*7 && present[a]*200 >= len(w.orders) {
			p.completed = append(p.completed, a)
		}
	}
	if len(p.completed) == 0 {
		delete(last, p.opens[0])
		p.completed = []string{most(last)}
	}
	p.completed, p.cancelled = ends(p.completed, present)
	main := w.main(p, firsts)
	for i := 1; i < len(main); i++ {
		p.stages = append(p.stages, w.stage(main[i-1], main[i], firsts))
	}
	for _, a := range slices.Sorted(maps.Keys(present)) {
		if !slices.Contains(main, a) && !slices.Contains(p.cancelled, a) && !slices.Contains(p.completed, a) {
			p.outside = append(p.outside, a)
		}
	}
	return p
}

// most returns the key of the greatest number, of several the first by name.
func most(counts map[string]int) string {
	best := ""
	for _, a := range slices.Sorted(maps.Keys(counts)) {
		if best == "" || counts[a] > counts[best] {
			best = a
		}
	}
	return best
}

// ends parts last activities into the commonest, which completes, and the others,
// which cancel where their names say so.
func ends(all []string, present map[string]int) (completed, cancelled []string) {
	slices.SortStableFunc(all, func(a, b string) int { return cmp.Compare(present[b], present[a]) })
	for _, a := range all {
		name := strings.ToLower(a)
		if slices.ContainsFunc([]string{"cancel", "storn", "annul", "void", "取消", "作废", "关闭"}, func(s string) bool { return strings.Contains(name, s) }) {
			cancelled = append(cancelled, a)
		} else if len(completed) == 0 {
			completed = append(completed, a)
		}
	}
	if len(completed) == 0 {
		completed, cancelled = all[:1], all[1:]
	}
	return completed, cancelled
}

// main returns the activities from the first to the completing one that most
// completed orders have, each before those that follow it in most orders.
func (w *way) main(p *plan, firsts map[string]map[string]int) []string {
	end := p.completed[0]
	have, done := map[string]int{}, 0
	for _, at := range firsts {
		if _, ok := at[end]; ok {
			done++
			for a := range at {
				if at[a] <= at[end] {
					have[a]++
				}
			}
		}
	}
	wins := map[string]int{}
	var main []string
	for _, a := range slices.Sorted(maps.Keys(have)) {
		if have[a]*2 >= done && a != p.opens[0] && a != end {
			main = append(main, a)
		}
	}
	for _, a := range main {
		for _, b := range main {
			before, after := 0, 0
			for _, at := range firsts {
				i, ok := at[a]
				j, both := at[b]
				if ok && both && i < j {
					before++
				} else if ok && both && i > j {
					after++
				}
			}
			if before > after {
				wins[a]++
			}
		}
	}
	slices.SortStableFunc(main, func(a, b string) int { return cmp.Compare(wins[b], wins[a]) })
	return append(append([]string{p.opens[0]}, main...), end)
}

// stage measures from the first of one activity to the first of another after it.
func (w *way) stage(from, to string, firsts map[string]map[string]int) stage {
	var all []time.Duration
	for no, at := range firsts {
		i, ok := at[from]
		j, both := at[to]
		if ok && both && i < j {
			all = append(all, w.orders[no][j].at.Sub(w.orders[no][i].at))
		}
	}
	slices.Sort(all)
	s := stage{from: from, to: to, durations: len(all)}
	if len(all) > 0 {
		s.p95, s.p99 = all[(len(all)-1)*95/100], all[(len(all)-1)*99/100]
	}
	return s
}
