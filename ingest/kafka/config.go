package kafka

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// AssignmentMode tells who decides which partitions a Source works on.
type AssignmentMode uint8

// The modes of assignment.
const (
	AssignGroup  AssignmentMode = iota + 1 // the consumer group
	AssignStatic                           // partition p belongs to instance p mod Instances
)

// String returns the name of the mode as in takt.yaml.
func (m AssignmentMode) String() string {
	switch m {
	case AssignGroup:
		return "group"
	case AssignStatic:
		return "static"
	default:
		return fmt.Sprintf("AssignmentMode(%d)", uint8(m))
	}
}

// MarshalText returns the name of the mode.
func (m AssignmentMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads the name of a mode.
func (m *AssignmentMode) UnmarshalText(text []byte) error {
	switch string(text) {
	case "group":
		*m = AssignGroup
	case "static":
		*m = AssignStatic
	default:
		return fmt.Errorf("assignment %q: want group or static", text)
	}
	return nil
}

// Config describes a Source. Cluster and Topic are required, everything else
// has a default.
type Config struct {
	Cluster

	Topic string // the topic to read
	// Group is the consumer group. With AssignStatic it may be empty; if it is
	// set, commits are stored under it for whoever watches the lag.
	Group string

	Assignment AssignmentMode // default AssignGroup
	Instance   int            // AssignStatic: this instance, from 0
	Instances  int            // AssignStatic: how many there are; default 1

	// PreviousPartitions returns the partitions that an earlier life of this
	// process worked on. The group balancer tries to give them back to it at the
	// first join; later joins use the assignment before. May be nil.
	PreviousPartitions func() []int

	SessionTimeout    time.Duration // a member silent for longer loses its partitions; default 6 s
	HeartbeatInterval time.Duration // also how fast a rebalance is noticed; default 1 s

	MaxBytes int           // bytes asked for per fetch and partition, compressed; default 1 MiB
	MaxWait  time.Duration // a fetch without records returns after it; default 500 ms

	// MaxBatchBytes bounds one record batch, compressed and decompressed;
	// default 128 MiB. A larger one ends its Reader.
	MaxBatchBytes int

	// ReadUncommitted also delivers records of open and aborted transactions.
	ReadUncommitted bool

	Logger *slog.Logger // default: discard
}

// Validate sets the defaults and returns every error of the configuration.
func (c *Config) Validate() error {
	errs := []error{c.Cluster.Validate()}
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	setDefault(&c.Assignment, AssignGroup)
	setDefault(&c.Instances, 1)
	setDefault(&c.SessionTimeout, 6*time.Second)
	setDefault(&c.HeartbeatInterval, time.Second)
	setDefault(&c.MaxBytes, 1<<20)
	setDefault(&c.MaxWait, 500*time.Millisecond)
	setDefault(&c.MaxBatchBytes, 128<<20)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}

	if c.Topic == "" {
		bad("topic: is empty")
	}
	switch c.Assignment {
	case AssignGroup:
		if c.Group == "" {
			bad("group: is empty, which only a static assignment allows")
		}
	case AssignStatic:
		if c.Instances < 1 || c.Instance < 0 || c.Instance >= c.Instances {
			bad("instance: %d of %d does not exist", c.Instance, c.Instances)
		}
	default:
		bad("assignment: %v: want group or static", c.Assignment)
	}
	if c.HeartbeatInterval <= 0 || c.SessionTimeout < 3*c.HeartbeatInterval {
		bad("session_timeout: %v is below three heartbeat intervals of %v", c.SessionTimeout, c.HeartbeatInterval)
	}
	if c.MaxBytes < 1 || c.MaxBatchBytes < c.MaxBytes || c.MaxBatchBytes > 1<<30 {
		bad("max_bytes: want 1 <= max_bytes (%d) <= max_batch_bytes (%d) <= 1 GiB", c.MaxBytes, c.MaxBatchBytes)
	}
	if c.MaxWait < time.Millisecond {
		bad("max_wait: %v must be at least a millisecond", c.MaxWait)
	}
	return errors.Join(errs...)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
