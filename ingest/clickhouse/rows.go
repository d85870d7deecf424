package clickhouse

import (
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// blocks are the reused buffers of a flush on its way: every row but its events.
type blocks struct {
	f *ingest.Flush
	p *process.Process

	dead       *deadRows
	visits     *visitRows
	exceptions *exceptionRows
	promises   *promiseRows
	orders     *orderRows
	progress   *progressRows
	framer     *framer
	body       []byte
}

var _ tracker.Rows = (*blocks)(nil)

func newBlocks(compression string) *blocks {
	return &blocks{
		dead: newDeadRows(), visits: newVisitRows(), exceptions: newExceptionRows(),
		promises: newPromiseRows(), orders: newOrderRows(), progress: newProgressRows(),
		framer: newFramer(compression),
	}
}

// Order is tracker.Rows'.
func (b *blocks) Order(o *tracker.Order) { b.orders.add(b.f, b.p, o) }

// Visit is tracker.Rows'.
func (b *blocks) Visit(v *tracker.Visit) { b.visits.add(b.f, b.p, v) }

// Exception is tracker.Rows'.
func (b *blocks) Exception(x *tracker.Exception) { b.exceptions.add(b.f, b.p, x) }

// Promise is tracker.Rows'.
func (b *blocks) Promise(p *tracker.Promise) { b.promises.add(b.f, p) }

func (b *blocks) all() []*block {
	return []*block{&b.dead.block, &b.visits.block, &b.exceptions.block, &b.promises.block, &b.orders.block, &b.progress.block}
}

func (b *blocks) reset() {
	b.f, b.p = nil, nil
	for _, each := range b.all() {
		each.reset()
	}
}

// dims are the columns of tracker.Dims.
type dims struct{ channel, region, warehouse, carrier, supplier, product, source *dictionary }

func (b *block) dims() dims {
	return dims{
		channel: b.name("channel"), region: b.name("region"), warehouse: b.name("warehouse"), carrier: b.name("carrier"),
		supplier: b.name("supplier"), product: b.name("product"), source: b.name("source"),
	}
}

func (c *dims) add(d *tracker.Dims) {
	c.channel.add(d.Channel)
	c.region.add(d.Region)
	c.warehouse.add(d.Warehouse)
	c.carrier.add(d.Carrier)
	c.supplier.add(d.Supplier)
	c.product.add(d.Product)
	c.source.add(d.Source)
}

// place is where in the log a derived row comes from, and so its revision.
type place struct {
	topic                        *dictionary
	partition, epoch, offset, as *fixed
	deleted                      *fixed
}

func (b *block) place() place {
	c := place{topic: b.name("topic"), partition: b.fixed("partition", "UInt32"), epoch: b.fixed("epoch", "UInt16")}
	c.offset = b.fixed("applied_offset", "UInt64")
	b.incompressible()
	c.as, c.deleted = b.fixed("as_of", "UInt64"), b.fixed("deleted", "UInt8")
	return c
}

func (c *place) add(f *ingest.Flush, r tracker.Revision, deleted bool) {
	c.topic.add(f.Topic)
	c.partition.u32(f.Partition)
	c.epoch.u16(f.Epoch)
	c.offset.i64(max(r.Offset, 0))
	c.as.i64(max(int64(r.AsOf), 0) & (1<<48 - 1))
	c.deleted.bool(deleted)
}

func (c *nullable) tri(v tracker.Tri) {
	c.null(v == tracker.Undecided)
	c.values.bool(v == tracker.Yes)
}

func (c *fixed) instant(v order.Instant) { c.i64(int64(v)) }

// stageName returns the name of stage i, empty if i names none.
func stageName(p *process.Process, i int) string {
	if i < 0 || i >= len(p.Stages) {
		return ""
	}
	return p.Stages[i].Name
}
