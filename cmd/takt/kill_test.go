package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
)

// killSeeds returns the seeds that TAKT_CHAOS_SEEDS ("a-b") asks for.
func killSeeds(t *testing.T) (from, to int) {
	t.Helper()
	from, to = 1, 20
	if text := os.Getenv("TAKT_CHAOS_SEEDS"); text != "" {
		if _, err := fmt.Sscanf(text, "%d-%d", &from, &to); err != nil {
			t.Fatalf("TAKT_CHAOS_SEEDS is %q, not a-b: %v", text, err)
		}
	}
	return from, to
}

// killPoints are the places between and inside the inserts of a flush.
func killPoints() []string {
	var points []string
	for _, table := range []string{"events", "dead_letters", "orders", "visits", "exceptions", "promises", "progress"} {
		points = append(points, "before:"+table, "inside:"+table, "after:"+table)
	}
	return points
}

// TestKill kills the service with SIGKILL at random and at named points, many
// times per seed, and asserts that what it leaves equals what an undisturbed
// service leaves of the same log: progress, events, visits, orders, exceptions,
// promises and dead letters, none missing and none twice.
func TestKill(t *testing.T) {
	from, to := killSeeds(t)
	w := newWorld(t)
	for seed := from; seed <= to; seed++ {
		ok := t.Run(strconv.Itoa(seed), func(t *testing.T) { w.kill(t, uint64(seed)) })
		if results := os.Getenv("TAKT_CHAOS_RESULTS"); results != "" {
			record(t, results, seed, ok)
		}
	}
}

// record appends one seed's result to the file of results.
func record(t *testing.T, path string, seed int, ok bool) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(f, "%d %v\n", seed, ok)
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Error(err)
	}
}

// world is one real Kafka and one engine for all seeds.
type world struct {
	kafka      *embedded.ApacheKafka
	clickhouse *embedded.ClickHouse
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx := within(t, 5*time.Minute)
	engine, err := embedded.StartClickHouse(ctx, embedded.ClickHouseConfig{Dir: t.TempDir(), Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	broker, err := embedded.StartApacheKafka(ctx, t.TempDir(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{broker, engine}
}

func (w *world) env() []string {
	return []string{"TAKT_KAFKA_BROKERS=" + w.kafka.Addr, "TAKT_CLICKHOUSE_ADDR=" + w.clickhouse.Addr}
}

const killProcess = `
process: %[1]s
title: {en: Kill, zh: 演练}
timezone: Asia/Shanghai
opens_on: [order.placed]
closes_on: {completed: [order.delivered], cancelled: [order.cancelled]}
promise: {objective: 95%%, granularity: day}
stages:
  - {name: review, title: {en: Review, zh: 审核}, starts_on: [order.placed], ends_on: [order.approved, order.rejected], limit: {within: 4h, of: wall, objective: 95%%, warn_at: 75%%}, stuck_after: 24h, next: [pick]}
  - {name: pick, title: {en: Pick, zh: 备货}, starts_on: [order.approved], ends_on: [order.shipped], limit: {within: 8h, of: wall, objective: 90%%, warn_at: 50%%}, next: [transit]}
  - {name: transit, title: {en: Transit, zh: 物流}, starts_on: [order.shipped], ends_on: [order.delivered, order.returned], limit: {within: 48h, of: wall, objective: 90%%, warn_at: 75%%}}
  - {name: rate, title: {en: Rating, zh: 评价}, starts_on: [order.delivered], ends_on: [satisfaction.scored], after_close: true}
`

const killConfig = `
kafka: {group: %[1]s}
processes: [process.yaml]
sources:
  - {name: %[1]s, topic: %[1]s, process: %[1]s, epoch: 1, mapping: canonical, assignment: %[2]s}
channels: [web]
flush: {rows: %[3]d, every: %[4]s}
`

// setup writes a configuration for one run under a name and makes its topic.
func (w *world) setup(t *testing.T, name, assignment string, rows int, every time.Duration, partitions int) (config string) {
	t.Helper()
	dir := t.TempDir()
	config = filepath.Join(dir, "takt.yaml")
	write(t, filepath.Join(dir, "process.yaml"), fmt.Sprintf(killProcess, name))
	write(t, config, fmt.Sprintf(killConfig, name, assignment, rows, every))
	cluster := kafka.Cluster{Brokers: []string{w.kafka.Addr}}
	if err := cluster.CreateTopic(within(t, time.Minute), name, partitions, 1, nil); err != nil {
		t.Fatal(err)
	}
	return config
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const killPartitions = 4

func (w *world) kill(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	log := killLog(rng, 1500+rng.IntN(2500))
	killed, calm := fmt.Sprintf("kill%d", seed), fmt.Sprintf("calm%d", seed)
	assignment := "static"
	if seed%5 == 0 {
		assignment = "group"
	}
	rows := 50 + rng.IntN(400)
	config := w.setup(t, killed, assignment, rows, 50*time.Millisecond, killPartitions)
	// The first part stands in the log when Takt first starts: it is history.
	history := rng.IntN(len(log) / 2)
	w.produce(t, killed, log[:history])

	first := w.start(t, config)
	w.until(t, killed, strconv.Itoa(killPartitions), "SELECT uniqExact(partition) FROM takt.progress WHERE topic = '"+killed+"'")

	var feeding sync.WaitGroup
	feeding.Go(func() {
		for rest := log[history:]; len(rest) > 0; {
			n := min(1+rng.IntN(200), len(rest))
			w.produce(t, killed, rest[:n])
			rest = rest[n:]
			time.Sleep(time.Millisecond * 15)
		}
	})
	lives := rand.New(rand.NewPCG(seed, 2))
	time.Sleep(time.Duration(lives.IntN(300)) * time.Millisecond)
	_ = first.cmd.Process.Kill()
	<-first.done
	for range 3 + lives.IntN(4) {
		w.live(t, lives, config)
	}
	feeding.Wait()

	last := w.start(t, config)
	w.untilStored(t, killed, len(log))
	last.ready(t) // what an unfinished flush left undone is written again after recovery
	counted := last.counted(t)
	last.stop(t)
	if made := w.made(t, last.writer()); counted != made {
		t.Errorf("the undisturbed life counted %d records, and made %d durable", counted, made)
	}

	calmConfig := w.setup(t, calm, "static", 100_000, time.Second, killPartitions)
	w.produce(t, calm, log[:history])
	undisturbed := w.start(t, calmConfig)
	w.untilStored(t, calm, history)
	w.produce(t, calm, log[history:])
	w.untilStored(t, calm, len(log))
	undisturbed.stop(t)

	for _, c := range []string{killed, calm} {
		config := map[string]string{killed: config, calm: calmConfig}[c]
		sum := readAudit(t, takt(t, w.env(), "-c", config, "audit", "--json"))
		if sum.Records != int64(len(log)) || sum.Missing != 0 || sum.Twice != 0 || sum.Behind != 0 {
			t.Errorf("%s: audit %+v of %d records", c, sum, len(log))
		}
	}
	got, want := w.rows(t, killed), w.rows(t, calm)
	for relation := range want {
		if got[relation] != want[relation] {
			t.Errorf("%s: killed gives (rows, hash) %s, undisturbed %s\n%s", relation, got[relation], want[relation], w.difference(t, relation, killed, calm))
		}
	}
}

// life is one process of the service.
type life struct {
	cmd  *exec.Cmd
	log  *syncBuffer
	done chan error
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func (w *world) start(t *testing.T, config string, flags ...string) *life {
	t.Helper()
	args := append([]string{"-c", config, "run", "--web.listen-address", "127.0.0.1:0"}, flags...)
	l := &life{cmd: command(t, w.env(), args...), log: &syncBuffer{}, done: make(chan error, 1)}
	l.cmd.Stderr = l.log
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { l.done <- l.cmd.Wait() }()
	return l
}

// live lets the service live until it dies at a named point or at random.
func (w *world) live(t *testing.T, rng *rand.Rand, config string) {
	t.Helper()
	var flags []string
	if points := killPoints(); rng.IntN(3) > 0 {
		flags = []string{"--failpoint", fmt.Sprintf("%s@%d", points[rng.IntN(len(points))], 1+rng.IntN(6))}
	}
	l := w.start(t, config, flags...)
	select {
	case err := <-l.done:
		if status, ok := l.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
			t.Errorf("the service ended by itself: %v\n%s", err, tail(l.log.String()))
		}
	case <-time.After(time.Duration(300+rng.IntN(1500)) * time.Millisecond):
		_ = l.cmd.Process.Kill()
		<-l.done
	}
}

// stop ends the service as an operator does.
func (l *life) stop(t *testing.T) {
	t.Helper()
	_ = l.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-l.done:
		if err != nil {
			t.Errorf("takt run: %v\n%s", err, tail(l.log.String()))
		}
	case <-time.After(30 * time.Second):
		_ = l.cmd.Process.Kill()
		t.Fatalf("takt run does not stop\n%s", tail(l.log.String()))
	}
}

var (
	writerLine = regexp.MustCompile(`msg=started writer=(\w+)`)
	servedLine = regexp.MustCompile(`msg="metrics served" address=(\S+)`)
)

func (l *life) find(pattern *regexp.Regexp) string {
	if m := pattern.FindStringSubmatch(l.log.String()); m != nil {
		return m[1]
	}
	return ""
}

func (l *life) writer() string { return l.find(writerLine) }

// ready waits until the life has recovered its partitions.
func (l *life) ready(t *testing.T) {
	t.Helper()
	defer http.DefaultClient.CloseIdleConnections()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if address := l.find(servedLine); address != "" {
			if resp, err := http.Get("http://" + address + "/readyz"); err == nil {
				resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					return
				}
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("takt run is not ready after 60 s\n%s", tail(l.log.String()))
		}
	}
}

// counted sums takt_ingest_records_total of the life.
func (l *life) counted(t *testing.T) int64 {
	t.Helper()
	return int64(l.metric(t, "takt_ingest_records_total"))
}

// metric sums the series of a metric of the life.
func (l *life) metric(t *testing.T, name string) float64 {
	t.Helper()
	resp, err := http.Get("http://" + l.find(servedLine) + "/metrics")
	if err != nil {
		t.Fatalf("scrape: %v\n%s", err, tail(l.log.String()))
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer resp.Body.Close()
	total := 0.0
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		line := lines.Text()
		if rest, ok := strings.CutPrefix(line, name); !ok || rest == "" || rest[0] != '{' && rest[0] != ' ' {
			continue
		}
		v, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			t.Fatalf("scrape %q: %v", line, err)
		}
		total += v
	}
	return total
}

// made returns how many records the process of that start id made durable.
func (w *world) made(t *testing.T, writer string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(one(t, w.clickhouse.Addr, "SELECT sum(records) FROM takt.progress WHERE writer = '"+writer+"'"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// untilStored waits until progress covers so many records.
func (w *world) untilStored(t *testing.T, name string, records int) {
	t.Helper()
	w.until(t, name, strconv.Itoa(records), "SELECT sum(records) FROM takt.progress WHERE topic = '"+name+"'")
}

// until waits until a query answers as wanted.
func (w *world) until(t *testing.T, name, want, sql string) {
	t.Helper()
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		got := strings.TrimSpace(tryQuery(w.clickhouse.Addr, sql)) // an error before the first start made the tables
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %s gives %s after 90 s, want %s", name, sql, got, want)
		}
	}
}

func tryQuery(clickhouse, sql string) string {
	resp, err := http.Post("http://"+clickhouse+"/", "text/plain", strings.NewReader(sql))
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

// produce writes events to a topic in their order.
func (w *world) produce(t *testing.T, topic string, log []kafka.Message) {
	p, err := kafka.NewProducer(kafka.ProducerConfig{Cluster: kafka.Cluster{Brokers: []string{w.kafka.Addr}}, Topic: topic})
	if err == nil {
		err = p.Write(context.Background(), log...)
	}
	if err == nil {
		err = p.Close()
	}
	if err != nil {
		t.Errorf("produce to %s: %v", topic, err)
	}
}

// killLog draws orders with all that happens to them: steps out of sequence,
// repeats, corrections, parcels, promises, exceptions, tombstones and bad records.
// Everything happened long ago, so that the rows do not depend on when it is judged.
func killLog(rng *rand.Rand, n int) []kafka.Message {
	base := order.At(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))
	steps := []string{
		"order.placed", "order.approved", "order.shipped", "order.delivered", "order.rejected", "order.cancelled", "order.returned",
		"satisfaction.scored", "exception.stock_out", "note.added",
	}
	orders := max(20, n/8)
	log := make([]kafka.Message, 0, n)
	for len(log) < n {
		id := fmt.Sprintf("SO-%06d", rng.IntN(orders))
		switch rng.IntN(60) {
		case 0:
			log = append(log, kafka.Message{Key: []byte(id), Value: []byte(`{"order_id": "` + id + `", "activity"`)})
			continue
		case 1:
			log = append(log, kafka.Message{Key: []byte(id)})
			continue
		case 2, 3, 4:
			if len(log) > 0 {
				log = append(log, log[rng.IntN(len(log))])
				continue
			}
		}
		e := order.Event{
			OrderID: id, SourceOrder: id, Channel: "web", Activity: steps[min(rng.IntN(len(steps)), rng.IntN(len(steps)))],
			// The number keeps instants apart: ties are broken by identity, which differs between the runs.
			OccurredAt: base + order.Instant(rng.IntN(200))*3_600_000/2 + order.Instant(len(log)), Region: []string{"east", "north", ""}[rng.IntN(3)],
			Actor: fmt.Sprintf("clerk-%d", rng.IntN(5)), Amount: order.Decimal{Units: int64(rng.IntN(100_000)), Valid: rng.IntN(2) == 0},
		}
		if rng.IntN(6) == 0 {
			e.Unit = fmt.Sprintf("p%d", 1+rng.IntN(2))
		}
		if rng.IntN(8) == 0 {
			e.PromisedAt, e.PromiseKind = e.OccurredAt+48*3_600_000, order.PromiseCurrent
		}
		log = append(log, kafka.Message{Key: []byte(id), Value: e.AppendJSON(nil, "")})
	}
	return log
}

// compared names what two runs have in common, by relation.
func compared() map[string]string {
	return map[string]string{
		"events":       "order_id, unit, activity, occurred_at, actor, region, amount, promised_at, partition, offset, live",
		"visits":       "order_id, unit, stage, visit, entered_at, left_at, due_at, breached, outcome, actor, region, amount, live",
		"orders":       "order_id, status, opened_at, closed_at, stage_now, promise_due_at, promise_kept, amount, region, stages, exceptions, reopened",
		"exceptions":   "order_id, unit, stage, kind, opened_at, resolved_at, amount",
		"promises":     "order_id, given_at, promised_at, due_at",
		"dead_letters": "partition, offset, reason, key, value",
	}
}

func (w *world) rows(t *testing.T, name string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for relation, columns := range compared() {
		where := "process = '" + name + "'"
		if relation == "exceptions" {
			where += " AND state != 'withdrawn'"
		}
		all[relation] = one(t, w.clickhouse.Addr, "SELECT count(), sum(cityHash64("+columns+")) FROM takt."+relation+" WHERE "+where)
	}
	all["progress"] = one(t, w.clickhouse.Addr, "SELECT groupArray((partition, r, s, d, u)) FROM (SELECT partition, sum(records) AS r, sum(stored) AS s, "+
		"sum(dead) AS d, sum(duplicate) AS u FROM takt.progress WHERE topic = '"+name+"' GROUP BY partition ORDER BY partition)")
	return all
}

// difference shows some rows that only one of two runs has.
func (w *world) difference(t *testing.T, relation, killed, calm string) string {
	t.Helper()
	columns, ok := compared()[relation]
	if !ok {
		return ""
	}
	seen := map[string]int{}
	for sign, name := range map[int]string{1: killed, -1: calm} {
		for line := range strings.Lines(tryQuery(w.clickhouse.Addr, "SELECT "+columns+" FROM takt."+relation+" WHERE process = '"+name+"'")) {
			seen[line] += sign
		}
	}
	var text strings.Builder
	for line, n := range seen {
		if n != 0 && text.Len() < 2000 {
			fmt.Fprintf(&text, "%+d %s", n, line)
		}
	}
	return text.String()
}
