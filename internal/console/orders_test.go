package console

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"ordo/internal/api"
	"ordo/internal/jsonx"
)

func init() { orderFilePage = "2" } // files are read in many pages

// ordered places an order that nobody has paid.
func (f *fixture) ordered(name string) (o api.Order) {
	f.t.Helper()
	f.call("placeOrder", nil, `{"channel":"web","customer":{"email":"grace@example.com","name":`+string(jsonx.Marshal(name))+`},"shipping_address":{"name":"Grace Hopper","line1":"1 Main Street","city":"London","postal_code":"N1 1AA","country":"GB"},`+
		`"lines":[{"sku":"MUG","quantity":1}],"payment":{"provider":"manual"}}`, &o)
	return o
}

// TestOrderFiles takes the list home: all of it that the filters let through, of more than one page, and no cell is a formula.
func TestOrderFiles(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("cara@example.com", "customer_service")
		b := f.browser()
		b.signIn("cara@example.com").is(t, 303)
		f.world()
		var numbers []string
		for _, name := range []string{"Ada", "Böll", "Cleo", "Dan", "=HYPERLINK(\"http://x.example\")"} {
			numbers = append([]string{number0(f.ordered(name).Number)}, numbers...)
		}
		paid, _ := f.paid(`[{"sku":"MUG","quantity":2}]`)
		numbers = append([]string{number0(paid.Number)}, numbers...)
		f.call("placeHold", slots("id", number0(paid.ID)), `{"type":"manual_review"}`, nil)

		b.get("/console/orders?q=grace&tag=").is(t, 200, `href="/console/orders/files/csv?q=grace"`)
		all := b.get("/console/orders/files/csv").is(t, 200)
		if kind, name := all.header.Get("Content-Type"), all.header.Get("Content-Disposition"); kind != "text/csv; charset=utf-8" || !strings.HasPrefix(name, `attachment; filename="orders-20`) {
			t.Error(kind, name)
		}
		rows, err := csv.NewReader(strings.NewReader(all.body)).ReadAll()
		if err != nil || len(rows) != 7 {
			t.Fatal(err, all.body)
		}
		for i, n := range numbers {
			if rows[i+1][0] != n {
				t.Errorf("row %d is of the order %s, not %s", i+1, rows[i+1][0], n)
			}
		}
		if rows[1][5] != "Manual review" || rows[1][10] != "25.00" || rows[1][11] != "GBP" || rows[5][6] != "Böll" || rows[2][6] != `'=HYPERLINK("http://x.example")` {
			t.Errorf("%q", rows)
		}
		if held := b.get("/console/orders/files/csv?hold=manual_review").is(t, 200, "\n"+numbers[0]+","); strings.Count(held.body, "\n") != 2 {
			t.Error(held.body)
		}
		b.get("/console/orders/files/csv?status=mood").is(t, 400, "<h1>")
		b.get("/console/orders/files/xlsx?status=mood").is(t, 400, "<h1>")

		x, err := excelize.OpenReader(bytes.NewReader([]byte(b.get("/console/orders/files/xlsx").is(t, 200).body)))
		if err != nil {
			t.Fatal(err)
		}
		defer x.Close()
		cells, err := x.GetRows("Orders")
		if err != nil || len(cells) != 7 || cells[6][0] != numbers[5] {
			t.Errorf("%v %q", err, cells)
		}
		name, _ := x.GetCellValue("Orders", "G3")
		if formula, err := x.GetCellFormula("Orders", "G3"); name != `=HYPERLINK("http://x.example")` || formula != "" || err != nil {
			t.Errorf("%q, formula %q, %v", name, formula, err)
		}

		// Three days later home counts what is late, by kind.
		if home := b.get("/console/").is(t, 200); strings.Contains(home.body, "/console/attention?kind=") {
			t.Error(home.body)
		}
		f.after.Store(int64(72 * time.Hour))
		b.signIn("cara@example.com").is(t, 303)
		home := b.get("/console/").is(t, 200, `href="/console/attention?kind=hold"><strong>1</strong>Hold`, `href="/console/attention?kind=fulfillment"><strong>`)
		if strings.Count(home.body, "/console/attention?kind=") != 2 {
			t.Error(home.body)
		}
		b.get("/console/attention?kind=hold").is(t, 200, "/console/orders/"+number0(paid.ID))
	})
}

// TestCutOffFile reads a file that fails half-way: it ends in an error, not as if it were whole.
func TestCutOffFile(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		pages, err := New(f.app, f.api, Options{})
		if err != nil {
			t.Fatal(err)
		}
		f.api.Pages("/half", pages.serve(Route{Open: true, handle: func(v *visit) error {
			return v.tableFile("half", "csv", "Half", func(row func(cells ...any) error) error {
				for range 10_000 { // more than the server keeps back
					if err := row("a cell"); err != nil {
						return err
					}
				}
				return errors.New("the database went away")
			})
		}}))
		res, err := http.Get(f.url + "/half/file") //nolint:noctx // of the test's own server
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if body, err := io.ReadAll(res.Body); err == nil || len(body) == 0 {
			t.Errorf("%d bytes, and then %v", len(body), err)
		}
	})
}
