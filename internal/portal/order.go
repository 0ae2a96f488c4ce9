package portal

import (
	"net/http"
	"slices"

	"ordo/internal/api"
)

// orderPage is what the page of an order shows beside the order itself.
type orderPage struct {
	Headline     string
	Tone         string // good, warn, bad or none
	About        string // below the headline
	From, Till   string // days between which the rest is to arrive; "" where nobody promised any
	Track        []stage
	Parcels      []parcel
	Choices      []choice
	Returns      []backRow
	Refunds      []backMoney
	ShippedUnits map[string]string // what became of the units of a line, by its id
}

// stage is a station of the bar: a word says how it stands, beside color and sign.
type stage struct {
	Text  string
	State string // done, now, part, next or bad
	Word  string
}

// parcel is one on its way, or what is being prepared.
type parcel struct {
	api.LinkedParcel
	Word, Tone, Scan string
}

// choice is something that the customer may do; one that is not possible now says why.
type choice struct {
	Text, About, Path, No string
	Post, Primary, Danger bool
}

// showOrder is the page of an order.
func showOrder(v *visit) error {
	if err := v.open(); err != nil {
		return err
	}
	o := v.order
	p := orderPage{Track: v.track(), Choices: v.choices(), Returns: v.returns(), Refunds: v.refunds(), ShippedUnits: map[string]string{}}
	p.Headline, p.About, p.Tone = v.headline()
	for _, x := range o.Parcels {
		w, shown := parcelWords[x.Status]
		if !shown {
			continue
		}
		p.Parcels = append(p.Parcels, parcel{x, v.t(w.Text), w.tone, v.t(scanWords[x.Tracking].Text)})
	}
	for _, l := range o.Lines {
		p.ShippedUnits[l.ID] = v.units(l)
		if l.Expected != nil && l.Delivered < l.Quantity && o.Status != "canceled" {
			if p.From == "" || l.Expected.Earliest < p.From {
				p.From = l.Expected.Earliest
			}
			p.Till = max(p.Till, l.Expected.Latest)
		}
	}
	return v.show(http.StatusOK, "order", v.t("Order %s", o.Number), p)
}

// word is how a state is called, and its tone.
type word struct{ Text, tone string }

// parcelWords are what customers hear of fulfillment orders; those that are not theirs to know have none.
var parcelWords = map[string]word{
	"planned": {Text: "Being prepared"}, "scheduled": {Text: "Being prepared"}, "released": {Text: "Being prepared"}, "accepted": {Text: "Being prepared"},
	"picking": {Text: "Being prepared", tone: "info"}, "packed": {Text: "Packed", tone: "info"}, "ready_for_pickup": {Text: "Ready to collect", tone: "good"},
	"shipped": {Text: "On its way", tone: "info"}, "delivered": {Text: "Delivered", tone: "good"}, "picked_up": {Text: "Collected", tone: "good"},
	"on_hold": {Text: "Paused", tone: "warn"}, "cancel_requested": {Text: "Being canceled", tone: "warn"},
}

// scanWords are what carriers say of parcels.
var scanWords = map[string]word{
	"pre_transit": {Text: "The carrier expects the parcel"}, "in_transit": {Text: "The carrier has the parcel"}, "out_for_delivery": {Text: "It is delivered today"},
	"delivered": {Text: "The carrier has delivered it"}, "available_for_pickup": {Text: "It waits at a pickup point"}, "exception": {Text: "The carrier reports a problem"},
	"delivery_attempted": {Text: "Nobody could take it"}, "return_to_sender": {Text: "It goes back to the shop"}, "lost": {Text: "The carrier has lost it"},
}

// returnWords are what customers hear of returns.
var returnWords = map[string]word{
	"requested": {Text: "The shop decides", tone: "warn"}, "approved": {Text: "Approved: please send it back", tone: "info"}, "declined": {Text: "Declined", tone: "bad"},
	"label_issued": {Text: "Your label is ready", tone: "info"}, "in_transit": {Text: "On its way back", tone: "info"}, "partially_received": {Text: "Partly arrived", tone: "info"},
	"received": {Text: "Arrived, being checked", tone: "info"}, "inspected": {Text: "Checked", tone: "good"}, "closed": {Text: "Done", tone: "good"},
	"canceled": {Text: "Canceled"}, "expired": {Text: "Expired"}, "lost": {Text: "Lost on its way", tone: "bad"},
}

// paid are the states of payments in which nothing is left for the customer to do.
var paid = []string{"authorized", "paid", "partially_refunded", "refunded", "overcharged", "partially_paid"}

func (v *visit) over() bool { return v.order.Status == "canceled" || v.order.Status == "rejected" }

// headline is how the order stands in a few words.
func (v *visit) headline() (text, about, tone string) {
	o := v.order
	due := o.Payable.Amount > 0
	switch f := o.FulfillmentStatus; {
	case o.Status == "rejected":
		return v.t("This order was not accepted"), v.t("Nothing was sent, and nothing has to be paid."), "warn"
	case o.Status == "canceled" && o.RefundDue.Amount > 0:
		return v.t("This order was canceled"), v.t("%s is on its way back to you.", v.format.Money(o.RefundDue)), "warn"
	case o.Status == "canceled":
		return v.t("This order was canceled"), v.t("Nothing has to be paid for it any more."), "warn"
	case o.PaymentStatus == "failed" && due:
		return v.t("The payment did not work"), v.t("Nothing was charged. Please pay again, and we go on."), "bad"
	case due && o.Status == "pending":
		return v.t("We wait for your payment"), v.t("%s is to be paid.", v.format.Money(o.Payable)), "warn"
	case f == "delivered":
		return v.t("Delivered"), "", "good"
	case f == "shipped" || f == "partially_delivered":
		return v.t("On its way to you"), "", "good"
	case f == "partially_shipped":
		return v.t("Part of it is on its way"), "", "good"
	case o.Status == "pending" && o.PaymentStatus == "pending":
		return v.t("We wait for the bank"), v.t("Your payment is being checked. There is nothing to do for you."), ""
	default:
		return v.t("We prepare your order"), "", ""
	}
}

// packedAt are the states of a fulfillment order from which on it is packed; sentAt those in which it has left.
var (
	packedAt = []string{"packed", "ready_for_pickup", "shipped", "delivered", "picked_up"}
	sentAt   = []string{"shipped", "delivered", "picked_up"}
	thereAt  = []string{"delivered", "picked_up"}
)

// track is the bar with the stations of the order; none of one that is over.
func (v *visit) track() []stage {
	o := v.order
	if v.over() {
		return nil
	}
	var live, packed, sent, there int
	for _, p := range o.Parcels {
		if _, shown := parcelWords[p.Status]; !shown {
			continue
		}
		live++
		for _, x := range []struct {
			n  *int
			in []string
		}{{&packed, packedAt}, {&sent, sentAt}, {&there, thereAt}} {
			if slices.Contains(x.in, p.Status) {
				*x.n++
			}
		}
	}
	of := func(n int) string {
		switch {
		case live > 0 && n == live:
			return "done"
		case n > 0:
			return "part"
		}
		return "next"
	}
	pay := "next"
	switch {
	case o.PaymentStatus == "failed":
		pay = "bad"
	case slices.Contains(paid, o.PaymentStatus) && o.Payable.Amount == 0:
		pay = "done"
	}
	out := []stage{
		{Text: "Placed", State: "done"}, {Text: "Paid", State: pay}, {Text: "Packed", State: of(packed)}, {Text: "Sent", State: of(sent)}, {Text: "Delivered", State: of(there)},
	}
	if o.Pickup.Country != "" || o.Pickup.Name != "" {
		out[3].Text, out[4].Text = "Ready", "Collected"
	}
	if i := slices.IndexFunc(out, func(s stage) bool { return s.State == "next" }); i >= 0 && !slices.ContainsFunc(out, func(s stage) bool { return s.State == "bad" || s.State == "part" }) {
		out[i].State = "now"
	}
	for i := range out {
		out[i].Word = v.t(stageWords[out[i].State].Text)
		out[i].Text = v.t(out[i].Text)
	}
	return out
}

// stageWords say how a station stands.
var stageWords = map[string]word{
	"done": {Text: "Done"}, "now": {Text: "Now"}, "part": {Text: "In part"}, "next": {Text: "Next"}, "bad": {Text: "Failed"},
}

// units says what became of the units of a line.
func (v *visit) units(l api.LinkedLine) string {
	switch {
	case l.Quantity == 0:
		return v.t("Canceled")
	case l.Delivered >= l.Quantity:
		return v.t("Delivered")
	case l.Shipped >= l.Quantity:
		return v.t("On its way")
	case l.Shipped > 0:
		return v.t("%d of %d on the way", l.Shipped, l.Quantity)
	}
	return ""
}

// reasons are why a step is not possible, by the code that the API gives.
var reasons = map[string]word{
	"already_released":  {Text: "The order is being packed or has left. You can send it back when it is there."},
	"already_packed":    {Text: "It is packed already. Please write to the shop."},
	"order_ended":       {Text: "The order has ended."},
	"not_shipped":       {Text: "Nothing has been sent yet."},
	"nothing_to_return": {Text: "All that was sent is in a return already."},
	"link_forbids":      {Text: "This link is not for that. Please write to the shop."},
}

// no says why a step is not possible now; "" when it is.
func (v *visit) no(step string) string {
	if slices.Contains(v.order.Allowed, step) {
		return ""
	}
	code := "link_forbids"
	for _, n := range v.order.NotAllowed {
		if n.Step == step {
			code = n.Code
		}
	}
	return v.t(reasons[code].Text)
}

// choices are what the customer may do. One is the first to do, if there is any.
func (v *visit) choices() []choice {
	o := v.order
	var out []choice
	if o.Payable.Amount > 0 {
		c := choice{Text: v.t("Pay %s", v.format.Money(o.Payable)), Path: v.path("pay"), Post: true, Primary: o.Status == "pending" || o.PaymentStatus == "failed"}
		if o.PaymentStatus == "failed" {
			c.Text = v.t("Pay again: %s", v.format.Money(o.Payable))
		}
		out = append(out, c)
	}
	out = append(out, choice{Text: v.t("Return items"), Path: v.path("return"), No: v.no("return"), Primary: o.FulfillmentStatus == "delivered" && v.no("return") == ""})
	if o.Pickup.Country == "" && o.Pickup.Name == "" {
		out = append(out, choice{Text: v.t("Change the address"), Path: v.path("address"), No: v.no("address")})
	}
	return append(
		out,
		choice{Text: v.t("Write to the shop"), Path: v.path("message")},
		choice{Text: v.t("Cancel the order"), Path: v.path("cancel"), No: v.no("cancel"), Danger: true},
	)
}

// done are what is said after a step, by what the address carries.
var done = map[string]string{}

func init() {
	for code, w := range map[string]word{
		"placed":   {Text: "Thank you: your order is placed. Keep the address of this page, which shows how far it is."},
		"pending":  {Text: "Thank you: your order has arrived. The bank has not answered yet. Please do not order again: this page shows the outcome when you load it anew."},
		"canceled": {Text: "The order was canceled."}, "address": {Text: "The address was changed."}, "message": {Text: "Your message has arrived. The shop answers by mail."},
		"return": {Text: "Your return was taken down. Below is how it goes on."},
	} {
		done[code] = w.Text
	}
}

// showLabel is the label that a return comes back with, to be printed.
func showLabel(v *visit) error {
	acted, err := v.act(api.Act{Op: "getLabelByLink", Slots: map[string]string{"number": v.r.PathValue("number")}}, nil)
	if err != nil {
		return err
	}
	v.sent = true
	v.w.Header().Set("Content-Type", "application/pdf")
	v.w.Header().Set("Content-Disposition", acted.Header.Get("Content-Disposition"))
	_, _ = v.w.Write(acted.Body)
	return nil
}
