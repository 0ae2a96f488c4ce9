package verify

import (
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/order"
	"ordo/internal/storetest"
)

// TestFulfillmentWalks takes random steps of orders over two locations, many of which are refused. After each step the
// order holds L1-L4, its fulfillment orders F1 and F4, and the counters of its lines are what these count; at the end
// all stored data is verified, stock too (I5).
func TestFulfillmentWalks(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		s.stock(400, "A", "B")
		kit := &catalog.Product{Name: "Set", Price: eur(3000), TaxClass: "standard", Active: true, Components: []catalog.Component{{SKU: "A", Quantity: 1}, {SKU: "B", Quantity: 2}}}
		kit.ID = "AB"
		s.must(second(s.app.SaveProduct(t.Context(), kit, meta)))
		taken := map[string]int{}
		rapid.Check(t, func(t *rapid.T) {
			p := placement("manual", "", line("A", rapid.Int64Range(1, 6).Draw(t, "a")), line("B", rapid.Int64Range(1, 6).Draw(t, "b")), line("A", 2), line("AB", rapid.Int64Range(1, 3).Draw(t, "kits")))
			out := s.app.Place(s.t.Context(), p, meta)
			if errs.Is(out.Err, "insufficient_stock") { // earlier walks have lost it
				s.stock(400, "A", "B")
				return
			}
			v := s.ok(out)
			for range rapid.IntRange(5, 25).Draw(t, "steps") {
				step := drawStep(t, v)
				out := s.app.Fulfill(s.t.Context(), step, meta)
				if out.Err != nil {
					if e := errs.As(out.Err); e == nil || e.Class == errs.Internal {
						t.Fatalf("%+v: %v", step, out.Err)
					}
					continue
				}
				taken[step.Step]++
				after := s.ok(out)
				holds(t, v.Order, after)
				v = after
			}
		})
		for _, step := range walkSteps {
			if taken[step] == 0 {
				t.Errorf("%s was never taken: %v", step, taken)
			}
		}
		s.close()
		if rep := verified(t, url, Options{}); !rep.OK {
			t.Error(text(t, rep))
		}
	})
}

var walkSteps = []string{"release", "accept", "reject", "pick", "pack", "ship", "deliver", "hold", "resume", "cancel_request", "cancel_accept", "cancel_refuse"}

func drawStep(t *rapid.T, v *app.OrderView) app.Fulfill {
	f := rapid.SampledFrom(v.Fulfillments).Draw(t, "fulfillment order")
	c := app.Fulfill{Fulfillment: f.ID, Tracking: "T"}
	allowed := []string{}
	for _, e := range fulfillment.Allowed(f) {
		switch e {
		case "cancel":
			e = "cancel_request"
		case "schedule":
			continue
		}
		allowed = append(allowed, e)
	}
	if c.Step = rapid.SampledFrom(walkSteps).Draw(t, "any step"); len(allowed) > 0 && rapid.IntRange(0, 9).Draw(t, "allowed") > 0 {
		c.Step = rapid.SampledFrom(allowed).Draw(t, "step")
	}
	if rapid.Bool().Draw(t, "some") {
		for _, l := range f.Lines {
			if rapid.Bool().Draw(t, "line") {
				c.Lines = append(c.Lines, fulfillment.LineQuantity{Line: l.Line, Quantity: rapid.Int64Range(1, max(1, l.Quantity)).Draw(t, "units")})
			}
		}
	}
	switch c.Step {
	case "reject":
		c.Reason = rapid.SampledFrom(fulfillment.Reasons).Draw(t, "reason")
	case "pick":
		c.Reason = rapid.SampledFrom(append([]string{"", "", ""}, fulfillment.Reasons...)).Draw(t, "short")
	case "hold", "cancel_request":
		c.Reason = "other"
	}
	if c.Step == "reject" || c.Step == "pick" {
		if rapid.Bool().Draw(t, "parts") { // of the kit, which is line 4; often more than it gives up
			c.Parts = []app.Part{{Line: "4", SKU: rapid.SampledFrom([]string{"A", "B"}).Draw(t, "part"), Quantity: rapid.Int64Range(1, 3).Draw(t, "missing")}}
		}
		c.Then = rapid.SampledFrom([]string{"", "resource", "backorder", "cancel"}).Draw(t, "then")
	}
	return c
}

// holds checks an order with its parts, and that what is done stays done.
func holds(t *rapid.T, before *order.Order, v *app.OrderView) {
	if err := order.Check(v.Order); err != nil {
		t.Fatal(err)
	}
	sums := map[string]fulfillment.Count{}
	for _, f := range v.Fulfillments {
		if err := fulfillment.Check(f); err != nil {
			t.Fatal(err)
		}
		for l, n := range fulfillment.Counts(f) {
			sums[l] = sums[l].Plus(n)
		}
	}
	for i, l := range v.Order.Lines {
		u, was := l.Units, before.Lines[i].Units
		have := fulfillment.Count{Allocated: u.Allocated, Released: u.Released, Picked: u.Picked, Packed: u.Packed, Shipped: u.Shipped, Delivered: u.Delivered}
		if have != sums[l.ID] || have.Holds()+have.Shipped > l.Kept() {
			t.Fatalf("line %s counts %+v of %d, its fulfillment orders %+v", l.ID, have, l.Kept(), sums[l.ID])
		}
		if u.Shipped < was.Shipped || u.Delivered < was.Delivered || u.Canceled < was.Canceled {
			t.Fatalf("L4: %+v after %+v", u, was)
		}
	}
}
