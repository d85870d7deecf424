package presets

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/source"
	"github.com/takt-orders/takt/ingest/source/join"
)

var update = flag.Bool("update", false, "write the golden events and the table of the README")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func mustGet(t testing.TB, name string) *Preset {
	t.Helper()
	p, err := Get(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// mustDecoder returns the decoder of a filled preset, in the zone of Shanghai.
func mustDecoder(t testing.TB, u Use) *source.Decoder {
	t.Helper()
	m, problems := mustGet(t, u.Preset).Fill(u)
	if len(problems) > 0 {
		t.Fatalf("fill preset %q: %v", u.Preset, problems)
	}
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	d, err := source.NewDecoder(source.Config{Mapping: m, Source: u.Preset, Process: "retail", Zone: shanghai, CustomerKey: []byte("key")})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// appended is when the log took every record of these tests.
var appended = order.At(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))

// decode returns the events of one record as lines of canonical JSON, or why it
// has none.
func decode(d *source.Decoder, record []byte) string {
	var a source.Arena
	events, inv := d.Decode(nil, record, appended, &a)
	if inv != nil {
		return "dead letter: " + inv.Error() + "\n"
	}
	var out []byte
	for i := range events {
		out = append(events[i].AppendJSON(out, events[i].ID.String()), '\n')
	}
	return string(out)
}

// TestFixtures compares the events of every fixture with the golden ones.
func TestFixtures(t *testing.T) {
	for _, name := range Names() {
		p := mustGet(t, name)
		if len(p.Samples) == 0 {
			t.Errorf("%s has no samples", name)
		}
		read := map[string]bool{}
		for _, s := range p.Samples {
			d := mustDecoder(t, s.Use)
			for _, file := range p.fixtures(s) {
				read[file] = true
				t.Run(name+"/"+file, func(t *testing.T) {
					var got strings.Builder
					for record, err := range source.Payloads(filepath.Join(name, "fixtures", file)) {
						if err != nil {
							t.Fatal(err)
						}
						got.WriteString(decode(d, record))
					}
					golden(t, filepath.Join(name, "fixtures", file+".events.jsonl"), got.String())
				})
			}
		}
		for _, file := range p.fixtures(Sample{}) {
			if !read[file] {
				t.Errorf("%s: no sample reads the fixture %s", name, file)
			}
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

var cited = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([DPKU]) \\| (\\S.*) \\|$")

// TestFieldsAreCited finds no member of a fixture that its page does not cite.
func TestFieldsAreCited(t *testing.T) {
	for _, name := range Names() {
		page, err := mustGet(t, name).Page("en")
		if err != nil {
			t.Error(err)
		}
		known := map[string]bool{}
		for _, m := range cited.FindAllStringSubmatch(page, -1) {
			known[m[1]] = true
		}
		for _, file := range mustGet(t, name).fixtures(Sample{}) {
			for record, err := range source.Payloads(filepath.Join(name, "fixtures", file)) {
				if err != nil {
					t.Fatal(err)
				}
				var v any
				if err := json.Unmarshal(record, &v); err != nil {
					t.Fatal(err)
				}
				for _, member := range members(v, "") {
					if !known[member] {
						t.Errorf("%s: the page does not say where `%s` of %s is known from", name, member, file)
					}
				}
			}
		}
	}
}

// members returns the paths of all values that are no objects, places of arrays
// left out.
func members(v any, at string) []string {
	var all []string
	switch v := v.(type) {
	case map[string]any:
		for name, below := range v {
			all = append(all, members(below, strings.TrimPrefix(at+"."+name, "."))...)
		}
	case []any:
		for _, below := range v {
			all = append(all, members(below, at)...)
		}
	default:
		all = []string{at}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestPresetsAreWhole wants every text in both languages.
func TestPresetsAreWhole(t *testing.T) {
	for _, name := range Names() {
		p := mustGet(t, name)
		texts := map[string]Text{
			"title": p.Title, "connects": p.Connects, "push": p.Matrix.Push, "history": p.Matrix.History, "grain": p.Matrix.Grain,
			"promise": p.Matrix.Promise, "owner": p.Matrix.Owner, "identity": p.Matrix.Identity, "confirmed": p.Matrix.Confirmed,
		}
		for _, b := range p.Fields {
			texts[b.Name], texts[b.Name+" where"] = b.What, b.Where
		}
		for at, c := range map[string]*Choices{"statuses": p.Statuses, "dates": p.Dates} {
			if c != nil {
				texts[at], texts[at+" where"] = c.What, c.Where
			}
		}
		for at, text := range texts {
			if text.En == "" || text.Zh == "" {
				t.Errorf("%s: %s is not in both languages", name, at)
			}
		}
		if !slices.Contains([]string{"full", "starter", "page"}, p.Tier) {
			t.Errorf("%s: tier %q", name, p.Tier)
		}
		for _, lang := range []string{"en", "zh"} {
			page, err := p.Page(lang)
			if err != nil || !strings.Contains(page, "preset: "+name) {
				t.Errorf("%s: the page in %s does not show the preset in takt.yaml: %v", name, lang, err)
			}
		}
	}
}

var block = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestPagesAreRight fills the preset as each page shows it in takt.yaml.
func TestPagesAreRight(t *testing.T) {
	for _, name := range Names() {
		for _, lang := range []string{"en", "zh"} {
			p := mustGet(t, name)
			page, err := p.Page(lang)
			if err != nil {
				t.Fatal(err)
			}
			shown := block.FindStringSubmatch(page)
			if shown == nil {
				t.Errorf("%s: the page in %s shows no takt.yaml", name, lang)
				continue
			}
			var doc struct {
				Mapping Use
				Sources []struct{ Mapping yaml.Node }
			}
			if err := yaml.Unmarshal([]byte(strings.ReplaceAll(shown[1], "\n   ", "\n")[3:]), &doc); err != nil {
				t.Errorf("%s, %s: %v", name, lang, err)
				continue
			}
			for i := range doc.Sources {
				if m := &doc.Sources[i].Mapping; m.Kind == yaml.MappingNode && doc.Mapping.Preset == "" { // others name a file
					if err := m.Decode(&doc.Mapping); err != nil {
						t.Errorf("%s, %s: %v", name, lang, err)
					}
				}
			}
			if _, problems := p.Fill(doc.Mapping); doc.Mapping.Preset != name || len(problems) > 0 {
				t.Errorf("%s, %s: %v", name, lang, problems)
			}
		}
	}
}

// record returns the fixture with each old text of the pairs replaced by its new.
func record(t testing.TB, preset, file string, pairs ...string) []byte {
	t.Helper()
	data, err := files.ReadFile(path.Join(preset, "fixtures", file))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !bytes.Contains(data, []byte(pairs[i])) {
			t.Fatalf("%s/%s does not hold %s", preset, file, pairs[i])
		}
		data = bytes.ReplaceAll(data, []byte(pairs[i]), []byte(pairs[i+1]))
	}
	return data
}

// TestJoinedDirectory joins the example of a directory of staff with orders, which
// gives the sample payloads of that page.
func TestJoinedDirectory(t *testing.T) {
	const dir = "beisen/example"
	spec, err := join.Read(dir + "/join.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := join.Open(spec, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}()
	var got strings.Builder
	for {
		row, err := rows.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got.WriteString(string(row) + "\n")
	}
	golden(t, "beisen/fixtures/joined.jsonl", got.String())
}
