package xlsx

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// parts are the parts of a workbook by name.
type parts map[string]string

func (p parts) with(more parts) parts {
	all := parts{}
	for _, from := range []parts{p, more} {
		for name, text := range from {
			all[name] = text
		}
	}
	return all
}

func (p parts) pack(t testing.TB) []byte { return p.packAs(t, zip.Deflate) }

func (p parts) packAs(t testing.TB, method uint16) []byte {
	t.Helper()
	var file bytes.Buffer
	w := zip.NewWriter(&file)
	for name, text := range p {
		part, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = io.WriteString(part, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

const (
	declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	types       = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	relList     = declaration + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	main        = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
)

// excel is laid out as Excel does it: an empty sheet and a hidden one come first,
// texts are shared, a name is in runs with a hint of how it is spoken.
var excel = parts{
	"_rels/.rels": relList + `<Relationship Id="rId1" Type="` + types + `officeDocument" Target="xl/workbook.xml"/></Relationships>`,
	"xl/workbook.xml": declaration + `<workbook ` + main + `><workbookPr defaultThemeVersion="1"/><sheets><sheet name="封面" sheetId="1" r:id="rId1"/>` +
		`<sheet name="码表" sheetId="2" state="hidden" r:id="rId2"/><sheet name="销售订单" sheetId="3" r:id="rId3"/></sheets></workbook>`,
	"xl/_rels/workbook.xml.rels": relList + `<Relationship Id="rId1" Type="` + types + `worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="` + types + `worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="rId3" Type="` + types + `worksheet" Target="worksheets/sheet3.xml"/>` +
		`<Relationship Id="rId5" Type="` + types + `styles" Target="styles.xml"/><Relationship Id="rId6" Type="` + types + `sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
	"xl/worksheets/sheet1.xml": declaration + `<worksheet ` + main + `><dimension ref="A1"/><sheetData><row r="3"><c r="A3" s="1"/></row></sheetData></worksheet>`,
	"xl/worksheets/sheet2.xml": declaration + `<worksheet ` + main + `><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>`,
	"xl/worksheets/sheet3.xml": declaration + `<worksheet ` + main + `><dimension ref="A1:H7"/><cols><col min="1" max="1" width="9"/></cols><sheetData>
<row r="2" spans="1:8"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="s"><v>2</v></c><c r="D2" t="s"><v>3</v></c><c r="F2" t="s"><v>4</v></c><c r="H2" s="1"/></row>
<row r="3"><c r="A3" t="s"><v>5</v></c><c r="B3" s="2"><v>45988.383333333331</v></c><c r="C3" s="1"><v>45990</v></c><c r="D3"><v>0.30000000000000004</v></c><c r="F3" t="b"><v>1</v></c></row>
<row r="4"><c r="B4" s="2"><v>45988</v></c><c r="D4" s="3"><f>D3*100</f><v>1234567.8999999999</v></c><c r="F4" t="e"><v>#N/A</v></c><c r="H4" s="1"/></row>
<row r="5"><c r="A5" s="1"/><c r="C5" s="1"/></row>
<row r="7"><c r="A7"><v>20251129000123</v></c><c r="B7" t="str"><f>"a"</f><v>2025/11/29 8:00</v></c><c r="C7" t="d"><v>2025-11-30T08:00:00</v></c><c r="F7" t="inlineStr"><is><r><t>加</t></r><r><t>急</t></r></is></c></row>
</sheetData><mergeCells count="2"><mergeCell ref="A3:A4"/><mergeCell ref="A2:B2"/></mergeCells></worksheet>`,
	"xl/sharedStrings.xml": declaration + `<sst ` + main + ` count="6" uniqueCount="6"><si><t>订单号</t></si><si><r><rPr><b/></rPr><t>下单</t></r><r><t xml:space="preserve">时间</t></r>` +
		`<rPh sb="0" eb="1"><t>XIA</t></rPh></si><si><t>承诺交期</t></si><si><t>金额</t></si><si><t>备注</t></si><si><t>SO-1_x000D_` + "\n" + `&lt;a&gt;</t></si></sst>`,
	"xl/styles.xml": declaration + `<styleSheet ` + main + `><numFmts count="1"><numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;\ h:mm;@"/></numFmts>` +
		`<cellStyleXfs><xf numFmtId="22"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="176"/><xf numFmtId="4"/></cellXfs></styleSheet>`,
}

// office is laid out as LibreOffice does it, and in part as other writers do: absolute
// targets, a prefix, no numbers of rows and cells, days counted from 1904.
var office = parts{
	"_rels/.rels":                relList + `<Relationship Id="a" Type="` + types + `officeDocument" Target="/xl/workbook.xml"/></Relationships>`,
	"xl/workbook.xml":            `<x:workbook xmlns:x="m" xmlns:r="r"><x:workbookPr date1904="true"/><x:sheets><x:sheet name="Sheet1" r:id="b"/><x:sheet name="Lines" r:id="c"/></x:sheets></x:workbook>`,
	"xl/_rels/workbook.xml.rels": relList + `<Relationship Id="b" Type="` + types + `worksheet" Target="/xl/worksheets/sheet1.xml"/><Relationship Id="c" Type="` + types + `worksheet" Target="../lines.xml"/><Relationship Id="d" Type="` + types + `styles" Target="styles.xml"/></Relationships>`,
	"xl/worksheets/sheet1.xml": `<x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>Order</x:t></x:is></x:c><x:c t="inlineStr"><x:is><x:t>Shipped</x:t></x:is></x:c></x:row>` +
		`<x:row><x:c><x:v>7</x:v></x:c><x:c s="0"><x:v>44526.5</x:v></x:c></x:row><x:row><x:c/><x:c s="0"><x:v>44527</x:v></x:c></x:row></x:sheetData>` +
		`<x:mergeCells><x:mergeCell ref='A2:A3'/></x:mergeCells></x:worksheet>`,
	"lines.xml":     `<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>`,
	"xl/styles.xml": `<x:styleSheet xmlns:x="m"><x:numFmts><x:numFmt numFmtId="164" formatCode="YYYY\-MM\-DD"/></x:numFmts><x:cellXfs><x:xf numFmtId="164"/></x:cellXfs></x:styleSheet>`,
}

// read returns the header and the rows of a sheet.
func read(file []byte, sheet string) (rows [][]string, err error) {
	r, err := Open(bytes.NewReader(file), int64(len(file)), sheet)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	rows = append(rows, r.Header())
	for {
		row, err := r.Next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, append([]string(nil), row...))
	}
}

func TestRead(t *testing.T) {
	tests := []struct {
		name  string
		parts parts
		sheet string
		want  [][]string
	}{
		{"of Excel", excel, "", [][]string{
			{"订单号", "下单时间", "承诺交期", "金额", "备注"},
			{"SO-1\r\n<a>", "2025-11-27 09:12:00", "2025-11-29", "0.3", "TRUE"},
			{"SO-1\r\n<a>", "2025-11-27 00:00:00", "", "1234567.9", "#N/A"},
			{"20251129000123", "2025/11/29 8:00", "2025-11-30T08:00:00", "", "加急"},
		}},
		{"a hidden sheet by its name", excel, "码表", [][]string{{"1"}}},
		{"of LibreOffice", office, "", [][]string{{"Order", "Shipped"}, {"7", "2025-11-27 12:00:00"}, {"7", "2025-11-28"}}},
		{"another sheet", office, "Lines", [][]string{{"1"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(tt.parts.pack(t), tt.sheet)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWrong(t *testing.T) {
	sheet := func(rows string) []byte {
		return office.with(parts{"xl/worksheets/sheet1.xml": "<worksheet><sheetData>" + rows + "</sheetData></worksheet>"}).pack(t)
	}
	const header = `<row><c t="str"><v>Order</v></c></row>`
	tests := []struct {
		name  string
		file  []byte
		sheet string
		want  string
	}{
		{"no zip", []byte("SECRET,b"), "", "it is no workbook in the format .xlsx"},
		{"a password", []byte("\xd0\xcf\x11\xe0SECRET"), "", "save it as .xlsx without a password"},
		{"another zip", parts{"a": "SECRET"}.pack(t), "", "is it a workbook in the format .xlsx?"},
		{"no sheet of that name", office.pack(t), "Orders", "its sheets: Sheet1, Lines"},
		{"an empty sheet by its name", excel.pack(t), "封面", `sheet "封面": it is empty`},
		{"nothing in it", office.with(parts{"xl/worksheets/sheet1.xml": "<a/>", "lines.xml": "<a/>"}).pack(t), "", "it has no sheet that holds a row and is not hidden"},
		{"a title above the names", sheet(header + `<row r="3"><c r="A3"><v>1</v></c><c r="AB3" t="str"><v>SECRET</v></c></row>`), "", "cell AB3 has a value, its column no name"},
		{"a formula never reckoned", sheet(header + `<row><c r="A2"><f>SECRET</f></c></row>`), "", "cell A2 is a formula without a value"},
		{"a text that is not there", sheet(header + `<row><c t="s"><v>7</v></c></row>`), "", "cell A2 names a text that the file does not hold"},
		{"no number", sheet(header + `<row><c><v>SECRET</v></c></row>`), "", "cell A2 holds no number"},
		{"a row twice", sheet(header + `<row r="1"/>`), "", "a row behind row 1 has no number of its own"},
		{"a column twice", sheet(header + `<row><c r="B2"/><c r="A2"/></row>`), "", "row 2 has a cell in no column of its own"},
		{"beyond the last column", sheet(header + `<row><c r="XFE2"/></row>`), "", "row 2 has a cell in no column of its own"},
		{"a row without end", sheet(header + `<row><c t="str"><v>` + strings.Repeat("SECRET", maxRow/6+99_999) + `</v></c></row>`), "", "too long"},
		{"cut off", office.with(parts{"xl/worksheets/sheet1.xml": "<a><sheetData>" + header + "<row><c><v>SECRET"}).pack(t), "", "it is no XML"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := read(tt.file, tt.sheet)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
}

// FuzzSheet holds that no sheet breaks the reader, and that a row is as long as the
// header.
func FuzzSheet(f *testing.F) {
	f.Add(excel["xl/worksheets/sheet3.xml"], excel["xl/sharedStrings.xml"], excel["xl/styles.xml"])
	f.Add(office["xl/worksheets/sheet1.xml"], "", office["xl/styles.xml"])
	f.Fuzz(func(t *testing.T, sheet, texts, styles string) {
		if len(sheet)+len(texts)+len(styles) > 1<<20 {
			return
		}
		rows, err := read(excel.with(parts{"xl/worksheets/sheet1.xml": sheet, "xl/sharedStrings.xml": texts, "xl/styles.xml": styles}).packAs(t, zip.Store), "封面")
		for _, row := range rows {
			if len(row) != len(rows[0]) {
				t.Fatalf("a row of %d values under %d names (%v)", len(row), len(rows[0]), err)
			}
		}
	})
}
