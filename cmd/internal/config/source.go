package config

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

func (l *loader) sources(o *object, cfg *Config) []Source {
	var all []Source
	var items []*object
	for _, item := range o.objects("sources") {
		s := l.source(item, cfg)
		for i := range all {
			other := &all[i]
			if other.Name == s.Name && s.Name != "" {
				item.report("name", "%q stands twice: name each source differently", s.Name)
			}
			if other.Topic == s.Topic && s.Topic != "" {
				item.report("topic", "%q is read by source %q already: give each source a topic of its own", s.Topic, other.Name)
			}
			if other.Process == s.Process && s.Process != nil && s.Through == "" && other.Through == "" {
				item.report("process", "%q is fed by source %q already: a process has one topic, keyed by order number; "+
					"let one source with mapping: canonical feed it, and the others go through: that one", s.Process.Name, other.Name)
				break
			}
		}
		all = append(all, s)
		items = append(items, item)
	}
	for i := range all {
		if all[i].Through != "" {
			through(items[i], &all[i], all)
		}
	}
	for i := range all {
		all[i].Partitions = partitionsOf(items[i], &all[i], all)
	}
	if len(all) == 0 && o.ok("sources") {
		o.report("sources", "is missing: name at least one source with name, topic and process")
	}
	return all
}

func (l *loader) source(o *object, cfg *Config) Source {
	s := Source{
		Name:            o.required("name", "name the source, such as shop"),
		Topic:           o.required("topic", "name the topic of the order events"),
		Epoch:           o.integer("epoch", 1, 1, math.MaxInt32),
		Through:         o.text("through", ""),
		Partitions:      o.integer("partitions", 0, 0, 1<<14),
		Partitioner:     o.oneOf("partitioner", "murmur2", "murmur2", "crc32", "fnv1a"),
		Assignment:      o.oneOf("assignment", "group", "group", "static"),
		Instance:        o.integer("instance", 0, 0, math.MaxInt16),
		Instances:       o.integer("instances", 1, 1, math.MaxInt16),
		Owner:           o.text("owner", ""),
		DeadLetterTopic: o.text("dead_letter_topic", ""),
		MaxRecordBytes:  o.size("max_record_bytes", 1<<20, 1<<10),
	}
	s.Reconcile = l.reconcile(o, s.Name)
	if s.Through != "" && !o.has("process") { // it is that of the source it goes through
	} else if process := o.required("process", "name one of processes"); process != "" {
		s.Process = cfg.Process(process)
		if names := processNames(cfg); s.Process == nil && len(names) > 0 && len(names) == len(cfg.processes) {
			o.report("process", "%q is not one of processes; %s", process, suggest(process, names, "they are"))
		}
	}
	l.instance(o, &s)
	if s.Topic != "" && s.DeadLetterTopic == s.Topic {
		o.report("dead_letter_topic", "is the topic itself: dead letters would be read again for ever")
	}
	s.MappingFrom, s.Mapping = l.mappingOf(o)
	if s.Mapping.Fields.Customer.Reads() && !cfg.CustomerKey.Known() && o.ok("mapping") {
		o.report("mapping", "reads a customer: name customer_key_file, the key by which customers are hashed")
	}
	if len(s.Mapping.Aliases) > 0 && s.Through == "" && o.ok("mapping") {
		o.report("mapping", "names aliases: events can follow an order to another number only in a topic of Takt's own; let the source go through one")
	}
	if s.Mapping.MaxBytes == 0 {
		s.Mapping.MaxBytes = s.MaxRecordBytes
	}
	o.done()
	return s
}

// canonical is the mapping of Takt's own JSON.
const canonical = "canonical"

// instance checks a static assignment. TAKT_INSTANCE, a number or the name of a
// StatefulSet's pod, which ends in its number, supersedes instance.
func (l *loader) instance(o *object, s *Source) {
	if s.Assignment != "static" {
		for _, key := range []string{"instance", "instances"} {
			if o.has(key) && o.ok("assignment") {
				o.report(key, "belongs to assignment: static; take it out or set that")
			}
		}
		return
	}
	if v := l.getenv("TAKT_INSTANCE"); v != "" {
		n, err := strconv.Atoi(v[strings.LastIndexByte(v, '-')+1:])
		if err != nil || n < 0 || n >= s.Instances {
			wrong := Problem{File: "environment", Path: "TAKT_INSTANCE", Message: strconv.Quote(v) +
				" names no instance from 0 to " + strconv.Itoa(s.Instances-1) + " of source " + strconv.Quote(s.Name)}
			l.problems = append(l.problems, wrong)
			return
		}
		s.Instance = n
	}
	if s.Instance >= s.Instances && o.ok("instance") && o.ok("instances") {
		o.report("instance", "is %d of %d: instances are numbered from 0 to %d", s.Instance, s.Instances, s.Instances-1)
	}
}

func processNames(cfg *Config) []string {
	var names []string
	for _, p := range cfg.Processes {
		names = append(names, p.Name)
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == "" })
}
