package metrics

// budget is the bound on series. Only admission spends it and nothing gives it
// back: a chunk of series that was refused once is refused ever after, without
// anybody having to remember it.
type budget struct{ limit, used int }

// take spends n series if there are as many left.
func (b *budget) take(n int) bool {
	if b.limit-b.used < n {
		return false
	}
	b.used += n
	return true
}

// exceptionChunk is the size of what is admitted as a whole of exceptions, in series:
// opened; gauge: open.
const exceptionChunk = 2

// handledChunk is that of what people did about them: the gauges of the ledger.
const handledChunk = 5

// orderChunk is that of orders: opened, reopened, closed x 2, promises x 4; gauges:
// open, late, and the amounts of both by currency.
func (m *Metrics) orderChunk() int { return 10 + 2*m.config.currencySlots() }

// stageChunk is that of stages: started, finished, due x 2; gauge: orders x 3, and
// their amounts by currency.
func (m *Metrics) stageChunk() int { return 7 + 3*m.config.currencySlots() }

// histogramSeries returns how many series a histogram has.
func histogramSeries(buckets []float64) int { return len(buckets) + 3 } // +Inf, sum, count
