package bounded

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// read reads the texts of the elements named t, a part each.
func read(text string, allowance int64) (texts []string, err error) {
	x := NewXML(strings.NewReader(text), allowance)
	for {
		t, err := x.Token()
		if err != nil {
			return texts, err
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "t" {
			s, err := x.Text()
			if err != nil {
				return texts, err
			}
			texts = append(texts, s+Attr(e, "a"))
			x.Renew()
		}
	}
}

func TestXML(t *testing.T) {
	long := "<r>" + strings.Repeat("<t>"+strings.Repeat("x", 1000)+"</t>", 1000) + "</r>"
	tests := []struct {
		name, text string
		allowance  int64
		texts      int
		err        string
	}{
		{"texts", `<r><t n:a="1">中<i>SECRET</i>文</t><t/></r>`, 100, 2, "EOF"},
		{"parts that are short each", long, 128 << 10, 1000, "EOF"},
		{"one long part", "<r><t>" + strings.Repeat("SECRET", 100_000) + "</t></r>", 128 << 10, 0, ErrLong.Error()},
		{"deep", strings.Repeat("<a>", 1000), 1 << 20, 0, "its elements nest too deep"},
		{"cut off", "<r>\n<t>SECRET", 1 << 20, 0, "line 2: it is no XML"},
		{"an entity", "<r>&SECRET;</r>", 1 << 20, 0, "line 1: it is no XML"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			texts, err := read(tt.text, tt.allowance)
			if len(texts) != tt.texts || err == nil || !strings.HasSuffix(err.Error(), tt.err) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("%d texts, %v", len(texts), err)
			}
			if (tt.err == "EOF") != (err == io.EOF) || (tt.err == ErrLong.Error()) != errors.Is(err, ErrLong) {
				t.Errorf("err = %#v", err)
			}
			if len(texts) == 2 && texts[0] != "中文1" {
				t.Errorf("got %q", texts)
			}
		})
	}
}
