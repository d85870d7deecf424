package kafka_test

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
)

func TestConfig(t *testing.T) {
	good := kafka.Config{Cluster: kafka.Cluster{Brokers: []string{"a:9092"}}, Topic: "orders", Group: "takt"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	if good.SessionTimeout != 6*time.Second || good.MaxBytes != 1<<20 || good.Assignment != kafka.AssignGroup || good.Logger == nil || good.ClientID != "takt" {
		t.Errorf("got defaults %+v", good)
	}
	sasl := func(mechanism string) func(*kafka.Config) {
		return func(c *kafka.Config) { c.SASL = &kafka.SASL{Mechanism: mechanism, User: "u", Password: "secret"} }
	}
	tests := []struct {
		name   string
		change func(c *kafka.Config)
		want   string // part of the error; empty: none
	}{
		{"no brokers", func(c *kafka.Config) { c.Brokers = nil }, "brokers: none given"},
		{"bad broker", func(c *kafka.Config) { c.Brokers = []string{"a"} }, `"a" is not host:port`},
		{"no topic", func(c *kafka.Config) { c.Topic = "" }, "topic: is empty"},
		{"no group", func(c *kafka.Config) { c.Group = "" }, "group: is empty"},
		{"static without group", func(c *kafka.Config) { c.Group, c.Assignment = "", kafka.AssignStatic }, ""},
		{"no such instance", func(c *kafka.Config) { c.Assignment, c.Instance, c.Instances = kafka.AssignStatic, 3, 3 }, "instance: 3 of 3"},
		{"unknown assignment", func(c *kafka.Config) { c.Assignment = 9 }, "AssignmentMode(9)"},
		{"session too short", func(c *kafka.Config) { c.SessionTimeout = 2 * time.Second }, "session_timeout: 2s"},
		{"bytes", func(c *kafka.Config) { c.MaxBatchBytes = 10 }, "max_bytes"},
		{"plain without tls", sasl("plain"), "needs tls"},
		{"plain with tls", func(c *kafka.Config) { sasl("PLAIN")(c); c.TLS = &tls.Config{} }, ""},
		{"scram", sasl("SCRAM-SHA-512"), ""},
		{"unknown mechanism", sasl("gssapi"), `"gssapi"`},
		{"no user", func(c *kafka.Config) { c.SASL = &kafka.SASL{Mechanism: "scram-sha-256"} }, "user is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.change(&c)
			err := c.Validate()
			if (tt.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells the password: %v", err)
			}
			if _, err := kafka.New(c); (err == nil) != (tt.want == "") {
				t.Errorf("New: got error %v", err)
			}
		})
	}
}

func TestAssignmentMode(t *testing.T) {
	for _, want := range []kafka.AssignmentMode{kafka.AssignGroup, kafka.AssignStatic} {
		text, err := want.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var got kafka.AssignmentMode
		if err := got.UnmarshalText(text); err != nil || got != want {
			t.Errorf("%s: got %v and error %v", text, got, err)
		}
	}
	var m kafka.AssignmentMode
	if err := m.UnmarshalText([]byte("any")); err == nil {
		t.Error("any is no mode")
	}
}
