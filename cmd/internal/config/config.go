// Package config reads takt.yaml and the process and mapping files it names.
//
// Load is strict and tells everything at once: an unknown key, a wrong value or a
// reference to nothing is a Problem with file, line and key path, and all of them
// come in one Invalid. What Load returns is whole: defaults and environment are
// in, process files are checked and their conditions compiled, secrets are read.
// Paths are relative to the file that names them. Secrets stand in files or in
// TAKT_..._PASSWORD, never in takt.yaml, and never leave by printing.
package config

import (
	"time"

	"github.com/takt-orders/takt/ingest/source"
	"github.com/takt-orders/takt/metrics/process"
)

// Config is a whole, valid configuration.
type Config struct {
	Kafka      Kafka
	ClickHouse ClickHouse
	Processes  []*process.Process // in the file's order; names are unique
	// Calendars are the one of every hour, those of the file and the shipped ones
	// that processes name; names are unique.
	Calendars []*process.Calendar
	Sources   []Source // names and topics are unique, processes among those without Through
	Channels  []string // channels whose series exist from the start, at zero
	// Currencies are those whose amounts are told apart in metrics; empty: the first three seen.
	Currencies []string
	Metrics    Metrics
	Flush      Flush
	Notify     *Notify // nil: no alerts about orders, no messages
	API        API
	Ledger     Ledger
	Gateway    *Gateway // nil: nothing is pushed
	Polls      []Poll   // sources that are asked; their names are unique
	// CustomerKeyFile holds the installation's key, CustomerKey its content, by
	// which customers are hashed; empty: customers are not kept at all.
	CustomerKeyFile string
	CustomerKey     Secret
	// Warnings are what is allowed but probably not meant.
	Warnings []Problem

	processes []string // as named in the file, files as absolute paths
	calendars []string // files, as absolute paths
}

// Kafka is the cluster the order events come from.
type Kafka struct {
	Brokers        []string      `yaml:"brokers,flow"`    // host:port
	Group          string        `yaml:"group"`           // consumer group
	SessionTimeout time.Duration `yaml:"session_timeout"` // after which a silent member loses its partitions
	TLS            *TLS          `yaml:"tls,omitempty"`   // nil: plain text
	SASL           *SASL         `yaml:"sasl,omitempty"`  // nil: no authentication
}

// SASL is how Takt authenticates with Kafka.
type SASL struct {
	Mechanism    string `yaml:"mechanism"` // plain, scram-sha-256 or scram-sha-512
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file,omitempty"`
	Password     Secret `yaml:"-"`
}

// ClickHouse is where orders are stored.
type ClickHouse struct {
	Addr         []string `yaml:"addr,flow"` // host:port
	Protocol     string   `yaml:"protocol"`  // http or native
	User         string   `yaml:"user"`
	PasswordFile string   `yaml:"password_file,omitempty"`
	Password     Secret   `yaml:"-"`
	Compression  string   `yaml:"compression"` // lz4, zstd or none
	TLS          *TLS     `yaml:"tls,omitempty"`
	Cluster      string   `yaml:"cluster"` // empty: one server
}

// Source is one topic that feeds one process, itself or through the topic of another source.
type Source struct {
	Name            string           `yaml:"name"`
	Topic           string           `yaml:"topic"`
	Process         *process.Process `yaml:"-"`
	Through         string           `yaml:"through,omitempty"`     // name of the source whose topic takes the events; empty: none
	Partitions      int              `yaml:"partitions,omitempty"`  // with which Takt makes the topic that others go through
	Epoch           int              `yaml:"epoch"`                 // raised when offsets or partitions begin anew
	Partitioner     string           `yaml:"partitioner,omitempty"` // murmur2, crc32 or fnv1a
	Assignment      string           `yaml:"assignment"`            // group or static
	Instance        int              `yaml:"instance,omitempty"`    // of a static assignment, from 0
	Instances       int              `yaml:"instances,omitempty"`   // of a static assignment
	MappingFrom     MappingFrom      `yaml:"mapping"`
	Mapping         source.Mapping   `yaml:"-"`
	Owner           string           `yaml:"owner,omitempty"`     // who looks after the source's data: what a reconciliation finds is theirs
	Reconcile       *Reconcile       `yaml:"reconcile,omitempty"` // nil: its lists are compared by hand only
	DeadLetterTopic string           `yaml:"dead_letter_topic"`   // empty: dead letters stand in their table only
	MaxRecordBytes  int              `yaml:"max_record_bytes"`
}

// Metrics says what of the catalogue is exported.
type Metrics struct {
	ExtraLabels      []string `yaml:"extra_labels,flow"` // of region, warehouse, carrier
	NativeHistograms bool     `yaml:"native_histograms"`
}

// Flush says when a batch of a partition is written: at Rows events or after Every, whichever
// comes first.
type Flush struct {
	Rows  int           `yaml:"rows"`
	Every time.Duration `yaml:"every"`
}

// API is the HTTP API of the ledger of exceptions.
type API struct {
	TokenFile string `yaml:"token_file,omitempty"`
	Token     Secret `yaml:"-"` // unknown: the API is off
}

// Ledger is where changes of exceptions come from, beside people.
type Ledger struct {
	Topic string `yaml:"topic,omitempty"` // empty: none
}

// Process returns the process of that name, nil if there is none.
func (c *Config) Process(name string) *process.Process {
	for _, p := range c.Processes {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// CalendarFiles returns the absolute paths of the listed files of calendars.
func (c *Config) CalendarFiles() []string { return c.calendars }

// Source returns the source of that name, nil if there is none.
func (c *Config) Source(name string) *Source {
	for i := range c.Sources {
		if c.Sources[i].Name == name {
			return &c.Sources[i]
		}
	}
	return nil
}

// Poll returns the poller of the source, nil if there is none.
func (c *Config) Poll(source string) *Poll {
	for i := range c.Polls {
		if c.Polls[i].Source == source {
			return &c.Polls[i]
		}
	}
	return nil
}
