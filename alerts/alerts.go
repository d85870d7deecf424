// Package alerts turns processes into Prometheus rules and Alertmanager routes.
//
// The contract:
//
//   - The result depends on the Config alone and is the same each time.
//   - Rules read metrics.Catalogue and nothing else, besides up and the ALERTS
//     series of their own. None looks back more than three days.
//   - Rules about limits read visits due, each counted once, when it leaves or when
//     its deadline passes: they fire while an outage lasts, and not anew when it ends.
//   - Labels are severity (critical pages, warning is a ticket for working hours, info
//     one to be known), process, stage, owner_team and kind. Nothing that changes
//     while an alert fires is a label.
//   - takt_stage_working, 1 while the stage's calendar is open, may be missing: all
//     hours then count. Where it says 0, no alert begins that silence alone explains,
//     and an alert that fires goes on until the calendar has been open for a while.
//   - Without takt_stage_orders_normal_upper, that is with less than two weeks of
//     history, TaktStageBacklogGrowing is silent.
package alerts

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/takt-orders/takt/metrics/process"
)

// Config is what the rules are made from.
type Config struct {
	Process *process.Process // required for Recording and Alerting, valid
	// RunbookBase is where runbooks are read, <base>/<AlertName>.md; default the
	// folder alerts/runbooks of Takt's repository.
	RunbookBase string
	// Grafana is the address of Grafana, without a slash at its end; default
	// http://localhost:3000.
	Grafana string
	// Team gets the alerts that belong to no stage; default operations.
	Team string
	// Job is the scrape job of takt in Prometheus; default takt.
	Job string
}

// How often rules are evaluated; seldom is clearly less than the five minutes for which
// Prometheus takes a value as the present one.
const (
	every  = "1m"
	seldom = "3m"
)

// DefaultRunbookBase is where the runbooks of this version are.
const DefaultRunbookBase = "https://github.com/takt-orders/takt/blob/main/alerts/runbooks"

func (c Config) withDefaults() Config {
	c.RunbookBase = strings.TrimSuffix(cmp.Or(c.RunbookBase, DefaultRunbookBase), "/")
	c.Grafana = strings.TrimSuffix(cmp.Or(c.Grafana, "http://localhost:3000"), "/")
	c.Team = cmp.Or(c.Team, "operations")
	c.Job = cmp.Or(c.Job, "takt")
	return c
}

// Validate returns everything wrong with c.
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	for _, f := range [...]struct{ name, address string }{{"runbook base", c.RunbookBase}, {"grafana", c.Grafana}} {
		if u, err := url.Parse(f.address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			errs = append(errs, fmt.Errorf("%s: %q is no http or https address", f.name, f.address))
		}
	}
	if strings.ContainsAny(c.Job+c.Team, "\"\\{}\n") {
		errs = append(errs, errors.New("job and team must not hold quotes, backslashes, braces or line breaks"))
	}
	return errors.Join(errs...)
}

// Recording returns the recording rules of the process.
func (c Config) Recording() File {
	c = c.withDefaults()
	short, long := c.records()
	return File{Groups: []Group{
		{Name: "takt/" + c.Process.Name + "/recording", Interval: every, Rules: short},
		{Name: "takt/" + c.Process.Name + "/recording-long", Interval: seldom, Rules: long},
	}}
}

// Alerting returns the alerting rules of the process.
func (c Config) Alerting() File {
	c = c.withDefaults()
	var rules []Rule
	for i := range c.Process.Stages {
		rules = append(rules, c.stage(i)...)
	}
	rules = append(rules, c.whole()...)
	return File{Groups: []Group{{Name: "takt/" + c.Process.Name + "/alerts", Interval: every, Rules: rules}}}
}

// Own returns the alerting rules about Takt itself, which are the same whatever
// the processes are.
func (c Config) Own() File {
	c = c.withDefaults()
	return File{Groups: []Group{{Name: "takt/own", Interval: every, Rules: c.own()}}}
}
