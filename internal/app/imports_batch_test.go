package app

import (
	"strings"
	"testing"

	"ordo/internal/bulk"
)

// A batch of long rows is cut by its bytes, one of short rows by their number; no row is lost between two.
func TestNextRowsAreBounded(t *testing.T) {
	long := `{"sku":"` + strings.Repeat("x", 1<<20-100) + `"}` + "\n"
	reader, err := bulk.Open(bulk.Products, bulk.JSONL, strings.NewReader(strings.Repeat(long, 10)+strings.Repeat("{}\n", 250)), bulk.Place{})
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for ended := false; !ended; {
		var rows []bulk.Row
		if rows, ended, err = nextRows(reader); err != nil {
			t.Fatal(err)
		}
		size := 0
		for _, r := range rows {
			size += len(r.Body)
		}
		if total += len(rows); size > importBytes+1<<20 || len(rows) > importBatch {
			t.Errorf("%d rows of %d bytes at once", len(rows), size)
		}
	}
	if total != 260 {
		t.Errorf("%d rows", total)
	}
}
