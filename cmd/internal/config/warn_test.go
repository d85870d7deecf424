package config_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/metrics/process"
)

func TestWarnings(t *testing.T) {
	files, err := filepath.Glob("testdata/warn-*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	var all strings.Builder
	for _, file := range files {
		fmt.Fprintf(&all, "# %s\n", filepath.Base(file))
		for _, w := range mustLoad(t, file, none).Warnings {
			fmt.Fprintln(&all, w)
		}
		fmt.Fprintln(&all)
	}
	golden(t, "testdata/warnings.txt", all.String())
}

// TestShipped loads every process that comes with Takt.
func TestShipped(t *testing.T) {
	cfg := mustLoad(t, "testdata/shipped.yaml", none)
	var names []string
	for _, p := range cfg.Processes {
		names = append(names, p.Name)
		for i := range p.Stages {
			s := &p.Stages[i]
			if s.Title.EN == "" || s.Title.ZH == s.Title.EN || s.Owner.Team == "" || s.Owner.EscalateTo == "" ||
				s.Limit.Within == 0 || s.Limit.Objective == 0 || s.StuckAfter < s.Limit.Within {
				t.Errorf("%s: stage %q lacks a title, an owner or a limit: %+v", p.Name, s.Name, s)
			}
		}
	}
	slices.Sort(names)
	if got, want := strings.Join(names, " "), strings.Join(process.ShippedNames(), " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, w := range cfg.Warnings {
		t.Error(w)
	}
}

// TestExamples loads the configurations of deploy/examples.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../../deploy/examples/*/takt.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		cfg, err := config.Load(file, none)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, w := range cfg.Warnings {
			t.Error(w)
		}
	}
}
