package presets

import (
	"maps"
	"strings"

	"github.com/takt-orders/takt/ingest/source"
)

// Use is how takt.yaml uses a preset.
type Use struct {
	Preset   string            `yaml:"preset"`
	Fields   map[string]string `yaml:"fields,omitempty"`   // blank -> path in the payload
	Statuses map[string]string `yaml:"statuses,omitempty"` // value -> activity, "ignore" or "dates"; "*": of all others
	Dates    map[string]string `yaml:"dates,omitempty"`    // path of a date -> activity or "ignore"
	Event    Event             `yaml:"event,omitempty"`    // of the event, beyond what the preset says or instead of it
	Times    []string          `yaml:"times,omitempty"`    // formats of times, instead of the preset's
	Zone     string            `yaml:"zone,omitempty"`     // of local times
	Personal []string          `yaml:"personal,omitempty"` // paths masked in dead letters
	Aliases  []string          `yaml:"aliases,omitempty"`  // paths of further numbers of the order
}

// Event holds values of the event as a mapping file has them: paths are those of the
// payload, whole.
type Event struct {
	Fields     map[string]source.Value `yaml:",inline"` // by the names of source.Fields
	Attributes map[string]source.Value `yaml:"attributes,omitempty"`
}

// At returns where a key path of the mapping stands in a Use; ok is false if the value
// there is the preset's.
func (e *Event) At(path string) (at string, ok bool) {
	if field, found := strings.CutPrefix(path, "fields."); found {
		name := field
		if i := strings.IndexAny(field, ".["); i >= 0 {
			name = field[:i]
		}
		_, ok = e.Fields[name]
		return "event." + field, ok
	}
	if attribute, found := strings.CutPrefix(path, "attributes."); found {
		for name := range e.Attributes {
			if attribute == name || strings.HasPrefix(attribute, name+".") || strings.HasPrefix(attribute, name+"[") {
				return "event." + path, true
			}
		}
	}
	return "", false
}

// into puts the values into a mapping that is the caller's own.
func (e *Event) into(m *source.Mapping) {
	for name, v := range m.Fields.All() {
		if own, ok := e.Fields[name]; ok {
			*v = own
		}
	}
	maps.Copy(m.Attributes, e.Attributes)
}
