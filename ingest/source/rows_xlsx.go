package source

import (
	"strings"

	"github.com/takt-orders/takt/ingest/source/xlsx"
)

// cutSheet cuts the name of a sheet off the path of a workbook.
func cutSheet(path string) (file, sheet string) {
	const end = ".xlsx#"
	if i := strings.LastIndex(strings.ToLower(path), end); i >= 0 && len(strings.ToLower(path)) == len(path) {
		return path[:i+len(end)-1], path[i+len(end):]
	}
	return path, ""
}

// startXLSX starts the rows of a sheet.
func (r *RowReader) startXLSX(name string) error {
	sheet, err := xlsx.Open(r.file, r.total, name)
	if err != nil {
		return err
	}
	r.also = sheet
	next, err := tableRows(sheet.Header(), sheet.Next)
	r.next = r.whole(next) // other sheets are not read
	return err
}
