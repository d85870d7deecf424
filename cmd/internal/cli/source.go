package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/rivo/uniseg"

	"github.com/takt-orders/takt/cmd/internal/app"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/source"
	"github.com/takt-orders/takt/ingest/source/presets"
	"github.com/takt-orders/takt/metrics/process"
)

type sourceCmd struct {
	List sourceListCmd `cmd:"" help:"List the systems that Takt knows, and what each can tell."`
	Show sourceShowCmd `cmd:"" help:"Show how a system is connected, and its mapping."`
	Test sourceTestCmd `cmd:"" help:"Show the events that sample payloads make."`
	Init sourceInitCmd `cmd:"" help:"Propose a mapping and a process from sample payloads."`
}

// pageFlags say in which language a page is shown.
type pageFlags struct {
	Lang string `enum:"en,zh,auto" default:"auto" placeholder:"LANG" help:"Language of the words: en or zh (default: as LANG says)."`
}

func (f *pageFlags) lang(e *env) string {
	if chinese(e, f.Lang) {
		return "zh"
	}
	return "en"
}

type sourceListCmd struct{ pageFlags }

func (c *sourceListCmd) Run(e *env) error {
	rows, err := presets.Matrix(c.lang(e))
	if err != nil {
		return err
	}
	columns(e.stdout, rows)
	return nil
}

// columns aligns texts to the left.
func columns(w io.Writer, rows [][]string) {
	widths := widthsOf(rows)
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell)+2))
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

type sourceShowCmd struct {
	Preset string `arg:"" help:"One of takt source list."`
	pageFlags
}

func (c *sourceShowCmd) Run(e *env) error {
	p, err := presets.Get(c.Preset)
	if err != nil {
		return usageError{err}
	}
	page, err := p.Page(c.lang(e))
	if err != nil {
		return err
	}
	mapping, err := p.MappingText()
	if err != nil {
		return err
	}
	title := "## Mapping"
	if c.lang(e) == "zh" {
		title = "## 映射"
	}
	fmt.Fprintf(e.stdout, "%s\n%s\n\n```yaml\n%s```\n", page, title, mapping)
	return nil
}

type sourceTestCmd struct {
	Name string `arg:"" help:"A source of takt.yaml, or one of takt source list."`
	File string `arg:"" type:"path" help:"Payloads: .json (objects or an array), .jsonl or .csv."`

	Zone string `default:"Asia/Shanghai" placeholder:"ZONE" help:"Zone of local times, where no process in takt.yaml says it (default: ${default})."`
}

// Help is shown by takt source test --help.
func (*sourceTestCmd) Help() string {
	return `Prints the events as canonical JSON, one per line. A payload that would become a dead letter is told on stderr, and the exit code is 1.

A source is tested with its mapping, its expressions and tables included; values that the mapping has no word for are told on stderr, by field. Of a preset, the names are those of the source in takt.yaml that uses it; where there is no takt.yaml, or none of its sources does, those of the preset's own samples.`
}

func (c *sourceTestCmd) Run(e *env) error {
	d, err := c.decoder(e)
	if err != nil {
		return err
	}
	n, dead := 0, 0
	for payload, err := range source.Payloads(c.File) {
		if err != nil {
			return err
		}
		n++
		var a source.Arena
		events, invalid := d.Decode(nil, payload, order.At(time.Now()), &a)
		if invalid != nil {
			dead++
			fmt.Fprintf(e.stderr, "payload %d: %s%s\n", n, invalid, advice(invalid.Reason))
		} else if len(events) == 0 {
			fmt.Fprintf(e.stderr, "payload %d: makes no event\n", n)
		}
		for i := range events {
			fmt.Fprintf(e.stdout, "%s\n", events[i].AppendJSON(nil, events[i].ID.String()))
		}
	}
	d.Unknown(func(field string, values int64) {
		fmt.Fprintf(e.stderr, "%s: values in no map or table of the mapping: %d\n", field, values)
	})
	if dead > 0 {
		return fmt.Errorf("%d of %d payloads would be dead letters", dead, n)
	}
	return nil
}

// decoder returns the decoder of the source of that name; else of the one that uses
// the preset of that name; else that of the preset's first sample.
func (c *sourceTestCmd) decoder(e *env) (*source.Decoder, error) {
	p, err := presets.Get(c.Name)
	unknown := err
	if _, err := os.Stat(e.path); err == nil {
		cfg, err := e.load()
		if err != nil {
			return nil, err
		}
		s := cfg.Source(c.Name)
		for i := range cfg.Sources {
			if use := cfg.Sources[i].MappingFrom.Preset; s == nil && use != nil && use.Preset == c.Name {
				s = &cfg.Sources[i]
			}
		}
		if s != nil {
			return app.NewDecoder(s, cfg)
		}
	}
	if unknown != nil {
		return nil, usageError{fmt.Errorf("no source in %s is called %q, and %w", e.path, c.Name, unknown)}
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, misused("--zone: %q is no IANA time zone", c.Zone)
	}
	m, problems := p.Fill(p.Samples[0].Use)
	var errs []error
	for _, problem := range problems {
		errs = append(errs, fmt.Errorf("preset %q: %s: %s", p.Name, problem.Path, problem.Message))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	fmt.Fprintf(e.stderr, "no source in %s uses the preset: the names are those of its samples\n", e.path)
	s := config.Source{Name: p.Name, Mapping: m, Process: &process.Process{Name: "sample", Zone: zone}}
	return app.NewDecoder(&s, &config.Config{})
}

// advice says what to do about a payload that is refused.
func advice(r order.Reason) string {
	switch r {
	case order.UnknownActivity:
		return ": its status is none of statuses: name it there, or '*' for all others"
	case order.NoActivity:
		return ": it holds no status; is the field of the status the right one?"
	case order.NoOrder:
		return ": it holds no order number; is the field of the order number the right one?"
	case order.BadTime:
		return ": there is no time, or none in a format of the mapping"
	case order.BadExpression:
		return ": this expression of the mapping does not suit it; has() asks whether a member is there"
	case order.TimeOutOfRange:
		return ": the time lies before 2000 or more than a day ahead"
	default:
		return ""
	}
}
