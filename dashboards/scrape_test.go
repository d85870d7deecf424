package dashboards_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/metrics"
	"github.com/takt-orders/takt/metrics/process"
)

// scrapes are what the collector showed, minute by minute of the simulation.
type scrapes struct {
	metrics  *metrics.Metrics
	part     *metrics.Partition
	gateway  *metrics.Gateway
	registry *prometheus.Registry
	now      time.Time
	families map[string]*dto.MetricFamily
}

func newScrapes(p *process.Process) (*scrapes, error) {
	s := &scrapes{registry: prometheus.NewPedanticRegistry(), families: map[string]*dto.MetricFamily{}}
	var err error
	s.metrics, err = metrics.New(metrics.Config{
		Processes: []*process.Process{p}, Sources: []metrics.Source{{Name: source, Process: p.Name, Topic: topic}},
		Channels: []string{"app", "web", "marketplace", "vip", "store"}, Currencies: []string{"CNY"}, Now: func() time.Time { return s.now },
	}, s.registry)
	if err != nil {
		return nil, err
	}
	s.metrics.SetReady(true)
	s.metrics.SetAudit(topic, 0, 0)
	s.metrics.SetParity(p.Name, metrics.FigureOrdersOpen, 0)
	s.metrics.SetReconciliation("shop", "missing", 0)
	s.part = s.metrics.Partition(source, topic, 0)
	s.gateway, err = metrics.NewGateway([]string{source}, []string{"taken", "unauthentic"}, s.registry)
	if err != nil {
		return nil, err
	}
	_, err = metrics.NewPolls(map[string]time.Duration{source: time.Minute}, func() time.Time { return s.now }, s.registry)
	return s, err
}

// take keeps what the collector shows now, with the labels of a scrape.
func (s *scrapes) take() error {
	s.gateway.Delivered(source, "taken", time.Millisecond)
	found, err := s.registry.Gather()
	if err != nil {
		return err
	}
	up, one := "up", 1.0
	kind := dto.MetricType_GAUGE
	found = append(found, &dto.MetricFamily{Name: &up, Type: &kind, Metric: []*dto.Metric{{Gauge: &dto.Gauge{Value: &one}}}})
	job, takt, instance, address := "job", "takt", "instance", "takt:8380"
	at := s.now.UnixMilli()
	for _, f := range found {
		for _, m := range f.Metric {
			m.TimestampMs = &at
			m.Label = append(m.Label, &dto.LabelPair{Name: &instance, Value: &address}, &dto.LabelPair{Name: &job, Value: &takt})
		}
		if kept := s.families[f.GetName()]; kept != nil {
			kept.Metric = append(kept.Metric, f.Metric...)
		} else {
			s.families[f.GetName()] = f
		}
	}
	return nil
}

// monitor is a running Prometheus.
type monitor struct {
	address string
	cmd     *exec.Cmd
	log     *bytes.Buffer
	client  *http.Client
}

// serve gives the scrapes to a real Prometheus, by promtool's backfill.
func (s *scrapes) serve(ctx context.Context, m embedded.Monitoring, dir string) (*monitor, error) {
	var text bytes.Buffer
	for _, f := range s.families {
		if _, err := expfmt.MetricFamilyToOpenMetrics(&text, f); err != nil {
			return nil, err
		}
	}
	if _, err := expfmt.FinalizeOpenMetrics(&text); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	from, config := filepath.Join(dir, "scrapes.om"), filepath.Join(dir, "prometheus.yml")
	if err := errors.Join(os.WriteFile(from, text.Bytes(), 0o600), os.WriteFile(config, nil, 0o600)); err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	if out, err := exec.CommandContext(ctx, m.Promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet", from, data).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("backfill: %w\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &monitor{address: "http://" + l.Addr().String(), log: &bytes.Buffer{}, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	if err := l.Close(); err != nil {
		return nil, err
	}
	p.cmd = exec.CommandContext(ctx, m.Prometheus, "--config.file="+config, "--storage.tsdb.path="+data, "--web.listen-address="+p.address[len("http://"):])
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if r, err := p.client.Get(p.address + "/-/ready"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return p, nil
			}
		}
		if time.Now().After(deadline) {
			return nil, errors.Join(fmt.Errorf("prometheus does not get ready:\n%s", p.log), p.close())
		}
	}
}

func (p *monitor) close() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("prometheus: %w\n%s", err, p.log)
	}
	return nil
}

// series is what Prometheus returns of one series: its labels and its values.
type series struct {
	Metric map[string]string `json:"metric"`
	Value  []any             `json:"value"`
	Values [][]any           `json:"values"`
}

// query asks for values at one time, or if step is given over a range.
func (p *monitor) query(expr string, from, to time.Time, step time.Duration) ([]series, error) {
	path, q := "/api/v1/query", url.Values{"query": {expr}}
	if step > 0 {
		path += "_range"
		q.Set("start", fmt.Sprint(from.Unix()))
		q.Set("end", fmt.Sprint(to.Unix()))
		q.Set("step", fmt.Sprint(step.Seconds()))
	} else {
		q.Set("time", fmt.Sprint(to.Unix()))
	}
	r, err := p.client.PostForm(p.address+path, q)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Status, Error string
		Data          struct{ Result []series }
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Status != "success" {
		return nil, fmt.Errorf("%s: %w %s", expr, err, body)
	}
	return answer.Data.Result, nil
}
