package app

import (
	"slices"
	"time"

	"ordo/internal/fulfillment"
	"ordo/internal/inventory"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/returns"
	"ordo/internal/service"
	"ordo/internal/shipping"
	"ordo/internal/stuck"
)

// What is not final of an order and its parts, in the words of package stuck.

// things lists all that is not final of an order. change is its open change, nil for none.
func (a *App) things(v *OrderView, change *order.Change, now micros.Time) (out []stuck.Thing) {
	o := v.Order
	out = append(out, v.paymentThings()...)
	out = append(out, v.refundThing()...)
	for _, h := range o.Holds {
		if h.Status == order.HoldOpen {
			t := stuck.Thing{Kind: stuck.Hold, ID: h.ID, Row: o.ID, State: h.Status, Since: h.PlacedAt, Due: h.ExpiresAt}
			if h.Type == paymentHold && h.Handle == paymentHandle { // money lifts it; lifting it by hand would send unpaid goods
				t.State = paymentHold
			}
			out = append(out, t)
		}
	}
	if change != nil && change.Pending() {
		out = append(out, stuck.Thing{Kind: stuck.Change, ID: change.ID, Row: change.ID, State: string(change.Status), Since: change.At})
	}
	out = append(out, backorderThings(o)...)
	for _, f := range v.Fulfillments {
		out = append(out, a.fulfillmentThing(v, f)...)
	}
	for _, l := range v.Labels {
		out = append(out, v.labelThing(l)...)
	}
	for _, r := range v.Returns {
		out = append(out, returnThings(r)...)
	}
	out = append(out, v.orderThing(len(out) == 0, now)...)
	for i := range out {
		out[i].Order, out[i].Channel = o.ID, o.Channel
		if out[i].Kind == stuck.Hold && !slices.Contains(order.Allowed(o), "cancel") {
			out[i].Refused = append(out[i].Refused, stuck.CancelOrder)
		}
	}
	return out
}

// orderThing is the order itself. An open one waits by itself only where nothing of it does.
func (v *OrderView) orderThing(alone bool, now micros.Time) []stuck.Thing {
	o := v.Order
	t := stuck.Thing{Kind: stuck.Order, ID: o.ID, Row: o.ID, State: string(o.Status), Since: o.PlacedAt}
	switch o.Status {
	case order.Draft:
	case order.Pending:
		t.Due = o.ExpiresAt
		t.Blocks = holdBlocks(o, order.GateAccept)
		if len(order.Parked(o)) > 0 {
			t.Blocks = append(t.Blocks, stuck.Block{For: stuck.ForStock})
		}
		if payment.Missing(MoneyTarget(o), v.Payments, now) > 0 {
			t.Blocks = append(t.Blocks, stuck.Block{For: stuck.ForMoney})
		}
	case order.Open:
		unsourced := slices.ContainsFunc(o.Lines, func(l order.Line) bool { return l.Unallocated() > 0 })
		switch {
		case unsourced:
			t.State, t.Since = "unsourced", o.AcceptedAt
		case !alone:
			return nil
		case v.Due() > 0:
			t.State, t.Since, t.Due = "unpaid", v.lastLeft(), v.termsEnd()
		default:
			t.Since = v.lastLeft()
		}
	default:
		return nil
	}
	return []stuck.Thing{t}
}

// lastLeft is when the last of the order's parts has come where it is.
func (v *OrderView) lastLeft() micros.Time {
	at := v.Order.AcceptedAt
	for _, f := range v.Fulfillments {
		at = max(at, f.ShippedAt, f.DeliveredAt, f.CanceledAt, f.RejectedAt)
	}
	return at
}

// termsEnd is when the last of what is to be paid by hand is due; 0 where no terms were given.
func (v *OrderView) termsEnd() (at micros.Time) {
	for _, p := range v.Payments {
		at = max(at, p.DueAt)
	}
	return at
}

// holdBlocks names the open holds that stop a step of the whole order, or of one of the targets.
func holdBlocks(o *order.Order, gate order.Gate, targets ...string) (out []stuck.Block) {
	for _, h := range o.Holds {
		if h.Status == order.HoldOpen && slices.Contains(order.HoldTypes[h.Type], gate) && (h.Scope == order.HoldOrder || slices.Contains(targets, h.Target)) {
			out = append(out, stuck.Block{For: stuck.ForHold, ID: h.ID})
		}
	}
	return out
}

// paymentThings are entries whose outcome is not known.
func (v *OrderView) paymentThings() (out []stuck.Thing) {
	for _, p := range v.Payments {
		for _, e := range p.Entries {
			t := stuck.Thing{Kind: stuck.Payment, ID: e.ID, Row: p.ID, Parent: p.ID, State: string(e.State), Since: e.At}
			switch {
			case e.Done():
				continue
			case p.Provider == Manual && e.Kind == payment.Refund:
				t.State = "by_hand"
			case p.Provider == Manual:
				continue // it is received when it comes: what is unpaid is the order
			}
			out = append(out, t)
		}
	}
	return out
}

// refundThing is money owed to the customer that no entry carries back.
func (v *OrderView) refundThing() []stuck.Thing {
	if payment.ToRefund(MoneyTarget(v.Order), v.Payments) == 0 {
		return nil
	}
	t := stuck.Thing{Kind: stuck.Refund, ID: v.Order.ID, Row: v.Order.ID, State: "owed", Since: v.Order.ClosedAt}
	for _, g := range v.Order.Grants {
		t.Since = max(t.Since, g.At)
	}
	for _, p := range v.Payments {
		for _, e := range p.Entries {
			t.Since = max(t.Since, e.DoneAt)
		}
	}
	return []stuck.Thing{t}
}

func backorderThings(o *order.Order) (out []stuck.Thing) {
	for _, b := range o.Backorders {
		t := stuck.Thing{Kind: stuck.Backorder, ID: b.Line + "@" + b.Location, Row: o.ID, State: "located", Since: max(o.AcceptedAt, o.PlacedAt)}
		if b.Location == "" {
			t.ID, t.State = b.Line, "parked"
		}
		if l := o.Line(b.Line); l != nil && l.Promise != nil {
			if by, ok := shipping.ParseDate(l.Promise.Current.Latest); ok {
				t.Due = endOf(by)
			}
		}
		out = append(out, t)
	}
	return out
}

// endOf is the end of a day, by UTC.
func endOf(d shipping.Date) micros.Time { return micros.Time(int64(d)+1) * 24 * 3600 * 1e6 }

// fulfillmentThing is a fulfillment order, or its parcel when it has left.
func (a *App) fulfillmentThing(v *OrderView, f *fulfillment.Fulfillment) []stuck.Thing {
	if f.Status == fulfillment.Shipped {
		return a.parcelThing(v, f)
	}
	t := stuck.Thing{Kind: stuck.Fulfillment, ID: f.ID, Row: f.ID, State: string(f.Status), Since: stageTime(f)}
	if stuck.Of(t.Kind, t.State) == nil {
		return nil
	}
	switch f.Status {
	case fulfillment.Scheduled, fulfillment.Planned, fulfillment.Released:
		if f.Status == fulfillment.Scheduled {
			t.Due = f.ReleaseAt
		}
		if t.Blocks = holdBlocks(v.Order, order.GateRelease, targets(f)...); len(t.Blocks) > 0 {
			t.Refused = append(t.Refused, stuck.Release)
		}
	case fulfillment.Packed, fulfillment.Picking, fulfillment.Accepted:
		t.Blocks = holdBlocks(v.Order, order.GateShip, targets(f)...)
	case fulfillment.ReadyForPickup:
		t.Due = f.PickupUntil
	case fulfillment.CancelRequested:
		t.Due, t.Since = f.Cancellation.ExpiresAt, f.Cancellation.RequestedAt
	}
	return []stuck.Thing{t}
}

// stageTime is when a fulfillment order came into its state.
func stageTime(f *fulfillment.Fulfillment) micros.Time {
	return max(f.At, f.ReleasedAt, f.AcceptedAt, f.PickedAt, f.PackedAt, f.ReadyAt)
}

// parcelThing is what left and has not arrived. It is late on the day after the promised one; where nothing was
// promised, by the table. What left long ago is nobody's parcel any more.
func (a *App) parcelThing(v *OrderView, f *fulfillment.Fulfillment) []stuck.Thing {
	if a.now() > f.ShippedAt.Add(trackFor) {
		return nil
	}
	t := stuck.Thing{Kind: stuck.Parcel, ID: f.ID, Row: f.ID, State: string(fulfillment.Shipped), Since: f.ShippedAt}
	for _, l := range f.Lines {
		line := v.Order.Line(l.Line)
		if line == nil || line.Promise == nil {
			continue
		}
		if by, ok := shipping.ParseDate(line.Promise.Current.Latest); ok && (t.Due == 0 || endOf(by) < t.Due) {
			t.Due = endOf(by)
		}
	}
	for _, l := range v.Labels {
		if l.Fulfillment == f.ID && l.Status == shipping.Labeled {
			t.Blocks = append(t.Blocks, stuck.Block{For: stuck.ForCarrier, ID: l.ID})
		}
	}
	return []stuck.Thing{t}
}

// labelThing is a label that is not there yet. One that failed is waited for as long as its package needs one.
func (v *OrderView) labelThing(l *shipping.Label) []stuck.Thing {
	t := stuck.Thing{Kind: stuck.Label, ID: l.ID, Row: l.ID, Parent: l.Subject(), State: string(l.Status), Since: l.At}
	if stuck.Of(t.Kind, t.State) == nil {
		return nil
	}
	for _, x := range l.Attempts {
		t.Since = max(t.Since, x.At, x.DoneAt)
	}
	if l.Status == shipping.LabelFailed {
		needed := slices.ContainsFunc(v.Fulfillments, func(f *fulfillment.Fulfillment) bool { return f.ID == l.Fulfillment && f.Active() })
		if l.Return != "" {
			needed = slices.ContainsFunc(v.Returns, func(r *returns.Return) bool { return r.ID == l.Return && returns.Labelable(r) == nil })
			t.State, t.Blocks = "return_label_failed", []stuck.Block{{For: stuck.ForCarrier, ID: l.Carrier}}
		}
		another := slices.ContainsFunc(v.Labels, func(x *shipping.Label) bool {
			return x.Subject() == l.Subject() && x.Package == l.Package && (x.Active() || x.ID > l.ID)
		})
		if !needed || another {
			return nil
		}
	}
	return []stuck.Thing{t}
}

func reservationThing(r *inventory.Reservation) stuck.Thing {
	return stuck.Thing{Kind: stuck.Reservation, ID: r.ID, Row: r.ID, Channel: r.Channel, State: string(r.Status), Since: r.ExpiresAt}
}

func transferThing(t *inventory.Transfer) stuck.Thing {
	return stuck.Thing{Kind: stuck.Transfer, ID: t.ID, Row: t.ID, State: string(t.Status), Since: max(t.CreatedAt, t.DispatchedAt)}
}

func countThing(c *inventory.Count) stuck.Thing {
	at := max(c.CreatedAt, c.StartedAt)
	for _, l := range c.Lines {
		at = max(at, l.CountedAt)
	}
	return stuck.Thing{Kind: stuck.Count, ID: c.ID, Row: c.ID, State: string(c.Status), Since: at}
}

// returnThings are a return, or what it waits for besides: units that were replaced in advance and did not come back are
// decided about before anything else.
func returnThings(r *returns.Return) []stuck.Thing {
	if r.Over() {
		return nil
	}
	t := stuck.Thing{Kind: stuck.Return, ID: r.ID, Row: r.ID, State: string(r.Status), Since: max(r.At, r.ArrivedAt), Due: ReturnDue(r)}
	for _, x := range r.Receipts {
		t.Since = max(t.Since, x.At)
	}
	for _, p := range r.Pieces {
		t.Since = max(t.Since, p.At)
	}
	if r.Swap != nil && r.Swap.Status == returns.SwapOverdue {
		t.State, t.Since, t.Due = string(returns.SwapOverdue), r.Swap.DueAt, 0
	}
	if r.Label != "" && r.Status == returns.LabelIssued {
		t.Blocks = append(t.Blocks, stuck.Block{For: stuck.ForCustomer, ID: r.Label})
	}
	return []stuck.Thing{t}
}

// caseThings is a case. One whose clock runs is late when that is over; one that is resolved, when it should have been
// closed by itself: where its queue closes nothing, nothing is expected any more.
func caseThings(c *service.Case) []stuck.Thing {
	t := stuck.Thing{Kind: stuck.Case, ID: c.ID, Row: c.ID, State: string(c.Status), Since: max(c.OpenedAt, c.RepliedAt, c.ReopenedAt), Due: c.DueAt()}
	if len(c.Orders) > 0 {
		t.Order = c.Orders[0]
	}
	if c.Status == service.Resolved {
		if c.CloseAt == 0 {
			return nil
		}
		t.Since, t.Due = c.ResolvedAt, c.CloseAt.Add(caseGrace)
	}
	return []stuck.Thing{t}
}

// caseGrace is how long the job that closes a case may take.
const caseGrace = 15 * time.Minute

func jobThing(j JobRow) stuck.Thing {
	return stuck.Thing{Kind: stuck.Job, ID: j.ID, Row: j.ID, Order: orderOf(j), State: j.State, Since: j.RunAt}
}
