package demo

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/money"
	"ordo/internal/retail"
)

// comeback is what a cancellation invoice takes back of an order that has shipped by then: a return.
type comeback struct {
	invoice string // "C579266"
	of      *episode
	lines   []unitsBack
	worth   int64 // pence that the invoice gives back
	// What came of it.
	made *returnDoc
}

// unitsBack is units of a line of the order.
type unitsBack struct {
	line     int // index into the order's lines
	quantity int64
}

// comebacks groups the cancellations of parts by their invoice and order, in the order of their time. Those of whole
// orders are left: in the data they come within minutes, before anything can have shipped.
func comebacks(p *retail.Plan, canceled map[string]string, byInvoice map[string]*episode) []*comeback {
	var out []*comeback
	for _, c := range p.Cancellations {
		e := byInvoice[c.OrderInvoice]
		if e == nil || canceled[c.OrderInvoice] != "" {
			continue
		}
		i := slices.IndexFunc(out, func(b *comeback) bool { return b.invoice == c.Invoice && b.of == e })
		if i < 0 {
			out = append(out, &comeback{invoice: c.Invoice, of: e})
			i = len(out) - 1
		}
		b := out[i]
		b.lines = append(b.lines, unitsBack{c.Line, int64(c.Quantity)})
		b.worth += int64(c.Quantity) * e.body.Lines[c.Line].UnitPrice.Amount
		e.returned = true
	}
	return out
}

// Returns are what came back, as the API shows it.
type Returns struct {
	Asked    int            `json:"asked"` // in the data, beside what was canceled in time
	Status   map[string]int `json:"status,omitempty"`
	Units    int64          `json:"units"`    // accepted
	Claimed  int64          `json:"claimed"`  // pence that the data gives back for them
	Decided  int64          `json:"decided"`  // pence that are given back for them
	Refunded int64          `json:"refunded"` // and of those that were paid before, and are back with the customer
}

// returnDoc is what the demo reads of a return.
type returnDoc struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Lines  []struct {
		Accepted int64 `json:"accepted"`
	} `json:"lines"`
	Refunds []struct {
		Amount money.Money `json:"amount"`
	} `json:"refunds"`
}

// comeBack takes every return from the request to the shelf, as the shop would: the customer asks and sends it, the
// location unpacks and inspects it, and what is accepted is refunded. Its steps have keys, like all others.
func (r *replay) comeBack(ctx context.Context) error {
	r.show.step("returns", len(r.comebacks))
	defer r.show.end()
	return each(ctx, r.comebacks, func(ctx context.Context, b *comeback) error {
		defer r.show.add(1)
		if b.of.order == nil {
			return nil
		}
		if err := r.takeBack(ctx, b); err != nil {
			return fmt.Errorf("return %s: %w", b.invoice, err)
		}
		return nil
	})
}

func (r *replay) takeBack(ctx context.Context, b *comeback) error {
	var ask api.RequestReturn
	var arrived api.ReceiveReturn
	var found api.InspectReturn
	for _, u := range b.lines {
		line := b.of.order.Lines[u.line].ID
		ask.Lines = append(ask.Lines, api.ReturnWish{Line: line, Quantity: u.quantity, Reason: "unwanted"})
		arrived.Lines = append(arrived.Lines, api.ReturnUnits{Line: line, Quantity: u.quantity})
		found.Units = append(found.Units, api.InspectUnits{Line: line, Quantity: u.quantity, Condition: "new"})
	}
	key := "demo-return-" + b.invoice + "-" + b.of.invoice
	b.made = &returnDoc{}
	if _, err := r.client.post(ctx, "/v1/orders/"+b.of.order.ID+"/returns", key, ask, b.made); err != nil {
		return err
	}
	path := "/v1/returns/" + b.made.ID
	for _, step := range []struct {
		name string
		body any
	}{
		{"ship", api.ShipReturn{Carrier: "Roundel Parcels", TrackingNumber: "BACK-" + b.invoice}},
		{"receive", arrived},
		{"inspect", found},
	} {
		if _, err := r.client.post(ctx, path+"/"+step.name, key+"-"+step.name, step.body, nil); err != nil {
			return err
		}
	}
	if err := r.client.get(ctx, path, b.made); err != nil {
		return err
	}
	return r.payOut(ctx, b)
}

// payOut transfers what is owed where the bank brought the money: no provider does.
func (r *replay) payOut(ctx context.Context, b *comeback) error {
	if err := r.read(ctx, b.of); err != nil {
		return err
	}
	for _, p := range b.of.order.Payments {
		for _, e := range p.Entries {
			if p.Provider != app.Manual || e.Kind != "refund" || e.State != "requested" {
				continue
			}
			body := api.Refund{Amount: e.Amount, Reason: "return", Recorded: true, Reference: "transfer for " + b.invoice}
			if _, err := r.client.post(ctx, "/v1/orders/"+b.of.order.ID+"/payments/"+p.ID+"/refunds", "demo-payout-"+b.invoice, body, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// returned adds up what came back.
func (r *replay) returned() Returns {
	out := Returns{Asked: len(r.comebacks)}
	for _, b := range r.comebacks {
		if b.made == nil {
			continue
		}
		if out.Status == nil {
			out.Status = map[string]int{}
		}
		out.Status[b.made.Status]++
		out.Claimed += b.worth
		for _, l := range b.made.Lines {
			out.Units += l.Accepted
		}
		for _, f := range b.made.Refunds {
			out.Decided += f.Amount.Amount
		}
	}
	for _, e := range r.episodes() {
		if e.order == nil {
			continue
		}
		for _, p := range e.order.Payments {
			out.Refunded += p.Refunded.Amount
		}
	}
	return out
}

// text is the line of the summary.
func (b Returns) text() string {
	if b.Asked == 0 {
		return "none"
	}
	return fmt.Sprintf("%d of %d cancellations after shipment came back (%s), %s units accepted; of %s in the data %s are given back, %s of it had been paid and is refunded",
		total(b.Status), b.Asked, cmp.Or(counts(b.Status), "none"), thousands(b.Units), pounds(b.Claimed), pounds(b.Decided), pounds(b.Refunded))
}

func total(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}
