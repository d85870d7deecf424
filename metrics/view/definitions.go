package view

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

//go:embed sql/*.sql
var definitionFiles embed.FS

// definition is one relation of the database takt that is code, not data: it can be
// made anew at any time.
type definition struct {
	name      string
	statement string
}

var (
	viewName   = regexp.MustCompile(`^CREATE OR REPLACE VIEW takt\.(\w+)`)
	viewBody   = regexp.MustCompile(`(?s)\nDEFINER = .*\nCOMMENT `)
	viewColumn = regexp.MustCompile(`(?m)^    (\w+) (.+) COMMENT '`)
	// Names of functions begin as that of the database takt_store does.
	callsFunction = regexp.MustCompile(`\btakt_\w+\(`)
	viewMention   = regexp.MustCompile(`\btakt\.(\w+)`)
)

// asOf is the parameter of a relation that can be asked how things stood.
const asOf = "{at:DateTime64(3, 'UTC')}"

// definitions returns all views, each after those that it reads.
func definitions() ([]definition, error) {
	files, err := fs.Glob(definitionFiles, "sql/*.sql")
	if err != nil {
		return nil, fmt.Errorf("read view definitions: %w", err)
	}
	var all []definition
	for _, name := range files {
		text, err := definitionFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read view definitions: %w", err)
		}
		for s := range strings.SplitSeq(withoutComments(string(text)), ";\n") {
			if s = strings.TrimSpace(s); s == "" {
				continue
			}
			m := viewName.FindStringSubmatch(s)
			if m == nil {
				return nil, fmt.Errorf("read view definitions: %s holds something else than views", name)
			}
			all = append(all, variants(definition{m[1], s})...)
		}
	}
	return sorted(all)
}

// withoutComments drops the lines that are comments.
func withoutComments(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// variants returns what one statement stands for. One that takes an instant makes
// name_at (bottleneck_now: bottleneck_at), and name asks it for the present; one that counts by
// takt_period, of an instant, or takt_start, of a day, makes a relation by day, by week and by month.
func variants(d definition) []definition {
	if strings.Contains(d.statement, asOf) {
		at := strings.TrimSuffix(d.name, "_now") + "_at"
		twin := strings.Replace(cast(d.statement), "takt."+d.name, "takt."+at, 1)
		plain := viewBody.ReplaceAllLiteralString(d.statement, "\nDEFINER = CURRENT_USER SQL SECURITY DEFINER\nAS\nSELECT * FROM takt."+
			at+"(at = now64(3, 'UTC'))\nCOMMENT ")
		return []definition{{at, twin}, {d.name, plain}}
	}
	stem, found := strings.CutSuffix(d.name, "_daily")
	if !found || !strings.Contains(d.statement, "takt_period(") && !strings.Contains(d.statement, "takt_start(") {
		return []definition{d}
	}
	var all []definition
	for _, v := range [...]struct{ suffix, function, start string }{
		{"_daily", "takt_day(", "toDate("}, {"_weekly", "takt_week(", "toMonday("}, {"_monthly", "takt_month(", "toStartOfMonth("},
	} {
		s := strings.Replace(d.statement, "takt."+d.name, "takt."+stem+v.suffix, 1)
		all = append(all, definition{stem + v.suffix, strings.NewReplacer("takt_period(", v.function, "takt_start(", v.start).Replace(s)})
	}
	return all
}

// cast makes a view with parameters return the types that its columns have: ClickHouse
// sees to that only for views without.
func cast(statement string) string {
	loc := viewBody.FindStringIndex(statement)
	var columns []string
	for _, m := range viewColumn.FindAllStringSubmatch(statement[:loc[0]], -1) {
		columns = append(columns, fmt.Sprintf("CAST(%s, %s) AS %s", m[1], quote(m[2]), m[1]))
	}
	body := strings.TrimSuffix(statement[loc[0]:loc[1]], "\nCOMMENT ")
	head, query, _ := strings.Cut(body, "\nAS\n")
	return statement[:loc[0]] + head + "\nAS\nSELECT " + strings.Join(columns, ", ") + "\nFROM (\n" + query + "\n)\nCOMMENT " + statement[loc[1]:]
}

// sorted puts each definition behind those that it mentions.
func sorted(all []definition) ([]definition, error) {
	waiting := map[string]bool{}
	for _, d := range all {
		if waiting[d.name] {
			return nil, fmt.Errorf("read view definitions: %s is defined twice", d.name)
		}
		waiting[d.name] = true
	}
	var out []definition
	for len(out) < len(all) {
		before := len(out)
		for _, d := range all {
			if waiting[d.name] && !d.waitsFor(waiting) {
				delete(waiting, d.name)
				out = append(out, d)
			}
		}
		if len(out) == before {
			return nil, fmt.Errorf("read view definitions: %d of them mention one another in a circle", len(waiting))
		}
	}
	return out, nil
}

func (d definition) waitsFor(waiting map[string]bool) bool {
	for _, m := range viewMention.FindAllStringSubmatch(d.statement, -1) {
		if m[1] != d.name && waiting[m[1]] {
			return true
		}
	}
	return false
}
