package paper

import (
	"fmt"
	"strings"
	"testing"

	"ordo/internal/address"
	"ordo/internal/pagetest"
)

var shop = Sender{
	Name:    "Lantern & Loom",
	Address: address.Address{Name: "Lantern & Loom GmbH", Line1: "Lagerstraße 7", City: "Köln", PostalCode: "50667", Country: "DE"},
	TaxID:   "VAT DE123456789", Contact: "help@lantern.example",
}

func pickList() PickListData {
	return PickListData{
		Location: "Köln depot (CGN1)", Work: "ful_01jq3m8x7h4c2v9k6n5p0r1s2t", Order: "100042", Channel: "web", Method: "standard", At: at, ShipBy: at,
		Lines: []PickLine{
			{SKU: "85123A", Name: "White hanging heart t-light holder", Bin: "A-01-3", Quantity: 6},
			{SKU: "22423", Name: "Regency cakestand 3 tier", Bin: "A-07-1", Quantity: 1},
			{SKU: "47566", Name: "Party bunting", Quantity: 12, PartOf: "SET-PARTY"},
		},
		Notes: []string{"Gift: no prices in the box, please."},
	}
}

func TestPickList(t *testing.T) {
	check(t, "picklist", func() (*sheet, error) { return drawPickList(pickList()) })
}

// Many lines flow over sheets whose head is repeated; what cannot be a barcode is still there as text.
func TestPickListOfManyLines(t *testing.T) {
	d := pickList()
	d.Size = SizeFor("US")
	for i := range 60 {
		d.Lines = append(d.Lines, PickLine{
			SKU: fmt.Sprintf("ŻÓŁW-%03d", i), Name: strings.Repeat("Very long name of a product ", 1+i%7), Quantity: int64(i * 997),
		})
	}
	check(t, "picklist-long", func() (*sheet, error) { return drawPickList(d) })
	got := text(t, func() (*sheet, error) { return drawPickList(d) })
	pages := strings.Count(got, "\nPage ")
	if heads := strings.Count(got, "\nScan\n"); pages < 3 || heads != pages {
		t.Errorf("%d heads on %d pages", heads, pages)
	}
	for _, l := range d.Lines {
		if !strings.Contains(got, l.SKU+"\n") {
			t.Errorf("%s is missing", l.SKU)
		}
	}
}

func slip() PackingSlipData {
	return PackingSlipData{
		Sender: shop, To: london, Order: "100042", PlacedAt: at, At: at, PackedAt: at, Method: "Standard", Tracking: []string{"SBX0012345678905"},
		Lines: []SlipLine{
			{SKU: "85123A", Name: "White hanging heart t-light holder", Here: 6, Ordered: 6},
			{SKU: "SET-PARTY", Name: "Party set", Here: 1, Ordered: 2, Later: 1, Contains: []string{"12 × 47566", "1 × 22423"}},
		},
		Message: "Happy birthday, Ada! Жанна & Łucja",
	}
}

func TestPackingSlip(t *testing.T) {
	check(t, "packingslip", func() (*sheet, error) { return drawPackingSlip(slip()) })
	early := slip()
	early.PackedAt = 0
	got := text(t, func() (*sheet, error) { return drawPackingSlip(early) })
	if strings.Contains(got, "Packed") || strings.Contains(got, "in this box") || !strings.Contains(got, "7 units to pack") {
		t.Errorf("before it is packed, the slip says %s", got)
	}
}

func invoice() InvoiceData {
	bill := depot
	bill.Name = "Analytical Engines Ltd"
	return InvoiceData{
		Sender: shop, BillTo: bill, ShipTo: london, Number: "WEB-000017", Order: "100042", IssuedAt: at, DueAt: at + 14*86_400_000_000,
		Currency: "EUR",
		Lines: []InvoiceLine{
			{SKU: "85123A", Name: "White hanging heart t-light holder", Quantity: 6, UnitPrice: 255, Discount: 153, TaxRates: []string{"0.19"}, Total: 1377},
			{SKU: "22423", Name: "Regency cakestand 3 tier, hand painted, with a very long name that needs a second line", Quantity: 1000, UnitPrice: 1275, TaxRates: []string{"0.19"}, Total: 1275000},
		},
		Items: 1276530, Discount: 153, Shipping: 495, Taxes: []InvoiceTax{{Name: "VAT", Rate: "0.19", Amount: 242606}},
		Total: 1519478, PayURL: "https://shop.example/pay/eyJhbGciOiJIUzI1NiJ9.Zm9vYmFyYmF6",
	}
}

func TestInvoice(t *testing.T) {
	check(t, "invoice", func() (*sheet, error) { return drawInvoice(invoice()) })
}

func TestInvoiceInYenToOneAddressOverManySheets(t *testing.T) {
	d := invoice()
	d.ShipTo, d.Currency, d.PayURL, d.Discount = d.BillTo, "JPY", "", 0
	d.Taxes = []InvoiceTax{{Name: "消費税", Rate: "0.10", Amount: 115950, Included: true}}
	for i := range 70 {
		d.Lines = append(d.Lines, InvoiceLine{SKU: fmt.Sprint("SKU-", i), Name: "Thing", Quantity: 1, UnitPrice: 1234567, Total: 1234567})
	}
	check(t, "invoice-long", func() (*sheet, error) { return drawInvoice(d) })
}

// TestPapersSpeak writes headings, dates and amounts in the language of who gets a paper, and English for all others.
func TestPapersSpeak(t *testing.T) {
	said := map[string]string{}
	for _, lang := range []string{"de", "fr", "en"} {
		s, v, l, w := slip(), invoice(), pickList(), wave()
		s.Language, v.Language, l.Language, w.Language = lang, lang, lang, lang
		said[lang] = text(t, func() (*sheet, error) { return drawPackingSlip(s) }) + text(t, func() (*sheet, error) { return drawInvoice(v) }) +
			text(t, func() (*sheet, error) { return drawPickList(l) }) + text(t, func() (*sheet, error) { return drawWavePickList(w) })
	}
	if said["fr"] != said["en"] {
		t.Error("a language that there are no words in is not English")
	}
	for _, c := range [][2]string{
		{"de", "Lieferschein"},
		{"de", "7 Stück in diesem Paket"},
		{"de", "1 Stück folgt mit einer weiteren Sendung."},
		{"de", "VEREINIGTES KÖNIGREICH"},
		{"de", "Rechnung WEB-000017"},
		{"de", "Zahlbar bis 15. Jan. 2026. Bitte geben Sie die"},
		{"de", "12.750,00"},
		{"de", "−1,53"},
		{"de", "Seite 1 von 1"},
		{"de", "Pickliste"},
		{"de", "Einsortieren"},
		{"en", "1 unit will follow in another shipment."},
		{"en", "UNITED KINGDOM"},
		{"en", "12,750.00"},
		{"en", "15 Jan 2026"},
	} {
		if !strings.Contains(said[c[0]], c[1]) {
			t.Errorf("%s does not say %q: %s", c[0], c[1], said[c[0]])
		}
	}
	for _, english := range []string{"Order", "Item", "Ordered", "Qty", "Due", "Currency", "Scan", "Location", "FROM", "SHIP TO"} {
		if strings.Contains(said["de"], "\n"+english+"\n") {
			t.Errorf("the German papers say %q", english)
		}
	}
}

// TestPercent writes rates of taxes.
func TestPercent(t *testing.T) {
	for _, c := range [][3]string{
		{"en", "0.19", "19\u00a0%"}, {"de", "0.055", "5,5\u00a0%"}, {"en", "0.07125", "7.125\u00a0%"}, {"en", "0", "0\u00a0%"}, {"en", "1", "100\u00a0%"}, {"de", "reduced", "reduced"}, {"de", "", ""},
	} {
		if got := percent(tongue(c[0]), c[1]); got != c[2] {
			t.Errorf("%s: %q is written %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

func TestWords(t *testing.T) { pagetest.Words(t) }
