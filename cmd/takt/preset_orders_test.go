package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"golang.org/x/sync/errgroup"

	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/source"
	"github.com/takt-orders/takt/ingest/source/presets"
)

// ordersOf are ten orders of a preset that has a mapping of its own.
type ordersOf struct {
	use     presets.Use
	way     way
	decoder *source.Decoder
	records [][]byte // as the system writes them: some told again, and in any order
	events  [][]byte // the same in canonical form
	steps   []string // what they tell, sorted
}

// TestPresetOrders takes ten orders of every preset that has a mapping of its own
// through the real program, the way that its page says: systems that push do so to
// takt gateway, signed, each delivery twice; others are asked by takt poll, page by
// page, while their orders go on; the rest is in the topic. What they tell is there and
// no more, and their visits are those of the same orders in canonical form.
func TestPresetOrders(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", "ingest", "source", "presets", "testdata", "orders", "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatal("no orders: ", err)
	}
	env, db := stack(t)
	dir, listen := t.TempDir(), freeAddress(t)
	write(t, filepath.Join(dir, "secret"), pushSecret)
	push := newPusher(t, dir, listen)
	all, uses := map[string]ordersOf{}, map[string]presets.Use{}
	vendors, pushes, polls := map[string]*vendor{}, []map[string]any{}, []map[string]any{}
	for _, file := range files {
		one := tenOrders(t, file)
		name := one.use.Preset
		all[name], uses[name], uses[name+canonical] = one, one.use, presets.Use{}
		if one.way.push != nil {
			pushes = append(pushes, one.way.endpoint(name))
		}
		if one.way.poll != nil {
			v, address := newVendor(t, dialects()[name], one.polled(), one.number)
			vendors[name], polls = v, append(polls, one.way.polled(t, name, address, one.fields()))
		}
	}
	more, err := yaml.Marshal(map[string]any{"poll": polls, "gateway": map[string]any{
		"listen": listen, "tls": map[string]any{"cert_file": "takt.crt", "key_file": "takt.key"}, "endpoints": pushes,
	}})
	if err != nil {
		t.Fatal(err)
	}
	config := presetConfig(t, dir, uses, string(more))
	cluster := kafka.Cluster{Brokers: []string{strings.TrimPrefix(env[0], "TAKT_KAFKA_BROKERS=")}}
	for name := range all {
		if err := errors.Join(
			cluster.CreateTopic(within(t, time.Minute), name, 2, 1, nil), cluster.CreateTopic(within(t, time.Minute), name+canonical, 1, 1, nil),
		); err != nil {
			t.Fatal(err)
		}
	}
	takt(t, env, "-c", config, "migrate")
	stopPolls := background(t, env, "-c", config, "poll", "--web.listen-address", "127.0.0.1:0")
	stopGateway := background(t, env, "-c", config, "gateway", "--web.listen-address", "127.0.0.1:0")
	ctx := within(t, 2*time.Minute)
	var feeding errgroup.Group
	for name, one := range all {
		feeding.Go(func() error { return produce(ctx, cluster, name+canonical, one.events, numberOf) })
		switch {
		case one.way.push != nil:
			auth, _ := one.way.push["auth"].(string)
			feeding.Go(func() error { return push.all(ctx, name, auth, one.pushed()) })
		case one.way.poll == nil:
			feeding.Go(func() error { return produce(ctx, cluster, name, one.records, one.number) })
		}
	}
	if err := feeding.Wait(); err != nil {
		t.Fatal(err)
	}
	for name, v := range vendors {
		v.wait(t, name)
	}
	stopPolls()
	stopGateway()
	takt(t, env, "-c", config, "run", "--until-caught-up", "--web.listen-address", "127.0.0.1:0")
	stored, visits, records := map[string][]string{}, map[string][]string{}, map[string]string{}
	for _, row := range query(t, db, "SELECT DISTINCT source, order_id, activity, formatDateTime(occurred_at, '%FT%TZ', 'UTC') FROM takt.events") {
		stored[row[0]] = append(stored[row[0]], strings.Join(row[1:], " "))
	}
	for _, row := range query(t, db, "SELECT process, order_id, toString(amount) FROM takt.orders WHERE amount IS NOT NULL") {
		stored[row[0]] = append(stored[row[0]], row[1]+" amount "+row[2])
	}
	for _, row := range query(t, db, "SELECT process, order_id, unit, stage, visit, entered_at, left_at, outcome, breached, owner, amount FROM takt.visits ORDER BY ALL") {
		visits[row[0]] = append(visits[row[0]], strings.Join(row[1:], " "))
	}
	for _, row := range query(t, db, "SELECT topic, sum(records) FROM takt.progress GROUP BY topic") {
		records[row[0]] = row[1]
	}
	for name, orders := range all {
		process := processOf(name)
		for _, by := range orders.way.names() {
			t.Run(by+"/"+name, func(t *testing.T) {
				got := slices.Clone(stored[name])
				if process != name {
					got = append(got, stored[process]...)
				}
				sameEvents(t, orders.steps, got)
				want := visits[processOf(name+canonical)]
				if diff := gocmp.Diff(want, visits[process]); diff != "" || len(want) < 10 {
					t.Errorf("%d visits (-canonical +%s):\n%s", len(want), name, diff)
				}
				if want := orders.written(); want > 0 && records[name] != fmt.Sprint(want) {
					t.Errorf("%s records are in the topic, want %d", records[name], want)
				}
			})
		}
	}
	if got := one(t, db, "SELECT count() FROM takt.dead_letters"); got != "0" {
		t.Errorf("%s dead letters", got)
	}
}

// canonical ends the name of the source of a preset's orders in canonical form.
const canonical = "-canonical"

// processOf is the process of a source.
func processOf(name string) string { return strings.ReplaceAll(name, "-", "_") }

// numberOf is the number of the order that an event in canonical form is about.
func numberOf(event []byte) string {
	var e struct {
		Order string `json:"order_id"`
	}
	_ = json.Unmarshal(event, &e) // the files were read before
	return e.Order
}

// number is that of the order that a record is about.
func (o ordersOf) number(record []byte) string {
	var arena source.Arena
	number, _ := o.decoder.Order(record, &arena)
	return number
}

// isMessage reports whether a record is a message, where a system both tells and answers.
func isMessage(record []byte) bool { return bytes.Contains(record, []byte(`"msgType"`)) }

// pushed and polled are the records that come by either way.
func (o ordersOf) pushed() [][]byte {
	if o.way.poll == nil {
		return o.records
	}
	return slices.DeleteFunc(slices.Clone(o.records), func(r []byte) bool { return !isMessage(r) })
}

func (o ordersOf) polled() [][]byte { return slices.DeleteFunc(slices.Clone(o.records), isMessage) }

// written is how many records come into the topic, 0 where a poller says it: a delivery
// told again is none, unless nothing says that it is told again.
func (o ordersOf) written() int {
	switch {
	case o.way.poll != nil:
		return 0
	case o.way.push["auth"] == "bearer" && o.way.push["delivery_header"] == nil:
		return 2 * len(o.records)
	default:
		return len(o.records)
	}
}

// fields are the names that the records have, sorted.
func (o ordersOf) fields() []string {
	names := map[string]bool{}
	for _, r := range o.records {
		var object map[string]any
		_ = json.Unmarshal(r, &object) // the files were read before
		for name := range object {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// produce writes records into a topic, keyed by order.
func produce(ctx context.Context, cluster kafka.Cluster, topic string, records [][]byte, number func([]byte) string) error {
	p, err := kafka.NewProducer(kafka.ProducerConfig{Cluster: cluster, Topic: topic})
	if err != nil {
		return err
	}
	log := make([]kafka.Message, len(records))
	for i, r := range records {
		log[i] = kafka.Message{Key: []byte(number(r)), Value: r}
	}
	return errors.Join(p.Write(ctx, log...), p.Close())
}

// tenOrders reads a file of orders.
func tenOrders(t *testing.T, file string) (all ordersOf) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	orders := map[string]bool{}
	for line := range bytes.Lines(text) {
		var one struct {
			Use           *presets.Use
			Record, Event json.RawMessage
		}
		if err := json.Unmarshal(line, &one); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		switch {
		case one.Use != nil:
			all.use = *one.Use
		case one.Event == nil:
			all.records = append(all.records, one.Record)
		default:
			var e struct {
				Order    string `json:"order_id"`
				Activity string
				Occurred string `json:"occurred_at"`
				Amount   json.Number
			}
			if err := json.Unmarshal(one.Event, &e); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			all.events = append(all.events, one.Event)
			all.steps = append(all.steps, fmt.Sprint(e.Order, " ", e.Activity, " ", e.Occurred))
			if e.Amount != "" && !orders[e.Order] {
				all.steps = append(all.steps, fmt.Sprint(e.Order, " amount ", strings.TrimSuffix(strings.TrimRight(e.Amount.String(), "0"), ".")))
			}
			orders[e.Order] = true
		}
	}
	if len(orders) != 10 {
		t.Fatalf("%s: %d orders, want 10", file, len(orders))
	}
	slices.Sort(all.steps)
	all.way = wayOf(t, all.use.Preset)
	p, err := presets.Get(all.use.Preset)
	if err != nil {
		t.Fatal(err)
	}
	m, problems := p.Fill(all.use)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if all.decoder, err = source.NewDecoder(source.Config{Mapping: m, Source: all.use.Preset, Process: "orders"}); err != nil {
		t.Fatal(err)
	}
	return all
}
