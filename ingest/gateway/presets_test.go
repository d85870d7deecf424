package gateway_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest/gateway"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/source"
	"github.com/takt-orders/takt/ingest/source/presets"
)

// pushed are the presets whose systems, or what connects them, can push.
func pushed() []string {
	return []string{"cloudevents", "debezium", "jiandaoyun", "s4hana", "salesforce", "u8"}
}

// decoderOf returns the decoder of a filled preset as the goldens of the presets
// are made.
func decoderOf(t testing.TB, use presets.Use) *source.Decoder {
	t.Helper()
	p, err := presets.Get(use.Preset)
	if err != nil {
		t.Fatal(err)
	}
	m, problems := p.Fill(use)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	d, err := source.NewDecoder(source.Config{Mapping: m, Source: use.Preset, Process: "retail", Zone: shanghai, CustomerKey: []byte("key")})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestPresets pushes the sample payloads of every system that can push, each
// signed as it signs, and finds in the topic, by the preset's mapping, the events
// that the preset's goldens tell; all records of an order in one partition.
func TestPresets(t *testing.T) {
	for _, name := range pushed() {
		t.Run(name, func(t *testing.T) {
			p, err := presets.Get(name)
			if err != nil {
				t.Fatal(err)
			}
			sample := p.Samples[0]
			k := startKafka(t, name, 8)
			keys := decoderOf(t, sample.Use)
			key := func(body []byte) ([]byte, bool) { // requests come one by one here
				var a source.Arena
				number, inv := keys.Order(body, &a)
				return []byte(number), inv == nil
			}
			var verifier gateway.Verifier = &gateway.Webhook{Secret: []byte(secret), Within: time.Minute}
			sign := webhook
			if name == "jiandaoyun" {
				verifier, sign = &gateway.Jiandaoyun{Secret: []byte(secret), Within: time.Minute}, jiandaoyun
			}
			addr := serve(t, gateway.Config{Endpoints: []gateway.Endpoint{
				{Source: name, Verifier: verifier, Log: newTopic(t, k.Addr, name), Key: key},
			}})
			files, err := filepath.Glob(filepath.Join("..", "source", "presets", name, "fixtures", "*.json"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no fixtures: %v", err)
			}
			want := map[string]string{}
			for _, file := range files {
				if len(sample.Files) > 0 && !slices.Contains(sample.Files, filepath.Base(file)) {
					continue
				}
				for payload, err := range source.Payloads(file) {
					if err != nil {
						t.Fatal(err)
					}
					if status, result, _ := sign(gateway.Path(name), filepath.Base(file), string(payload), time.Now()).send(t, addr); status != 200 {
						t.Fatalf("%s: got %d %s", file, status, result)
					}
				}
				golden, err := os.ReadFile(file + ".events.jsonl")
				if err != nil {
					t.Fatal(err)
				}
				want[filepath.Base(file)] = string(golden)
			}
			got, partitions := map[string]string{}, map[string]int32{}
			decoder := decoderOf(t, sample.Use)
			for _, r := range read(t, k.Addr, name) {
				var a source.Arena
				events, inv := decoder.Decode(nil, r.Value, order.At(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), &a)
				id := string(r.Headers[0].Value)
				if inv != nil {
					got[id] += "dead letter: " + inv.Error() + "\n"
				}
				for i := range events {
					e := &events[i]
					got[id] += string(e.AppendJSON(nil, e.ID.String())) + "\n"
					if at, known := partitions[e.OrderID]; known && at != r.Partition || string(r.Key) != e.OrderID {
						t.Errorf("order %s: key %q in partition %d, before in %d", e.OrderID, r.Key, r.Partition, at)
					}
					partitions[e.OrderID] = r.Partition
				}
				got[id] += "" // one without events has an empty golden
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("events (-golden +pushed):\n%s", diff)
			}
		})
	}
}
