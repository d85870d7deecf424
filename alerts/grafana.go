package alerts

import (
	"fmt"
	"hash/fnv"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/takt-orders/takt/dashboards"
)

// provisioning is a file of Grafana's for its own alerting.
type provisioning struct {
	Version int            `yaml:"apiVersion"`
	Groups  []grafanaGroup `yaml:"groups,omitempty"`
	Deleted []grafanaUID   `yaml:"deleteRules,omitempty"`
}

type grafanaUID struct {
	Org int    `yaml:"orgId"`
	UID string `yaml:"uid"`
}

type grafanaGroup struct {
	Org      int           `yaml:"orgId"`
	Name     string        `yaml:"name"`
	Folder   string        `yaml:"folder"`
	Interval string        `yaml:"interval"`
	Rules    []grafanaRule `yaml:"rules"`
}

type grafanaRule struct {
	UID         string            `yaml:"uid"`
	Title       string            `yaml:"title"`
	Condition   string            `yaml:"condition"`
	For         string            `yaml:"for,omitempty"`
	KeepFiring  string            `yaml:"keepFiringFor,omitempty"`
	NoData      string            `yaml:"noDataState"`
	Failed      string            `yaml:"execErrState"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
	Data        []grafanaQuery    `yaml:"data"`
}

type grafanaQuery struct {
	RefID  string         `yaml:"refId"`
	Range  map[string]int `yaml:"relativeTimeRange"`
	Source string         `yaml:"datasourceUid"`
	Model  map[string]any `yaml:"model"`
}

// Grafana returns the alerting rules of the files as rules of Grafana's own alerting,
// for its provisioning. It evaluates them in place of Prometheus, which goes on
// recording, and gives what fires to Alertmanager. TaktWatchdog is left out: it proves
// that Prometheus alerts. Three things are Grafana's and cannot be helped: it names an
// alert by the title of its rule, which must be unique in a folder, so that there is
// one for each process, stage and severity; and it has no series ALERTS, so an alert
// does not outlast the end of working hours. Figures in its texts that are 0 read "?".
func Grafana(files ...File) ([]byte, error) {
	out := provisioning{Version: 1}
	seen := map[string]string{}
	for interval, r := range alerting(files) {
		rule := grafanaRuleOf(r)
		if other, twice := seen[rule.UID]; twice {
			return nil, fmt.Errorf("write rules of Grafana: %s and %s have the same uid", other, r.Alert)
		}
		seen[rule.UID] = r.Alert
		out.add(folder(r), interval, rule)
	}
	return encode(out)
}

// GrafanaDeleted returns what takes the rules that Grafana returns out of Grafana again:
// those of a file that is gone would stay for ever.
func GrafanaDeleted(files ...File) ([]byte, error) {
	out := provisioning{Version: 1}
	for _, r := range alerting(files) {
		out.Deleted = append(out.Deleted, grafanaUID{1, ruleUID(r)})
	}
	return encode(out)
}

// alerting yields the alerting rules that Grafana gets, each with its group's interval.
func alerting(files []File) iter.Seq2[string, Rule] {
	return func(yield func(string, Rule) bool) {
		for _, f := range files {
			for _, g := range f.Groups {
				for _, r := range g.Rules {
					if r.Alert != "" && r.Alert != watchdog && !yield(g.Interval, r) {
						return
					}
				}
			}
		}
	}
}

// add appends the rule to the group of the folder, which has one.
func (p *provisioning) add(folder, interval string, rule grafanaRule) {
	i := slices.IndexFunc(p.Groups, func(g grafanaGroup) bool { return g.Folder == folder })
	if i < 0 {
		i = len(p.Groups)
		p.Groups = append(p.Groups, grafanaGroup{Org: 1, Name: "takt", Folder: folder, Interval: interval})
	}
	p.Groups[i].Rules = append(p.Groups[i].Rules, rule)
}

// folder returns the folder in which the rule's name is unique.
func folder(r Rule) string {
	parts := []string{"Takt alerts"}
	for _, label := range []string{"process", "stage", "severity"} {
		if v := r.Labels[label]; v != "" {
			parts = append(parts, strings.ReplaceAll(v, "/", `\/`)) // a slash begins a folder within
		}
	}
	return strings.Join(parts, " ")
}

// ruleUID depends on what the rule is about and on nothing else: a bound that changes
// changes the rule that is there.
func ruleUID(r Rule) string {
	h := fnv.New64a()
	for _, s := range []string{r.Alert, r.Labels["process"], r.Labels["stage"], r.Labels["severity"]} {
		fmt.Fprintf(h, "%s\x00", s)
	}
	return fmt.Sprintf("takt-%016x", h.Sum64())
}

func grafanaRuleOf(r Rule) grafanaRule {
	out := grafanaRule{
		UID: ruleUID(r), Title: r.Alert, Condition: "B", For: r.For, KeepFiring: r.KeepFiring, NoData: "OK", Failed: "Error",
		Labels: r.Labels, Annotations: map[string]string{},
		Data: []grafanaQuery{
			instant("A", r.Expr),
			// What Prometheus returns fires, whatever its value is; Grafana takes 0 for calm.
			{"B", lastMinutes(), "__expr__", map[string]any{"refId": "B", "type": "math", "expression": "is_number($A)"}},
		},
	}
	refs := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(r.Annotations)) {
		text := askedOf().ReplaceAllStringFunc(r.Annotations[name], func(asked string) string {
			query, how := question(asked)
			if refs[query] == "" {
				refs[query] = fmt.Sprintf("Q%d", len(refs)+1)
				out.Data = append(out.Data, instant(refs[query], query))
			}
			value := "$values." + refs[query] + ".Value"
			return "{{ if " + value + " }}{{ " + value + " | " + how + " }}{{ else }}?{{ end }}"
		})
		text = strings.ReplaceAll(text, "$value |", "$values.A.Value |")
		out.Annotations[name] = strings.ReplaceAll(text, "$", "$$") // one alone is a variable of the environment
	}
	return out
}

// askedOf finds what the texts of alerts ask of Prometheus when they are told, as ask
// writes it. Grafana's texts cannot: what they tell has to be queries of the rule.
func askedOf() *regexp.Regexp {
	return regexp.MustCompile("{{ with query (`[^`]*`|\"[^\"]*\"|\\(printf \"sum\\(\\w+{[^}]*}\\)\"[^)]*\\)) }}{{ \\. \\| first \\| value \\| ([^}]*) }}{{ else }}\\?{{ end }}")
}

// question returns the query of one such text and how its value is told. One that names
// labels of the alert becomes one by these labels, of which Grafana takes the alert's.
func question(asked string) (query, how string) {
	m := askedOf().FindStringSubmatch(asked)
	query, how = strings.Trim(m[1], "`\""), m[2]
	if of := regexp.MustCompile(`^\(printf "sum\((\w+){([^}]*)}\)"`).FindStringSubmatch(query); of != nil {
		query = "sum by (" + strings.ReplaceAll(strings.ReplaceAll(of[2], "=%q", ""), ",", ", ") + ") (" + of[1] + ")"
	}
	return query, how
}

func instant(ref, query string) grafanaQuery {
	return grafanaQuery{ref, lastMinutes(), dashboards.PrometheusUID, map[string]any{"refId": ref, "expr": query, "instant": true, "range": false}}
}

// lastMinutes is the range that Grafana wants of every query, also of one that has none.
func lastMinutes() map[string]int { return map[string]int{"from": 300, "to": 0} }
