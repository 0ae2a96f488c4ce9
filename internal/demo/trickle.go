package demo

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/retail"
)

// favorites are the products that the trickle orders: those with the most units sold, at a price.
func favorites(p *retail.Plan) []retail.Product {
	units := p.Demand()
	out := slices.DeleteFunc(slices.Clone(p.Products), func(x retail.Product) bool { return x.Price == 0 || units[x.SKU] == 0 })
	slices.SortFunc(out, func(a, b retail.Product) int {
		return cmp.Or(cmp.Compare(units[b.SKU], units[a.SKU]), cmp.Compare(a.SKU, b.SKU))
	})
	return out[:min(len(out), 200)]
}

// trickle keeps a shop alive after the replay: customers of the data order again, a little at a time. What it does
// looks random and is not: it depends on how often the demo was started.
type trickle struct {
	*demo
	dice    *rand.Rand
	goods   []retail.Product
	people  []retail.Order // whom orders are from, and where they go
	waiting []errand
	tick    int

	placed, canceled, shipped, delivered, refusals int
}

// errand is something to do at a later tick.
type errand struct {
	due   int
	order orderDoc
	to    fate
}

func newTrickle(d *demo) *trickle {
	t := &trickle{demo: d, dice: rand.New(rand.NewPCG(2011, uint64(d.folder.marker.Starts))), goods: favorites(d.plan)}
	for _, o := range d.plan.Orders {
		if o.Customer.ID != "" {
			t.people = append(t.people, o)
		}
	}
	return t
}

// run goes on until the context ends.
func (t *trickle) run(ctx context.Context) {
	if len(t.goods) == 0 || len(t.people) == 0 {
		<-ctx.Done()
		return
	}
	pace := cmp.Or(t.pace, time.Second)
	said := time.Now()
	for {
		// Neither a metronome nor silence: half to one and a half of the pace.
		if pause(ctx, pace/2+time.Duration(t.dice.Int64N(int64(pace)))) != nil {
			if t.Live {
				t.say("\n")
			}
			return
		}
		if err := t.step(ctx); err != nil && ctx.Err() == nil {
			t.log.Warn("the trickle missed a step", "err", err)
		}
		switch {
		case t.Live:
			t.say("\r  %s\x1b[K", t)
		case time.Since(said) > time.Minute:
			t.say("  %s\n", t)
			said = time.Now()
		}
	}
}

func (t *trickle) String() string {
	return fmt.Sprintf("new orders: %d placed, %d refused, %d canceled, %d shipments left, %d arrived", t.placed, t.refusals, t.canceled, t.shipped, t.delivered)
}

// step places an order and runs the errands that are due.
func (t *trickle) step(ctx context.Context) error {
	t.tick++
	if err := t.place(ctx); err != nil {
		return err
	}
	var due []errand
	t.waiting = slices.DeleteFunc(t.waiting, func(e errand) bool {
		if e.due <= t.tick {
			due = append(due, e)
		}
		return e.due <= t.tick
	})
	for _, e := range due {
		if err := t.errand(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (t *trickle) place(ctx context.Context) error {
	id := fmt.Sprintf("T%d-%d", t.folder.marker.Starts, t.tick)
	body := t.order(id)
	var o orderDoc
	_, err := t.client.post(ctx, "/v1/orders", "demo-"+id, body, &o)
	no := refused(err)
	switch {
	case no != nil && no.Code == "insufficient_stock":
		t.refusals++
		return t.restock(ctx, id, body.Lines)
	case no != nil:
		t.refusals++
		return nil
	case err != nil:
		return err
	}
	t.placed++
	if t.dice.IntN(15) == 0 {
		t.later(5, o, isCanceled)
		return nil
	}
	t.later(4, o, staysReleased)
	t.later(12, o, staysShipped)
	t.later(40, o, isDelivered)
	return nil
}

// later puts an errand off by some ticks, give or take.
func (t *trickle) later(ticks int, o orderDoc, to fate) {
	t.waiting = append(t.waiting, errand{due: t.tick + ticks + t.dice.IntN(ticks), order: o, to: to})
}

// order makes up an order of someone who ordered before.
func (t *trickle) order(id string) api.PlaceOrder {
	who := t.people[t.dice.IntN(len(t.people))]
	e := newEpisode(who, "")
	e.body.ExternalID, e.body.Shipping, e.body.Discounts, e.body.Lines = id, nil, nil, nil
	e.body.Channel = []string{"web", "web", "mobile", "phone"}[t.dice.IntN(4)]
	for range 1 + t.dice.IntN(4) {
		// The square makes favorites of favorites, as in any shop.
		n := t.dice.IntN(len(t.goods)) * t.dice.IntN(len(t.goods)) / len(t.goods)
		e.body.Lines = append(e.body.Lines, api.PlaceLine{SKU: t.goods[n].SKU, Quantity: 1 + t.dice.Int64N(5), UnitPrice: pence(t.goods[n].Price)})
	}
	e.body.Payment = api.PlacePayment{Provider: "sandbox", Token: "tok_ok"}
	switch n := t.dice.IntN(20); {
	case n == 0:
		e.body.Payment.Token = "tok_declined"
	case n < 5:
		e.body.Payment = api.PlacePayment{Provider: app.Manual}
	}
	return e.body
}

// restock brings what an order did not get.
func (t *trickle) restock(ctx context.Context, id string, lines []api.PlaceLine) error {
	var in []app.AdjustLine
	for _, l := range lines {
		at := locations[t.dice.IntN(len(locations))].code
		in = append(in, app.AdjustLine{SKU: l.SKU, Location: at, Delta: 100})
	}
	_, err := t.client.post(ctx, "/v1/stock/adjustments", "demo-restock-"+id, api.AdjustStock{Reason: "received", Lines: in}, nil)
	return err
}

// errand does what is due. Somebody may have been faster, through the API: then there is nothing to do.
func (t *trickle) errand(ctx context.Context, e errand) error {
	if e.to == isCanceled {
		_, err := t.client.post(ctx, "/v1/orders/"+e.order.ID+"/cancel", "demo-cancel-"+e.order.ID, api.CancelOrder{Reason: "customer"}, nil)
		if err == nil {
			t.canceled++
		}
		return ignoreRefusal(err)
	}
	for i := range e.order.Fulfillments {
		var s shipment
		if err := t.client.get(ctx, "/v1/fulfillments/"+e.order.Fulfillments[i].ID, &s); err != nil {
			return err
		}
		if err := t.client.advance(ctx, s, e.to); err != nil {
			return ignoreRefusal(err)
		}
		switch e.to {
		case staysShipped:
			t.shipped++
		case isDelivered:
			t.delivered++
		}
	}
	return nil
}

func ignoreRefusal(err error) error {
	if refused(err) != nil {
		return nil
	}
	return err
}
