package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// Cluster says how to reach a Kafka cluster.
type Cluster struct {
	Brokers  []string    // host:port of some brokers; the others are learned from them
	ClientID string      // how brokers name this client in logs and quotas; default "takt"
	TLS      *tls.Config // nil: no TLS; with certificates: mutual TLS
	SASL     *SASL       // nil: no authentication

	// Dial opens connections in place of net.Dialer: tests run on a virtual network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// SASL are the credentials of a user.
type SASL struct {
	Mechanism string // plain, scram-sha-256 or scram-sha-512, in either case
	User      string
	Password  string
}

// Validate sets the defaults and returns every error of the cluster's description.
func (c *Cluster) Validate() error {
	var errs []error
	setDefault(&c.ClientID, "takt")
	if len(c.Brokers) == 0 {
		errs = append(errs, errors.New("brokers: none given"))
	}
	for _, b := range c.Brokers {
		if _, _, err := net.SplitHostPort(b); err != nil {
			errs = append(errs, fmt.Errorf("brokers: %q is not host:port", b))
		}
	}
	if _, err := c.mechanism(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (c *Cluster) mechanism() (sasl.Mechanism, error) {
	if c.SASL == nil {
		return nil, nil
	}
	s := *c.SASL
	if s.User == "" {
		return nil, errors.New("sasl: user is empty")
	}
	switch strings.ToLower(s.Mechanism) {
	case "plain":
		if c.TLS == nil {
			return nil, errors.New("sasl: plain sends the password readable and needs tls; use scram-sha-256 or scram-sha-512 without it")
		}
		return plain.Mechanism{Username: s.User, Password: s.Password}, nil
	case "scram-sha-256":
		return scramMechanism(scram.SHA256, s)
	case "scram-sha-512":
		return scramMechanism(scram.SHA512, s)
	default:
		return nil, fmt.Errorf("sasl: mechanism %q: want plain, scram-sha-256 or scram-sha-512", s.Mechanism)
	}
}

func scramMechanism(algo scram.Algorithm, s SASL) (sasl.Mechanism, error) {
	m, err := scram.Mechanism(algo, s.User, s.Password)
	if err != nil {
		// The error may quote the credentials.
		return nil, errors.New("sasl: user or password holds characters that scram forbids")
	}
	return m, nil
}

// client is a Kafka client whose connections end with it.
type client struct {
	addr      net.Addr
	conns     *conns
	transport *kafkago.Transport
	dialer    *kafkago.Dialer
	closed    <-chan struct{}
	cancel    context.CancelFunc
}

// newClient returns a client of a valid cluster that follows the leaders of topics.
func (c *Cluster) newClient(topics ...string) (*client, error) {
	mechanism, err := c.mechanism()
	if err != nil {
		return nil, err
	}
	conns := newConns(c.Dial)
	ctx, cancel := context.WithCancel(context.Background())
	return &client{
		closed: ctx.Done(),
		cancel: cancel,
		addr:   kafkago.TCP(c.Brokers...),
		conns:  conns,
		transport: &kafkago.Transport{
			// Without it a request after the end would start goroutines that stay.
			Context:  ctx,
			Dial:     conns.dial,
			ClientID: c.ClientID,
			TLS:      c.TLS,
			SASL:     mechanism,
			// The transport learns of a new leader from here only: it does not
			// look when a broker answers that it is not the leader.
			MetadataTTL:    time.Second,
			MetadataTopics: topics,
		},
		dialer: &kafkago.Dialer{
			ClientID:      c.ClientID,
			DialFunc:      conns.dial,
			Timeout:       5 * time.Second,
			TLS:           c.TLS,
			SASLMechanism: mechanism,
		},
	}, nil
}

// roundTrip sends a request to the broker that is responsible for it.
func (c *client) roundTrip(ctx context.Context, req kafkago.Request) (kafkago.Response, error) {
	select {
	case <-c.closed:
		return nil, ErrClosed
	default:
		return c.transport.RoundTrip(ctx, c.addr, req)
	}
}

func (c *client) close() {
	c.cancel()
	c.transport.CloseIdleConnections()
	c.conns.close()
}
