package feed

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/alerts/exception"
)

var (
	appended = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	place    = exception.Place{Topic: "ledger", Partition: 2, Offset: 17}
)

func TestParse(t *testing.T) {
	got, err := parse([]byte(`{"exception":"18446744073709551609","revision":3,"step":"note","author":"li","note":"已联系承运商"}`), place, appended)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(exception.Change{
		ID: "ledger/2/17", Exception: 18446744073709551609, On: 3, Step: exception.Note, Origin: exception.Kafka, Author: "li",
		At: appended, Note: "已联系承运商", Place: place,
	}, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	for _, c := range []struct{ name, value, want string }{
		{"no JSON", "acknowledge", "read change: invalid character"},
		{"unknown key", `{"exception":"1","who":"li"}`, `unknown field "who"`},
		{"no exception", `{"step":"resolve","author":"li"}`, `exception "" is no identity`},
		{"a number", `{"exception":1,"step":"resolve","author":"li"}`, "cannot unmarshal number"},
		{"no step", `{"exception":"1","author":"li"}`, "read step"},
		{"nobody", `{"exception":"1","step":"resolve"}`, "author: is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := parse([]byte(c.value), place, appended); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"exception":"7","change":"c","revision":0,"step":"assign","assignee":"li","author":"wang","at":"2026-03-02T12:00:00Z"}`))
	f.Add([]byte(`{"exception":"7","step":"archive","cause":"x","author":"wang"}{}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		c, err := parse(value, place, appended)
		if err == nil && (c.Validate() != nil || c.Place != place || c.Origin != exception.Kafka) {
			t.Errorf("%q was taken as %+v", value, c)
		}
	})
}
