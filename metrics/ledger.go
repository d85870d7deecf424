package metrics

// The names of the ledger's metrics.
const (
	exceptionsUnanswered   = "takt_exceptions_unanswered"
	exceptionsAcknowledged = "takt_exceptions_acknowledged"
	exceptionAcknowledge   = "takt_exception_acknowledge_seconds"
	exceptionsResolved     = "takt_exceptions_resolved"
	exceptionResolve       = "takt_exception_resolve_seconds"
)

// Handled is what people did about the exceptions of one stage, kind and team of a
// partition.
type Handled struct {
	Stage      int // index in the process; -1: the order as a whole
	Kind, Team string

	Unanswered         int64   // open, and nobody has answered
	Acknowledged       int64   // first answered in the last 7 days
	AcknowledgeSeconds float64 // from opening to the first answer, summed over Acknowledged
	Resolved           int64   // resolved in the last 7 days
	ResolveSeconds     float64 // from opening to the resolution, summed over Resolved
}

// handled are the sums of Handled of one series.
type handled struct {
	unanswered, acknowledged, resolved int64
	acknowledgeSeconds, resolveSeconds float64
}

func (h *handled) add(o *handled) {
	h.unanswered += o.unanswered
	h.acknowledged += o.acknowledged
	h.resolved += o.resolved
	h.acknowledgeSeconds += o.acknowledgeSeconds
	h.resolveSeconds += o.resolveSeconds
}

// SetHandled tells what people did about the partition's exceptions; all supersedes
// what was told before.
func (p *Partition) SetHandled(all []Handled) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handled = map[*exception]*handled{}
	for i := range all {
		h := &all[i]
		k := exceptionKey{-1, h.Kind, h.Team}
		if h.Stage >= 0 && h.Stage < len(p.oldest) {
			k.stage = h.Stage
		}
		p.m.mu.Lock()
		e := p.family.handled(k)
		p.m.mu.Unlock()
		if p.handled[e] == nil {
			p.handled[e] = &handled{}
		}
		p.handled[e].add(&handled{h.Unanswered, h.Acknowledged, h.Resolved, h.AcknowledgeSeconds, h.ResolveSeconds})
	}
}

// sendHandled sends what people did.
func (s *sums) sendHandled(f *family, send func(name string, value float64, labels ...string)) {
	for e, h := range s.handled {
		for _, g := range []struct {
			name  string
			value float64
		}{
			{exceptionsUnanswered, float64(h.unanswered)},
			{exceptionsAcknowledged, float64(h.acknowledged)},
			{exceptionAcknowledge, h.acknowledgeSeconds},
			{exceptionsResolved, float64(h.resolved)},
			{exceptionResolve, h.resolveSeconds},
		} {
			send(g.name, g.value, f.process.Name, f.stageName(e.key.stage), e.key.kind, e.key.team)
		}
	}
}
