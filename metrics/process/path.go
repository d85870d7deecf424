package process

// paths are the orders' ways through the stages, as the stages' next lists allow
// them. Stages are bits.
type paths struct {
	before []uint64 // per stage: those that every way to it passes
	whole  uint64   // those that every way from placing to completion passes
}

// newPaths finds the stages that no allowed way leaves out: a stage is demanded of
// an order that reaches another if that one cannot be reached without it. Where a
// process names no starting or no completing stage, nothing is demanded.
func newPaths(p *Plan) paths {
	var starts, ends uint64
	for _, a := range p.OpensOn {
		starts |= p.Step(a).Starts
	}
	for _, a := range p.ClosesOn.Completed {
		ends |= p.Step(a).Ends
	}
	w := paths{before: make([]uint64, len(p.Stages))}
	all := p.reach(starts, 0)
	for s := range p.Stages {
		bit := uint64(1) << s
		if all&bit == 0 {
			continue
		}
		without := p.reach(starts&^bit, bit)
		for t := range p.Stages {
			if t != s && all&(1<<t) != 0 && without&(1<<t) == 0 {
				w.before[t] |= bit
			}
		}
		if all&ends != 0 && without&ends == 0 {
			w.whole |= bit
		}
	}
	return w
}

// reach returns the stages that can be reached from those of from, avoiding others.
func (p *Plan) reach(from, avoid uint64) uint64 {
	for {
		grown := from
		for i := range p.Stages {
			if from&(1<<i) == 0 {
				continue
			}
			for j := range p.Stages {
				if avoid&(1<<j) == 0 && p.Follows(i, j) {
					grown |= 1 << j
				}
			}
		}
		if grown == from {
			return from
		}
		from = grown
	}
}

// Demanded returns, as bits, the stages that every allowed way to stage i passes.
func (p *Plan) Demanded(i int) uint64 { return p.paths.before[i] }

// DemandedAtEnd returns, as bits, the stages that every allowed way from placing an
// order to its completion passes.
func (p *Plan) DemandedAtEnd() uint64 { return p.paths.whole }

// FollowsWithout reports whether stage next may follow stage i for an order that may
// leave out the stages of skip, which are bits.
func (p *Plan) FollowsWithout(i, next int, skip uint64) bool {
	seen := uint64(1) << i
	for at := seen; at != 0; {
		var further uint64
		for s := range p.Stages {
			if at&(1<<s) == 0 {
				continue
			}
			if p.Follows(s, next) {
				return true
			}
			for t := range p.Stages {
				if skip&(1<<t) != 0 && p.Follows(s, t) {
					further |= 1 << t
				}
			}
		}
		at = further &^ seen
		seen |= further
	}
	return false
}
