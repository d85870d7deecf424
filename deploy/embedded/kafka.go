package embedded

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Kafka is franz-go's kfake in this process: one broker that speaks Kafka's
// protocol. Topics are made by the client; none appears by itself.
type Kafka struct {
	// Addr is the host:port of the broker.
	Addr string

	cluster *kfake.Cluster
}

// KafkaConfig says how to start the broker.
type KafkaConfig struct {
	// Dir is the directory of the data; empty keeps it in memory.
	Dir string
	// Listen is the address of the broker; "127.0.0.1:0" if empty. The host must
	// be one that clients can connect to, as the broker names it to them.
	Listen string
}

// StartKafka starts the broker.
func StartKafka(cfg KafkaConfig) (*Kafka, error) {
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	host, portText, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("read the address of the embedded Kafka: %w", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil || port < 0 || port > 65535 {
		return nil, fmt.Errorf("read the port of the embedded Kafka: %q is none", portText)
	}
	opts := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ListenFn(func(network, address string) (net.Listener, error) {
			// kfake chooses the host itself, except for the port.
			_, p, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return net.Listen(network, net.JoinHostPort(host, p))
		}),
	}
	if port > 0 {
		opts = append(opts, kfake.Ports(port))
	}
	if cfg.Dir != "" {
		if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the directory of the embedded Kafka: %w", err)
		}
		opts = append(opts, kfake.DataDir(cfg.Dir))
	}
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		return nil, fmt.Errorf("start the embedded Kafka: %w", err)
	}
	addrs := cluster.ListenAddrs()
	if len(addrs) != 1 {
		cluster.Close()
		return nil, errors.New("start the embedded Kafka: it does not listen")
	}
	return &Kafka{Addr: addrs[0], cluster: cluster}, nil
}

// Cluster is the broker itself, for tests that inject faults.
func (k *Kafka) Cluster() *kfake.Cluster { return k.cluster }

// Close stops the broker; with a directory, its data is there at the next start.
func (k *Kafka) Close() error {
	k.cluster.Close()
	return nil
}
