package app

import (
	"context"
	"slices"

	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/returns"
	"ordo/internal/shipping"
	"ordo/internal/work"
)

// returnParcel is what is known of a parcel that comes back: from the customer, to the location of the return, as heavy
// as what is expected.
func (a *App) returnParcel(ctx context.Context, r LabelRequest) (*Rating, error) {
	v, err := a.Return(ctx, r.Return)
	if err != nil {
		return nil, err
	}
	out := &Rating{Package: shipping.Whole, Parcel: comingBack(v.Order, v.Return), Chosen: -1, order: v.Order, back: v.Return}
	var list errs.List
	if r.Parcel != nil {
		out.Parcel = *r.Parcel
		out.Parcel.Check(&list, "/parcel")
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	if v.Return.Location == "" { // of a claim
		return nil, returns.Labelable(v.Return)
	}
	location, err := a.Location(ctx, v.Return.Location)
	if err != nil {
		return nil, err
	}
	to, err := dock(location)
	if err != nil {
		return nil, err
	}
	if v.Order.ShippingAddress.Country == "" { // it was picked up
		return nil, errs.New(errs.Conflict, "not_shipped", "the customer collected the order: there is no address that a carrier could fetch it from")
	}
	out.Shipment = shipping.Shipment{Reference: order.ReturnNumber(v.Order, r.Return), From: v.Order.ShippingAddress, To: to, Parcel: out.Parcel}
	return out, nil
}

// comingBack is the parcel of what a return still expects.
func comingBack(o *order.Order, r *returns.Return) (p shipping.Parcel) {
	for _, l := range r.Lines {
		if line := o.Line(l.Line); line != nil {
			p.WeightGrams += line.WeightGrams * l.Expected()
		}
	}
	return p
}

// RequestReturnLabel wants a label for what comes back, by the quote that was chosen. The merchant pays the carrier; who
// pays in the end is the policy's to say (label_by, label_fee).
type RequestReturnLabel struct {
	*Rating
	app *App
	key []byte
}

// Needs implements work.Command.
func (c *RequestReturnLabel) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.order.ID) }

// Run implements work.Command.
func (c *RequestReturnLabel) Run(u *work.Unit) (*LabelView, error) {
	cl, err := c.app.load(u, c.order.ID, withoutStock)
	if err != nil {
		return nil, err
	}
	r := cl.findReturn(c.back.ID)
	if r == nil {
		return nil, errs.Unknown("return", c.back.ID)
	}
	if err := u.CheckVersion("return", r.Version); err != nil {
		return nil, err
	}
	// A label that is there or on its way is named before the state that it led to.
	if err := shipping.FreePackage(cl.Labels, r.ID, shipping.Whole); err != nil {
		return nil, err
	}
	if err := returns.Labelable(r); err != nil {
		return nil, err
	}
	if comingBack(cl.Order, r) != comingBack(c.order, c.back) || cl.Order.ShippingAddress != c.order.ShippingAddress || r.Location != c.back.Location {
		return nil, errs.New(errs.Conflict, "version_mismatch", "the return changed while carriers were asked; try again").With("current_version", r.Version)
	}
	l, err := c.draft(u)
	if err != nil {
		return nil, err
	}
	l.Return = r.ID
	return cl.buy(u, l, c.key)
}

// stickReturn gives a return the label that was bought for it, or takes it off when it was given back. What the carrier
// said while nobody knew whether the label stands counts now.
func (c *cluster) stickReturn(l *shipping.Label) error {
	r := c.findReturn(l.Return)
	switch {
	case r == nil:
		return nil
	case l.Status == shipping.Labeled && r.Label == "" && returns.Labelable(r) == nil:
		next, err := returns.IssueLabel(r, l.ID, l.Carrier, l.TrackingNumber)
		if err != nil {
			return err
		}
		if err := c.passReturn(next, "label_issued"); err != nil {
			return err
		}
	case l.Status == shipping.Voided && r.Label == l.ID:
		return c.passReturn(returns.TakeLabel(r), "label_voided")
	}
	return c.followParcel(l)
}

// followParcel moves a return with its parcel: under way, and arrived at the location. That it was unpacked is for people
// to say.
func (c *cluster) followParcel(l *shipping.Label) error {
	r := c.findReturn(l.Return)
	if r == nil || !l.Tracking.Code.Moves() {
		return nil
	}
	// A parcel may come with a label that was given back with its return: that it arrived is noted all the same.
	late := r.Over() && (r.Label == "" || r.Label == l.ID) && l.Tracking.Code == shipping.Delivered
	if !late && (r.Label != l.ID || l.Status != shipping.Labeled) {
		return nil
	}
	var at micros.Time
	if l.Tracking.Code == shipping.Delivered {
		at = l.Tracking.Since
	}
	next, changed := returns.Carried(r, at)
	if changed == "" {
		return nil
	}
	return c.passReturn(next, changed)
}

// sendable refuses to send a return on a label that is being given back (S2). With a number of its own it goes another
// way, and the label is given back.
func (c *cluster) sendable(r *returns.Return, tracking string) error {
	l := c.label(r.Label)
	if l == nil || l.Status == shipping.Labeled || tracking != "" && tracking != l.TrackingNumber {
		return nil
	}
	return errs.New(errs.Conflict, "label_not_ready", "label %s is %s; wait for its outcome, or give the tracking number of another carrier", l.ID, l.Status).
		With("label", l.ID, "state", string(l.Status))
}

// needed reports whether a label that was bought still has something to go on.
func (c *cluster) needed(l *shipping.Label) bool {
	if l.Return != "" {
		return slices.ContainsFunc(c.Returns, func(r *returns.Return) bool { return r.ID == l.Return && returns.NeedsLabel(r, l.ID) })
	}
	f := c.fulfillment(l.Fulfillment)
	return f != nil && (f.Active() || f.Left())
}

// inUse refuses to give back a label with which something has left.
func (c *cluster) inUse(l *shipping.Label) error {
	if at := l.Tracking.Code; l.Return != "" && at != "" && at != shipping.PreTransit { // also when the return is long closed
		return errs.New(errs.Conflict, "label_in_use", "the return has traveled with this label").With("return", l.Return)
	}
	if r := c.findReturn(l.Return); r != nil && r.Label == l.ID && r.Status != returns.LabelIssued && !r.Over() {
		return errs.New(errs.Conflict, "label_in_use", "the return is under way with this label").With("return", r.ID)
	}
	return nil
}
