package simulate

import (
	"slices"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// Roles name the stages that the scenarios happen to. An empty field takes the
// stage that the retail process calls so, and in any other process the stage in
// that place.
type Roles struct {
	Review    string   // people decide; default "review", else the first stage
	Warehouse string   // goods are picked; default "pick", else the longest stage between review and carrier
	HandOff   string   // orders get lost here; default "ship", else the stage before the carrier
	Carrier   string   // goods travel, no capacity; default "transit", else the last stage before the order closes
	Delays    []string // further stages that only take time, without servers; default "pay"
}

func (r Roles) withDefaults(p *process.Process) Roles {
	last := 0 // of the stages before the order closes
	for i := range p.Stages {
		if !p.Stages[i].AfterClose {
			last = i
		}
	}
	name := func(field *string, usual string, otherwise func() int) {
		if *field != "" {
			return
		}
		i := p.StageIndex(usual)
		if i < 0 {
			i = otherwise()
		}
		*field = p.Stages[i].Name
	}
	name(&r.Review, "review", func() int { return 0 })
	name(&r.Carrier, "transit", func() int { return last })
	name(&r.Warehouse, "pick", func() int {
		best, length := p.StageIndex(r.Review), time.Duration(-1)
		for i := range last {
			s := &p.Stages[i]
			if s.Name != r.Review && s.Name != r.Carrier && !slices.Contains(r.Delays, s.Name) && within(p, i) > length {
				best, length = i, within(p, i)
			}
		}
		return best
	})
	name(&r.HandOff, "ship", func() int { return max(p.StageIndex(r.Carrier)-1, 0) })
	if r.Delays == nil && p.StageIndex("pay") >= 0 {
		r.Delays = []string{"pay"}
	}
	return r
}

func (r Roles) validate(p *process.Process, require func(bool, string, ...any)) {
	for _, name := range append([]string{r.Review, r.Warehouse, r.HandOff, r.Carrier}, r.Delays...) {
		require(p.StageIndex(name) >= 0, "role: %q is not a stage of process %q", name, p.Name)
	}
}

// delays reports whether the stage only takes time.
func (r Roles) delays(stage string) bool {
	return len(stage) > 0 && (stage == r.Carrier && stage != r.Review || slices.Contains(r.Delays, stage))
}
