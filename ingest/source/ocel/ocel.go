// Package ocel reads logs of objects in OCEL 2.0 (https://www.ocel-standard.org), in
// which an event concerns any number of objects: JSON, XML and SQLite.
//
// The contract: each event becomes a row, a JSON object with the members ocel:eid,
// ocel:activity and ocel:timestamp, a member ocel:type:T with the ids of the objects
// of type T that the event names, an array, for each such type, and the event's
// attributes by their names. Values are those of the file, in XML texts. An object
// that the log names but does not list is of the type "", so that it is not lost.
// Attributes of objects, relations between objects and what an object is to an event
// (its qualifier) are left out.
//
// Events come as the file has them, of SQLite by their ids. A file is read twice, as
// the objects' types may stand behind the events. In memory are the type of each
// object and one event. No error quotes a value.
package ocel

import (
	"encoding/json"
	"errors"
	"strings"
)

// maxPart is the greatest length of an event or object in the file, in bytes.
const maxPart = 16 << 20

var errBroken = errors.New("it is no log in OCEL 2.0")

// event is one event of a log.
type event struct {
	id, activity, at string
	attributes       []attribute
	objects          []string
}

// attribute is a named value, as JSON.
type attribute struct {
	name  string
	value json.RawMessage
}

// types holds the type of each object.
type types struct {
	of    map[string]string
	names map[string]string // one string for each type, however many objects are of it
}

func newTypes() *types { return &types{map[string]string{}, map[string]string{}} }

func (t *types) add(object, name string) {
	one, ok := t.names[name]
	if !ok {
		one = strings.Clone(name)
		t.names[one] = one
	}
	t.of[object] = one
}

// appendRow appends e as a row.
func (t *types) appendRow(dst []byte, e *event) []byte {
	dst = append(dst, `{"ocel:eid":`...)
	dst = appendText(dst, e.id)
	dst = append(dst, `,"ocel:activity":`...)
	dst = appendText(dst, e.activity)
	dst = append(dst, `,"ocel:timestamp":`...)
	dst = appendText(dst, e.at)
	var named []string // the types, as the event names them
	ids := map[string][]byte{}
	seen := make(map[string]bool, len(e.objects))
	for _, object := range e.objects {
		if seen[object] {
			continue // once more, as something else
		}
		seen[object] = true
		name := t.of[object]
		if ids[name] == nil {
			named = append(named, name)
		}
		ids[name] = append(appendText(ids[name], object), ',')
	}
	for _, name := range named {
		dst = appendText(append(dst, ','), "ocel:type:"+name)
		dst = append(append(dst, ":["...), ids[name]...)
		dst[len(dst)-1] = ']'
	}
	for i := range e.attributes {
		a := &e.attributes[i]
		if strings.HasPrefix(a.name, "ocel:") {
			continue // these names are ours
		}
		dst = appendText(append(dst, ','), a.name)
		dst = append(append(dst, ':'), a.value...)
	}
	return append(dst, '}')
}

// appendText appends s as JSON.
func appendText(dst []byte, s string) []byte {
	text, _ := json.Marshal(s) // a string is always JSON
	return append(dst, text...)
}
