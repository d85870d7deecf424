package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const gatewaySecret = "a secret of the measurement alone"

const gatewayFile = `kafka: {brokers: [%[1]s]}
processes: [retail]
sources: [{name: bench, topic: gateway, process: retail, mapping: canonical}]
gateway:
  listen: %[2]s
  endpoints: [{source: bench, auth: webhook, secret_file: secret}]
`

// pushed measures the gateway: takt gateway as a process of its own before a real
// broker, and senders that wait for each answer before they push again. They share
// the machine with it, so the rate is what both together reach.
func pushed(ctx context.Context, c *config, r *report, out io.Writer) (err error) {
	w, err := newWorld(ctx, c, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.topic(ctx, "gateway"); err != nil {
		return err
	}
	var rows [][]string
	for _, senders := range []int{8, 64, 256} {
		p, err := w.push(ctx, senders)
		if err != nil {
			return err
		}
		rate := float64(len(p.took)) / p.Wall.Seconds()
		million := p.CPU.Seconds() / float64(len(p.took)) * 1e6
		name := fmt.Sprintf("gateway, %d senders", senders)
		r.add(name+": deliveries", rate, "1/s", "")
		r.add(name+": 99 % answered within", p.share(0.99).Seconds()*1000, "ms", "")
		r.add(name+": CPU", million, "s per million", "")
		rows = append(rows, []string{
			name, decimals(rate, 0), decimals(p.share(0.5).Seconds()*1000, 1), decimals(p.share(0.99).Seconds()*1000, 1),
			decimals(million, 0), decimals(float64(p.Peak)/(1<<20), 0),
		})
	}
	table(out, fmt.Sprintf("Gateway: pushes of %d B, signed, each answered after acks=all; a process per row", len(delivery(0, 0, time.Now()))),
		[]string{"", "1/s", "p50 ms", "p99 ms", "CPU s/M", "peak MiB"}, rows)
	return nil
}

// push is what senders saw and what the gateway needed for it.
type push struct {
	usage
	took []time.Duration // sorted
}

// share is the time within which so many of all were answered.
func (p *push) share(of float64) time.Duration {
	return p.took[min(int(of*float64(len(p.took))), len(p.took)-1)]
}

// push runs a gateway and lets senders push to it.
func (w *world) push(ctx context.Context, senders int) (*push, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	addr := l.Addr().String()
	_ = l.Close() // takt listens there
	config := filepath.Join(w.dir, "gateway.yaml")
	if err := errors.Join(
		os.WriteFile(filepath.Join(w.dir, "secret"), []byte(gatewaySecret), 0o600),
		os.WriteFile(config, fmt.Appendf(nil, gatewayFile, w.broker.Addr, addr), 0o644),
	); err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	var log bytes.Buffer
	cmd := exec.CommandContext(ctx, w.Takt, "-c", config, "gateway", "--web.listen-address", "127.0.0.1:0")
	cmd.Stderr = &log
	ended := make(chan error, 1)
	p := &push{}
	go func() {
		var err error
		p.usage, err = measured(cmd)
		ended <- err
	}()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err == nil {
			_ = conn.Close() // only to see that it listens
			break
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("start takt gateway: %w: %s", err, log.String())
		}
	}
	begin := time.Now()
	err = p.send(ctx, addr, senders, time.Duration(w.Seconds)*time.Second)
	wall := time.Since(begin)
	err = errors.Join(err, cmd.Process.Signal(syscall.SIGTERM), <-ended)
	if err != nil {
		return nil, fmt.Errorf("push: %w: %s", err, log.Bytes()[max(0, log.Len()-2000):])
	}
	p.Wall = wall
	slices.Sort(p.took)
	return p, nil
}

// send lets senders push until the time is over.
func (p *push) send(ctx context.Context, addr string, senders int, last time.Duration) error {
	var all sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	end := time.Now().Add(last)
	for s := range senders {
		all.Go(func() {
			took, err := sender(ctx, addr, s, end)
			mu.Lock()
			defer mu.Unlock()
			p.took, errs = append(p.took, took...), append(errs, err)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// sender is one connection that pushes one delivery after the other.
func sender(ctx context.Context, addr string, s int, end time.Time) (took []time.Duration, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for n := 0; time.Now().Before(end); n++ {
		request := delivery(s, n, time.Now())
		begin := time.Now()
		if _, err := conn.Write(request); err != nil {
			return took, err
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return took, err
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			return took, fmt.Errorf("answered %s: %s", res.Status, body)
		}
		took = append(took, time.Since(begin))
	}
	return took, nil
}

// delivery is the n-th request of a sender, signed.
func delivery(s, n int, now time.Time) []byte {
	body := fmt.Appendf(nil, `{"id":"%d-%d","order_id":"SO-%06d-%06d","activity":"order.placed","occurred_at":"%s","channel":"web","region":"east",`+
		`"warehouse":"warehouse-1","carrier":"carrier-2","owner":"clerk 12","amount":"129.90","currency":"CNY","quantity":3,"attributes":{"note":"%s"}}`,
		s, n, s, n, now.UTC().Format(time.RFC3339Nano), bytes.Repeat([]byte("x"), 160))
	id, at := fmt.Sprintf("%d-%d-%d", now.UnixNano(), s, n), strconv.FormatInt(now.Unix(), 10)
	h := hmac.New(sha256.New, []byte(gatewaySecret))
	h.Write([]byte(id + "." + at + "."))
	h.Write(body)
	return append(fmt.Appendf(nil, "POST /in/bench HTTP/1.1\r\nHost: takt\r\nContent-Type: application/json\r\nwebhook-id: %s\r\nwebhook-timestamp: %s\r\nwebhook-signature: v1,%s\r\nContent-Length: %d\r\n\r\n",
		id, at, base64.StdEncoding.EncodeToString(h.Sum(nil)), len(body)), body...)
}
