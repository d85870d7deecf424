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

// Sizes of the chunks that are admitted as a whole, in series.
const (
	orderChunk     = 10 // opened, reopened, closed x 2, promises x 4; gauges: open, late
	stageChunk     = 7  // started, finished, due x 2; gauge: orders x 3
	exceptionChunk = 2  // opened; gauge: open
)

// histogramSeries returns how many series a histogram has.
func histogramSeries(buckets []float64) int { return len(buckets) + 3 } // +Inf, sum, count
