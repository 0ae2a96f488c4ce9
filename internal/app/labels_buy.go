package app

import (
	"context"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/shipping"
	"ordo/internal/work"
)

// RequestLabel wants a label for a package, by the quote that was chosen.
type RequestLabel struct {
	*Rating
	app *App
	key []byte
}

// Needs implements work.Command.
func (c *RequestLabel) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.order.ID) }

// Run implements work.Command.
func (c *RequestLabel) Run(u *work.Unit) (*LabelView, error) {
	cl, err := c.app.load(u, c.order.ID, withoutStock)
	if err != nil {
		return nil, err
	}
	f := cl.fulfillment(c.fulfill.ID)
	switch {
	case f == nil:
		return nil, errs.Unknown("fulfillment order", c.fulfill.ID)
	case !f.Active():
		return nil, errs.IllegalTransition("the fulfillment order", string(f.Status), "label", fulfillment.Steps(f))
	}
	// The package, its weight and the address are those that carriers were asked about, or the quotes say nothing.
	pack, parcel, err := parcelOf(cl.Order, f, c.Package)
	if err != nil {
		return nil, err
	}
	if _, before, _ := parcelOf(c.order, c.fulfill, c.Package); pack != c.Package || parcel != before || cl.Order.ShippingAddress != c.order.ShippingAddress {
		return nil, errs.New(errs.Conflict, "version_mismatch", "the order changed while carriers were asked; try again").With("current_version", f.Version)
	}
	if err := shipping.FreePackage(cl.Labels, f.ID, c.Package); err != nil {
		return nil, err
	}
	l, err := c.draft(u)
	if err != nil {
		return nil, err
	}
	l.Fulfillment = f.ID
	return cl.buy(u, l, c.key)
}

// draft is the label that was chosen, of which nobody has asked yet.
func (c *Rating) draft(u *work.Unit) (*shipping.Label, error) {
	if c.Chosen < 0 {
		return nil, errNoService(c)
	}
	q := c.Quotes[c.Chosen]
	doc, err := Carriers.Ref(u, q.Carrier)
	if err != nil {
		return nil, err
	}
	if doc == nil || !doc.Active {
		return nil, errs.Unknown("carrier", q.Carrier)
	}
	l := &shipping.Label{
		Order: c.order.ID, Package: c.Package, Status: shipping.LabelDraft, Carrier: q.Carrier, Provider: doc.Provider,
		Service: q.Service, Parcel: c.Parcel, Quoted: q.Cost, Chosen: c.Reason, Quotes: c.Quotes, At: u.Now(),
	}
	l.ID = u.NewID("lbl")
	return l, nil
}

// buy has the provider of a draft asked for it. Under a key the answer is given when it has spoken.
func (c *cluster) buy(u *work.Unit, l *shipping.Label, key []byte) (*LabelView, error) {
	l, err := c.askProvider(u, l, shipping.Buy, key)
	if err != nil {
		return nil, err
	}
	if key != nil {
		u.AnswerLater(l.ID)
	}
	return c.saveLabel(u, l)
}

// BuyLabel asks the carriers, chooses, and buys. Under a key it waits a bounded time for the carrier's answer; a request
// that was made before is answered as it was, and no carrier is asked again.
func (a *App) BuyLabel(ctx context.Context, r LabelRequest, meta work.Meta) work.Outcome {
	var key []byte
	if meta.Key != nil {
		key = meta.Key.ID()
	}
	again, err := work.Replayed[*LabelView](ctx, a.DB, meta)
	if again != nil {
		return a.submitLabel(ctx, again, key, meta)
	}
	var rating *Rating
	if err == nil {
		rating, err = a.Rate(ctx, r)
	}
	if err != nil {
		return work.Outcome{Err: err}
	}
	return a.submitLabel(ctx, a.labelCommand(rating, key), key, meta)
}

// labelCommand wants the label that was chosen, for what was rated.
func (a *App) labelCommand(r *Rating, key []byte) work.Command[*LabelView] {
	if r.back != nil {
		return &RequestReturnLabel{Rating: r, app: a, key: key}
	}
	return &RequestLabel{Rating: r, app: a, key: key}
}

// TryBuyLabel is BuyLabel without effect: carriers are asked what it would cost, and nothing is bought.
func (a *App) TryBuyLabel(ctx context.Context, r LabelRequest, meta work.Meta) (*LabelView, error) {
	rating, err := a.Rate(ctx, r)
	if err != nil {
		return nil, err
	}
	v, err := work.DryRun(ctx, a.Committer, a.labelCommand(rating, nil), meta)
	if err == nil {
		v.Label.ID = ""
	}
	return v, err
}
