// Package presets holds what Takt knows of the systems that orders come from: for
// each a folder with its mapping, sample payloads in its real format and a page.
//
// A preset's mapping names what differs between installations in braces:
// "data.{order_no}". Fill puts the user's names there and gives a source.Mapping
// like any other, or every Problem at once. What the vendor does not document is
// left to the user and never filled with a guess.
package presets

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/ingest/source"
)

//go:embed */preset.yaml */README.md */fixtures/*
var files embed.FS

// Text is a text for people, in English and in Chinese.
type Text struct {
	En string `yaml:"en"`
	Zh string `yaml:"zh"`
}

// In returns the text in the language, "zh" or else English.
func (t Text) In(lang string) string {
	if lang == "zh" {
		return t.Zh
	}
	return t.En
}

// Preset is what Takt knows of one system.
type Preset struct {
	Name     string   `yaml:"-"`                 // of its folder, as it is written in takt.yaml
	Title    Text     `yaml:"title"`             // of the system
	Tier     string   `yaml:"tier"`              // full, starter or page
	Through  string   `yaml:"through,omitempty"` // generic preset that a page-only one is; it has no blanks and mapping of its own
	Connects Text     `yaml:"connects"`          // how its payloads reach the topic
	Matrix   Facts    `yaml:"matrix"`
	Fields   []Blank  `yaml:"fields"`             // what the user names, in the page's order
	Statuses *Choices `yaml:"statuses,omitempty"` // nil: the system has no status that the mapping reads
	Dates    *Choices `yaml:"dates,omitempty"`    // nil: the user names no date columns
	// Samples say how each fixture's blanks are filled. The first is what the page shows.
	Samples []Sample `yaml:"samples"`
	// Mapping has blanks in braces.
	Mapping source.Mapping `yaml:"mapping"`
}

// Facts are what systems are compared by.
type Facts struct {
	Push      Text `yaml:"push"`      // whether and how the system pushes or is asked
	History   Text `yaml:"history"`   // what of the past a payload tells
	Grain     Text `yaml:"grain"`     // how exact its times are
	Promise   Text `yaml:"promise"`   // where the promised date stands
	Owner     Text `yaml:"owner"`     // where the responsible person stands
	Identity  Text `yaml:"identity"`  // what tells two events apart
	Confirmed Text `yaml:"confirmed"` // what the vendor documents, and what not
}

// Blank is one name the user fills in.
type Blank struct {
	Name     string `yaml:"name"`
	Required bool   `yaml:"required,omitempty"`
	Default  string `yaml:"default,omitempty"` // taken where the user names nothing
	What     Text   `yaml:"what"`              // what is wanted
	Where    Text   `yaml:"where"`             // where the user finds it
}

// Choices are values of the user's system and what each means.
type Choices struct {
	Required bool              `yaml:"required,omitempty"`
	Values   map[string]string `yaml:"values,omitempty"` // that the vendor documents; the user's win
	What     Text              `yaml:"what"`
	Where    Text              `yaml:"where"`
}

// Sample is a filled preset and the fixtures that it reads.
type Sample struct {
	Use   `yaml:",inline"`
	Files []string `yaml:"files"` // of the folder fixtures; empty: all
}

// Names returns the names of all presets, sorted.
func Names() []string {
	dirs, err := fs.Glob(files, "*/preset.yaml")
	if err != nil {
		return nil // the pattern is well-formed
	}
	for i := range dirs {
		dirs[i] = path.Dir(dirs[i])
	}
	return dirs
}

// Get returns the preset of that name.
func Get(name string) (*Preset, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("there is no preset %q; there are %s", name, strings.Join(Names(), ", "))
	}
	data, err := files.ReadFile(name + "/preset.yaml")
	if err != nil {
		return nil, fmt.Errorf("read preset %q: %w", name, err)
	}
	p := &Preset{Name: name}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("read preset %q: %w", name, err)
	}
	return p, nil
}

// Page returns the preset's page in the language, "zh" or else English, with the
// table of its fields, which is in both.
func (p *Preset) Page(lang string) (string, error) {
	data, err := files.ReadFile(p.Name + "/README.md")
	if err != nil {
		return "", fmt.Errorf("read page of preset %q: %w", p.Name, err)
	}
	parts := strings.SplitN(string(data), "\n---\n", 3)
	if len(parts) != 3 {
		return "", fmt.Errorf("read page of preset %q: it has %d parts, want English, Chinese, fields", p.Name, len(parts))
	}
	text := parts[0]
	if lang == "zh" {
		text = parts[1]
	}
	return strings.TrimSpace(text) + "\n\n" + strings.TrimSpace(parts[2]) + "\n", nil
}

// MappingText returns the mapping as it is written in preset.yaml, where it stands
// last.
func (p *Preset) MappingText() (string, error) {
	if p.Through != "" {
		generic, err := Get(p.Through)
		if err != nil {
			return "", err
		}
		return generic.MappingText()
	}
	data, err := files.ReadFile(p.Name + "/preset.yaml")
	if err != nil {
		return "", fmt.Errorf("read preset %q: %w", p.Name, err)
	}
	_, text, _ := strings.Cut(string(data), "\nmapping:\n")
	return "mapping:\n" + text, nil
}

// fixtures returns the names of the sample's fixtures.
func (p *Preset) fixtures(s Sample) []string {
	if len(s.Files) > 0 {
		return s.Files
	}
	all, err := fs.Glob(files, p.Name+"/fixtures/*")
	if err != nil {
		return nil // the pattern is well-formed
	}
	for i := range all {
		all[i] = path.Base(all[i])
	}
	return slices.DeleteFunc(all, func(name string) bool { return strings.HasSuffix(name, ".events.jsonl") })
}
