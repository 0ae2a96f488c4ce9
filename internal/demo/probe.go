package demo

import (
	"context"
	"fmt"

	"ordo/internal/api"
)

// Probe is a request that Ordo must not carry out, and what it answered.
type Probe struct {
	What   string `json:"what"`
	Answer string `json:"answer"`
}

// probe asks for what must not be had: more than there is, the same thing twice, something else under the same name.
func (r *replay) probe(ctx context.Context) ([]Probe, error) {
	var first *episode // a card order that went all the way
	for _, e := range r.episodes() {
		if e.order != nil && e.fate == isDelivered && !e.declined {
			first = e
			break
		}
	}
	if first == nil {
		return nil, nil
	}
	key := "demo-order-" + first.invoice
	other := first.body
	other.Lines = append([]api.PlaceLine{{SKU: first.body.Lines[0].SKU, Quantity: 1}}, other.Lines...)
	greedy := first.body
	greedy.ExternalID = ""
	greedy.Lines = []api.PlaceLine{{SKU: first.body.Lines[0].SKU, Quantity: 1_000_000}}
	unknown := greedy
	unknown.Lines = []api.PlaceLine{{SKU: "NO-SUCH-THING", Quantity: 1}}
	shipped := "/v1/orders/" + first.order.ID + "/cancel"
	var out []Probe
	for _, p := range []struct {
		what, path, key string
		body            any
	}{
		{"a million pieces of one product", "/v1/orders", "demo-probe-greedy", greedy},
		{"a product that does not exist", "/v1/orders", "demo-probe-unknown", unknown},
		{"the first order again, same Idempotency-Key", "/v1/orders", key, first.body},
		{"another order under that Idempotency-Key", "/v1/orders", key, other},
		{"another order under that invoice number", "/v1/orders", "demo-probe-other", other},
		{"cancel an order that has shipped", shipped, "demo-probe-cancel", api.CancelOrder{Reason: "customer"}},
	} {
		replayed, err := r.client.post(ctx, p.path, p.key, p.body, nil)
		no := refused(err)
		switch {
		case no != nil:
			out = append(out, Probe{p.what, fmt.Sprintf("%d %s", no.Status, no.Code)})
		case err != nil:
			return nil, err
		case replayed:
			out = append(out, Probe{p.what, "the same answer, nothing placed twice"})
		default:
			out = append(out, Probe{p.what, "carried out: that is wrong"})
		}
	}
	return out, nil
}
