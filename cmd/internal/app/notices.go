package app

import (
	"context"
	"fmt"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/poll"
)

// follow joins the group in which a poller reads the notices of another source. It is
// named after the installation's group and both, so that each poller is told of every order.
func (p *Polls) follow(cluster *kafka.Cluster, cfg *config.Config, c *config.Poll) (poll.Notices, error) {
	on := cfg.Source(c.Notices)
	number, err := keyOf(on, cfg)
	if err != nil {
		return nil, err
	}
	f, err := cluster.Follow(on.Topic, fmt.Sprintf("%s-poll-%s-of-%s", cfg.Kafka.Group, c.Source, c.Notices), p.opt.Logger)
	if err != nil {
		return nil, err
	}
	p.notices = append(p.notices, f)
	return &notices{f, cluster, on.Topic, number}, nil
}

// notices are records that name orders.
type notices struct {
	*kafka.Follower
	cluster *kafka.Cluster
	topic   string
	number  func(body []byte) ([]byte, bool)
}

// Next returns the orders that the next records name. What is wrong with a record is
// found, and kept, where its own source is read.
func (n *notices) Next(ctx context.Context, most int, patience time.Duration) ([]string, error) {
	records, err := n.Follower.Next(ctx, most, patience)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 { // the follower waits in silence for brokers that are away
		if _, err := n.cluster.Partitions(ctx, n.topic); err != nil {
			return nil, fmt.Errorf("look for notices: %w", err)
		}
	}
	var numbers []string
	seen := map[string]bool{}
	for _, record := range records {
		number, ok := n.number(record)
		if s := string(number); ok && s != "" && !seen[s] {
			seen[s] = true
			numbers = append(numbers, s)
		}
	}
	return numbers, nil
}
