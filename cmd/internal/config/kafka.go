package config

import (
	"strings"
	"time"
)

func (l *loader) kafka(o *object) Kafka {
	k := Kafka{
		Brokers:        l.addresses(o, "brokers", "TAKT_KAFKA_BROKERS", "localhost:9092"),
		Group:          o.text("group", "takt"),
		SessionTimeout: o.duration("session_timeout", 6*time.Second, 3*time.Second),
		TLS:            l.tls(o),
		SASL:           l.sasl(o),
	}
	if k.Group == "" {
		o.report("group", "is empty: name the consumer group")
	}
	o.done()
	return k
}

func (l *loader) sasl(o *object) *SASL {
	encrypted := o.has("tls")
	if !o.has("sasl") {
		return nil
	}
	o = o.object("sasl")
	s := &SASL{
		Mechanism: o.oneOf("mechanism", "", "plain", "scram-sha-256", "scram-sha-512"),
		User:      o.required("user", "name the user"),
	}
	s.PasswordFile, s.Password = l.password(o, "TAKT_KAFKA_PASSWORD")
	switch {
	case s.Mechanism == "" && o.ok("mechanism"):
		o.report("mechanism", "is missing: choose one of plain, scram-sha-256, scram-sha-512")
	case s.Mechanism == "plain" && !encrypted:
		o.report("mechanism", "plain sends the password readable: add kafka.tls (tls: {} trusts the system's authorities) or use scram-sha-512")
	}
	if !s.Password.Known() && o.ok("password_file") && o.ok("password") && !o.has("password") {
		o.report("password_file", "is missing: name a file with the password or set TAKT_KAFKA_PASSWORD")
	}
	o.done()
	return s
}

// addresses takes the key as a list of host:port; the environment's variable, a
// comma list, supersedes it.
func (l *loader) addresses(o *object, key, variable, fallback string) []string {
	all := o.distinct(key)
	for i, a := range all {
		if wrong := address(a); wrong != "" && a != "" {
			o.report(index(key, i), "%s, such as %s", wrong, fallback)
		}
	}
	if o.has(key) && len(all) == 0 && o.ok(key) {
		o.report(key, "is empty: name at least one, such as %s, or take the key out", fallback)
	}
	if list := l.getenv(variable); list != "" {
		all = nil
		for a := range strings.SplitSeq(list, ",") {
			a = strings.TrimSpace(a)
			if wrong := address(a); wrong != "" {
				l.environment(variable, wrong+", such as "+fallback)
			}
			all = append(all, a)
		}
	}
	if len(all) == 0 {
		return []string{fallback}
	}
	return all
}

// environment reports a problem of a variable.
func (l *loader) environment(variable, message string) {
	l.problems = append(l.problems, Problem{File: "environment", Path: variable, Message: message})
}
