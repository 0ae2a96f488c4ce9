package verify

import "testing"

func init() {
	damages = append(damages, []damage{
		{"a balance on a stock card is another one", func(h *hurt) {
			h.exec("UPDATE stock_card SET units = units || '1' WHERE sku = 'A' AND location = 'south' AND seq = (SELECT MIN(seq) FROM stock_card WHERE sku = 'A' AND location = 'south')")
		}, []string{"stock.card"}, `stock of A at south has "1001" on its card after journal row `},
		{"a stock card lacks its first row", func(h *hurt) {
			h.exec("DELETE FROM stock_card WHERE sku = 'A' AND location = 'north' AND seq = (SELECT MIN(seq) FROM stock_card WHERE sku = 'A' AND location = 'north')")
		}, []string{"stock.card"}, "stock of A at north journal row "},
		{"a stock card lacks its last row", func(h *hurt) {
			h.exec("DELETE FROM stock_card WHERE sku = 'C' AND location = 'south' AND seq = $1", h.last())
		}, []string{"stock.card"}, "stock of C at south journal row "},
		{"a position has no stock card", func(h *hurt) {
			h.exec("DELETE FROM stock_card WHERE sku = 'FREE'")
		}, []string{"stock.card"}, "stock of FREE at north journal row "},
		{"a stock card has what another event moved", func(h *hurt) {
			h.exec("INSERT INTO stock_card (sku, location, seq, units) SELECT sku, location, $1, units FROM stock_card WHERE sku = 'FREE' ORDER BY seq DESC LIMIT 1", h.last())
		}, []string{"stock.card"}, "stock of FREE at north journal row "},
		{"a stock card has what never happened", func(h *hurt) {
			h.exec("INSERT INTO stock_card (sku, location, seq, units) VALUES ('NONE', 'north', $1, '1')", h.last()+1)
		}, []string{"stock.card"}, "stock of NONE at north journal row "},
		{"the stock card is ahead of the journal", func(h *hurt) {
			h.exec("UPDATE journal_readers SET seq = seq + 1 WHERE name = 'stock_card'")
		}, []string{"stock.card", "readers"}, "the stock card is kept up to journal row "},
		{"the stock card says that it is not as far as it is", func(h *hurt) {
			h.exec("UPDATE journal_readers SET seq = $1 WHERE name = 'stock_card'", h.last()-1)
		}, []string{"stock.card"}, "stock of C at south journal row "},
	}...)
}

// TestSameCard: every row that is too much, too few or another one is named.
func TestSameCard(t *testing.T) {
	r := &result{}
	sameCard(r, posKey{"A", "north"}, []cardRow{{1, "1"}, {3, "3"}, {4, "5"}}, []cardRow{{1, "1"}, {2, "2"}, {4, "4"}, {9, "9"}})
	want := []finding{
		{"stock of A at north", "journal row 2 is not on its card"},
		{"stock of A at north", "journal row 3 is on its card, and moved nothing there, or not yet"},
		{"stock of A at north", `has "5" on its card after journal row 4, its movements add up to "4"`},
		{"stock of A at north", "journal row 9 is not on its card"},
	}
	if r.broken != 4 || len(r.findings) != 4 {
		t.Fatalf("%+v", r)
	}
	for i, f := range r.findings {
		if f != want[i] {
			t.Errorf("%+v, not %+v", f, want[i])
		}
	}
}
