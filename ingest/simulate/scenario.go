package simulate

import (
	"fmt"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// Scenario is what goes wrong, or nothing.
type Scenario uint8

// The scenarios.
const (
	WarehouseOutage Scenario = iota + 1 // nothing is picked
	SlowReviewers                       // each review takes five times as long
	CarrierDelay                        // one region's parcels come two thirds of the limit later
	StockOut                            // orders for the most wanted product wait for stock
	SilentSource                        // the warehouse's system records nothing; it sends all of it afterwards
	LostOrders                          // of the orders at the hand-off, a third never leaves
	Normal                              // nothing
)

var scenarioNames = [...]string{
	"", "warehouse_outage", "slow_reviewers", "carrier_delay", "stock_out", "silent_source", "lost_orders", "normal",
}

const (
	reviewSlowdown = 5.0
	delayShare     = 2.0 / 3 // of the carrier's limit
	lossShare      = 1.0 / 3
)

// Scenarios returns all of them, in order; Normal is the last.
func Scenarios() []Scenario {
	return []Scenario{WarehouseOutage, SlowReviewers, CarrierDelay, StockOut, SilentSource, LostOrders, Normal}
}

// Drawn returns the scenario that a seed stands for, each equally often.
func Drawn(seed uint64) Scenario { return Scenario(1 + mix(seed)%uint64(Normal)) }

// String returns the scenario's name.
func (s Scenario) String() string {
	if s >= 1 && s <= Normal {
		return scenarioNames[s]
	}
	return fmt.Sprintf("Scenario(%d)", uint8(s))
}

// MarshalText writes the scenario's name.
func (s Scenario) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a scenario's name.
func (s *Scenario) UnmarshalText(text []byte) error {
	for i := WarehouseOutage; i <= Normal; i++ {
		if scenarioNames[i] == string(text) {
			*s = i
			return nil
		}
	}
	return fmt.Errorf("read scenario %q: want one of %v", text, scenarioNames[1:])
}

// Lead is how long before "now" the scenario should have begun for the incident
// to be plain to see, at any hour of the day.
func (s Scenario) Lead() time.Duration {
	switch s {
	case CarrierDelay:
		return 48 * time.Hour
	case LostOrders:
		return 24 * time.Hour
	default:
		return 14 * time.Hour
	}
}

// incident is the scenario at work: active in [onset, end).
type incident struct {
	scenario Scenario
	stage    int
	onset    int64 // ms
	end      int64
	delay    int64 // carrier delay, ms
	region   int   // carrier delay
	product  int   // stock-out
	source   uint8 // silent source
}

func newIncident(cfg *Config, f *flow) incident {
	in := incident{scenario: cfg.Scenario, stage: -1}
	if cfg.Scenario == Normal {
		return in
	}
	in.onset = cfg.Onset.UnixMilli()
	in.end = in.onset + ms(cfg.Duration)
	in.stage = cfg.Process.StageIndex(cfg.Roles.Stage(cfg.Scenario))
	in.source = f.stageSource[in.stage]
	in.delay = int64(delayShare * float64(ms(baseLimit(cfg.Process, in.stage))))
	return in
}

// Stage returns the stage whose ends are missing or delayed in the scenario,
// empty for Normal.
func (r Roles) Stage(s Scenario) string {
	switch s {
	case SlowReviewers:
		return r.Review
	case CarrierDelay:
		return r.Carrier
	case LostOrders:
		return r.HandOff
	case Normal:
		return ""
	default:
		return r.Warehouse
	}
}

// is reports whether the scenario is s and it is at work on the stage at the time.
func (in *incident) is(s Scenario, stage int, at int64) bool {
	return in.scenario == s && in.stage == stage && at >= in.onset && at < in.end
}

// silences reports whether an event of the source that moves an order is held back.
func (in *incident) silences(source uint8, at int64) bool {
	return in.scenario == SilentSource && in.source == source && at >= in.onset && at < in.end
}

// cause says in words what happens.
func (in *incident) cause(n *names, f *flow) string {
	switch in.scenario {
	case WarehouseOutage:
		return "outage: no order leaves the stage"
	case SlowReviewers:
		return fmt.Sprintf("each visit takes %g times as long", reviewSlowdown)
	case CarrierDelay:
		return fmt.Sprintf("parcels to region %q come %s later", n.regions[in.region], time.Duration(in.delay)*time.Millisecond)
	case StockOut:
		return fmt.Sprintf("product %q is out of stock", n.products[in.product])
	case SilentSource:
		return fmt.Sprintf("source %q sends nothing", f.sources[in.source])
	case LostOrders:
		return "a third of the orders that enter the stage are lost"
	default:
		return ""
	}
}

// baseLimit is the length a stage's times are shares of: a limit of working time
// as long as it takes in a regular week, on the mean.
func baseLimit(p *process.Process, i int) time.Duration {
	if d := within(p, i); d > 0 {
		return d
	}
	return 8 * time.Hour
}

// within returns the stage's limit in wall time, 0 without one.
func within(p *process.Process, i int) time.Duration {
	limit := &p.Stages[i].Limit
	if limit.Of == process.Working {
		return time.Duration(float64(limit.Within) / p.CalendarOf(i).Share())
	}
	return limit.Within
}
