package app

import (
	"context"
	"strings"
	"time"

	"ordo/internal/address"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/store"
	"ordo/internal/workflow"
)

// past are the earlier orders under a mail address, newest first, as a snapshot before the command showed them.
type past struct {
	known  bool
	placed []micros.Time
	status []string
}

// readPast reads the orders under a mail address before the order, which may be "" for one that is new.
func (a *App) readPast(ctx context.Context, email, before string) (*past, error) {
	p := &past{known: strings.TrimSpace(email) != ""}
	if !p.known {
		return p, nil
	}
	if before == "" {
		before = "ord_~" // after all ids
	}
	err := a.DB.Query(ctx, func(r store.Row) error {
		var at int64
		var status string
		err := r.Scan(&at, &status)
		p.placed, p.status = append(p.placed, micros.Time(at)), append(p.status, status)
		return err
	}, "SELECT placed_at, status FROM orders WHERE email = $1 AND id < $2 AND status NOT IN ('draft', 'rejected') ORDER BY id DESC LIMIT $3",
		fold(email), before, workflow.MaxHistory)
	return p, err
}

func (p *past) facts(now micros.Time) workflow.HistoryFacts {
	h := workflow.HistoryFacts{First: true}
	if p == nil {
		return h
	}
	h.Known, h.First, h.Orders = p.known, len(p.placed) == 0, int64(len(p.placed))
	for i, at := range p.placed {
		h.AgeHours = append(h.AgeHours, max(0, int64(now.Std().Sub(at.Std())/time.Hour)))
		if p.status[i] == string(order.Canceled) {
			h.Canceled++
		}
	}
	return h
}

// facts are what rules may know of the order.
func (v *OrderView) facts(p *past, now micros.Time) *workflow.Facts {
	o, sums := v.Order, v.Sums()
	f := &workflow.Facts{
		Order: workflow.OrderFacts{
			Total: o.Totals.GrandTotal, Items: o.Totals.Items, Discount: o.Totals.Discount, Shipping: o.Totals.Shipping, Currency: o.Currency,
			ShippingMethod: o.Shipping.Method, Tags: o.Tags, Fields: o.Fields, Status: string(o.Status), PaymentStatus: o.PaymentStatus,
			FulfillmentStatus: o.FulfillmentStatus, PlacedAt: o.PlacedAt.Std(), Lines: make([]workflow.LineFacts, len(o.Lines)),
		},
		Customer: workflow.CustomerFacts{
			Email: fold(o.Customer.Email), EmailDomain: workflow.EmailDomain(o.Customer.Email), Phone: o.Customer.Phone, Name: o.Customer.Name,
		},
		Channel: workflow.ChannelFacts{Code: o.Channel},
		Address: addressFacts(o.ShippingAddress),
		Billing: addressFacts(o.BillingAddress),
		Payment: workflow.PaymentFacts{
			Authorized: sums.Authorized - sums.Voided, Captured: sums.Captured, Due: payment.Due(o.Totals.GrandTotal, 0, sums),
			Unsecured: payment.Unvouched(MoneyTarget(o), v.Payments, now),
		},
		History: p.facts(now),
	}
	for i, l := range o.Lines {
		f.Order.Lines[i] = workflow.LineFacts{SKU: l.SKU, Quantity: l.Kept(), Price: l.UnitPrice}
		f.Order.Units += l.Kept()
		f.Order.WeightGrams += l.WeightGrams * l.Kept()
	}
	if len(v.Payments) > 0 {
		f.Payment.Provider, f.Payment.TermsDays = v.Payments[0].Provider, v.Payments[0].TermsDays
	}
	return f
}

func addressFacts(a address.Address) workflow.AddressFacts {
	return workflow.AddressFacts{
		Given: a != address.Address{}, Country: a.Country, Region: a.Region, City: a.City, PostalCode: a.PostalCode, Line1: a.Line1, Company: a.Company,
		PostalCodeFits: a.PostalCodeFits(), HasNumber: strings.ContainsAny(a.Line1+a.Line2, "0123456789"),
	}
}
