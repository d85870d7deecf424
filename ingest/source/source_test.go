package source

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/ingest/order"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// now is an append time after everything the tests' records say.
var now = order.At(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))

// dataFile returns the path of a file of real data; without it the test is
// skipped, in CI it fails.
func dataFile(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("../../../shared/data", name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("needs the shared data: %v", err)
		}
		t.Skipf("SKIPPED, the shared data are not here: %v", err)
	}
	return path
}

// parseMapping reads a mapping as strictly as Takt's configuration does.
func parseMapping(t testing.TB, text string) Mapping {
	t.Helper()
	var m Mapping
	d := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	d.KnownFields(true)
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func readMapping(t testing.TB, path string) Mapping {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return parseMapping(t, string(text))
}

// mustDecoder compiles a mapping for the source "test".
func mustDecoder(t testing.TB, m Mapping) *Decoder {
	t.Helper()
	d, err := NewDecoder(Config{Mapping: m, Source: "test", Process: "retail", CustomerKey: []byte("key")})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// mustDecode returns the events of one record.
func mustDecode(t testing.TB, d *Decoder, record string) []order.Event {
	t.Helper()
	events, inv := d.Decode(nil, []byte(record), now, new(Arena))
	if inv != nil {
		t.Fatalf("Decode(%s) = %v", record, inv)
	}
	return events
}

func reason(inv *order.Invalid) string {
	if inv == nil {
		return ""
	}
	return inv.Error()
}
