package config

// canonicalPartitions is with how many partitions Takt makes a topic that sources go
// through, unless the source says otherwise: so many instances can share the work.
const canonicalPartitions = 12

// through gives a source the process of the one that it goes through.
func through(o *object, s *Source, all []Source) {
	var into *Source
	var names []string
	for i := range all {
		if all[i].Name == s.Through {
			into = &all[i]
		}
		if all[i].Through == "" && all[i].Name != s.Name {
			names = append(names, all[i].Name)
		}
	}
	switch {
	case into == nil:
		o.report("through", "there is no source %q; %s", s.Through, suggest(s.Through, names, "there are"))
		return
	case into.Through != "":
		o.report("through", "source %q goes through %q itself: name that one", into.Name, into.Through)
		return
	case into.MappingFrom.File != canonical:
		o.report("through", "source %q does not read Takt's own JSON: a source that others go through has mapping: canonical", into.Name)
	case s.Process != nil && into.Process != nil && s.Process != into.Process:
		o.report("process", "is %q, but source %q feeds %q: leave it out", s.Process.Name, into.Name, into.Process.Name)
	}
	for _, k := range []struct{ key, why string }{
		{"partitioner", "Takt places the events itself"},
		{"assignment", "transactions need the consumer group"},
		{"partitions", "Takt makes only the topic that sources go through"},
	} {
		if o.has(k.key) && o.ok(k.key) && (k.key != "assignment" || s.Assignment != "group") {
			o.report(k.key, "does not belong to a source that goes through another: %s; take it out", k.why)
		}
	}
	s.Process, s.Partitioner = into.Process, ""
}

// partitionsOf is with how many partitions Takt makes the topic of a source: 0 where
// no source goes through it.
func partitionsOf(o *object, s *Source, all []Source) int {
	var users []string
	for i := range all {
		if all[i].Through == s.Name && s.Name != "" {
			users = append(users, all[i].Name)
		}
	}
	switch {
	case len(users) > 0 && s.Partitions == 0:
		return canonicalPartitions
	case len(users) == 0 && s.Partitions > 0 && s.Through == "":
		o.report("partitions", "no source goes through %q: its topic is made by whoever writes it", s.Name)
	}
	return s.Partitions
}
