package main

import (
	"fmt"
	"strconv"
	"time"
)

// The events of the speed table: orders of a shop, six events each, 0.56 kB of
// JSON of which fourteen members are mapped. They come in rounds: all orders are
// placed, then all are approved, and so on, so that two events of one order are as
// far apart as there are orders.

var steps = [...]string{
	"order.placed", "order.approved", "order.paid", "order.picked", "order.shipped", "order.delivered",
}

// stay is how long after the step before it each step is taken: within the limits
// of the shipped retail process, but for one order in twenty, whose channel has an
// hour for review.
const stay = 150 * time.Minute

const mappingFile = `times: [rfc3339]
identity: content
fields:
  order_id: order.no
  occurred_at: time
  channel: order.channel
  actor: actor
  region: ship.region
  warehouse: ship.warehouse
  carrier: ship.carrier
  supplier: order.supplier
  product: order.product
  amount: order.amount
  currency: order.currency
  promised_at: ship.promised
  customer_key: customer
activity:
  from: type
`

// mix turns a number into one that looks random (splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// orderNumber is 24 bytes long.
func orderNumber(i int) string { return fmt.Sprintf("SO-%08x-%012d", uint32(mix(uint64(i))), i) }

// generator makes the records of a log of so many orders.
type generator struct {
	orders int
	first  int       // number of the first order: two logs share none
	begin  time.Time // of the first event
	tick   time.Duration
	stays  bool // the last step does not close the order
	buf    []byte
}

func newGenerator(orders int, stays bool) *generator {
	g := &generator{orders: orders, tick: stay / time.Duration(orders), stays: stays}
	if stays {
		g.first = 1 << 29
	}
	g.begin = time.Now().Add(-time.Duration(len(steps))*stay - time.Hour).Truncate(time.Second)
	return g
}

// events is the length of the log.
func (g *generator) events() int { return g.orders * len(steps) }

// record makes record i of the log. The value is valid until the next call.
func (g *generator) record(i int) (number string, value []byte, at time.Time) {
	at = g.begin.Add(time.Duration(i) * g.tick).Truncate(time.Millisecond)
	step := steps[i/g.orders]
	if g.stays && i/g.orders == len(steps)-1 {
		step = "order.at_hub"
	}
	return g.event(i%g.orders, step, at)
}

var (
	channels   = [...]string{"web", "app", "shop", "market", "phone"}
	warehouses = [...]string{"east", "west", "north", "south", "centre", "port"}
	carriers   = [...]string{"sf-express", "jd-logistics", "zto", "yto", "ems"}
)

func (g *generator) event(i int, step string, at time.Time) (number string, value []byte, _ time.Time) {
	i += g.first
	number = orderNumber(i)
	h := mix(uint64(i) * 3)
	pick := func(n uint64) uint64 { h = mix(h); return h % n }
	channel := channels[pick(5)]
	if i%20 == 7 {
		channel = "vip"
	}
	b := g.buf[:0]
	text := func(name, value string) {
		b = append(append(append(b, '"'), name...), `":"`...)
		b = append(append(b, value...), `",`...)
	}
	numbered := func(name, prefix string, n uint64) { text(name, prefix+strconv.FormatUint(n, 10)) }
	b = append(b, '{')
	text("specversion", "1.0")
	numbered("id", "evt-", mix(h^uint64(at.UnixNano())))
	text("type", step)
	text("time", at.UTC().Format("2006-01-02T15:04:05.000Z"))
	numbered("actor", "clerk-", pick(200))
	b = append(b, `"order":{`...)
	text("no", number)
	text("channel", channel)
	numbered("supplier", "supplier-", pick(300))
	numbered("product", "SKU-", 100000+pick(2000))
	b = append(b, `"lines":`...)
	b = append(strconv.AppendUint(b, 1+pick(4), 10), `,"amount":`...)
	b = strconv.AppendFloat(b, float64(100+pick(90000))/100, 'f', 2, 64)
	b = append(b, `,"currency":"CNY"},"ship":{`...)
	numbered("region", "region-", pick(31))
	text("warehouse", warehouses[pick(6)])
	text("carrier", carriers[pick(5)])
	text("promised", g.begin.Add(4*24*time.Hour).UTC().Format("2006-01-02T15:04:05Z"))
	b = append(b, `"express":false},`...)
	numbered("customer", "c", mix(h))
	b = append(b, `"trace":{"host":"oms-7f9c4d5b66-x2k8p","zone":"cn-east-2b","attempt":1,"sampled":true,"tags":["oms","v2","prod"]}`...)
	b = append(b, '}')
	g.buf = b
	return number, b, at
}
