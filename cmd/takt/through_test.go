package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/takt-orders/takt/ingest/kafka"
)

const throughConfig = `
kafka: {group: %[1]s}
processes: [process.yaml]
sources:
  - {name: %[1]s, topic: %[1]s, process: %[1]s, mapping: canonical, partitions: 4}
  - {name: %[1]s-shop, topic: %[1]s-shop, through: %[1]s, mapping: canonical}
  - {name: %[1]s-erp, topic: %[1]s-erp, through: %[1]s, mapping: canonical}
channels: [web]
flush: {rows: 100, every: 50ms}
`

// throughRun is a process fed by two topics, neither of them keyed by order number.
type throughRun struct {
	w      *world
	name   string
	config string
	log    []kafka.Message
	topics [2]string
	parts  [2][]kafka.Message // of log, by topic
	events int                // records that are events
}

func newThrough(t *testing.T, name string, seed uint64) *throughRun {
	t.Helper()
	rng := rng(seed)
	r := &throughRun{
		w: newWorld(t), name: name, config: filepath.Join(t.TempDir(), "takt.yaml"), log: killLog(rng, 2500),
		topics: [2]string{name + "-shop", name + "-erp"},
	}
	write(t, filepath.Join(filepath.Dir(r.config), "process.yaml"), fmt.Sprintf(killProcess, name))
	write(t, r.config, fmt.Sprintf(throughConfig, name))
	for i, topic := range r.topics {
		if err := r.w.cluster().CreateTopic(within(t, time.Minute), topic, 2+i, 1, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range r.log {
		if m.Value != nil && bytes.HasSuffix(m.Value, []byte("}")) {
			r.events++
		}
		m.Value = bytes.Replace(m.Value, []byte(`{`), []byte(`{"source":"shop",`), 1) // else a repeat in the other topic were another event
		m.Key = fmt.Appendf(nil, "%d", rng.IntN(1000))
		i := rng.IntN(2)
		r.parts[i] = append(r.parts[i], m)
	}
	return r
}

// feed writes the part of the log from share a of 10 to share b.
func (r *throughRun) feed(t *testing.T, a, b int) {
	t.Helper()
	for i, part := range r.parts {
		r.w.produce(t, r.topics[i], part[a*len(part)/10:b*len(part)/10])
	}
}

func (r *throughRun) untilStored(t *testing.T) {
	t.Helper()
	for i := range r.parts {
		r.w.untilStored(t, r.topics[i], len(r.parts[i]))
	}
	r.w.untilStored(t, r.name, r.events)
}

// check asserts that each event was passed on once, and that what is left equals what
// one topic keyed by order number leaves.
func (r *throughRun) check(t *testing.T) {
	t.Helper()
	w, calm := r.w, r.name+"calm"
	// What the transactions of dead lives have left in the log is not seen.
	reader, err := kafka.New(kafka.Config{Cluster: w.cluster(), Topic: r.name, Assignment: kafka.AssignStatic})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if seen := recordsOf(t, reader); seen != r.events {
		t.Errorf("%d events stand in the canonical topic, want %d", seen, r.events)
	}
	w.calm(t, calm, r.log, len(r.log), run{})
	w.audited(t, r.name, r.config, len(r.log)+r.events)
	r.equal(t, calm, "1")
	if n := one(t, w.engine, "SELECT uniqExact(topic) FROM takt.dead_letters WHERE process = '"+r.name+"'"); n != strconv.Itoa(len(r.topics)) {
		t.Errorf("dead letters come from %s topics, want both", n)
	}
}

// equal asserts that the orders of the run that fulfil a condition equal those of a calm one.
func (r *throughRun) equal(t *testing.T, calm, where string) {
	t.Helper()
	for relation, columns := range map[string]string{
		"events":       "order_id, unit, activity, occurred_at, actor, region, amount, promised_at",
		"visits":       strings.TrimSuffix(compared()["visits"], ", live"),
		"orders":       compared()["orders"],
		"exceptions":   compared()["exceptions"],
		"promises":     compared()["promises"],
		"dead_letters": "reason, length(value) > 0",
	} {
		sum := "SELECT count(), sum(cityHash64(" + columns + ")) FROM takt." + relation + " WHERE process = '"
		state := "'"
		if relation != "dead_letters" { // whose orders nobody knows
			state += " AND " + where
		}
		if relation == "exceptions" {
			state += " AND state != 'withdrawn'"
		}
		if got, want := one(t, r.w.engine, sum+r.name+state), one(t, r.w.engine, sum+calm+state); got != want || strings.HasPrefix(want, "0 ") {
			t.Errorf("%s: got (rows, hash) %s, want %s", relation, got, want)
		}
	}
}

// TestThroughKilled kills the service again and again while it passes events on.
func TestThroughKilled(t *testing.T) {
	r := newThrough(t, "through", 77)
	r.feed(t, 0, 10)
	lives := rng(78)
	for range 8 {
		r.w.live(t, lives, r.config)
	}
	last := r.w.start(t, r.config)
	r.untilStored(t)
	last.ready(t)
	last.stop(t)
	r.check(t)
}

// TestThroughZombie stops one of two instances, and lets it go on when the other has
// long taken its partitions over: what it had under way is refused.
func TestThroughZombie(t *testing.T) {
	r := newThrough(t, "zombiethrough", 79)
	r.feed(t, 0, 2)
	first := r.w.start(t, r.config, "--failpoint", "stop:before:progress@9")
	r.feed(t, 2, 6)
	first.frozen(t)
	second := r.w.start(t, r.config)
	r.feed(t, 6, 10)
	r.untilStored(t)
	first.thaw()
	time.Sleep(2 * time.Second)
	second.ready(t)
	first.stop(t)
	second.stop(t)
	r.check(t)
}

// recordsOf counts the records of a topic.
func recordsOf(t *testing.T, s *kafka.Source) (n int) {
	t.Helper()
	ctx := within(t, time.Minute)
	ranges, err := s.Ranges(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range ranges {
		reader, err := s.Open(r.Partition, r.Begin)
		if err != nil {
			t.Fatal(err)
		}
		for next := r.Begin; next < r.End; {
			b, err := reader.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			n += len(b.Records)
			next = b.Next
			b.Release()
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}
	return n
}

// TestThroughMerged tells half of what happens to each order under another number, and
// sooner or later that both are one, while the service is killed again and again: what
// it leaves equals what is left when all is told under one number.
func TestThroughMerged(t *testing.T) {
	r := newThrough(t, "merged", 83)
	rng := rng(84)
	orders := map[string]bool{}
	for i := range r.parts {
		for j := range r.parts[i] {
			m := &r.parts[i][j]
			if number := orderNumber.Find(m.Value); number != nil && xxhash.Sum64(m.Value)%2 == 0 {
				m.Value = bytes.Replace(m.Value, number, append([]byte("ERP-"), number...), 1)
				orders[string(number)] = true
			}
		}
	}
	for number := range orders {
		i := rng.IntN(2)
		link := kafka.Message{Value: fmt.Appendf(nil,
			`{"source":"links","order_id":"ERP-%s","activity":"order.merged","occurred_at":"2026-01-05T00:00:00Z","attributes":{"merged_into":%q}}`, number, number)}
		r.parts[i] = slices.Insert(r.parts[i], rng.IntN(len(r.parts[i])+1), link)
	}
	r.feed(t, 0, 4)
	lives := rand.New(rand.NewPCG(85, 1))
	for range 4 {
		r.w.live(t, lives, r.config)
	}
	r.feed(t, 4, 10)
	for range 4 {
		r.w.live(t, lives, r.config)
	}
	// Its end says that all is stored, what was moved included.
	takt(t, r.w.env(), "-c", r.config, "run", "--until-caught-up", "--web.listen-address=127.0.0.1:0")
	calm := r.name + "calm"
	r.w.calm(t, calm, r.log, len(r.log), run{})
	r.equal(t, calm, "order_id NOT LIKE 'ERP%'")
	if got, want := one(t, r.w.engine, "SELECT countIf(status = 'merged'), count() FROM takt_store.orders FINAL WHERE process = '"+r.name+"' AND order_id LIKE 'ERP%'"),
		fmt.Sprintf("%d %d", len(orders), len(orders)); got != want {
		t.Errorf("of the former numbers (merged, all) are %s, want %s", got, want)
	}
	for _, relation := range []string{"visits", "exceptions WHERE state != 'withdrawn' AND", "promises"} {
		relation, _ = strings.CutSuffix(relation, " AND")
		where := " WHERE "
		if strings.Contains(relation, "WHERE") {
			where = " AND "
		}
		if n := one(t, r.w.engine, "SELECT count() FROM takt."+relation+where+"process = '"+r.name+"' AND order_id LIKE 'ERP%'"); n != "0" {
			t.Errorf("%s rows of former numbers are left in %s", n, relation)
		}
	}
	if sum := readAudit(t, takt(t, r.w.env(), "-c", r.config, "audit", "--json")); sum.Missing != 0 || sum.Twice != 0 || sum.Behind != 0 {
		t.Errorf("audit %+v", sum)
	}
}

// orderNumber is the first number in an event.
var orderNumber = regexp.MustCompile(`SO-[0-9]+`)
