package config_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/source"
)

// TestReadmeMapping reads a record by the mapping that the manual of sources shows,
// with tables as it describes them.
func TestReadmeMapping(t *testing.T) {
	readme, err := os.ReadFile("../../../ingest/source/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "## Tables and expressions")
	dir := t.TempDir()
	write(t, dir, "shop.yaml", fenced.FindStringSubmatch(section)[2])
	write(t, dir, "documents.csv", "doc_no,order_no\nDN-7,SO-1\n")
	write(t, dir, "staff.yaml", "# people\nE-7: 王芳\nE-8:\n")
	write(t, dir, "staff.csv", "id,name,department\nE-7,王芳,销售部\nE-8,李雷,\n")
	path := write(t, dir, "takt.yaml", "processes: [retail]\nsources: [{name: shop, topic: shop, process: retail, mapping: shop.yaml}]\n")
	cfg := mustLoad(t, path, none)
	d, err := source.NewDecoder(source.Config{Source: "shop", Process: "retail", Mapping: cfg.Sources[0].Mapping})
	if err != nil {
		t.Fatal(err)
	}
	for record, want := range map[string]string{
		`{"doc_no":"DN-7","clerk":{"id":"E-7"},"day":"2026-03-01","time":"08:30:00","kind":"S","level":2,"lines":[{"sku":"A"},{"sku":"B"}]}`: "" +
			"SO-1 order.approved 王芳 2026-03-01T00:30:00Z [{department 销售部} {skus A+B}]",
		`{"doc_no":"DN-7","clerk":{"id":"E-8"},"day":"2026-03-01","time":"08:30:00","kind":"S","level":1,"lines":[]}`: "" +
			"SO-1 order.placed unassigned 2026-03-01T00:30:00Z []",
		`{"doc_no":"DN-8","clerk":{"id":"E-7"},"day":"2026-03-01","time":"08:30:00","kind":"S","level":2,"lines":[]}`: "no_order: order_id",
		`{"doc_no":"DN-7","clerk":{"id":"E-7"},"day":"2026-03-01","time":"08:30:00","kind":"S","level":2}`:            "bad_expression: attributes.skus.cel",
		`{"doc_no":"DN-7","clerk":{"id":"E-7"},"time":"08:30:00","kind":"S","level":2,"lines":[]}`:                    "bad_time: occurred_at",
	} {
		events, invalid := d.Decode(nil, []byte(record), order.At(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)), new(source.Arena))
		got := ""
		if invalid != nil {
			got = invalid.Error()
		} else {
			e := &events[0]
			got = strings.Join([]string{e.OrderID, e.Activity, e.Owner, e.OccurredAt.Time().UTC().Format(time.RFC3339), fmt.Sprint(e.Attributes)}, " ")
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", record, got, want)
		}
	}
}
