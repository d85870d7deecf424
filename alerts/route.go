package alerts

import (
	"cmp"
	"errors"
	"slices"

	"github.com/takt-orders/takt/metrics/process"
)

// Routing is what Alertmanager's configuration is made from.
type Routing struct {
	Processes []*process.Process // required, valid
	// Team gets what no other team does; default operations.
	Team string
	// Receiver is the address of the webhook that tells people, to which the team's
	// name is added as ?team=; default DefaultReceiver.
	Receiver string
	// TokenFile is the file, as Alertmanager reads it, with the token that the webhook
	// asks for; empty: it asks for none.
	TokenFile string
	// Heartbeat is the address that TaktWatchdog goes to; empty: nowhere.
	Heartbeat string
}

// DefaultReceiver is the webhook of takt run at its default address.
const DefaultReceiver = "http://localhost:8380/notify/alertmanager"

// alertmanager is the file that Alertmanager reads.
type alertmanager struct {
	Route     *route         `yaml:"route"`
	Inhibit   []inhibition   `yaml:"inhibit_rules"`
	Receivers []receiver     `yaml:"receivers"`
	Intervals []timeInterval `yaml:"time_intervals"`
}

type route struct {
	Receiver string   `yaml:"receiver"`
	Matchers []string `yaml:"matchers,omitempty"`
	GroupBy  []string `yaml:"group_by,flow,omitempty"`
	Wait     string   `yaml:"group_wait,omitempty"`
	Interval string   `yaml:"group_interval,omitempty"`
	Repeat   string   `yaml:"repeat_interval,omitempty"`
	Mute     []string `yaml:"mute_time_intervals,flow,omitempty"`
	Active   []string `yaml:"active_time_intervals,flow,omitempty"`
	Continue bool     `yaml:"continue,omitempty"`
	Routes   []*route `yaml:"routes,omitempty"`
}

type inhibition struct {
	Source []string `yaml:"source_matchers"`
	Target []string `yaml:"target_matchers"`
	Equal  []string `yaml:"equal,flow"`
}

type receiver struct {
	Name    string    `yaml:"name"`
	Webhook []webhook `yaml:"webhook_configs,omitempty"`
}

type webhook struct {
	URL      string      `yaml:"url"`
	Resolved bool        `yaml:"send_resolved"`
	Client   *httpClient `yaml:"http_config,omitempty"`
}

type httpClient struct {
	Authorization struct {
		File string `yaml:"credentials_file"`
	} `yaml:"authorization"`
}

// Alertmanager returns a whole configuration of Alertmanager: a page at once, then a
// reminder each working morning while it fires, then its resolution; a ticket in working
// hours alone, and so is what is only to be known; the watchdog to the heartbeat alone. Alerts of one process, stage and
// kind come as one message.
func (r Routing) Alertmanager() ([]byte, error) {
	if len(r.Processes) == 0 {
		return nil, errors.New("write routes: no process is given")
	}
	r.Team = cmp.Or(r.Team, "operations")
	r.Receiver = cmp.Or(r.Receiver, DefaultReceiver)
	hours := intervals(r.hours())
	heartbeat := receiver{Name: "heartbeat"}
	if r.Heartbeat != "" {
		heartbeat.Webhook = []webhook{{URL: r.Heartbeat}}
	}
	file := alertmanager{
		Route: &route{
			GroupBy: []string{"process", "stage", "kind"}, Wait: "30s", Interval: "5m", Repeat: "24h",
			Routes: []*route{{
				Receiver: heartbeat.Name, Matchers: []string{"alertname=" + quote(watchdog)},
				GroupBy: []string{"alertname"}, Wait: "0s", Interval: "1m", Repeat: "1m",
			}},
		},
		Inhibit: inhibitions(), Receivers: []receiver{heartbeat}, Intervals: hours,
	}
	var client *httpClient
	if r.TokenFile != "" {
		client = &httpClient{}
		client.Authorization.File = r.TokenFile
	}
	for _, team := range r.teams() {
		name, reminder := "team "+team, "reminder "+team
		address := r.Receiver + "?team=" + escape(team)
		file.Receivers = append(file.Receivers, receiver{name, []webhook{{address, true, client}}}, receiver{reminder, []webhook{{address, false, client}}})
		mine := routes("owner_team="+quote(team), name, reminder, len(hours) > 1)
		if team == r.Team {
			file.Route.Receiver = name
		}
		file.Route.Routes = append(file.Route.Routes, mine...)
	}
	// What names no team, or one that no process knows.
	file.Route.Routes = append(file.Route.Routes, routes("", "team "+r.Team, "reminder "+r.Team, len(hours) > 1)...)
	return encode(file)
}

// remembered is longer than any alert should last, but not longer than Alertmanager
// can remember that it has told of it.
const remembered = "30d"

// routes returns the routes of one team: page, reminder of it, ticket.
func routes(matcher, name, reminder string, holidays bool) []*route {
	match := func(severity string) []string {
		m := []string{severity}
		if matcher != "" {
			m = slices.Insert(m, 0, matcher)
		}
		return m
	}
	active, mute := []string{workingInterval}, []string(nil)
	if holidays {
		mute = []string{holidayInterval}
	}
	return []*route{
		{Receiver: name, Matchers: match("severity=" + quote(critical)), Repeat: remembered, Continue: true},
		// Four hours after the page at the earliest, so that a page in working hours is
		// not told of twice at once.
		{Receiver: reminder, Matchers: match("severity=" + quote(critical)), Wait: "4h", Repeat: "20h", Active: active, Mute: mute},
		{Receiver: name, Matchers: match(`severity=~"` + warning + "|" + info + `"`), Wait: "5m", Active: active, Mute: mute},
	}
}

// teams returns every team that answers for something, and the one for the rest.
func (r Routing) teams() []string {
	teams := []string{r.Team}
	for _, p := range r.Processes {
		for i := range p.Stages {
			teams = append(teams, p.Stages[i].Owner.Team)
		}
		for i := range p.Exceptions {
			teams = append(teams, p.Exceptions[i].Owner.Team)
		}
		for i := range p.Rules {
			if raise := p.Rules[i].Raise; raise != nil {
				teams = append(teams, raise.Owner.Team)
			}
		}
		for i := range p.Reasons {
			teams = append(teams, p.Reasons[i].Team)
		}
	}
	slices.Sort(teams)
	return slices.DeleteFunc(slices.Compact(teams), func(team string) bool { return team == "" })
}

// inhibitions say which alert makes which other one superfluous.
func inhibitions() []inhibition {
	name := func(alert string) string { return "alertname=" + quote(alert) }
	stage := []string{"process", "stage"}
	return []inhibition{
		{[]string{name(SourceSilent)}, []string{name(StageSilent)}, []string{"process"}},
		{[]string{`kind="overdue"`}, []string{`kind="at_risk"`}, stage},
		{[]string{name(BudgetBurn), `severity="critical"`}, []string{name(BudgetBurn), `severity="warning"`}, stage},
		{[]string{name(PromiseBurn), `severity="critical"`}, []string{name(PromiseBurn), `severity="warning"`}, []string{"process"}},
		{[]string{name(StageSilent)}, []string{name(BacklogGrowing)}, stage},
	}
}
