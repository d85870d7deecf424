// Package datasource is the backend of Grafana's datasource plugin
// "takt-orders-datasource": what the panels of Grafana draw better than from SQL, that
// is the process map, the way of one order, and the bottleneck with its sentence.
//
// Everything is read through the readings of metrics/view, as things stood at the end
// of the panel's range, and never written. A question's values travel as bound
// parameters; no text of a question becomes SQL. Each question has a time limit and a
// most of rows; what was cut says so in a notice of its frame. Zero, nothing that
// matches, not measured yet and broken are four different texts.
//
// Frames have the same field names in every language; what people read is in the
// field's display name: English, or Chinese where the question or the settings ask.
package datasource

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

// ID is the plugin's, as in plugin.json.
const ID = "takt-orders-datasource"

// connections is how many questions of one datasource ClickHouse is asked at once; the
// others wait, within their own time.
const connections = 8

// Datasource answers the questions of one configured datasource. It may be used from
// several goroutines.
type Datasource struct {
	settings settings
	conn     driver.Conn
	asking   chan struct{}
	now      func() time.Time
	logger   log.Logger
}

var (
	_ backend.QueryDataHandler      = (*Datasource)(nil)
	_ backend.CheckHealthHandler    = (*Datasource)(nil)
	_ instancemgmt.InstanceDisposer = (*Datasource)(nil)
)

// New is the instance factory of the plugin. It reads the settings and connects
// nowhere yet; settings that cannot be used are an error for the reader.
func New(_ context.Context, given backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	s, err := parseSettings(given)
	if err != nil {
		return nil, backend.DownstreamError(err)
	}
	return open(s, time.Now)
}

func open(s settings, now func() time.Time) (*Datasource, error) {
	conn, err := s.connect()
	if err != nil {
		return nil, backend.DownstreamError(fmt.Errorf("read settings: %w", err))
	}
	return &Datasource{settings: s, conn: conn, asking: make(chan struct{}, connections), now: now, logger: backend.NewLoggerWith("logger", "takt")}, nil
}

// Dispose closes the connections; Grafana calls it when the settings change.
func (d *Datasource) Dispose() {
	if err := d.conn.Close(); err != nil {
		d.logger.Warn("connection to ClickHouse could not be closed", "err", err)
	}
}

// QueryData answers each question by itself, so that one that fails leaves the others.
func (d *Datasource) QueryData(ctx context.Context, asked *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	all := backend.NewQueryDataResponse()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, q := range asked.Queries {
		wg.Go(func() {
			answer := d.answer(ctx, q)
			mu.Lock()
			defer mu.Unlock()
			all.Responses[q.RefID] = answer
		})
	}
	wg.Wait()
	return all, nil
}

func (d *Datasource) answer(ctx context.Context, asked backend.DataQuery) backend.DataResponse {
	q, err := d.parse(asked)
	if err != nil {
		return backend.ErrDataResponseWithSource(backend.StatusBadRequest, backend.ErrorSourceDownstream, err.Error())
	}
	ctx, cancel := context.WithTimeout(ctx, d.settings.Timeout)
	defer cancel()
	var frames data.Frames
	if err = d.take(ctx); err == nil {
		frames, err = q.ask(ctx)
		<-d.asking
	}
	var wrong wrongError
	switch {
	case errors.As(err, &wrong):
		return backend.ErrDataResponseWithSource(backend.StatusBadRequest, backend.ErrorSourceDownstream, wrong.Error())
	case err != nil:
		f := failureOf(err)
		d.logger.Warn("question could not be answered", "kind", q.Kind, "reason", f.reason, "code", f.code)
		return backend.ErrDataResponseWithSource(f.status, backend.ErrorSourceDownstream, f.say(q.lang, d.settings))
	}
	return backend.DataResponse{Frames: frames, Status: backend.StatusOK}
}

// take waits until ClickHouse may be asked.
func (d *Datasource) take(ctx context.Context) error {
	select {
	case d.asking <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wrongError is a question that cannot be asked so; it says what to do.
type wrongError string

func (e wrongError) Error() string { return string(e) }

// process returns the process asked for: the first one unless named.
func (q *question) process(ctx context.Context) (*process.Process, error) {
	all, err := view.Stored(ctx, q.conn)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if q.Process == "" || p.Name == q.Process {
			return p, nil
		}
	}
	if len(all) == 0 {
		return nil, wrongError(q.say("No process is known yet: start takt run with a process file.", "尚无任何流程：请用流程文件启动 takt run。"))
	}
	return nil, wrongError(fmt.Sprintf(q.say("There is no process %q: choose another one in the query.", "没有流程 %q：请在查询中另选一个。"), q.Process))
}
