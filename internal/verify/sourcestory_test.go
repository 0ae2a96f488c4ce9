package verify

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/doc"
	"ordo/internal/inventory"
	"ordo/internal/sourcing"
	"ordo/internal/store"
	"ordo/internal/storetest"
)

// sourceStory lives through what happens when stock is short, and uses capacity, on SKUs of its own.
func (s *shop) sourceStory() {
	s.t.Helper()
	ctx := s.t.Context()
	s.stock(2, "R", "S")
	for _, l := range []string{"north", "south"} {
		did(s, &app.SetStockPolicy{SKU: "R", Location: l, Policy: inventory.Policy{BackorderLimit: 6}})
	}
	r := &sourcing.Rule{
		Meta: doc.Meta{ID: "home"}, Name: "Home", Active: true, When: `order.lines.exists(l, l.sku == "R")`, AfterAction: sourcing.Backorder,
		Examples: []sourcing.Example{{Name: "R", Facts: sourcing.Basket{Order: sourcing.BasketOrder{Lines: []sourcing.LineFact{{SKU: "R"}}}}, Matches: true}},
	}
	s.must(second(s.app.SaveSourcingRule(ctx, r, meta)))
	s.limit("south", 3)
	s.place("backordered", placement("manual", "", line("R", 9)))
	s.place("owed more", placement("manual", "", line("R", 2)))
	s.place("owed and given up", placement("manual", "", line("R", 1)))
	s.ok(s.app.Cancel(ctx, s.ids["owed and given up"], "customer", meta))
	for channel, shortage := range map[string]string{"phone": "cancel", "mobile": "park"} {
		c, err := s.app.Channel(ctx, channel)
		s.must(err)
		c.Shortage = shortage
		s.must(second(s.app.SaveChannel(ctx, c, meta)))
		p := placement("manual", "", line("A", 1), line("S", 9))
		p.Channel = channel
		s.place(shortage, p)
	}
	s.ok(s.app.Adjust(ctx, app.AdjustStock{Reason: "received", Lines: []app.AdjustLine{{SKU: "R", Location: "north", Delta: 3}}}, meta))
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if o := s.view("backordered").Order; o.Lines[0].Units.Allocated == 7 {
			break
		}
		if time.Now().After(deadline) {
			s.t.Fatal("nothing was filled")
		}
	}
}

// limit gives a location a daily capacity.
func (s *shop) limit(code string, n int64) {
	s.t.Helper()
	l, err := s.app.Location(s.t.Context(), code)
	s.must(err)
	l.DailyCapacity = n
	s.must(second(s.app.SaveLocation(s.t.Context(), l, meta)))
}

func init() {
	damages = append(damages, []damage{
		{"more is backordered than orders are owed", func(h *hurt) {
			h.exec("UPDATE stock_positions SET backordered = backordered + 1, backorder_limit = backorder_limit + 1 WHERE sku = 'R' AND location = 'north'")
		}, []string{"stock.journal", "stock.promises", "stock.limits"}, "stock of R at north"},
		{"more is backordered than the limit", func(h *hurt) {
			h.exec("UPDATE stock_positions SET backorder_limit = 0 WHERE sku = 'R' AND location = 'north'")
		}, []string{"stock.counters", "stock.limits"}, "stock of R at north"},
		{"an order is owed more than it says", func(h *hurt) {
			h.edit("orders", h.order("backordered"), func(m dict) { list(m, "backorders", 0)["quantity"] = 1 })
		}, []string{"orders.rules", "orders.journal", "stock.promises"}, "order {backordered}"},
		{"an order that is owed units cannot be found by them", func(h *hurt) {
			h.exec("DELETE FROM order_terms WHERE field = 'backorder' AND id = $1", h.order("backordered"))
		}, []string{"documents.terms"}, "order {backordered}"},
		{"the capacity of a day is counted wrong", func(h *hurt) {
			h.exec("UPDATE node_days SET doc = $1", `{"id":"south\u001f2020-01-01","version":1,"location":"south","day":"2020-01-01","taken":1}`)
		}, []string{"capacity"}, "capacity of south on "},
		{"the capacity of a day is not counted", func(h *hurt) {
			h.exec("DELETE FROM node_days")
		}, []string{"capacity"}, "capacity of south on "},
		{"a sourcing rule is changed", func(h *hurt) {
			h.edit("sourcing_rules", "home", func(m dict) { m["active"] = false })
		}, []string{"catalog.journal"}, "sourcing_rule home"},
	}...)
}

// TestNothingIsOversold lets orders, receipts, cancellations and rejections of one SKU race: whatever comes of it, what
// is promised is there or owed within the limit, and verify is clean. When enough has arrived, nobody is owed anything.
func TestNothingIsOversold(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		s.stock(3, "H", "K")
		kit := &catalog.Product{Name: "Set", Price: eur(3000), TaxClass: "standard", Active: true, Components: []catalog.Component{{SKU: "H", Quantity: 1}, {SKU: "K", Quantity: 2}}}
		kit.ID = "SET"
		s.must(second(s.app.SaveProduct(t.Context(), kit, meta)))
		for _, l := range []string{"north", "south"} {
			for _, sku := range []string{"H", "K"} {
				did(s, &app.SetStockPolicy{SKU: sku, Location: l, Policy: inventory.Policy{BackorderLimit: 8}})
			}
		}
		s.limit("south", 40)
		web, err := s.app.Channel(t.Context(), "web")
		s.must(err)
		web.Shortage = "backorder"
		s.must(second(s.app.SaveChannel(t.Context(), web, meta)))
		var wg sync.WaitGroup
		for worker := range 6 {
			steps := rapid.SliceOfN(rapid.IntRange(0, 99), 25, 25).Example(worker + 1)
			wg.Go(func() { s.race(steps) })
		}
		wg.Wait()
		for _, l := range []string{"north", "south"} {
			s.ok(s.app.Adjust(t.Context(), app.AdjustStock{Reason: "received", Lines: []app.AdjustLine{{SKU: "H", Location: l, Delta: 100}, {SKU: "K", Location: l, Delta: 100}}}, meta))
		}
		for deadline := time.Now().Add(30 * time.Second); s.owed() > 0; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d units are still owed, and all of them have come", s.owed())
			}
		}
		s.settle(0)
		filled := 0
		s.must(s.db.Query(t.Context(), func(r store.Row) error { return r.Scan(&filled) }, "SELECT COUNT(*) FROM journal WHERE type = 'order.backorder_filled'"))
		if filled == 0 {
			t.Error("nothing was ever short: this shows nothing")
		}
		rep := verified(t, url, Options{})
		if !rep.OK {
			for _, c := range rep.Checks {
				if c.Broken > 0 {
					t.Errorf("%s: %+v", c.Check, c.Findings)
				}
			}
		}
	})
}

// race takes steps that may be refused.
func (s *shop) race(steps []int) {
	ctx := s.t.Context()
	var mine []string
	for i, n := range steps {
		switch {
		case n < 60:
			sku := []string{"H", "K", "SET"}[n%3]
			out := s.app.Place(ctx, placement([]string{"manual", "sandbox"}[n%2], "tok_ok", line(sku, int64(n%4+1)), line("H", 1)), meta)
			if v, ok := out.Value.(*app.OrderView); ok && out.Err == nil {
				mine = append(mine, v.Order.ID)
			}
		case n < 75:
			s.app.Adjust(ctx, app.AdjustStock{Reason: "received", Lines: []app.AdjustLine{{SKU: []string{"H", "K"}[n%2], Location: []string{"north", "south"}[i%2], Delta: 2}}}, meta)
		case len(mine) == 0:
		case n < 88:
			s.app.Cancel(ctx, mine[n%len(mine)], "customer", meta)
		default:
			if v, err := s.app.Order(ctx, mine[n%len(mine)]); err == nil && len(v.Fulfillments) > 0 {
				id := v.Fulfillments[0].ID
				s.app.Fulfill(ctx, app.Fulfill{Fulfillment: id, Step: "release"}, meta)
				s.app.Fulfill(ctx, app.Fulfill{Fulfillment: id, Step: "reject", Reason: "damaged"}, meta)
			}
		}
	}
}

// owed is how many units locations owe.
func (s *shop) owed() (n int64) {
	s.t.Helper()
	positions, err := s.app.Stock(s.t.Context(), app.PositionFilter{Limit: 100})
	s.must(err)
	for _, p := range positions {
		n += p.Get(inventory.Backordered)
	}
	return n
}
