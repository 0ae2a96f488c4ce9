package console

import (
	"net/url"
	"strings"
	"testing"

	"ordo/internal/pages"
)

// made follows to the document that a form made, and returns its path.
func made(t *testing.T, a answer) string {
	t.Helper()
	return a.is(t, 303).header.Get("Location")
}

// TestTransfers drafts, sends and receives a transfer; previews tell the buckets at both ends.
func TestTransfers(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		b := f.keeper()
		b.get("/console/inventory/transfers").is(t, 200, "There are no transfers yet")
		f.shelves()
		form := []string{"_key", pages.NewKey(), "from", "HULL", "to", "LEEDS", "lines.0.sku", "MUG", "lines.0.quantity", "8", "reference", "Van 7"}
		b.post("/console/inventory/transfers/new", append(form, "_step", "preview")...).is(t, 200, "MUG: units to be sent", "8")
		at := made(t, b.post("/console/inventory/transfers/new", append(form, "_step", "do")...))
		if !strings.HasPrefix(at, "/console/inventory/transfers/trf_") {
			t.Fatal(at)
		}
		b.get(at).is(t, 200, "HULL to LEEDS", "Van 7", "Stoneware mug", "Not possible now: the transfer is draft")
		b.get("/console/inventory/transfers?status=draft").is(t, 200, at)
		b.get("/console/inventory/transfers?status=received").is(t, 200, "No transfer is like this")
		b.post(at+"/lines", "_key", pages.NewKey(), "_version", "1", "lines.0.sku", "MUG", "lines.0.quantity", "0").is(t, 422, "bad-box")
		b.post(at+"/lines", "_key", pages.NewKey(), "_version", "1", "lines.0.sku", "MUG", "lines.0.quantity", "6", "lines.1.sku", "", "lines.1.quantity", "").is(t, 303, at)
		b.post(at+"/dispatch", "_key", pages.NewKey(), "_step", "preview").is(t, 409, "Not possible now")
		b.post(at+"/ready", "_key", pages.NewKey(), "_step", "do").is(t, 303, at)
		b.post(at+"/dispatch", "_key", pages.NewKey(), "_step", "preview").is(t, 200, "MUG at HULL: on hand", ">20<", "14", "MUG at LEEDS: on the way")
		b.post(at+"/dispatch", "_key", pages.NewKey(), "_step", "do").is(t, 303, at)
		b.get("/console/inventory/MUG?location=LEEDS").is(t, 200, "Stock transfer dispatched", `href="`+at+`"`)
		got := "got=" + url.QueryEscape("4 MUG")
		b.get(at+"/receive?"+got).is(t, 200, `name="lines.0.quantity" value="4"`, "of 6")
		b.post(at+"/receive", "_key", pages.NewKey(), "_step", "preview", "lines.0.sku", "MUG", "lines.0.quantity", "4").is(t, 200, "MUG at LEEDS: on hand", "Partially received")
		b.post(at+"/receive", "_key", pages.NewKey(), "_step", "do", "lines.0.sku", "MUG", "lines.0.quantity", "9").is(t, 422, "bad-box")
		b.post(at+"/receive", "_key", pages.NewKey(), "_step", "do", "lines.0.sku", "MUG", "lines.0.quantity", "4").is(t, 303, at)
		b.post(at+"/missing", "_key", pages.NewKey(), "_step", "preview", "lines.0.sku", "MUG", "lines.0.damaged", "1", "lines.0.missing", "1", "lines.0.reason", "lost").is(t, 200, "MUG at LEEDS: damaged", "Received")
		b.post(at+"/missing", "_key", pages.NewKey(), "_step", "do", "lines.0.sku", "MUG", "lines.0.damaged", "1", "lines.0.missing", "1", "lines.0.reason", "lost").is(t, 303, at)
		b.get(at).is(t, 200, "Closed", "Not possible now: the transfer is received")
		b.get("/console/inventory/MUG?location=LEEDS").is(t, 200, "<strong>5</strong>", "<strong>4</strong>")

		again := made(t, b.post("/console/inventory/transfers/new", "_key", pages.NewKey(), "_step", "do", "from", "HULL", "to", "LEEDS", "lines.0.sku", "MUG", "lines.0.quantity", "3"))
		b.post(again+"/ready", "_key", pages.NewKey(), "_step", "do").is(t, 303)
		b.post(again+"/dispatch", "_key", pages.NewKey(), "_step", "do").is(t, 303)
		b.post(again+"/cancel", "_key", pages.NewKey(), "_step", "preview", "reason", "returned").is(t, 422, "#f-outcome")
		b.post(again+"/cancel", "_key", pages.NewKey(), "_step", "preview", "reason", "returned", "outcome", "restore").is(t, 200, "MUG at HULL: on hand", "MUG at LEEDS: on the way")
		b.post(again+"/cancel", "_key", pages.NewKey(), "_step", "do", "reason", "returned", "outcome", "restore").is(t, 303)
		b.get("/console/inventory/MUG?location=HULL").is(t, 200, "<strong>14</strong>")
		b.get("/console/inventory/transfers/trf_00000000000000000000000000").is(t, 404)
	})
}

// TestCounts counts what is there: 0 is a number, nothing is none; differences are looked at before they are booked.
func TestCounts(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		b := f.keeper()
		b.get("/console/inventory/counts").is(t, 200, "There are no counts yet")
		f.shelves()
		b.post("/console/inventory/counts/new", "_key", pages.NewKey(), "location", "HULL", "skus", "MUG\nCUP", "reason", "cycle_count").is(t, 422, "bad-box", "CUP")
		at := made(t, b.post("/console/inventory/counts/new", "_key", pages.NewKey(), "location", "HULL", "skus", "MUG\r\nA/B", "reason", "shrinkage", "tolerance", "1"))
		if !strings.HasPrefix(at, "/console/inventory/counts/cnt_") {
			t.Fatal(at)
		}
		b.get(at+"/scan").is(t, 200, "Not possible now: the count is draft")
		b.post(at+"/start", "_key", pages.NewKey()).is(t, 303, at)
		b.get(at).is(t, 200, "Not everything was counted yet", "0 of 2")
		b.post(at+"/record", "_key", pages.NewKey(), "_step", "preview", "lines.0.sku", "MUG", "lines.0.counted", "17", "lines.1.sku", "A/B", "lines.1.counted", "").is(t, 200, "MUG: by the books, counted", ">20<", "17")
		b.post(at+"/record", "_key", pages.NewKey(), "_step", "do", "lines.0.sku", "MUG", "lines.0.counted", "", "lines.1.sku", "A/B", "lines.1.counted", "0").is(t, 303, at)
		b.get(at).is(t, 200, "1 of 2")
		b.post(at+"/submit", "_key", pages.NewKey(), "_step", "preview").is(t, 409, "bad-box")
		b.post(at+"/record", "_key", pages.NewKey(), "_step", "do", "lines.0.sku", "MUG", "lines.0.counted", "17").is(t, 303, at)
		b.post(at+"/submit", "_key", pages.NewKey(), "_step", "preview").is(t, 200, "Pending review", "MUG: by the books, counted")
		b.post(at+"/submit", "_key", pages.NewKey(), "_step", "do").is(t, 303, at)
		b.post(at+"/approve", "_key", pages.NewKey(), "_step", "do").is(t, 303, at)
		b.post(at+"/post", "_key", pages.NewKey(), "_step", "preview").is(t, 200, "MUG at HULL: on hand", "17", "MUG at HULL: available")
		b.post(at+"/post", "_key", pages.NewKey(), "_step", "do").is(t, 303, at)
		b.get("/console/inventory/counts?status=posted&location=HULL").is(t, 200, at, "2 of 2")
		b.get("/console/inventory/MUG").is(t, 200, "<strong>17</strong>", `href="`+at+`"`)
	})
}

// TestStockScans counts scans in the address, and says why one does not count.
func TestStockScans(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.shelves()
		b := f.keeper()
		at := "/console/inventory/receive"
		b.get(at).is(t, 200, `id="code" name="code" autofocus`)
		to := made(t, b.post(at, "code", "mug", "units", "3", "location", "LEEDS"))
		b.get(to).is(t, 200, "MUG: 3", `name="got" value="3 MUG" form="scan"`)
		to = made(t, b.post(at, "code", "MUG", "units", "1", "got", "3 MUG", "location", "LEEDS"))
		b.get(to).is(t, 200, "MUG: 4", "4 units", `href="/console/inventory/do/receive?got=4&#43;MUG&amp;location=LEEDS"`)
		b.post(at, "code", "CUP", "got", "3 MUG").is(t, 422, "There is no product", `value="3 MUG"`)
		b.post(at, "code", " ", "got", "3 MUG").is(t, 303, "got=3+MUG")
		count := made(t, b.post("/console/inventory/counts/new", "_key", pages.NewKey(), "location", "HULL", "skus", "MUG", "reason", "cycle_count"))
		b.post(count+"/start", "_key", pages.NewKey()).is(t, 303)
		b.post(count+"/scan", "code", "A/B").is(t, 422, "is not expected here")
		to = made(t, b.post(count+"/scan", "code", "MUG", "units", "20"))
		b.get(to).is(t, 200, "MUG: 20", count+"/record?got=20")
		b.get(count+"/record?got=20+MUG").is(t, 200, `name="lines.0.counted" value="20"`)
		transfer := made(t, b.post("/console/inventory/transfers/new", "_key", pages.NewKey(), "_step", "do", "_rows", "1", "from", "HULL", "to", "LEEDS", "lines.0.sku", "MUG", "lines.0.quantity", "3"))
		b.get(transfer+"/scan").is(t, 200, "Not possible now")
		b.post(transfer+"/ready", "_key", pages.NewKey(), "_step", "do").is(t, 303)
		b.post(transfer+"/dispatch", "_key", pages.NewKey(), "_step", "do").is(t, 303)
		b.post(transfer+"/scan", "code", "MUG", "units", "4").is(t, 422, "Only 3 more of MUG")
		b.get(made(t, b.post(transfer+"/scan", "code", "MUG", "units", "3"))).is(t, 200, "MUG: 3 of 3", "full")
		b.get("/console/inventory/transfers/scan?got=2+MUG").is(t, 200, "/console/inventory/transfers/new?got=2")
	})
}
