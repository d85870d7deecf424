package metrics

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// DefaultSeriesCap is the bound on the series of one instance.
const DefaultSeriesCap = 20_000

// Other is the label value that stands for all those the cap keeps out.
const Other = "other"

// Source names one source and what it feeds.
type Source struct {
	Name    string
	Process string // name of one of Config.Processes
	Topic   string
	Fields  []string // fields of its mapping whose values may be unknown: Partition.Unknown
	// Reconciles says that it is compared with its own lists by schedule.
	Reconciles bool
}

// Config is what the metrics are built from.
type Config struct {
	Processes []*process.Process // required, validated
	Sources   []Source           // required
	Channels  []string           // known channels: their series begin at zero
	Reported  []string           // known kinds of reported exceptions: their series begin at zero

	// Currencies are those whose amounts are told apart, at most 7: their series begin
	// at zero and all others are "other"; empty: the first three that are seen.
	Currencies []string

	ExtraLabels      []string // of region, warehouse, carrier: further labels of the metrics with a channel
	NativeHistograms bool     // native histograms beside the classic ones
	SeriesCap        int      // default DefaultSeriesCap

	Tables       []string // labels of inserts; default the tables of the store
	RetryReasons []string // labels of retries; default overload, network, timeout

	Version string // of the build
	Commit  string // of the build

	Now func() time.Time // default time.Now
}

// Validate returns everything wrong with the configuration.
func (c *Config) Validate() error {
	var errs []error
	if len(c.Processes) == 0 {
		errs = append(errs, errors.New("processes: is missing: name at least one process"))
	}
	names := map[string]bool{}
	for i, p := range c.Processes {
		if names[p.Name] {
			errs = append(errs, fmt.Errorf("processes[%d]: %q stands twice", i, p.Name))
		}
		names[p.Name] = true
	}
	sources := map[string]bool{}
	for i, s := range c.Sources {
		if s.Name == "" || s.Topic == "" {
			errs = append(errs, fmt.Errorf("sources[%d]: needs a name and a topic", i))
		}
		if sources[s.Name] {
			errs = append(errs, fmt.Errorf("sources[%d]: %q stands twice", i, s.Name))
		}
		if !names[s.Process] {
			errs = append(errs, fmt.Errorf("sources[%d].process: %q is not a process", i, s.Process))
		}
		sources[s.Name] = true
	}
	for i, l := range c.ExtraLabels {
		if !slices.Contains(dimensions(), l) {
			errs = append(errs, fmt.Errorf("metrics.extra_labels[%d]: %q is not one of %q", i, l, dimensions()))
		}
		if slices.Contains(c.ExtraLabels[:i], l) {
			errs = append(errs, fmt.Errorf("metrics.extra_labels[%d]: %q stands twice", i, l))
		}
	}
	if len(c.Currencies) > maxCurrencies {
		errs = append(errs, fmt.Errorf("currencies: are %d, at most %d are possible", len(c.Currencies), maxCurrencies))
	}
	if c.SeriesCap < 0 {
		errs = append(errs, errors.New("metrics.series_cap: must not be negative"))
	}
	return errors.Join(errs...)
}

// dimensions returns the dimensions that may become extra labels.
func dimensions() []string { return []string{"region", "warehouse", "carrier"} }

func (c *Config) defaults() {
	if c.SeriesCap == 0 {
		c.SeriesCap = DefaultSeriesCap
	}
	if len(c.Tables) == 0 {
		c.Tables = []string{"events", "dead_letters", "visits", "exceptions", "promises", "orders", "progress", "exception_changes"}
	}
	if len(c.RetryReasons) == 0 {
		c.RetryReasons = []string{"overload", "network", "timeout"}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
}

// buckets returns the upper bounds of durations of visits and orders, in seconds.
func buckets() []float64 {
	const m, h, d = 60.0, 3600.0, 86400.0
	return []float64{5 * m, 15 * m, 30 * m, h, 2 * h, 4 * h, 8 * h, 12 * h, d, 2 * d, 3 * d, 5 * d, 7 * d, 14 * d, 30 * d}
}

// rowBuckets returns the upper bounds of the rows of one insert.
func rowBuckets() []float64 { return []float64{1, 10, 100, 1_000, 10_000, 100_000, 1_000_000} }

// insertBuckets returns the upper bounds of the duration of one insert, in seconds.
func insertBuckets() []float64 {
	return []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
}
