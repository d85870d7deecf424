package app

import (
	"cmp"

	"github.com/takt-orders/takt/alerts/notify"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/metrics/process"
)

// kindOf returns how messages tell a kind of exception: as its process handles it.
func kindOf(cfg *config.Config, p *process.Process, kind string) notify.Kind {
	if p == nil { // of an alert from elsewhere
		p = &process.Process{}
	}
	h := p.Handling(kind)
	return notify.Kind{Title: h.Title, Severity: h.Severity.String(), Escalate: cmp.Or(h.EscalateAfter, cfg.Notify.EscalateAfter)}
}

// each reports whether every exception of the kind is told by itself.
func each(p *process.Process, kind string) bool { return p.Handling(kind).Each }
