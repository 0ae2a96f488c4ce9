package order

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func res(line, location string, n int64) Reservation {
	return Reservation{Line: line, SKU: "a", Location: location, Quantity: n}
}

// TestSourcePending: an order whose stock is short waits with part of it owed, parked or canceled, and is accepted
// with what it has.
func TestSourcePending(t *testing.T) {
	o := newOrder(t, placement(5, 2), tables())
	c, err := Source(o, Sourced{Backorders: []Reservation{res("1", "L", 2), res("1", "L", 1)}, Canceled: []Units{{"2", 1}}}, later)
	c = must(t, c, err)
	if !slices.Equal(c.Backorders, []Reservation{res("1", "L", 3)}) || c.Lines[0].Units.Backordered != 3 || c.Lines[1].Units.Canceled != 1 || c.Totals.Items != 6000 {
		t.Errorf("%+v", c)
	}
	c.Reservations = []Reservation{res("1", "L", 2), res("2", "L", 1)}
	c = must(t, c, Check(c))
	filled, err := FillBackorder(c, []Reservation{res("1", "L", 1)}, later)
	if filled = must(t, filled, err); !slices.Equal(filled.Reservations, []Reservation{res("1", "L", 3), res("2", "L", 1)}) || filled.Lines[0].Units.Backordered != 2 {
		t.Errorf("%+v", filled)
	}
	open, err := Accept(filled, later)
	if open = must(t, open, err); open.Lines[0].Units != (Quantities{Allocated: 3, Backordered: 2}) {
		t.Errorf("%+v", open.Lines[0].Units)
	}
	if open, err = FillBackorder(open, []Reservation{res("1", "L", 2)}, later); err != nil || open.Lines[0].Units != (Quantities{Allocated: 5}) || open.Backorders != nil {
		t.Errorf("%v %+v", err, open)
	}
	if _, err := FillBackorder(open, []Reservation{res("1", "L", 1)}, later); err == nil {
		t.Error("filled what is not owed")
	}
	if o.Backorders != nil || o.Lines[0].Units != (Quantities{}) {
		t.Error("the order itself was changed")
	}
	rejected, err := Reject(c, "payment", later)
	if rejected = must(t, rejected, err); rejected.Backorders != nil || rejected.Lines[0].Units.Backordered != 0 {
		t.Errorf("%+v", rejected)
	}
}

// TestSourceAgain: units that their location gave up wait for another place, and get one, wait on or are given up.
func TestSourceAgain(t *testing.T) {
	o, err := Accept(newOrder(t, placement(5), tables()), now)
	o = must(t, o, err)
	o, err = Work(o, []Delta{{Line: "1", Allocated: -4, Backordered: 4}}, "", later)
	if o = must(t, o, err); !slices.Equal(Parked(o), []Units{{"1", 4}}) {
		t.Errorf("%+v", o.Backorders)
	}
	c, err := Source(o, Sourced{Parked: []Units{{"1", 4}}, Taken: []Reservation{res("1", "M", 2)}, Backorders: []Reservation{res("1", "", 1)}, Canceled: []Units{{"1", 1}}}, later)
	c = must(t, c, err)
	if c.Lines[0].Units != (Quantities{Allocated: 3, Canceled: 1, Backordered: 1}) || !slices.Equal(c.Backorders, []Reservation{res("1", "", 1)}) || c.Totals.Items != 4000 || c.Status != Open {
		t.Errorf("%+v", c)
	}
	if _, err := Source(o, Sourced{Parked: []Units{{"1", 1}}}, later); err == nil {
		t.Error("a unit of an open order is nowhere (L1)")
	}
	if _, err := Source(c, Sourced{Parked: []Units{{"1", 2}}}, later); err == nil {
		t.Error("more was placed than is parked")
	}
	if c, err = Source(c, Sourced{Parked: []Units{{"1", 1}}, Taken: []Reservation{res("1", "M", 1)}}, later); err != nil || c.Backorders != nil || c.Lines[0].Units.Allocated != 4 {
		t.Errorf("%v %+v", err, c)
	}
	c, err = Work(c, []Delta{{Line: "1", Allocated: -4, Backordered: 4}}, "", later)
	c = must(t, c, err)
	if c, err = Source(c, Sourced{Parked: []Units{{"1", 4}}, Canceled: []Units{{"1", 4}}}, later); err != nil || c.Status != Canceled || c.Reason != "out_of_stock" || c.Totals != (Totals{}) {
		t.Errorf("nothing is left: %v %+v", err, c)
	}
	if _, err := Source(c, Sourced{}, later); err == nil {
		t.Error("a canceled order was sourced")
	}
}

// However units are sent around, the counters of the line add up (L1), and the changes fold.
func TestSourceConserves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := newOrder(t, placement(rapid.Int64Range(2, 9).Draw(t, "units")), tables())
		all := Sourced{Backorders: []Reservation{res("1", "", o.Lines[0].Quantity)}}
		o, err := Source(o, all, now)
		o = must(t, o, err)
		if rapid.Bool().Draw(t, "open") {
			o, err = Accept(o, now)
			o = must(t, o, err)
		}
		for range rapid.IntRange(1, 5).Draw(t, "steps") {
			var s Sourced
			for _, p := range Parked(o) {
				n := rapid.Int64Range(0, p.Quantity).Draw(t, "placed")
				if n > 0 {
					s.Parked = append(s.Parked, Units{"1", n})
				}
				for n > 0 {
					some := rapid.Int64Range(1, n).Draw(t, "some")
					switch rapid.IntRange(0, 3).Draw(t, "where") {
					case 0:
						s.Taken = append(s.Taken, res("1", "L", some))
					case 1:
						s.Backorders = append(s.Backorders, res("1", "L", some))
					case 2:
						s.Backorders = append(s.Backorders, res("1", "", some))
					case 3:
						s.Canceled = append(s.Canceled, Units{"1", some})
					}
					n -= some
				}
			}
			c, err := Source(o, s, later)
			c = must(t, c, err)
			folded := Clone(o)
			Apply(folded, Diff(o, c))
			if asJSON(t, folded) != asJSON(t, c) {
				t.Fatalf("folded %s\nis     %s", asJSON(t, folded), asJSON(t, c))
			}
			if o = c; o.Status == Canceled {
				return
			}
		}
	})
}
