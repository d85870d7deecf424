package simulate

import (
	"errors"
	"fmt"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// Config says what to simulate.
type Config struct {
	Process *process.Process // required, valid
	Seed    uint64
	From    time.Time // first orders arrive; required
	To      time.Time // last delivery; zero: the run has no end

	OrdersPerDay float64 // mean over a week; default 2040

	Scenario Scenario      // default Normal
	Onset    time.Time     // when the incident begins; default To less the scenario's Lead, or From + 29 d
	Duration time.Duration // of the incident; default 72 h

	Roles Roles // which stage plays what; default: see Roles
	Rates Rates // all zero: DefaultRates
}

// Rates are the shares, 0 to 1, at which things happen that are no incident.
type Rates struct {
	Duplicate    float64 // deliveries repeated
	Late         float64 // deliveries received hours after they occurred
	Cancelled    float64 // orders the customer cancels
	Rejected     float64 // visits of a stage that can reject or send back which do
	Parcels      float64 // orders in two parcels; a quarter of it again in three
	Inquiries    float64 // orders the customer asks about
	Scored       float64 // completed orders that are scored
	Notices      float64 // orders whose customer is notified when the last stage begins
	HandOvers    float64 // changes of team with a hand-over asked for and accepted
	PromiseMoved float64 // orders whose promise is rewritten
}

// DefaultRates are those of an ordinary shop.
func DefaultRates() Rates {
	return Rates{
		Duplicate: 0.005, Late: 0.02, Cancelled: 0.025, Rejected: 0.02, Parcels: 0.06,
		Inquiries: 0.06, Scored: 0.15, Notices: 0.08, HandOvers: 0.03, PromiseMoved: 0.02,
	}
}

func (c Config) withDefaults() Config {
	if c.OrdersPerDay == 0 {
		c.OrdersPerDay = 2040
	}
	if c.Scenario == 0 {
		c.Scenario = Normal
	}
	if c.Duration == 0 {
		c.Duration = 72 * time.Hour
	}
	if c.Onset.IsZero() {
		if c.To.IsZero() {
			c.Onset = c.From.Add(29 * 24 * time.Hour)
		} else {
			c.Onset = c.To.Add(-c.Scenario.Lead())
		}
	}
	if c.Rates == (Rates{}) {
		c.Rates = DefaultRates()
	}
	if c.Process != nil && len(c.Process.Stages) > 0 {
		c.Roles = c.Roles.withDefaults(c.Process)
	}
	return c
}

// Validate returns everything wrong with c, nil if nothing is.
func (c Config) Validate() error {
	var errs []error
	require := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	if c.Process == nil {
		require(false, "process is missing")
	} else if problems := c.Process.Validate(); len(problems) > 0 {
		require(false, "process %q: %s %s", c.Process.Name, problems[0].Path, problems[0].Message)
	} else {
		c.Roles.validate(c.Process, require)
	}
	require(!c.From.IsZero(), "from is missing")
	require(c.To.IsZero() || c.To.After(c.From), "to must be after from")
	require(c.OrdersPerDay > 0 && c.OrdersPerDay <= 1e7, "orders per day must be more than 0 and at most 10 million")
	require(c.Scenario >= WarehouseOutage && c.Scenario <= Normal, "scenario is unknown")
	require(c.Scenario == Normal || c.Onset.After(c.From), "onset must be after from")
	require(c.Duration > 0, "duration must be more than zero")
	c.Rates.validate(require)
	return errors.Join(errs...)
}

func (r Rates) validate(require func(bool, string, ...any)) {
	for _, f := range [...]struct {
		name  string
		share float64
	}{
		{"duplicate", r.Duplicate},
		{"late", r.Late},
		{"cancelled", r.Cancelled},
		{"rejected", r.Rejected},
		{"parcels", r.Parcels},
		{"inquiries", r.Inquiries},
		{"scored", r.Scored},
		{"notices", r.Notices},
		{"hand-overs", r.HandOvers},
		{"promise moved", r.PromiseMoved},
	} {
		require(f.share >= 0 && f.share <= 0.5, "rate %q must be a share from 0 to 50%%", f.name)
	}
}
