package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/reconcile"
)

// heldSQL tells what Takt has of orders: when and where each was first placed, and
// what was said last of its amount, as in takt.orders; said by unit, the units'
// amounts are added. What a reconciliation reported is no event of the order. %[1]s is
// the events, %[2]s which activities place an order, %[3]s which orders are asked for,
// %[4]s the exceptions.
const heldSQL = `
WITH said AS
(
    SELECT
        order_id, unit,
        minIf(toUnixTimestamp64Milli(occurred_at), opens) AS placed,
        argMinIf(tuple(source, channel, ifNull(toUnixTimestamp64Milli(recorded_at), 0), live), occurred_at, opens) AS placing,
        countIf(opens) AS placings,
        argMaxIf(assumeNotNull(amount), occurred_at, amount IS NOT NULL) AS amount_said, countIf(amount IS NOT NULL) AS amounts,
        argMaxIf(assumeNotNull(quantity), occurred_at, quantity IS NOT NULL) AS quantity_said, countIf(quantity IS NOT NULL) AS quantities,
        max(occurred_at) AS latest,
        argMaxIf(currency, occurred_at, currency != '') AS currency_said,
        argMaxIf(region, occurred_at, region != '') AS region_said,
        argMaxIf(customer_key, occurred_at, customer_key != '') AS customer_said,
        argMaxIf(attributes['` + reconcile.AttrAddress + `'], occurred_at, attributes['` + reconcile.AttrAddress + `'] != '') AS address_said
    FROM (SELECT *, activity IN (%[2]s) AS opens FROM %[1]s FINAL WHERE NOT deleted)
    WHERE process = {process:String} AND actor != '` + order.Reconciler + `' AND order_id IN (%[3]s)
    GROUP BY order_id, unit
)
SELECT
    h.order_id, h.placed, h.placing.1, h.placing.2, h.placing.3, h.placing.4, x.again,
    h.amounts > 0, h.amount, h.currency, h.quantities > 0, h.quantity, h.region, h.customer, h.address
FROM
(
    SELECT
        order_id,
        ifNull(minIf(said.placed, placings > 0), 0) AS placed, argMinIf(said.placing, said.placed, placings > 0) AS placing,
        sum(said.amounts) AS amounts, toInt64(100 * toDecimal128(if(sumIf(said.amounts, unit = '') > 0, sumIf(amount_said, unit = '' AND said.amounts > 0), sumIf(amount_said, said.amounts > 0)), 2)) AS amount,
        sum(said.quantities) AS quantities, toInt64(1000 * toDecimal128(if(sumIf(said.quantities, unit = '') > 0, sumIf(quantity_said, unit = '' AND said.quantities > 0), sumIf(quantity_said, said.quantities > 0)), 3)) AS quantity,
        argMaxIf(currency_said, latest, currency_said != '') AS currency, argMaxIf(region_said, latest, region_said != '') AS region,
        argMaxIf(customer_said, latest, customer_said != '') AS customer, argMaxIf(address_said, latest, address_said != '') AS address
    FROM said
    GROUP BY order_id
) AS h
LEFT JOIN
(
    SELECT order_id, count() AS again
    FROM %[4]s FINAL
    WHERE process = {process:String} AND kind = 'duplicate' AND NOT withdrawn AND NOT deleted AND cause != '` + reconcile.ListedTwice + `'
    GROUP BY order_id
) AS x ON x.order_id = h.order_id`

// Held calls fn with every order that the scope's source placed on its days, in its
// channel, by one of the activities that open an order. The order is valid during the
// call.
func (db *DB) Held(ctx context.Context, s *reconcile.Scope, opens []string, fn func(*reconcile.Order)) error {
	where := "SELECT order_id FROM " + db.local("events") + " FINAL WHERE NOT deleted AND process = {process:String} AND source = {source:String}" +
		" AND (channel = {channel:String} OR {channel:String} = '') AND activity IN (" + quotedList(opens) + ")" +
		" AND occurred_at >= fromUnixTimestamp64Milli(toInt64({from:Int64}), 'UTC') AND occurred_at < fromUnixTimestamp64Milli(toInt64({until:Int64}), 'UTC')"
	return db.held(ctx, s, opens, where, fn)
}

// askedAtOnce is how many orders one query names.
const askedAtOnce = 2000

// HeldOf calls fn with what Takt has of the orders, whatever their source, channel and
// day; one without Placed is known by other events only.
func (db *DB) HeldOf(ctx context.Context, s *reconcile.Scope, opens, ids []string, fn func(*reconcile.Order)) error {
	for len(ids) > 0 {
		n := min(len(ids), askedAtOnce)
		if err := db.held(ctx, s, opens, quotedList(ids[:n]), fn); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

func (db *DB) held(ctx context.Context, s *reconcile.Scope, opens []string, orders string, fn func(*reconcile.Order)) error {
	ctx = driver.Context(ctx, driver.WithSettings(driver.Settings{"max_query_size": 1 << 20}), driver.WithParameters(driver.Parameters{
		"process": s.Process, "source": s.Source, "channel": s.Channel,
		"from": fmt.Sprint(int64(s.From.Begin(s.Zone))), "until": fmt.Sprint(int64((s.To + 1).Begin(s.Zone))),
	}))
	rows, err := db.conn.Query(ctx, fmt.Sprintf(heldSQL, db.local("events"), quotedList(opens), orders, db.local("exceptions")))
	if err != nil {
		return fmt.Errorf("read what Takt has: %w", halted(err))
	}
	defer rows.Close()
	for rows.Next() {
		var o reconcile.Order
		var placed, recorded int64
		var again uint64
		var amount, quantity uint8
		var address string
		if err := rows.Scan(&o.ID, &placed, &o.Source, &o.Channel, &recorded, &o.Live, &again,
			&amount, &o.Amount.Units, &o.Currency, &quantity, &o.Quantity.Units, &o.Region, &o.Customer, &address); err != nil {
			return fmt.Errorf("read what Takt has: %w", err)
		}
		o.Placed, o.Recorded, o.Repeats = order.Instant(placed), order.Instant(recorded), int(again)
		o.Amount.Valid, o.Quantity.Valid, o.Address = amount != 0, quantity != 0, reconcile.Fingerprint(address)
		fn(&o)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read what Takt has: %w", halted(err))
	}
	return nil
}

// DeadOrders calls fn with those of the orders that a dead letter of the process is
// keyed by.
func (db *DB) DeadOrders(ctx context.Context, process string, ids []string, fn func(id string)) error {
	ctx = driver.Context(ctx, driver.WithSettings(driver.Settings{"max_query_size": 1 << 20}))
	for len(ids) > 0 {
		n := min(len(ids), askedAtOnce)
		rows, err := db.conn.Query(ctx, "SELECT DISTINCT key FROM "+db.local("dead_letters")+" FINAL WHERE NOT deleted AND process = ? AND key IN ("+quotedList(ids[:n])+")", process)
		if err != nil {
			return fmt.Errorf("look up dead letters: %w", halted(err))
		}
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				rows.Close()
				return fmt.Errorf("look up dead letters: %w", err)
			}
			fn(id)
		}
		if err := rows.Close(); err != nil {
			return fmt.Errorf("look up dead letters: %w", err)
		}
		ids = ids[n:]
	}
	return nil
}

// LastReconciliation returns what the runs of the scope that hold found, and which was
// the latest of them; 0: there was none.
func (db *DB) LastReconciliation(ctx context.Context, s *reconcile.Scope) (found []reconcile.Difference, run order.Instant, err error) {
	where := " WHERE process = ? AND source = ? AND day >= ? AND day <= ? AND (channel = ? OR ? = '')"
	args := []any{s.Process, s.Source, s.From.String(), s.To.String(), s.Channel, s.Channel}
	var last uint64
	if err := db.conn.QueryRow(ctx, "SELECT max(run) FROM "+db.local("reconciliation_runs")+where, args...).Scan(&last); err != nil {
		return nil, 0, fmt.Errorf("read last reconciliation: %w", halted(err))
	}
	rows, err := db.conn.Query(ctx, "SELECT toString(day), toString(channel), order_id, toString(kind), toString(detail) FROM takt.reconciliation_orders"+where+" ORDER BY day, order_id, kind, detail", args...)
	if err != nil {
		return nil, 0, fmt.Errorf("read last reconciliation: %w", halted(err))
	}
	defer rows.Close()
	for rows.Next() {
		var d reconcile.Difference
		var day, kind string
		if err := rows.Scan(&day, &d.Channel, &d.Order, &kind, &d.Detail); err != nil {
			return nil, 0, fmt.Errorf("read last reconciliation: %w", err)
		}
		if d.Day, err = reconcile.ParseDay(day); err != nil {
			return nil, 0, fmt.Errorf("read last reconciliation: %w", err)
		}
		d.Kind = reconcile.Kind(kind)
		found = append(found, d)
	}
	if err := rows.Err(); err != nil {
		return nil, 0, fmt.Errorf("read last reconciliation: %w", err)
	}
	return found, order.Instant(last), nil
}

// reconcileRows bounds the rows of one insert.
const reconcileRows = 200_000

// SaveReconciliation stores a result in place of the former ones of its source,
// channel and days. It counts from the last insert on; what is cut off before is seen
// by nobody.
func (db *DB) SaveReconciliation(ctx context.Context, run order.Instant, r *reconcile.Result) error {
	for from := 0; from < len(r.Differences); from += reconcileRows {
		rows := newReconcileOrderRows()
		for i := from; i < min(from+reconcileRows, len(r.Differences)); i++ {
			rows.add(int64(run), r, &r.Differences[i])
		}
		if err := db.record(ctx, &rows.block); err != nil {
			return fmt.Errorf("store reconciliation: %w", err)
		}
	}
	days, runs := newReconcileDayRows(), newReconcileRunRows()
	for i := range r.Tallies {
		days.add(int64(run), r, &r.Tallies[i])
	}
	for d := r.From; d <= r.To; d++ {
		runs.add(int64(run), r, d)
	}
	if err := db.record(ctx, &days.block, &runs.block); err != nil {
		return fmt.Errorf("store reconciliation: %w", err)
	}
	return nil
}

// Differing is how many orders of a source differ in one way, by the runs that hold.
type Differing struct {
	Source string
	Kind   reconcile.Kind
	Orders uint64
}

// Differences returns the sums of what differs for each source and kind over the days
// from since on; a kind of which there is nothing is there with 0.
func (db *DB) Differences(ctx context.Context, process string, since time.Time) ([]Differing, error) {
	var sums []string
	for _, k := range reconcile.Kinds() {
		sums = append(sums, "sum("+string(k)+")")
	}
	rows, err := db.conn.Query(ctx, "SELECT toString(source), ["+strings.Join(sums, ", ")+"] FROM takt.reconciliation_daily WHERE process = ? AND day >= ? GROUP BY source ORDER BY source",
		process, since.Format(time.DateOnly))
	if err != nil {
		return nil, fmt.Errorf("read reconciliations: %w", halted(err))
	}
	defer rows.Close()
	var all []Differing
	for rows.Next() {
		var source string
		var counts []uint64
		if err := rows.Scan(&source, &counts); err != nil {
			return nil, fmt.Errorf("read reconciliations: %w", err)
		}
		for i, k := range reconcile.Kinds() {
			all = append(all, Differing{source, k, counts[i]})
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read reconciliations: %w", err)
	}
	return all, nil
}

// quotedList writes texts as SQL lists them.
func quotedList(all []string) string {
	var b strings.Builder
	for i, s := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		quote(&b, s)
	}
	return b.String()
}
