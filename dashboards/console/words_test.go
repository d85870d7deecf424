package console

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// Every word is in both languages, each in its own script, and is used.
func TestWords(t *testing.T) {
	var text strings.Builder
	for _, pattern := range []string{"pages/*.html", "*.go"} {
		names, err := fs.Glob(os.DirFS("."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if name == "words.go" || strings.HasSuffix(name, "_test.go") {
				continue
			}
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(b)
		}
	}
	// Told by their stored name.
	stored := " opened assigned acknowledged followed resolved archived reopened open completed cancelled requested first current critical warning info "
	for name, w := range words() {
		if han := func(s string) bool {
			return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
		}; name != "language" && (w.EN == "" || han(w.EN) || !han(w.ZH)) {
			t.Errorf("%s: %+v", name, w)
		}
		if !strings.Contains(text.String(), `"`+name+`"`) && !strings.Contains(stored, " "+name+" ") {
			t.Errorf("nothing says %s", name)
		}
	}
	for _, m := range regexp.MustCompile(`(?:\{t "|say\("|Word: "|, ")(\w+)"`).FindAllStringSubmatch(text.String(), -1) {
		if _, ok := words()[m[1]]; !ok && strings.HasPrefix(m[0], `{t`) {
			t.Errorf("there is no word %s", m[1])
		}
	}
}
