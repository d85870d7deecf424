package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/takt-orders/takt/metrics/view"
)

// exceptionsMost is how many rows a page lists.
const exceptionsMost = 100

// exceptionsPage lists the exceptions on which somebody has to act.
type exceptionsPage struct {
	Rows    panel[[]exceptionRow]
	Total   int // that the filter chooses
	Filters []filter
	Chosen  bool // a filter is set
	States  []group
}

// exceptionRow is one of them as of now.
type exceptionRow struct {
	view.ExceptionRow
	Age time.Duration
}

// filter is one thing to choose by.
type filter struct {
	Name, Chosen string
	Values       []string
}

func (h *console) groups(ctx context.Context, d *readings) ([]view.ExceptionGroup, error) {
	return read(ctx, d, &d.groups, Fresh, "groups of exceptions", func(ctx context.Context, _ time.Time) ([]view.ExceptionGroup, error) {
		return view.OpenExceptions(ctx, h.Store.Conn(), d.process.Name)
	})
}

func (h *console) exceptions(w http.ResponseWriter, r *http.Request) {
	p := h.begin(r, "exceptions")
	p.Title = p.Lang.say("exceptions")
	d := h.readings[p.Process.Name]
	p.Sources = d.freshness(r.Context())
	b := &exceptionsPage{Filters: []filter{{Name: "state"}, {Name: "kind"}, {Name: "stage"}, {Name: "team"}}}
	for i := range b.Filters {
		b.Filters[i].Chosen = p.Chosen(b.Filters[i].Name)
		b.Chosen = b.Chosen || b.Filters[i].Chosen != ""
	}
	groups, err := h.groups(r.Context(), d)
	b.choices(groups)
	rows, total := []exceptionRow(nil), 0
	if err == nil {
		rows, total, err = h.list(r.Context(), p)
	}
	b.Total = total
	none, word := zero, "no_exceptions"
	if b.Chosen {
		none, word = unmatched, "unmatched"
	}
	b.Rows = filled(rows, err, len(rows) > 0, none, word)
	p.Body = b
	h.show(w, http.StatusOK, "exceptions.html", p)
}

// choices fills the filters with what there is to choose.
func (b *exceptionsPage) choices(groups []view.ExceptionGroup) {
	for _, g := range groups {
		for i, value := range []string{g.State, g.Kind, g.Stage, g.Team} {
			if f := &b.Filters[i]; value != "" && !slices.Contains(f.Values, value) {
				f.Values = append(f.Values, value)
			}
		}
		i := slices.IndexFunc(b.States, func(s group) bool { return s.Kind == g.State })
		if i < 0 {
			i, b.States = len(b.States), append(b.States, group{Kind: g.State})
		}
		b.States[i].Count += g.Count
	}
	for i := range b.Filters {
		if f := &b.Filters[i]; f.Chosen != "" && !slices.Contains(f.Values, f.Chosen) {
			f.Values = append(f.Values, f.Chosen)
		}
		slices.Sort(b.Filters[i].Values)
	}
	slices.SortFunc(b.States, func(x, y group) int { return slices.Index(states(), x.Kind) - slices.Index(states(), y.Kind) })
}

// states are those of an exception on which somebody has to act, in their order.
func states() []string { return []string{"opened", "reopened", "assigned", "acknowledged", "followed"} }

func (h *console) list(ctx context.Context, p *page) ([]exceptionRow, int, error) {
	bound, cancel := context.WithTimeout(ctx, h.Within)
	defer cancel()
	found, total, err := view.Exceptions(bound, h.Store.Conn(), view.ExceptionFilter{
		Process: p.Process.Name, State: p.Chosen("state"), Kind: p.Chosen("kind"), Stage: p.Chosen("stage"), Team: p.Chosen("team"),
		Open: true, Most: exceptionsMost,
	})
	if err != nil {
		h.Logger.Warn("panel of the console cannot be read", "panel", "exceptions", "process", p.Process.Name, "err", err)
		return nil, 0, err
	}
	rows := make([]exceptionRow, len(found))
	for i := range found {
		found[i].OpenedAt = found[i].OpenedAt.In(p.Process.Zone)
		rows[i] = exceptionRow{found[i], p.Now.Sub(found[i].OpenedAt)}
	}
	return rows, total, nil
}
