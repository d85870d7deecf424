package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
)

// TestTLS connects with what takt.yaml names: an authority and an own certificate.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	pair := certificate(t, dir)
	write(t, dir, "takt.yaml", `
kafka: {brokers: ["localhost:9092"], tls: {ca_file: cert.pem, cert_file: cert.pem, key_file: key.pem}}
clickhouse: {tls: {}}
processes: [retail]
sources: [{name: shop, topic: orders, process: retail, mapping: canonical}]
`)
	cfg := mustLoad(t, filepath.Join(dir, "takt.yaml"), none)
	if again := mustLoad(t, write(t, dir, "printed.yaml", string(cfg.Redacted())), none); *again.Kafka.TLS != *cfg.Kafka.TLS || again.ClickHouse.TLS == nil {
		t.Errorf("printed and loaded again: got %+v and %+v", again.Kafka.TLS, again.ClickHouse.TLS)
	}
	client, err := cfg.Kafka.TLS.Client()
	if err != nil {
		t.Fatal(err)
	}
	client.ServerName = "localhost"

	pool := x509.NewCertPool()
	pool.AddCert(pair.Leaf)
	server := &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	left, right := net.Pipe()
	defer left.Close()
	defer right.Close()
	done := make(chan error, 1)
	go func() { done <- tls.Server(right, server).HandshakeContext(t.Context()) }()
	if err := tls.Client(left, client).HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestTLSErrors(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{filepath.Join(dir, "none"), write(t, dir, "empty", "")} {
		if c, err := (&config.TLS{CAFile: file}).Client(); err == nil {
			t.Errorf("%s: got %v, want an error", file, c)
		}
	}
	c, err := (&config.TLS{CertFile: filepath.Join(dir, "none"), KeyFile: filepath.Join(dir, "none")}).Client()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetClientCertificate(nil); err == nil {
		t.Error("a certificate was read from nothing")
	}
}

// certificate makes a certificate for localhost that is its own authority.
func certificate(t *testing.T, dir string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := write(t, dir, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	private := write(t, dir, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	pair, err := tls.LoadX509KeyPair(cert, private)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
