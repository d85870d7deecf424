package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"github.com/takt-orders/takt/ingest/kafka"
)

// message is the JSON of an event as one writes it down by hand.
type message struct {
	Type  string    `json:"type"`
	Time  time.Time `json:"time"`
	Actor string    `json:"actor"`
	Order struct {
		No       string  `json:"no"`
		Channel  string  `json:"channel"`
		Supplier string  `json:"supplier"`
		Product  string  `json:"product"`
		Amount   float64 `json:"amount"`
		Currency string  `json:"currency"`
	} `json:"order"`
	Ship struct {
		Region    string    `json:"region"`
		Warehouse string    `json:"warehouse"`
		Carrier   string    `json:"carrier"`
		Promised  time.Time `json:"promised"`
	} `json:"ship"`
	Customer string `json:"customer"`
}

// handWritten is the obvious loop: a kafka-go Reader of a group, encoding/json,
// Append row by row, commit.
func handWritten(ctx context.Context, j *job) (any, error) {
	conn, err := openFlat(ctx, j.ClickHouse)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	want, err := length(ctx, j)
	if err != nil {
		return nil, err
	}
	reader := kafkago.NewReader(kafkago.ReaderConfig{
		Brokers: []string{j.Kafka}, Topic: j.Topic, GroupID: fmt.Sprintf("hand-written-%d", time.Now().UnixNano()),
		MinBytes: 1, MaxBytes: 10 << 20, MaxWait: 500 * time.Millisecond,
	})
	defer reader.Close()
	var last [partitions]kafkago.Message
	var a rowAnswer
	for a.Events < want {
		batch, err := conn.PrepareBatch(ctx, flatInsert)
		if err != nil {
			return nil, err
		}
		for n := 0; n < j.Rows && a.Events < want; n++ {
			m, err := reader.FetchMessage(ctx)
			if err != nil {
				return nil, fmt.Errorf("fetch: %w", err)
			}
			var e message
			if err := json.Unmarshal(m.Value, &e); err != nil {
				return nil, fmt.Errorf("parse: %w", err)
			}
			err = batch.Append(e.Order.No, e.Type, e.Time, e.Order.Channel, e.Actor, e.Ship.Region, e.Ship.Warehouse, e.Ship.Carrier,
				e.Order.Supplier, e.Order.Product, e.Order.Amount, e.Order.Currency, e.Ship.Promised, e.Customer)
			if err != nil {
				return nil, fmt.Errorf("append: %w", err)
			}
			last[m.Partition] = m
			a.Events++
		}
		if err := batch.Send(); err != nil {
			return nil, fmt.Errorf("send: %w", err)
		}
		for _, m := range last {
			if m.Topic == "" {
				continue
			}
			if err := reader.CommitMessages(ctx, m); err != nil {
				return nil, fmt.Errorf("commit: %w", err)
			}
		}
	}
	return a, nil
}

// length returns the records of the topic.
func length(ctx context.Context, j *job) (int64, error) {
	src, err := kafka.New(kafka.Config{Cluster: kafka.Cluster{Brokers: []string{j.Kafka}}, Topic: j.Topic, Assignment: kafka.AssignStatic})
	if err != nil {
		return 0, err
	}
	defer src.Close()
	ranges, err := src.Ranges(ctx)
	if err != nil {
		return 0, err
	}
	var n int64
	for _, r := range ranges {
		n += r.End - r.Begin
	}
	return n, nil
}
