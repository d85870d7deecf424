package config

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// scalar takes the key as a single value; ok is false if it is absent or none.
func (o *object) scalar(key string) (value string, ok bool) {
	node := o.take(key)
	if node == nil || !o.doc.kind(node, o.at(key), yaml.ScalarNode) {
		return "", false
	}
	return node.Value, true
}

// text takes the key as text.
func (o *object) text(key, fallback string) string {
	if s, ok := o.scalar(key); ok {
		return s
	}
	return fallback
}

// required takes the key as text that must not be empty; hint says what to write.
func (o *object) required(key, hint string) string {
	s := o.text(key, "")
	if s == "" && o.ok(key) {
		o.report(key, "is missing: %s", hint)
	}
	return s
}

// texts takes the key as a list of texts.
func (o *object) texts(key string) []string {
	var all []string
	for i, node := range o.list(key) {
		path := index(o.at(key), i)
		if o.doc.kind(node, path, yaml.ScalarNode) {
			all = append(all, node.Value)
		}
	}
	return all
}

// distinct takes the key as a list of texts that stand once each and are not
// empty.
func (o *object) distinct(key string) []string {
	all := o.texts(key)
	for i, s := range all {
		switch {
		case s == "":
			o.report(index(key, i), "is empty: give a name or take it out")
		case slices.Contains(all[:i], s):
			o.report(index(key, i), "%q stands twice", s)
		}
	}
	return all
}

// oneOf takes the key as one of the choices.
func (o *object) oneOf(key, fallback string, choices ...string) string {
	s, ok := o.scalar(key)
	if !ok {
		return fallback
	}
	if !slices.Contains(choices, s) {
		o.report(key, "%q is not possible here; %s", s, suggest(s, choices, "choose one of"))
		return fallback
	}
	return s
}

// boolean takes the key as true or false.
func (o *object) boolean(key string) bool {
	s, ok := o.scalar(key)
	if !ok {
		return false
	}
	if s != "true" && s != "false" {
		o.report(key, "%q is neither true nor false", s)
	}
	return s == "true"
}

// integer takes the key as a whole number within bounds.
func (o *object) integer(key string, fallback, low, high int) int {
	s, ok := o.scalar(key)
	if !ok {
		return fallback
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		o.report(key, "%q is not a whole number from %d to %d", s, low, high)
		return fallback
	}
	return n
}

// duration takes the key as a duration of at least low.
func (o *object) duration(key string, fallback, low time.Duration) time.Duration {
	s, ok := o.scalar(key)
	if !ok {
		return fallback
	}
	d, err := ParseDuration(s)
	switch {
	case err != nil:
		o.report(key, "%s", err)
	case d < low:
		o.report(key, "%s is too short: at least %s", s, low)
	default:
		return d
	}
	return fallback
}

// share takes the key as a share.
func (o *object) share(key string) float64 {
	s, ok := o.scalar(key)
	if !ok {
		return 0
	}
	f, err := ParseShare(s)
	if err != nil {
		o.report(key, "%s", err)
	}
	return f
}

// size takes the key as a number of bytes of at least low.
func (o *object) size(key string, fallback, low int) int {
	s, ok := o.scalar(key)
	if !ok {
		return fallback
	}
	n, err := ParseSize(s)
	switch {
	case err != nil:
		o.report(key, "%s", err)
	case n < low:
		o.report(key, "%s is too small: at least %d bytes", s, low)
	default:
		return n
	}
	return fallback
}

// address says what is wrong with a host:port, nothing if it is right.
func address(s string) string {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Sprintf("%q is no address: write host:port", s)
	}
	if n, err := strconv.Atoi(port); host == "" || err != nil || n < 1 || n > 65535 {
		return fmt.Sprintf("%q is no address: write host:port with a port from 1 to 65535", s)
	}
	return ""
}
