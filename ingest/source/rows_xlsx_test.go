package source

import (
	"archive/zip"
	"compress/gzip"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writeBook writes a workbook with a sheet of texts for each name.
func writeBook(t testing.TB, sheets map[string][][]string, names ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "Orders.XLSX")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := zip.NewWriter(file)
	part := func(name string) io.Writer {
		p, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	io.WriteString(part("_rels/.rels"), `<Relationships><Relationship Id="r" Type="t/officeDocument" Target="xl/workbook.xml"/></Relationships>`)
	main, rels := "<workbook>", "<Relationships>"
	for i, name := range names {
		main += fmt.Sprintf(`<sheets><sheet name=%q id="r%d"/></sheets>`, name, i)
		rels += fmt.Sprintf(`<Relationship Id="r%d" Type="t/worksheet" Target="%d.xml"/>`, i, i)
		sheet := part(fmt.Sprintf("xl/%d.xml", i))
		io.WriteString(sheet, "<worksheet><sheetData>")
		for _, row := range sheets[name] {
			io.WriteString(sheet, "<row>")
			for _, value := range row {
				io.WriteString(sheet, `<c t="inlineStr"><is><t>`)
				_ = xml.EscapeText(sheet, []byte(value))
				io.WriteString(sheet, "</t></is></c>")
			}
			io.WriteString(sheet, "</row>")
		}
		io.WriteString(sheet, "</sheetData></worksheet>")
	}
	io.WriteString(part("xl/workbook.xml"), main+"</workbook>")
	io.WriteString(part("xl/_rels/workbook.xml.rels"), rels+"</Relationships>")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWorkbook(t *testing.T) {
	path := writeBook(t, map[string][][]string{
		"清单": {{"订单号", "下单时间"}, {"1", "2025-11-27"}, {"2"}},
		"行":  {{"line"}, {"a\"b"}},
		"重":  {{"line", "line"}},
	}, "清单", "行", "重")
	for sheet, want := range map[string][]string{
		"":    {`{"订单号":"1","下单时间":"2025-11-27"}`, `{"订单号":"2","下单时间":""}`},
		"#清单": {`{"订单号":"1","下单时间":"2025-11-27"}`, `{"订单号":"2","下单时间":""}`},
		"#行":  {`{"line":"a\"b"}`},
	} {
		rows, err := rowsOf(t, path+sheet)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Error(diff)
		}
		n := 0
		for payload, err := range Payloads(path + sheet) {
			if n++; err != nil || n > len(want) || string(payload) != want[n-1] {
				t.Errorf("payload %d of sheet %q: %s, %v", n, sheet, payload, err)
			}
		}
	}
	for sheet, want := range map[string]string{"#重": "column 2 has no name of its own", "#x": "its sheets: 清单, 行, 重"} {
		if _, err := rowsOf(t, path+sheet); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("sheet %q: %v, want %q", sheet, err, want)
		}
	}
}

// TestWorkbookOfRealRows holds that a table reads the same as a workbook and as CSV.
func TestWorkbookOfRealRows(t *testing.T) {
	want, err := rowsOf(t, dataFile(t, "olist/events.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(dataFile(t, "olist/events.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	plain, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	table, err := csv.NewReader(plain).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got, err := rowsOf(t, writeBook(t, map[string][][]string{"events": table}, "events"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 29746 || cmp.Diff(want, got) != "" {
		t.Errorf("%d rows, or others than of the CSV file", len(got))
	}
}
