package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
)

type deadlettersCmd struct {
	List   deadlettersListCmd   `cmd:"" default:"withargs" help:"List dead letters as JSON lines (also without \"list\")."`
	Replay deadlettersReplayCmd `cmd:"" help:"Put dead letters back into their topic, after the mapping or the process was mended."`
}

type deadletterFlags struct {
	Source string `placeholder:"NAME" help:"Only those of this source."`
	Reason string `placeholder:"REASON" help:"Only those with this reason: ${reasons}."`
	Limit  int    `default:"0" placeholder:"N" help:"At most so many (default: all)."`
}

// Validate is kong's.
func (f *deadletterFlags) Validate() error {
	if f.Limit < 0 {
		return fmt.Errorf("--limit: %d is less than 0", f.Limit)
	}
	if f.Reason != "" && !strings.Contains(", "+reasonNames()+",", " "+f.Reason+",") {
		return fmt.Errorf("--reason: %q is none of %s", f.Reason, reasonNames())
	}
	return nil
}

// reasonNames lists the reasons for the help.
func reasonNames() string {
	var names []string
	for _, r := range order.Reasons() {
		names = append(names, r.String())
	}
	return strings.Join(names, ", ")
}

func (f *deadletterFlags) filter() clickhouse.DeadLetterFilter {
	return clickhouse.DeadLetterFilter{Source: f.Source, Reason: f.Reason, Limit: f.Limit}
}

type deadlettersListCmd struct{ deadletterFlags }

func (c *deadlettersListCmd) Run(ctx context.Context, e *env) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	db, err := openStore(ctx, cfg, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	out := json.NewEncoder(e.stdout)
	out.SetEscapeHTML(false)
	n := 0
	err = db.DeadLetters(ctx, c.filter(), func(d clickhouse.DeadLetter) error {
		n++
		return out.Encode(map[string]any{
			"source": d.Source, "topic": d.Topic, "epoch": d.Epoch, "partition": d.Partition, "offset": d.Offset,
			"appended_at": d.Append.Time(), "reason": d.Reason, "field": d.Field, "key": readable(d.Key), "value": readable(d.Value),
		})
	})
	if err == nil && n == 0 {
		fmt.Fprintln(e.stderr, "No dead letters.")
	}
	return storeTrouble(cfg, err)
}

// readable returns b as text, or as base64 where it is none.
func readable(b []byte) any {
	if utf8.Valid(b) {
		return string(b)
	}
	return map[string][]byte{"base64": b}
}

type deadlettersReplayCmd struct {
	deadletterFlags
	Masked bool `help:"Also replay letters of sources whose mapping masks personal fields: the masked values are gone for good."`
}

// Help is shown by takt deadletters replay --help.
func (*deadlettersReplayCmd) Help() string {
	return `The records go to the end of their topic again, with the order number that the mapping now finds as their key. Those that are still bad become dead letters anew; what was stored already collapses.

Example, after the mapping of source shop learned a time format:

	takt deadletters replay --source shop --reason bad_time`
}

func (c *deadlettersReplayCmd) Run(ctx context.Context, e *env) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	if c.Source != "" && cfg.Source(c.Source) == nil {
		return noSource(e, cfg, c.Source)
	}
	db, err := openStore(ctx, cfg, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := reachKafka(ctx, cfg); err != nil {
		return err
	}
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		if c.Source != "" && c.Source != s.Name {
			continue
		}
		if err := c.replay(ctx, e, cfg, db, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *deadlettersReplayCmd) replay(ctx context.Context, e *env, cfg *config.Config, db *clickhouse.DB, s *config.Source) (err error) {
	if (len(s.Mapping.Personal) > 0 || s.Mapping.Fields.Customer.Reads()) && !c.Masked {
		e.log.Warn("not replayed: the mapping masks personal fields, so the kept values are not whole; add --masked to replay them as they are", "source", s.Name)
		return nil
	}
	r, err := newReplayer(ctx, cfg, s, &replayCmd{Live: true, Partitions: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.producer.Close()) }()
	filter := c.filter()
	filter.Source = s.Name
	if err := db.DeadLetters(ctx, filter, func(d clickhouse.DeadLetter) error { return r.add(ctx, d.Value) }); err != nil {
		return storeTrouble(cfg, err)
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stderr, "replayed %s into topic %s\n", count(r.rows, "dead letter", "dead letters"), s.Topic)
	return err
}
