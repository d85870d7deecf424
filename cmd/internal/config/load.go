package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// Load reads the configuration at path and every file it names. getenv, such as
// os.Getenv, answers for TAKT_KAFKA_BROKERS, TAKT_KAFKA_PASSWORD,
// TAKT_CLICKHOUSE_ADDR, TAKT_CLICKHOUSE_PROTOCOL, TAKT_CLICKHOUSE_PASSWORD and
// TAKT_INSTANCE, the TAKT_NOTIFY_, TAKT_GATEWAY_ and TAKT_POLL_ variables, which supersede the file. The error is an *Invalid.
func Load(path string, getenv func(string) string) (*Config, error) {
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, &Invalid{[]Problem{{File: path, Message: "cannot be found: " + cause(err)}}}
	}
	return (&loader{name: path, dir: dir, getenv: getenv, read: os.ReadFile}).load()
}

// loader reads one configuration.
type loader struct {
	name     string // of takt.yaml, as shown
	dir      string // absolute; paths are relative to it
	getenv   func(string) string
	read     func(path string) ([]byte, error)
	root     *document // takt.yaml
	problems []Problem
	warnings []Problem
	origins  map[string]*document // of the processes, by name

	calendars []*process.Calendar // all that are known
	listed    []*process.Calendar // in takt.yaml, as listed
	spoilt    []string            // names of listed ones that are wrong
}

func (l *loader) load() (*Config, error) {
	l.origins = map[string]*document{}
	var cfg *Config
	if d := l.open(l.name, filepath.Join(l.dir, filepath.Base(l.name))); d != nil {
		l.root = d
		cfg = l.config(d.mapping(d.root, ""))
	}
	if len(l.problems) > 0 {
		byPlace(l.problems)
		return nil, &Invalid{l.problems}
	}
	l.warn(cfg)
	byPlace(l.warnings)
	cfg.Warnings = l.warnings
	return cfg, nil
}

// open reads and parses a file, nil with a problem if that is not possible.
func (l *loader) open(name, path string) *document {
	data, err := l.read(path)
	if err != nil {
		l.problems = append(l.problems, Problem{File: name, Message: "cannot be read: " + cause(err)})
		return nil
	}
	return parse(name, data, &l.problems)
}

// cause is err without the operation and path that the message already tells.
func cause(err error) string {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		return perr.Err.Error()
	}
	return err.Error()
}

// byPlace sorts problems by line within each file, files as they first appear.
func byPlace(all []Problem) {
	files := map[string]int{}
	for _, p := range all {
		if _, seen := files[p.File]; !seen {
			files[p.File] = len(files)
		}
	}
	slices.SortStableFunc(all, func(a, b Problem) int {
		if a.File != b.File {
			return files[a.File] - files[b.File]
		}
		return a.Line - b.Line
	})
}

// path takes the key as the path of a file, made absolute; empty if absent.
func (l *loader) path(o *object, key string) string {
	s := o.text(key, "")
	if s == "" {
		if o.has(key) && o.ok(key) {
			o.report(key, "is empty: name a file or take the key out")
		}
		return ""
	}
	return l.absolute(s)
}

func (l *loader) absolute(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.dir, path)
}

// shown is how the file at the path written in takt.yaml is named to people.
func (l *loader) shown(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(l.name), path)
}

func (l *loader) config(o *object) *Config {
	cfg := &Config{
		Kafka:      l.kafka(o.object("kafka")),
		ClickHouse: l.clickhouse(o.object("clickhouse")),
	}
	cfg.calendars = l.readCalendars(o)
	cfg.Processes, cfg.processes = l.processes(o)
	cfg.Calendars = l.calendars
	cfg.Channels = o.distinct("channels")
	cfg.Currencies = currencies(o)
	cfg.Metrics = metrics(o.object("metrics"))
	cfg.Flush = flush(o.object("flush"))
	cfg.API = l.api(o.object("api"))
	cfg.Ledger = Ledger{Topic: ledgerTopic(o.object("ledger"))}
	cfg.CustomerKeyFile, cfg.CustomerKey = l.secretFile(o, "customer_key_file")
	if n := len(cfg.CustomerKey.Reveal()); n > 0 && n < minKey {
		o.report("customer_key_file", "holds %d bytes: a key needs at least %d, such as from: openssl rand -hex 32", n, minKey)
	}
	cfg.Sources = l.sources(o, cfg)
	cfg.Notify = l.notify(o, cfg)
	cfg.Gateway = l.gateway(o, cfg)
	cfg.Polls = l.polls(o, cfg)
	o.done()
	return cfg
}

// minKey is the shortest customer key and token, in bytes: shorter ones can be
// guessed.
const minKey = 16

// currencies takes the currencies whose amounts are told apart.
func currencies(o *object) []string {
	all := o.distinct("currencies")
	for i, c := range all {
		if c != "" && (len(c) != 3 || strings.ToUpper(c) != c) {
			o.report(index("currencies", i), "%q is no currency: write its three letters, such as CNY", c)
		}
	}
	if len(all) > maxCurrencies {
		o.report("currencies", "are %d: at most %d are possible, the others count as \"other\"", len(all), maxCurrencies)
	}
	return all
}

// maxCurrencies bounds the series of amounts.
const maxCurrencies = 7

func metrics(o *object) Metrics {
	m := Metrics{ExtraLabels: o.distinct("extra_labels"), NativeHistograms: o.boolean("native_histograms")}
	choices := []string{"region", "warehouse", "carrier"}
	for i, label := range m.ExtraLabels {
		if label != "" && !slices.Contains(choices, label) {
			o.report(index("extra_labels", i), "%q is no extra label; %s", label, suggest(label, choices, "choose of"))
		}
	}
	o.done()
	return m
}

func (l *loader) api(o *object) API {
	o.forbid("token", "a secret does not belong here: put it into a file and name that as token_file")
	var a API
	a.TokenFile, a.Token = l.secretFile(o, "token_file")
	if n := len(a.Token.Reveal()); n > 0 && n < minKey {
		o.report("token_file", "holds %d bytes: a token needs at least %d, such as from: openssl rand -hex 32", n, minKey)
	}
	o.done()
	return a
}

func ledgerTopic(o *object) string {
	topic := o.text("topic", "")
	if o.has("topic") && topic == "" && o.ok("topic") {
		o.report("topic", "is empty: name the topic of changes or take the key out")
	}
	o.done()
	return topic
}

func flush(o *object) Flush {
	f := Flush{
		Rows:  o.integer("rows", 20_000, 1, 1_000_000),
		Every: o.duration("every", time.Second, 10*time.Millisecond),
	}
	if f.Every > time.Minute {
		o.report("every", "%s is too long: at most 1m, or boards and alerts lag behind", o.text("every", ""))
	}
	o.done()
	return f
}

func (l *loader) processes(o *object) (all []*process.Process, names []string) {
	for i, name := range o.distinct("processes") {
		key := index("processes", i)
		var d *document
		switch data, shipped := process.Shipped(name); {
		case name == "" || slices.Contains(names, name) || slices.Contains(names, l.absolute(name)):
		case shipped:
			names = append(names, name)
			d = parse("shipped "+name+".yaml", data, &l.problems)
		case strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml"):
			names = append(names, l.absolute(name))
			d = l.open(l.shown(name), l.absolute(name))
		default:
			o.report(key, "%q is not shipped; %s; a file's name ends with .yaml", name,
				strings.TrimSuffix(suggest(name, process.ShippedNames(), "shipped are"), "?"))
		}
		if d == nil {
			continue
		}
		p := l.readProcess(d.mapping(d.root, ""))
		if l.origins[p.Name] != nil && p.Name != "" {
			o.report(key, "process %q is defined by %s already: rename one of them", p.Name, l.origins[p.Name].name)
			continue
		}
		l.origins[p.Name] = d
		all = append(all, p)
	}
	if !o.has("processes") && !o.broken || len(all) == 0 && o.ok("processes") && len(names) == 0 {
		o.report("processes", "is missing: name a shipped process (%s) or a file", strings.Join(process.ShippedNames(), ", "))
	}
	return all, names
}
