package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// FuzzLoad holds that Load never panics, tells problems with a file and a message,
// and that what it accepts prints and loads again to the same.
func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	dir := f.TempDir()
	path := filepath.Join(dir, "takt.yaml")
	f.Fuzz(func(t *testing.T, data []byte) {
		// Only files below testdata may be named, or the fuzzer reads the disk.
		if strings.Contains(string(data), "/dev") || strings.Contains(string(data), "/proc") {
			t.Skip()
		}
		cfg := load(t, path, data)
		if cfg == nil {
			return
		}
		printed := cfg.Redacted()
		again := load(t, path, printed)
		if again == nil || string(again.Redacted()) != string(printed) {
			t.Errorf("printed and loaded again:\n%s", printed)
		}
	})
}

// FuzzProcess holds the same of process files, and that conditions never panic.
func FuzzProcess(f *testing.F) {
	for _, name := range process.ShippedNames() {
		data, _ := process.Shipped(name)
		f.Add(data)
	}
	files, _ := filepath.Glob("testdata/invalid-process-*.yaml")
	for _, file := range append(files, "testdata/processes/own.yaml") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	dir := f.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "takt.yaml"), []byte("processes: [own.yaml]\n"), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, "own.yaml"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Load(filepath.Join(dir, "takt.yaml"), none)
		check(t, err)
	})
}

// FuzzCalendar holds the same of calendar files.
func FuzzCalendar(f *testing.F) {
	for _, name := range process.ShippedCalendarNames() {
		data, _ := process.ShippedCalendar(name)
		f.Add([]byte("calendar: own_" + strings.TrimPrefix(string(data), "calendar: ")))
	}
	files, _ := filepath.Glob("testdata/calendars/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	dir := f.TempDir()
	takt := "calendars: [own.yaml]\nprocesses: [retail]\nsources: [{name: shop, topic: orders, process: retail, mapping: canonical}]\n"
	if err := os.WriteFile(filepath.Join(dir, "takt.yaml"), []byte(takt), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, "own.yaml"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Load(filepath.Join(dir, "takt.yaml"), none)
		check(t, err)
	})
}

// FuzzCondition holds that a condition that compiles never panics.
func FuzzCondition(f *testing.F) {
	f.Add(`event.channel == "vip" && event.amount > 5 || event.attributes["a"] == ""`)
	f.Add(`event.attributes.all(k, k.matches("a+"))`)
	f.Add(`has(event.quantity) ? event.occurred_at.getHours("UTC") > 1 : [1, 2].exists(i, i > 1)`)
	f.Fuzz(func(t *testing.T, text string) {
		holds, faults := config.CompileCondition(text)
		if (holds == nil) == (len(faults) == 0) {
			t.Fatalf("got %v, with a condition: %t", faults, holds != nil)
		}
		if holds != nil {
			holds(event())
			holds(&order.Event{})
		}
	})
}

func load(t *testing.T, path string, data []byte) *config.Config {
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path, none)
	check(t, err)
	return cfg
}

func check(t *testing.T, err error) {
	var invalid *config.Invalid
	if err == nil {
		return
	}
	if !errors.As(err, &invalid) || len(invalid.Problems) == 0 {
		t.Fatalf("got %v, want problems", err)
	}
	for _, p := range invalid.Problems {
		if p.File == "" || p.Message == "" || p.Line < 0 || strings.Contains(p.String(), "%!") {
			t.Errorf("got problem %+v", p)
		}
	}
}
