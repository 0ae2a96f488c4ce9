package facts

import (
	"testing"

	"ordo/internal/store"
)

// TestTallies lets an order become others: what it was goes where it was counted, and what is nothing any more is not
// there.
func TestTallies(t *testing.T) {
	rows := func(country, status string, kept int64, lines ...Line) *Rows {
		o := Order{ID: "ord_1", Channel: "web", Country: country, Currency: "EUR", Status: status, PlacedAt: 5*SinceHour + 7, PlacedHour: "2026-11-24T13", Total: 100, Kept: kept}
		for _, l := range lines {
			o.Units, o.Canceled = o.Units+l.Ordered, o.Canceled+l.Canceled
		}
		return &Rows{Orders: []Order{o}, Lines: lines}
	}
	day := PlacedDay{Day: "2026-11-24", Channel: "web", Country: "DE", Currency: "EUR"}
	hour := UncapturedHour{Day: "2026-11-24", Channel: "web", Country: "DE", Currency: "EUR", Since: 5 * SinceHour}
	var sums Tallies
	placed := rows("DE", "open", 0, Line{Ordered: 3}, Line{Ordered: 1})
	sums.Add(placed)
	if d := sums.Placed[day]; d.Orders != 1 || d.Lines != 2 || d.Ordered != 4 || d.UnitsWanted != 4 || d.Uncaptured != 1 || d.UncapturedSum != 100 {
		t.Errorf("placed: %+v", d)
	}
	if h := sums.Uncaptured[hour]; h.Unshipped != 100 || h.Shipped != 0 {
		t.Errorf("placed: %+v", h)
	}
	paid := rows("FR", "open", 100, Line{Ordered: 3, Canceled: 3}, Line{Ordered: 1})
	sums.Change(placed, paid)
	elsewhere := day
	elsewhere.Country = "FR"
	if d := sums.Placed[elsewhere]; len(sums.Placed) != 1 || d.Orders != 1 || d.Canceled != 3 || d.LinesWanted != 1 || d.Uncaptured != 0 {
		t.Errorf("sent elsewhere and paid: %+v", sums.Placed)
	}
	if len(sums.Uncaptured) != 0 {
		t.Errorf("paid, and still waiting: %+v", sums.Uncaptured)
	}
	sums.Change(paid, rows("FR", "rejected", 0, Line{Ordered: 3}))
	if len(sums.Placed) != 0 || len(sums.stmts(store.Dialect{})) != 0 {
		t.Errorf("a refused order counts: %+v", sums.Placed)
	}
}
