package demo

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/money"
	"ordo/internal/retail"
)

// orderDoc is what the demo reads of an order.
type orderDoc struct {
	ID                string     `json:"id"`
	Status            string     `json:"status"`
	PaymentStatus     string     `json:"payment_status"`
	FulfillmentStatus string     `json:"fulfillment_status"`
	Channel           string     `json:"channel"`
	Lines             []lineDoc  `json:"lines"`
	Totals            totalsDoc  `json:"totals"`
	Payments          []payDoc   `json:"payments"`
	Fulfillments      []shipment `json:"fulfillments"`
}

type lineDoc struct {
	ID       string `json:"id"`
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
	Units    struct {
		Shipped int64 `json:"shipped"`
	} `json:"units"`
}

type totalsDoc struct {
	GrandTotal money.Money `json:"grand_total"`
}

type payDoc struct {
	ID       string      `json:"id"`
	Provider string      `json:"provider"`
	Amount   money.Money `json:"amount"`
	Captured money.Money `json:"captured"`
	Refunded money.Money `json:"refunded"`
	Entries  []struct {
		Kind   string      `json:"kind"`
		State  string      `json:"state"`
		Amount money.Money `json:"amount"`
	} `json:"entries"`
}

// named is what the demo reads of a product or location.
type named struct {
	SKU  string `json:"sku"`
	Code string `json:"code"`
}

// shipment is a fulfillment order.
type shipment struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

// unsettled reports whether a provider still owes an answer.
func (o *orderDoc) unsettled() bool {
	for _, p := range o.Payments {
		if p.Provider == app.Manual {
			continue
		}
		for _, e := range p.Entries {
			if e.State == "requested" || e.State == "pending" {
				return true
			}
		}
	}
	return false
}

// patience is how long the outcome of a payment is waited for. A process that died holds its payments for half a
// minute before another may take over.
const patience = 2 * time.Minute

// replay sends the script.
type replay struct {
	*demo
	*script
	show *progress

	mu      sync.Mutex
	took    []time.Duration // of placements that were made now
	refused map[string]int  // placements, by code
	placing time.Duration   // how long orders came in
}

func newReplay(d *demo) *replay {
	return &replay{demo: d, script: write(d.plan, d.payer), show: &progress{out: d.Out, live: d.Live}, refused: map[string]int{}}
}

// run sends everything and sums up.
func (r *replay) run(ctx context.Context) (*Summary, error) {
	s := &Summary{}
	for _, step := range []func(context.Context) error{
		r.catalog, r.carrier, r.opening, r.play, r.comeBack, r.settle,
		func(ctx context.Context) (err error) {
			s.Probes, err = r.probe(ctx)
			return err
		},
		r.delivery,
		func(ctx context.Context) (err error) {
			s.Cases, err = r.service(ctx)
			return err
		},
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	r.sum(s)
	if err := r.kpis(ctx, s); err != nil {
		return nil, err
	}
	return s, nil
}

// catalog opens the locations and makes the products. What is there already is left alone: PUT has no key, and every
// one would be a new version.
func (r *replay) catalog(ctx context.Context) error {
	r.show.step("catalog", len(locations)+len(r.products))
	defer r.show.end()
	places, err := all[named](ctx, r.client, "/v1/locations")
	if err != nil {
		return err
	}
	for _, l := range locations {
		if !slices.Contains(places, named{Code: l.code}) {
			if err := r.client.put(ctx, "/v1/locations/"+l.code, l.body); err != nil {
				return fmt.Errorf("location %s: %w", l.code, err)
			}
		}
		r.show.add(1)
	}
	made, err := all[named](ctx, r.client, "/v1/products")
	if err != nil {
		return err
	}
	have := make(map[string]bool, len(made))
	for _, p := range made {
		have[p.SKU] = true
	}
	return each(ctx, r.products, func(ctx context.Context, p retail.Product) error {
		defer r.show.add(1)
		if have[p.SKU] {
			return nil
		}
		if err := r.client.put(ctx, "/v1/products/"+url.PathEscape(p.SKU), api.PutProduct{Name: p.Name, Price: *pence(p.Price)}); err != nil {
			return fmt.Errorf("product %s: %w", p.SKU, err)
		}
		return nil
	})
}

// opening puts the stock in place.
func (r *replay) opening(ctx context.Context) error {
	return r.receive(ctx, "opening stock", "demo-opening-", r.stock)
}

// delivery brings goods for the orders that come after the replay.
func (r *replay) delivery(ctx context.Context) error {
	var lines []app.AdjustLine
	for _, p := range favorites(r.plan) {
		for i, l := range locations {
			lines = append(lines, app.AdjustLine{SKU: p.SKU, Location: l.code, Delta: []int64{200, 60, 30}[i]})
		}
	}
	return r.receive(ctx, "new stock", "demo-delivery-", lines)
}

func (r *replay) receive(ctx context.Context, name, key string, lines []app.AdjustLine) error {
	r.show.step(name, len(lines))
	defer r.show.end()
	return each(ctx, slices.Collect(slices.Chunk(lines, 500)), func(ctx context.Context, chunk []app.AdjustLine) error {
		defer r.show.add(len(chunk))
		// The key names the first line: chunks of another size would be other requests.
		_, err := r.client.post(ctx, "/v1/stock/adjustments", key+chunk[0].Location+"-"+strconv.FormatUint(hash(chunk[0].SKU), 36),
			api.AdjustStock{Reason: "received", Lines: chunk}, nil)
		return err
	})
}

// play goes through the days: what arrives on a day, in the order of its time, and then what becomes of it.
func (r *replay) play(ctx context.Context) error {
	total := 0
	for _, d := range r.days {
		total += len(d.arrivals) + len(d.episodes)
	}
	r.show.step("replay", total)
	defer r.show.end()
	for _, d := range r.days {
		r.show.say(d.name + " orders")
		began := time.Now()
		if err := each(ctx, d.arrivals, r.arrive); err != nil {
			return err
		}
		r.placing += time.Since(began)
		r.clock.reach(d.arrivals[len(d.arrivals)-1].at.Add(closing))
		r.show.say(d.name + " goods")
		if err := each(ctx, d.episodes, r.move); err != nil {
			return err
		}
	}
	r.clock.catchUp()
	return nil
}

// closing is how long after the last order of a day its goods leave.
const closing = time.Hour

func (r *replay) arrive(ctx context.Context, a arrival) error {
	defer r.show.add(1)
	r.clock.reach(a.at)
	if a.episode != nil {
		return r.place(ctx, a.episode)
	}
	x := a.adjustment
	_, err := r.client.post(ctx, "/v1/stock/adjustments", "demo-adjust-"+x.Invoice+"-"+x.SKU, api.AdjustStock{
		Reason: string(x.Reason), Note: x.Note, Lines: []app.AdjustLine{{SKU: x.SKU, Location: home(x.SKU), Delta: int64(x.Delta)}},
	}, nil)
	if err != nil {
		return fmt.Errorf("adjustment %s: %w", x.Invoice, err)
	}
	return nil
}

// place places an order. A declined card is followed by another one, which is a new order under a new key.
func (r *replay) place(ctx context.Context, e *episode) error {
	body, key := e.body, "demo-order-"+e.invoice
	if e.declined {
		body.Payment.Token = "tok_declined"
		if err := r.try(ctx, e, key, body); err != nil || e.order != nil {
			return err
		}
		body, key = e.body, key+"-again"
	}
	return r.try(ctx, e, key, body)
}

// try sends one placement and waits until it is decided; a refusal is counted and is no error.
func (r *replay) try(ctx context.Context, e *episode, key string, body api.PlaceOrder) error {
	var o orderDoc
	began := time.Now()
	replayed, err := r.client.post(ctx, "/v1/orders", key, body, &o)
	took := time.Since(began)
	if no := refused(err); no != nil && no.Status < 500 {
		r.refuse(no.Code)
		return nil
	}
	if err != nil {
		return fmt.Errorf("order %s: %w", e.invoice, err)
	}
	e.order = &o
	switch {
	case replayed: // the answer is as old as the order
		err = r.read(ctx, e)
	case o.Status != "pending":
		r.mu.Lock()
		defer r.mu.Unlock()
		r.took = append(r.took, took)
		return nil
	}
	if err == nil && e.order.Status == "pending" {
		r.show.say("open payments")
		err = r.wait(ctx, e, func(o *orderDoc) bool { return o.Status != "pending" })
	}
	if err != nil {
		return fmt.Errorf("order %s: %w", e.invoice, err)
	}
	if e.order.Status == "rejected" {
		e.order = nil
		r.refuse("payment_declined")
	}
	return nil
}

func (r *replay) refuse(code string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused[code]++
}

// move takes an order as far as its fate goes, from wherever it is.
func (r *replay) move(ctx context.Context, e *episode) error {
	defer r.show.add(1)
	if e.order == nil {
		return nil
	}
	err := r.cancel(ctx, e)
	for i, s := range e.order.Fulfillments {
		if err == nil && e.fate != isCanceled {
			err = r.client.advance(ctx, s, e.reach(i))
		}
	}
	if err == nil {
		err = r.bank(ctx, e)
	}
	if err != nil {
		return fmt.Errorf("order %s: %w", e.invoice, err)
	}
	return nil
}

// wait reads an order until it is as wanted.
func (r *replay) wait(ctx context.Context, e *episode, ready func(*orderDoc) bool) error {
	for end := time.Now().Add(patience); !ready(e.order); {
		if time.Now().After(end) {
			return fmt.Errorf("its payment is open for over %s", patience)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
		if err := r.read(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// read brings what is known of an order up to date.
func (r *replay) read(ctx context.Context, e *episode) error {
	var o orderDoc
	if err := r.client.get(ctx, "/v1/orders/"+e.order.ID, &o); err != nil {
		return err
	}
	e.order = &o
	return nil
}

func (r *replay) cancel(ctx context.Context, e *episode) error {
	if e.fate != isCanceled || e.order.Status != "open" {
		return nil
	}
	_, err := r.client.post(ctx, "/v1/orders/"+e.order.ID+"/cancel", "demo-cancel-"+e.cancel, api.CancelOrder{Reason: "customer"}, nil)
	return err
}

// bank notes the money that came for an invoice.
func (r *replay) bank(ctx context.Context, e *episode) error {
	if e.receipt == 0 || len(e.order.Payments) == 0 || e.order.Payments[0].Captured.Amount > 0 {
		return nil
	}
	_, err := r.client.post(ctx, "/v1/orders/"+e.order.ID+"/payments/"+e.order.Payments[0].ID+"/receipts", "demo-receipt-"+e.invoice,
		api.Receipt{Amount: *pence(e.receipt), Reference: "transfer for " + e.invoice}, nil)
	return err
}

// settle reads every order at the end, once its payments are settled: captures follow a shipment, voids a
// cancellation.
func (r *replay) settle(ctx context.Context) error {
	var placed []*episode
	for _, e := range r.episodes() {
		if e.order != nil {
			placed = append(placed, e)
		}
	}
	r.show.step("payments", len(placed))
	defer r.show.end()
	return each(ctx, placed, func(ctx context.Context, e *episode) error {
		defer r.show.add(1)
		if err := r.read(ctx, e); err != nil {
			return err
		}
		return r.wait(ctx, e, func(o *orderDoc) bool { return !o.unsettled() })
	})
}
