package kafka_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/takt-orders/takt/ingest/kafka"
)

// certificate returns the two ends of TLS, each of which trusts the other.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	own := []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
	return &tls.Config{Certificates: own, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert},
		&tls.Config{Certificates: own, RootCAs: pool}
}

func TestSecurity(t *testing.T) {
	server, client := certificate(t)
	tests := []struct {
		name           string
		server, client *tls.Config
		sasl           *kafka.SASL
		kfakeMechanism string
		refused        bool
	}{
		{name: "mutual tls", server: server, client: client},
		{name: "plain over tls", server: server, client: client, sasl: &kafka.SASL{Mechanism: "plain", User: "u", Password: "p"}, kfakeMechanism: "PLAIN"},
		{name: "scram-sha-256", sasl: &kafka.SASL{Mechanism: "scram-sha-256", User: "u", Password: "p"}, kfakeMechanism: "SCRAM-SHA-256"},
		{name: "scram-sha-512", sasl: &kafka.SASL{Mechanism: "scram-sha-512", User: "u", Password: "p"}, kfakeMechanism: "SCRAM-SHA-512"},
		{name: "wrong password", sasl: &kafka.SASL{Mechanism: "scram-sha-256", User: "u", Password: "q"}, kfakeMechanism: "SCRAM-SHA-256", refused: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx := timeout(t, 10*time.Second)
			opts := []kfake.Opt{kfake.SeedTopics(2, "orders")}
			if tt.server != nil {
				opts = append(opts, kfake.TLS(tt.server))
			}
			if tt.sasl != nil {
				opts = append(opts, kfake.EnableSASL(), kfake.Superuser(tt.kfakeMechanism, "u", "p"))
			}
			fake := fakeCluster(t, opts...)
			if tt.refused { // as Kafka answers; kfake closes the connection
				fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.SASLAuthenticate}, Err: kerr.SaslAuthenticationFailed, Count: -1})
			}
			cluster := kafka.Cluster{Brokers: fake.ListenAddrs(), TLS: tt.client, SASL: tt.sasl}
			s := newSource(t, kafka.Config{Cluster: cluster, Topic: "orders", Group: "takt"})
			_, err := s.Ranges(ctx)
			if tt.refused {
				if err == nil || ctx.Err() != nil {
					t.Errorf("got error %v, want to be refused at once", err)
				}
				if _, err := s.Join(ctx); err == nil || ctx.Err() != nil {
					t.Errorf("joining: got error %v, want to be refused at once", err)
				}
				r, err := s.Open(0, 0)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := r.Next(ctx); err == nil || ctx.Err() != nil {
					t.Errorf("reading: got error %v, want to be refused at once", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if a, err := s.Join(ctx); err != nil || len(a.Partitions()) != 2 {
				t.Fatalf("joining: got error %v", err)
			}
			p := newProducer(t, kafka.ProducerConfig{Cluster: cluster, Topic: "orders"})
			if err := p.Write(ctx, kafka.Message{Key: []byte("k"), Value: []byte("v")}); err != nil {
				t.Fatal(err)
			}
			if got := readTo(ctx, t, s, kafka.Partition(kafka.Murmur2, []byte("k"), 2), 0, 1); len(got) != 1 {
				t.Errorf("got %d records, want one", len(got))
			}
		})
	}
}
