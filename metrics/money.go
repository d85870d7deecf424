package metrics

import (
	"slices"
	"strings"

	"github.com/takt-orders/takt/metrics/tracker"
)

// Currencies are a label of few values: those of the configuration or, without any,
// the first that are seen. All others share the last slot, "other".
const (
	maxCurrencies   = 7
	firstCurrencies = 3
)

// currencies gives each currency its slot.
type currencies struct {
	names []string // by slot, without that of "other"
	limit int
}

// knownCurrencies returns the configured slots as bits: their series begin at zero.
func (c *Config) knownCurrencies() uint8 { return 1<<len(c.Currencies) - 1 }

// currencySlots returns how many slots there are, that of "other" included.
func (c *Config) currencySlots() int {
	if len(c.Currencies) > 0 {
		return len(c.Currencies) + 1
	}
	return firstCurrencies + 1
}

func newCurrencies(c *Config) currencies {
	return currencies{names: slices.Clone(c.Currencies), limit: c.currencySlots() - 1}
}

// slot returns the slot of a currency; Metrics.mu is held.
func (c *currencies) slot(name string) int {
	if i := slices.Index(c.names, name); i >= 0 {
		return i
	}
	if len(c.names) == c.limit || name == Other {
		return c.limit
	}
	c.names = append(c.names, strings.Clone(name))
	return len(c.names) - 1
}

// purse is a sum of money by currency, in hundredths.
type purse struct {
	sums [maxCurrencies + 1]int64
	seen uint8 // slots that money was put into
}

func (p *purse) put(slot int, hundredths int64) {
	p.sums[slot] += hundredths
	p.seen |= 1 << slot
}

func (p *purse) add(q *purse) {
	p.seen |= q.seen
	for i := range p.sums {
		p.sums[i] += q.sums[i]
	}
}

// each calls f with every currency that has been seen.
func (p *purse) each(names []string, f func(currency string, amount float64)) {
	for i, name := range names {
		if p.seen&(1<<i) != 0 {
			f(name, float64(p.sums[i])/100)
		}
	}
}

// put puts what d moves into to.
func (p *Partition) put(to *purse, d *tracker.Delta) {
	if d.Amount.Valid && d.Dims != nil {
		to.put(p.slot(d.Dims.Currency), d.Amount.Units)
	}
}

// slot returns the slot of a currency in the partition's purses.
func (p *Partition) slot(currency string) int {
	if i, ok := p.slots[currency]; ok {
		return i
	}
	p.m.mu.Lock()
	i := p.m.currencies.slot(currency)
	last := i == p.m.currencies.limit
	p.m.mu.Unlock()
	if last {
		p.countValue("currency", currency)
		return i // not remembered: there is no bound on how many there are
	}
	p.slots[strings.Clone(currency)] = i
	return i
}

// currencyNames returns the label values of all slots in use.
func (m *Metrics) currencyNames() []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	names := make([]string, m.currencies.limit+1)
	copy(names, m.currencies.names)
	names[m.currencies.limit] = Other
	return names
}
