package metrics

// Figure names a gauge that can be compared with a view. Stage is empty where the
// figure is the process's.
type Figure struct{ Process, Stage, Name string }

// The figures that are compared.
const (
	FigureStageOrders    = "stage_orders"    // visits under way
	FigureStageAtRisk    = "stage_at_risk"   // of them at risk
	FigureStageOverdue   = "stage_overdue"   // of them past their deadline
	FigureOrdersOpen     = "orders_open"     // open orders
	FigureOrdersLate     = "orders_late"     // of them past their promise
	FigureExceptionsOpen = "exceptions_open" // open exceptions
)

// Figures returns what the gauges are now, over the owned partitions.
func (m *Metrics) Figures() map[Figure]float64 {
	processes := processSums{}
	for _, p := range m.owned() {
		s := processes.of(p.family)
		p.mu.Lock()
		s.add(p)
		p.mu.Unlock()
	}
	all := map[Figure]float64{}
	for f, s := range processes {
		name := f.process.Name
		for _, sum := range s.tuples {
			all[Figure{name, "", FigureOrdersOpen}] += float64(sum.open)
			all[Figure{name, "", FigureOrdersLate}] += float64(sum.late)
			for i, st := range sum.stages {
				all[Figure{name, f.stageName(i), FigureStageOrders}] += float64(st.open[0] + st.open[1] + st.open[2])
				all[Figure{name, f.stageName(i), FigureStageAtRisk}] += float64(st.open[1])
				all[Figure{name, f.stageName(i), FigureStageOverdue}] += float64(st.open[2])
			}
		}
		for _, open := range s.exceptions {
			all[Figure{name, "", FigureExceptionsOpen}] += float64(open)
		}
	}
	return all
}

// SetParity tells how far a figure of a process is from its view, summed over stages.
func (m *Metrics) SetParity(process, figure string, difference float64) {
	m.ingest.parity.WithLabelValues(process, figure).Set(difference)
}
