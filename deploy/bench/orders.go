package main

import (
	"encoding/binary"
	"strconv"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// plan is the retail process as a value, without the warning and the stuck time of
// its last stage: orders that wait there change by their deadline alone.
func plan() *process.Plan { return process.NewPlan(shop()) }

// shop is the process of plan.
func shop() *process.Process {
	stage := func(name, from, to string, within time.Duration) process.Stage {
		return process.Stage{
			Name: name, StartsOn: []string{from}, EndsOn: []string{to}, Owner: process.Owner{Team: name},
			Limit:      process.Limit{Within: within, Of: process.Wall, Objective: 0.95, WarnAt: 0.75},
			StuckAfter: 5 * 24 * time.Hour,
		}
	}
	p := &process.Process{
		Name: processName, Zone: time.FixedZone("", 8*3600), OpensOn: []string{steps[0]},
		ClosesOn: process.Closing{Completed: []string{steps[5]}, Cancelled: []string{"order.cancelled"}},
		Promise:  process.Promise{Objective: 0.95, Granularity: process.Day},
		Stages: []process.Stage{
			stage("review", steps[0], steps[1], 4*time.Hour), stage("pay", steps[1], steps[2], 24*time.Hour),
			stage("pick", steps[2], steps[3], 4*time.Hour), stage("ship", steps[3], steps[4], 8*time.Hour),
			stage("transit", steps[4], steps[5], transit),
		},
	}
	last := &p.Stages[4]
	last.Limit.WarnAt, last.StuckAfter = 0, 0
	return p
}

const transit = 72 * time.Hour

// population makes the events of many orders: a number of 24 B, a step a minute,
// six dimensions, a promise. The first three steps are of the order as a whole,
// the others of each of its units; with one unit none is named.
type population struct {
	units  int
	closes bool                      // the last step closes the order
	dates  func(i int) order.Instant // when order i is placed
	hasher order.Hasher
	names  []string
}

// perOrder is the number of events of an order.
func (p *population) perOrder() int { return 3 + 3*p.units }

func (p *population) name(prefix string, n uint64) string {
	// Few names, made once: the decoder interns them too.
	if p.names == nil {
		p.names = make([]string, 6*256)
	}
	at := int(prefix[0])%6*256 + int(n&255)
	if p.names[at] == "" {
		p.names[at] = prefix + strconv.FormatUint(n&255, 10)
	}
	return p.names[at]
}

// event makes event k of order i.
func (p *population) event(e *order.Event, number string, i, k int) {
	h := mix(uint64(i))
	step, unit := k, ""
	if k >= 3 && p.units > 1 {
		step, unit = 3+(k-3)/p.units, p.name("unit-", uint64((k-3)%p.units))
	}
	activity := steps[step]
	if step == 5 && !p.closes {
		activity = "order.at_hub"
	}
	placed := p.dates(i)
	*e = order.Event{
		OrderID: number, SourceOrder: number, Unit: unit, Process: processName, Activity: activity,
		Source: "bench", Channel: p.name("channel-", h%5), Region: p.name("region-", h>>8%31), Warehouse: p.name("warehouse-", h>>16%6),
		Carrier: p.name("carrier-", h>>24%5), Product: p.name("product-", h>>32%200),
		OccurredAt: placed.Add(time.Duration(k)*time.Minute + time.Duration(h>>40%1000)*time.Millisecond),
		PromisedAt: placed.Add(10 * 24 * time.Hour), PromiseKind: order.PromiseCurrent,
	}
	e.RecordedAt = e.OccurredAt.Add(time.Second)
	p.seal(e)
}

func (p *population) seal(e *order.Event) {
	p.hasher.SetContent(e)
	p.hasher.SetID(e, order.IdentityContent, "", "", 0)
}

// number writes the order number of order i, 24 bytes, into buf.
func number(buf []byte, i int) string {
	var raw [12]byte
	binary.BigEndian.PutUint64(raw[:], mix(uint64(i)))
	binary.BigEndian.PutUint32(raw[8:], uint32(i))
	const digits = "0123456789ABCDEF"
	for n, b := range raw {
		buf[2*n], buf[2*n+1] = digits[b>>4], digits[b&15]
	}
	return string(buf[:24])
}
