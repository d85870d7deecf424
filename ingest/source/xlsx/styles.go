package xlsx

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/takt-orders/takt/ingest/source/bounded"
)

// kind is what a format shows of a number; a plain number if it shows none of these.
type kind struct {
	date    bool // year, month or day
	clock   bool // time of day
	elapsed bool // hours or minutes that are not taken modulo a day
}

// readStyles reads which styles make a number a date.
func (b *book) readStyles(part string) error {
	codes := map[int]string{}
	in := "" // the list that the elements stand in
	return b.elements(part, maxPart, func(_ *bounded.XML, e xml.StartElement) error {
		id, _ := strconv.Atoi(bounded.Attr(e, "numFmtId")) // 0, the format General, where there is none
		switch name := e.Name.Local; name {
		case "numFmts", "cellXfs", "cellStyleXfs", "dxfs", "cellStyles":
			in = name
		case "numFmt":
			if in == "numFmts" {
				codes[id] = bounded.Attr(e, "formatCode")
			}
		case "xf":
			if in != "cellXfs" {
				break
			}
			if code, ok := codes[id]; ok {
				b.styles = append(b.styles, kindOf(code))
			} else {
				b.styles = append(b.styles, builtIn(id))
			}
		}
		return nil
	})
}

// builtIn returns the kind of a format that has a number only: ECMA-376, part 1,
// 18.8.30, those of East Asian languages included.
func builtIn(id int) kind {
	switch {
	case id == 22:
		return kind{date: true, clock: true}
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return kind{date: true}
	case id == 46:
		return kind{elapsed: true}
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id == 45, id == 47, id == 55, id == 56:
		return kind{clock: true}
	default:
		return kind{}
	}
}

// kindOf returns the kind of a format by its code, such as yyyy"年"m"月"d"日" or
// [$-804]h:mm;@. What stands in quotes, in brackets or behind a backslash is shown
// as it is; only [h], [mm] and the like count what has elapsed.
func kindOf(code string) (k kind) {
	code = strings.NewReplacer("am/pm", "h", "a/p", "h").Replace(strings.ToLower(code))
	month := false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '\\', '_', '*':
			i++
		case '"':
			i += 1 + max(0, strings.IndexByte(code[i+1:], '"'))
		case '[':
			end := max(0, strings.IndexByte(code[i:], ']'))
			if inner := code[i+1 : i+max(1, end)]; inner != "" && strings.Trim(inner, inner[:1]) == "" && strings.Contains("hms", inner[:1]) {
				k.elapsed = true
			}
			i += end
		case 'y', 'd':
			k.date = true
		case 'h', 's':
			k.clock = true
		case 'm':
			month = true
		case ';':
			if k != (kind{}) || month {
				i = len(code) // the first section is that of numbers above zero
			}
		}
	}
	if month && !k.clock && !k.elapsed {
		k.date = true
	}
	return k
}
