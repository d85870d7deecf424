package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/takt-orders/takt/cmd/internal/app"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/kafka"
)

type auditCmd struct {
	JSON bool `help:"Tell it as JSON."`
}

// auditRow is one partition's proof: what flushes cover, beside what the log holds.
type auditRow struct {
	Source      string `json:"source"`
	Topic       string `json:"topic"`
	Epoch       int    `json:"epoch"`
	Partition   int    `json:"partition"`
	First       int64  `json:"first_offset"`
	Next        int64  `json:"next_offset"`
	LogEnd      int64  `json:"log_end"`
	Records     int64  `json:"records"`
	Stored      int64  `json:"stored"`
	Dead        int64  `json:"dead_letters"`
	Duplicate   int64  `json:"duplicates"`
	Skipped     int64  `json:"skipped"`
	Events      int64  `json:"events"`
	Missing     int64  `json:"missing_offsets"`
	Overlapping int64  `json:"overlapping_offsets"`
	Unbalanced  int64  `json:"unbalanced_flushes"`
	Behind      int64  `json:"behind"`
	Exact       bool   `json:"exactly_once"`
}

// Help is shown by takt audit --help.
func (*auditCmd) Help() string {
	return `For each partition the offsets that were stored are held against each other and against Kafka: none missing, none taken twice, and every record either stored, a duplicate, a dead letter or skipped. Exit code 1 if that does not hold. "behind" is what Kafka holds and takt run has not stored yet.`
}

func (c *auditCmd) Run(ctx context.Context, e *env) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	db, err := openStore(ctx, cfg, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := reachKafka(ctx, cfg); err != nil {
		return err
	}
	rows := []auditRow{}
	for i := range cfg.Sources {
		found, err := auditSource(ctx, cfg, db, &cfg.Sources[i])
		if err != nil {
			return storeTrouble(cfg, err)
		}
		rows = append(rows, found...)
	}
	if err := c.print(e, rows); err != nil {
		return err
	}
	if len(rows) == 0 {
		fmt.Fprintln(e.stderr, "Nothing is stored yet, so there is nothing to prove.")
	}
	for _, r := range rows {
		if !r.Exact {
			return errors.New("audit: some offsets were not taken exactly once; the rows above say where")
		}
	}
	return nil
}

func auditSource(ctx context.Context, cfg *config.Config, db *clickhouse.DB, s *config.Source) ([]auditRow, error) {
	audit, err := db.Audit(ctx, s.Topic, s.Process.Name)
	if err != nil {
		return nil, err
	}
	ranges, err := logRanges(ctx, cfg, s)
	if err != nil {
		return nil, err
	}
	var rows []auditRow
	for _, p := range audit.Partitions {
		r := auditRow{
			Source: s.Name, Topic: p.Topic, Epoch: p.Epoch, Partition: p.Partition, First: p.First, Next: p.Next,
			LogEnd: -1, Records: p.Records, Stored: p.Stored, Dead: p.Dead, Duplicate: p.Duplicate,
			Skipped: p.Tombstone + p.Ignored, Events: p.Events,
			Missing: p.Missing, Overlapping: p.Overlapping, Unbalanced: p.Unbalanced,
		}
		if p.Epoch == s.Epoch && p.Partition < len(ranges) {
			r.LogEnd = ranges[p.Partition].End
			r.Behind = max(r.LogEnd-r.Next, 0)
		}
		r.Exact = r.Missing == 0 && r.Overlapping == 0 && r.Unbalanced == 0 && p.DeadRows == p.Dead
		rows = append(rows, r)
	}
	return rows, nil
}

func logRanges(ctx context.Context, cfg *config.Config, s *config.Source) (_ []ingest.Range, err error) {
	cluster, err := app.KafkaCluster(cfg)
	if err != nil {
		return nil, err
	}
	topic, err := kafka.New(kafka.Config{Cluster: cluster, Topic: s.Topic, Assignment: kafka.AssignStatic, Instances: 1})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, topic.Close()) }()
	ctx, cancel := context.WithTimeout(ctx, kafkaPatience)
	defer cancel()
	return topic.Ranges(ctx)
}

func (c *auditCmd) print(e *env, rows []auditRow) error {
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(rows)
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "topic\tepoch\tpartition\toffsets\trecords\tstored\tduplicates\tdead\tskipped\tevents\tmissing\ttwice\tbehind\texactly once")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d-%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%v\n", r.Topic, r.Epoch, r.Partition,
			r.First, r.Next, r.Records, r.Stored, r.Duplicate, r.Dead, r.Skipped, r.Events, r.Missing, r.Overlapping, r.Behind, r.Exact)
	}
	return w.Flush()
}
