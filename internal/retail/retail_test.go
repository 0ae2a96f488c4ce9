package retail

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// The size of the data, counted with other means (wc, awk).
const (
	dataLines    = 17_077
	dataInvoices = 581
	dataAmount   = 246_755_72
)

func load(t testing.TB) *Plan {
	t.Helper()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

type figure struct {
	kind            string
	lines, invoices int
	amount          int64
}

func checkTable(t *testing.T, name string, got []Count, want []figure) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, want %d", name, len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		g := figure{got[i].Kind, got[i].Lines, got[i].Invoices, got[i].Amount}
		if g != want[i] {
			t.Errorf("%s: got %v, want %v", name, g, want[i])
		}
		if got[i].What == "" {
			t.Errorf("%s: %s does not say what was done", name, g.kind)
		}
	}
}

// TestFigures holds the hand-checked figures: the totals of postage, canceled
// goods and guest sales were also summed with awk from the files.
func TestFigures(t *testing.T) {
	p := load(t)
	checkTable(t, "lines", p.Counts, []figure{
		{"sale", 16860, 501, 239_542_08},
		{"manual", 4, 3, 7_98},
		{"free", 1, 1, 0},
		{"postage", 40, 40, 12_536_50},
		{"cancel", 28, 8, -2_854_68},
		{"cancel_postage", 1, 1, -72_00},
		{"cancel_outside", 96, 25, -1_421_29},
		{"adjust_found", 1, 1, 0},
		{"adjust_damaged", 4, 4, 0},
		{"adjust_lost", 4, 4, 0},
		{"adjust_correction", 30, 30, 0},
		{"postage_alone", 1, 1, 72_00},
		{"postage_credit", 5, 5, -82_73},
		{"fee", 2, 2, -972_14},
	})
	checkTable(t, "invoices", p.InvoiceCounts, []figure{
		{"order", 12061, 477, 183_151_08},
		{"order_guest", 4844, 25, 68_935_48},
		{"adjustment", 39, 39, 0},
		{"cancel_order", 21, 2, -2_701_76},
		{"cancel_lines", 8, 6, -224_92},
		{"cancel_outside", 97, 25, -1_425_70},
		{"credit", 5, 5, -1_065_46},
		{"no_goods", 2, 2, 87_00},
	})
	checkTable(t, "remarks", p.Remarks, []figure{
		{"country_unspecified", 34, 1, 632_55},
		{"sku_recased", 43, 6, 945_29},
		{"sku_repeated", 637, 110, 3_005_43},
		{"two_times", 52, 1, 253_61},
		{"product_no_name", 7, 7, 0},
		{"product_no_price", 8, 8, 0},
	})
}

// TestEverythingIsAccounted is the package's promise.
func TestEverythingIsAccounted(t *testing.T) {
	p := load(t)
	var lines, invoices int
	var amount, byInvoice int64
	for _, c := range p.Counts {
		lines += c.Lines
		amount += c.Amount
	}
	if lines != dataLines || amount != dataAmount {
		t.Errorf("lines: %d worth %d, want %d worth %d", lines, amount, dataLines, dataAmount)
	}
	lines = 0
	for _, c := range p.InvoiceCounts {
		lines += c.Lines
		invoices += c.Invoices
		byInvoice += c.Amount
	}
	if lines != dataLines || invoices != dataInvoices || byInvoice != dataAmount {
		t.Errorf("invoices: %d with %d lines worth %d", invoices, lines, byInvoice)
	}
}

// TestPlanHoldsWhatTheCountsSay compares the steps of the plan with the tables.
func TestPlanHoldsWhatTheCountsSay(t *testing.T) {
	p := load(t)
	count := make(map[string]Count)
	for _, c := range p.Counts {
		count[c.Kind] = c
	}
	var lines int
	var total, shipping int64
	for _, o := range p.Orders {
		lines += len(o.Lines)
		total += o.Total()
		shipping += o.Shipping
	}
	if want := count["sale"].Lines + count["manual"].Lines + count["free"].Lines; lines != want {
		t.Errorf("%d order lines, want %d", lines, want)
	}
	if shipping != count["postage"].Amount {
		t.Errorf("shipping %d, want %d", shipping, count["postage"].Amount)
	}
	if want := count["sale"].Amount + count["manual"].Amount + shipping; total != want {
		t.Errorf("orders are worth %d, want %d", total, want)
	}
	if len(p.Orders) != 502 || len(p.Cancellations) != 28 || len(p.Adjustments) != 39 || len(p.Products) != 2300 {
		t.Errorf("%d orders, %d cancellations, %d adjustments, %d products",
			len(p.Orders), len(p.Cancellations), len(p.Adjustments), len(p.Products))
	}
}

func TestOrders(t *testing.T) {
	p := load(t)
	find := func(invoice string) Order {
		for _, o := range p.Orders {
			if o.Invoice == invoice {
				return o
			}
		}
		t.Fatalf("no order %s", invoice)
		return Order{}
	}
	o := find("578330")
	if want := (Customer{"17523", "Customer 17523", "17523@example.com"}); o.Customer != want {
		t.Errorf("customer %v", o.Customer)
	}
	if want := (Line{"84568", 288, 21}); o.Lines[0] != want {
		t.Errorf("first line %v", o.Lines[0])
	}
	if want := time.Date(2011, 11, 24, 8, 28, 0, 0, time.UTC); o.PlacedAt != want {
		t.Errorf("placed at %v", o.PlacedAt)
	}
	o = find("578347")
	if want := (Customer{"", "Guest 578347", "guest-578347@example.com"}); o.Customer != want {
		t.Errorf("guest %v", o.Customer)
	}
	o = find("578344") // the longest: 622 lines, one of them postage
	if len(o.Lines) != 621 || o.Shipping != 793_33 || o.Total() != 793_33+5_422_26 {
		t.Errorf("578344: %d lines, shipping %d, total %d", len(o.Lines), o.Shipping, o.Total())
	}
	o = find("578333") // 2 x 18.00 postage to Germany
	if o.Shipping != 36_00 || o.Address.Country != "DE" {
		t.Errorf("578333: shipping %d to %v", o.Shipping, o.Address)
	}
	o = find("578841")
	if want := []Line{{"84826", 12540, 0}}; !reflect.DeepEqual(o.Lines, want) || o.Total() != 0 {
		t.Errorf("578841: %v", o)
	}
	o = find("578757")
	if !slices.Contains(o.Lines, Line{"M", 2, 85}) {
		t.Errorf("578757 lost its manual line")
	}
}

func TestCancellations(t *testing.T) {
	p := load(t)
	orders := make(map[string]Order)
	left := make(map[string]int)
	for _, o := range p.Orders {
		orders[o.Invoice] = o
		for _, l := range o.Lines {
			left[o.Invoice] += l.Quantity
		}
	}
	whole := make(map[string]int)
	for _, c := range p.Cancellations {
		o := orders[c.OrderInvoice]
		l := o.Lines[c.Line]
		if l.SKU != c.SKU || c.Quantity < 1 || c.Quantity > l.Quantity || !o.PlacedAt.Before(c.At) {
			t.Errorf("%v does not fit %v", c, l)
		}
		left[c.OrderInvoice] -= c.Quantity
		if c.WholeOrder {
			whole[c.Invoice+">"+c.OrderInvoice]++
		}
	}
	if want := map[string]int{"C578363>578358": 12, "C579192>579190": 8}; !reflect.DeepEqual(whole, want) {
		t.Errorf("whole orders %v, want %v", whole, want)
	}
	if left["578358"] != 0 || left["579190"] != 0 {
		t.Errorf("units left: %d, %d", left["578358"], left["579190"])
	}
	// Two lines of 579183 have the SKU, 48 and 24 units: the one with just these is meant.
	want := Cancellation{
		Invoice: "C579266", At: time.Date(2011, 11, 29, 9, 25, 0, 0, time.UTC),
		OrderInvoice: "579183", Line: 3, SKU: "71477", Quantity: 24,
	}
	if got := p.Cancellations[21]; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAdjustments(t *testing.T) {
	byReason := make(map[Reason]int)
	units := 0
	for _, a := range load(t).Adjustments {
		byReason[a.Reason]++
		units += a.Delta
		if a.Delta == 0 || a.Note == "" {
			t.Errorf("empty adjustment %v", a)
		}
		if a.Invoice == "579429" && (a.Delta != -98 || a.Reason != Lost || a.Note != "lost in space") {
			t.Errorf("got %v", a)
		}
	}
	if want := map[Reason]int{Found: 1, Damaged: 4, Lost: 4, Correction: 30}; !reflect.DeepEqual(byReason, want) {
		t.Errorf("reasons %v, want %v", byReason, want)
	}
	if units != -1803 {
		t.Errorf("%d units net", units)
	}
}

func TestProducts(t *testing.T) {
	p := load(t)
	bySKU := make(map[string]Product)
	for i, x := range p.Products {
		bySKU[x.SKU] = x
		if i > 0 && p.Products[i-1].SKU >= x.SKU {
			t.Errorf("%s is out of order", x.SKU)
		}
		if x.Name == "" || len(x.Name) > maxName || x.Price < 0 || x.SKU != strings.ToUpper(x.SKU) {
			t.Errorf("bad product %v", x)
		}
	}
	for _, want := range []Product{
		{"85123A", "WHITE HANGING HEART T-LIGHT HOLDER", 2_95},
		{"21175", "GIN AND TONIC DIET METAL SIGN", 2_55}, // 15 lines say AND, 9 say +
		{"21937", "STRAWBERRY PICNIC BAG", 2_95},         // spaces collapsed
		{"72807B", "SET/3 OCEAN SCENT CANDLE JEWEL BOX", 8_29},
		{"84826", "ASSTD DESIGN 3D PAPER STICKERS", 0}, // given away only
		{"22176", "Item 22176", 0},                     // adjusted only
	} {
		if bySKU[want.SKU] != want {
			t.Errorf("got %v, want %v", bySKU[want.SKU], want)
		}
	}
	for _, sku := range []string{"POST", "DOT", "C2", "BANK CHARGES", "CRUK", "85123a"} {
		if _, ok := bySKU[sku]; ok {
			t.Errorf("%s is a product", sku)
		}
	}
}

func TestOpeningStock(t *testing.T) {
	p := load(t)
	demand, stock := p.Demand(), p.OpeningStock()
	if len(demand) != 2293 || sum(demand) != 129_481 || sum(stock) != 131_681 {
		t.Errorf("%d SKUs, %d units ordered, %d in stock", len(demand), sum(demand), sum(stock))
	}
	if stock["72807C"]-demand["72807C"] != 149+428 {
		t.Errorf("72807C: %d in stock for %d", stock["72807C"], demand["72807C"])
	}
	if demand["84826"] != 12_540 {
		t.Errorf("84826: %d", demand["84826"])
	}
}

func sum(units map[string]int) (n int) {
	for _, u := range units {
		n += u
	}
	return n
}

func TestSorted(t *testing.T) {
	p := load(t)
	var last time.Time
	var invoice string
	step := func(at time.Time, n string) {
		if at.Before(last) || at.Equal(last) && n < invoice {
			t.Errorf("%s at %v comes after %s at %v", n, at, invoice, last)
		}
		last, invoice = at, n
	}
	for _, o := range p.Orders {
		step(o.PlacedAt, o.Invoice)
	}
	last, invoice = time.Time{}, ""
	for _, c := range p.Cancellations {
		step(c.At, c.Invoice)
	}
	last, invoice = time.Time{}, ""
	for _, a := range p.Adjustments {
		step(a.At, a.Invoice)
	}
}

func TestLoadIsDeterministic(t *testing.T) {
	if !reflect.DeepEqual(load(t), load(t)) {
		t.Error("two loads differ")
	}
}

// TestDataIsUnchanged compares the embedded files with the hashes in SOURCE.md
// and checks that nothing of the machine that compressed them is in them.
func TestDataIsUnchanged(t *testing.T) {
	source, err := os.ReadFile("data/SOURCE.md")
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(files, "data/*.csv.gz")
	if err != nil || len(names) != 5 {
		t.Fatalf("files %v, %v", names, err)
	}
	for _, name := range names {
		f, err := files.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		if _, err := io.Copy(h, z); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(h.Sum(nil)); !strings.Contains(string(source), got) {
			t.Errorf("%s: %s is not in SOURCE.md", name, got)
		}
		if !z.ModTime.IsZero() || z.Name != "" {
			t.Errorf("%s holds a time or a name: compress with gzip -n", name)
		}
	}
}

// TestLicenseTravels guards what the license asks for.
func TestLicenseTravels(t *testing.T) {
	text, err := os.ReadFile("data/LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		"https://creativecommons.org/licenses/by/4.0/", "CC BY 4.0", "Daqing Chen", "https://doi.org/10.24432/C5BW33",
	} {
		if !strings.Contains(string(text), part) || !strings.Contains(Attribution, part) {
			t.Errorf("%q is missing", part)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		load(b)
	}
}
