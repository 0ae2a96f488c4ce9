package console

import (
	"net/http"

	"ordo/internal/sheet"
)

// tableFile hands out a table as CSV or XLSX, a row when it is read: however many there are, memory holds few. An error
// before the first byte is a page; afterwards the answer is cut off.
func (v *visit) tableFile(name, form, title string, each func(row func(cells ...any) error) error) error {
	out := &fileWriter{v: v, name: name + "." + form, kind: "text/csv; charset=utf-8"}
	table := sheet.NewCSV(out)
	if form == "xlsx" {
		var err error
		out.kind = sheet.TypeXLSX
		if table, err = sheet.NewXLSX(out, title); err != nil {
			return err
		}
	}
	err := each(table.Row)
	if err == nil {
		err = table.Close()
	}
	if err != nil && v.ended {
		v.s.log.Warn("file was cut off", "err", err, "path", v.r.URL.Path, "request_id", v.w.Header().Get("X-Request-Id"))
		panic(http.ErrAbortHandler) // the status is out: a file that ends here must not look whole
	}
	return err
}

// fileWriter begins an answer with what makes it a file, once there is something of it: until then an error is a page.
type fileWriter struct {
	v          *visit
	name, kind string
}

func (f *fileWriter) Write(b []byte) (int, error) {
	if !f.v.ended {
		f.v.ended = true
		f.v.w.Header().Set("Content-Type", f.kind)
		f.v.w.Header().Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	}
	return f.v.w.Write(b)
}
