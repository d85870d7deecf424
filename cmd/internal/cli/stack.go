package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/takt-orders/takt/deploy/embedded"
)

type stackCmd struct {
	Dir              string `required:"" type:"path" placeholder:"DIR" help:"Where both keep their data; it is made if it does not exist."`
	KafkaListen      string `default:"127.0.0.1:9092" placeholder:"ADDR" help:"Address of Kafka (default: ${default}; port 0: any)."`
	ClickhouseListen string `default:"127.0.0.1:8123" placeholder:"ADDR" help:"Address of ClickHouse's HTTP interface (default: ${default}; port 0: any)."`
}

// Help is shown by takt stack --help.
func (*stackCmd) Help() string {
	return `When both are ready it prints one line of JSON, {"kafka": "host:port", "clickhouse": "host:port"}, and runs until it is told to stop. Neither asks for a password: keep the addresses on this machine.

Start it and point Takt at it:

	takt stack --dir data
	export TAKT_KAFKA_BROKERS=127.0.0.1:9092
	export TAKT_CLICKHOUSE_ADDR=127.0.0.1:8123
	takt run`
}

// boxed is Kafka and ClickHouse in the box.
type boxed struct {
	kafka      *embedded.Kafka
	clickhouse *embedded.ClickHouse
}

func (c *stackCmd) Run(ctx context.Context, e *env) (err error) {
	b, err := startBoxed(ctx, e, c.Dir, c.KafkaListen, c.ClickhouseListen)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	err = json.NewEncoder(e.stdout).Encode(struct {
		Kafka      string `json:"kafka"`
		ClickHouse string `json:"clickhouse"`
	}{b.kafka.Addr, b.clickhouse.Addr})
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-b.clickhouse.Done():
		return errors.New("the embedded ClickHouse has stopped by itself; the log above says why")
	}
}

func startBoxed(ctx context.Context, e *env, dir, kafkaListen, clickhouseListen string) (*boxed, error) {
	engine, err := embedded.StartClickHouse(ctx, embedded.ClickHouseConfig{
		Dir: filepath.Join(dir, "clickhouse"), Listen: clickhouseListen, Progress: e.stderr, Logger: e.log,
	})
	if err != nil {
		return nil, fmt.Errorf("start ClickHouse in the box: %w", err)
	}
	broker, err := embedded.StartKafka(embedded.KafkaConfig{Dir: filepath.Join(dir, "kafka"), Listen: kafkaListen})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start Kafka in the box: %w", err), engine.Close())
	}
	return &boxed{broker, engine}, nil
}

func (b *boxed) close() error { return errors.Join(b.kafka.Close(), b.clickhouse.Close()) }
