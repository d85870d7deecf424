package config

import (
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/ingest/source"
	"github.com/takt-orders/takt/ingest/source/presets"
)

// MappingFrom is where a source's mapping comes from. One of both is set.
type MappingFrom struct {
	File   string       // "canonical" or a file
	Preset *presets.Use // a preset with the user's names
}

// MarshalYAML writes it as it stands in takt.yaml.
func (m MappingFrom) MarshalYAML() (any, error) {
	if m.Preset != nil {
		return m.Preset, nil
	}
	return m.File, nil
}

// mappingOf takes the key mapping of a source.
func (l *loader) mappingOf(o *object) (from MappingFrom, m source.Mapping) {
	if node := o.values["mapping"]; node != nil && node.Kind == yaml.MappingNode {
		use := l.presetUse(o.object("mapping"), &m)
		return MappingFrom{Preset: &use}, m
	}
	switch file := o.required("mapping", "write canonical, if the topic holds Takt's own JSON, name a mapping file, or {preset: NAME}: takt source list"); file {
	case "":
	case canonical:
		return MappingFrom{File: canonical}, source.Canonical()
	default:
		from.File = l.absolute(file)
		if d := l.open(l.shown(file), from.File); d != nil {
			m = readMapping(d, filepath.Dir(from.File))
		}
	}
	return from, m
}

// presetUse reads how a preset is used, and fills it.
func (l *loader) presetUse(o *object, m *source.Mapping) presets.Use {
	use := presets.Use{
		Preset: o.required("preset", "name one that takt source list tells"),
		Fields: o.pairs("fields"), Statuses: o.pairs("statuses"), Dates: o.pairs("dates"),
		Event: l.presetEvent(o.object("event")),
		Times: o.texts("times"), Zone: o.text("zone", ""), Personal: o.texts("personal"), Aliases: o.texts("aliases"),
	}
	o.done()
	p, err := presets.Get(use.Preset)
	switch {
	case use.Preset == "" || o.broken:
	case err != nil:
		o.report("preset", "there is no preset %q; %s", use.Preset, suggest(use.Preset, presets.Names(), "there are"))
	default:
		filled, problems := p.Fill(use)
		for _, problem := range problems {
			o.doc.report(o.doc.line(o.at(problem.Path)), o.at(problem.Path), "%s", problem.Message)
		}
		o.doc.compile(&filled, l.dir, func(path string) string {
			at, ok := use.Event.At(path)
			if !ok {
				return ""
			}
			return o.at(at)
		})
		*m = filled
	}
	return use
}

// pairs takes the key as names with one text each, nil if it is absent.
func (o *object) pairs(key string) map[string]string {
	if o.take(key) == nil {
		return nil
	}
	block := o.object(key)
	all := map[string]string{}
	for _, name := range block.names {
		all[name] = block.text(name, "")
	}
	return all
}
