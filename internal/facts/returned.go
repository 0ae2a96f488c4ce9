package facts

import (
	"cmp"
	"slices"
	"strings"

	"ordo/internal/inventory"
	"ordo/internal/journal"
	"ordo/internal/micros"
	"ordo/internal/payment"
	"ordo/internal/returns"
)

// Return is a return, exchange or claim of an order. Its amounts are what was decided to be given back for its units:
// items + shipping - fees. Times are of the last unit: received when all that will come has come, inspected when all of
// that was looked at.
type Return struct {
	Order      string `col:"order_id"`
	ID         string `col:"return_id"`
	Type       string `col:"type"`
	Status     string `col:"status"`
	Reason     string `col:"reason"` // why it was declined, canceled or lost
	Channel    string `col:"channel"`
	Country    string `col:"country"`
	Currency   string `col:"currency"`
	Location   string `col:"location"`
	RefundTo   string `col:"refund_to"`
	Overridden int64  `col:"overridden"` // 1: staff went over the policy

	RequestedAt   int64  `col:"requested_at"`
	RequestedHour string `col:"requested_hour"`
	ApprovedAt    int64  `col:"approved_at"`
	SentAt        int64  `col:"sent_at"` // told by somebody; 0 where it simply arrived
	ReceivedAt    int64  `col:"received_at"`
	InspectedAt   int64  `col:"inspected_at"`
	RefundedAt    int64  `col:"refunded_at"` // last decision to give money back for it
	ClosedAt      int64  `col:"closed_at"`
	ClosedHour    string `col:"closed_hour"`

	Items    int64 `col:"items"`
	Shipping int64 `col:"shipping"`
	Fees     int64 `col:"fees"`
	Amount   int64 `col:"amount"`
	Bonus    int64 `col:"bonus"` // of store credit, on top

	Label         string `col:"label"` // bought for the way back; "" without one
	LabelCarrier  string `col:"label_carrier"`
	LabelCost     int64  `col:"label_cost"`
	LabelCurrency string `col:"label_currency"` // "" without one
}

// ReturnLine is the units of one line in a return. Returned are those that came back, or that the customer kept with
// the merchant's consent; claimed those that were settled as missing, damaged or the like.
type ReturnLine struct {
	Order    string `col:"order_id"`
	Return   string `col:"return_id"`
	Line     string `col:"line"`
	Type     string `col:"type"`
	Status   string `col:"status"`
	Channel  string `col:"channel"`
	Country  string `col:"country"`
	Currency string `col:"currency"`
	SKU      string `col:"sku"`
	Reason   string `col:"reason"`
	Fault    string `col:"fault"`
	Location string `col:"location"`

	Requested int64 `col:"requested"`
	Received  int64 `col:"received"`
	Kept      int64 `col:"kept"`
	Accepted  int64 `col:"accepted"` // of those received
	Rejected  int64 `col:"rejected"` // of those received
	Gone      int64 `col:"gone"`     // will not come
	Inspected int64 `col:"inspected"`
	Returned  int64 `col:"returned"`
	Claimed   int64 `col:"claimed"`
	Value     int64 `col:"value"`    // what the units returned or claimed cost the customer
	Refunded  int64 `col:"refunded"` // granted for its units, before fees

	Restocked   int64 `col:"restocked"`  // for sale again
	Unsaleable  int64 `col:"unsaleable"` // on the shelf, but damaged or in quality control
	Refurbish   int64 `col:"refurbish"`
	Quarantined int64 `col:"quarantined"`
	Scrapped    int64 `col:"scrapped"`
	ToVendor    int64 `col:"to_vendor"`
	ToCustomer  int64 `col:"to_customer"`

	RequestedAt   int64  `col:"requested_at"`
	RequestedHour string `col:"requested_hour"`
	ReceivedAt    int64  `col:"received_at"` // of the return
	InspectedAt   int64  `col:"inspected_at"`
}

// Grant is a decision to give money back, and what became of it. Amount = refunded + credited + replaced + what is open.
type Grant struct {
	Order    string `col:"order_id"`
	ID       string `col:"grant_id"`
	Channel  string `col:"channel"`
	Country  string `col:"country"`
	Currency string `col:"currency"`
	Reason   string `col:"reason"`
	Type     string `col:"type"`      // of the return that it is for; "" for none
	Return   string `col:"return_id"` // "" for none
	Units    int64  `col:"units"`
	Items    int64  `col:"items"`    // of the amount: for units
	Shipping int64  `col:"shipping"` // of the amount: for the delivery
	Amount   int64  `col:"amount"`
	Refunded int64  `col:"refunded"` // went back to payments
	Credited int64  `col:"credited"` // issued as store credit
	Replaced int64  `col:"replaced"` // pays for replacements on the order
	Refused  int64  `col:"refused"`  // how often a provider refused to refund it

	GrantedAt   int64  `col:"granted_at"`
	GrantedHour string `col:"granted_hour"`
	PaidAt      int64  `col:"paid_at"` // when the last of it was; 0 while some is open
}

// returnFile is a return with the times that its document does not keep.
type returnFile struct {
	now                       *returns.Return
	approved, sent, inspected micros.Time
}

// sentBack notes what an event says of a return. The events of one command all carry it as it was left, so it is their
// names that tell what happened.
func (f *File) sentBack(row *journal.Row, r *returns.Return) {
	i := slices.IndexFunc(f.returns, func(x *returnFile) bool { return x.now.ID == r.ID })
	if i < 0 {
		i = len(f.returns)
		f.returns = append(f.returns, &returnFile{})
	}
	x := f.returns[i]
	x.now = r
	switch _, step, _ := strings.Cut(row.Type, "."); step {
	case "approved":
		x.approved = row.At
	case "in_transit":
		x.sent = row.At
	case "inspected":
		x.inspected = row.At
	}
}

// payout is what providers did for a grant.
type payout struct {
	refunded, refused int64
	last              micros.Time
}

// payOut notes what a provider did for a grant.
func (f *File) payOut(row *journal.Row, e payment.Entry) {
	if e.Grant == "" || row.Type != "payment.refunded" && row.Type != "payment.refund_failed" {
		return
	}
	if f.paid == nil {
		f.paid = map[string]*payout{}
	}
	p := f.paid[e.Grant]
	if p == nil {
		p = &payout{}
		f.paid[e.Grant] = p
	}
	if row.Type == "payment.refund_failed" {
		p.refused++
		return
	}
	p.refunded, p.last = p.refunded+e.Amount, row.At
}

func (f *File) returnRows() (out []Return, lines []ReturnLine) {
	o := f.order
	before := map[string]int64{} // units of each line that earlier returns have
	for _, x := range f.returns {
		n := x.now
		r := Return{
			Order: o.ID, ID: n.ID, Type: string(n.Type), Status: string(n.Status), Reason: n.Reason, Channel: o.Channel, Country: o.ShippingAddress.Country, Currency: o.Currency,
			Location: n.Location, RefundTo: n.RefundTo, RequestedAt: int64(n.At), RequestedHour: f.hour(n.At), ApprovedAt: int64(x.approved), SentAt: int64(x.sent), ClosedAt: int64(n.ClosedAt),
		}
		if n.Override != nil {
			r.Overridden = 1
		}
		if n.ClosedAt > 0 {
			r.ClosedHour = f.hour(n.ClosedAt)
		}
		var expected, received, inspected int64
		for _, l := range n.Lines {
			expected, received, inspected = expected+l.Expected(), received+l.Received, inspected+l.Inspected
		}
		if expected == 0 && received > 0 {
			r.ReceivedAt = int64(n.Receipts[len(n.Receipts)-1].At)
			if inspected == received {
				r.InspectedAt = int64(x.inspected)
			}
		}
		for _, m := range n.Refunds {
			r.Items, r.Shipping, r.Fees, r.Amount, r.Bonus = r.Items+m.Items, r.Shipping+m.Shipping, r.Fees+m.Fees, r.Amount+m.Amount, r.Bonus+m.Bonus
			r.RefundedAt = int64(m.At)
		}
		for _, l := range f.labels {
			if l.Return == n.ID && bought(l) {
				r.Label, r.LabelCarrier, r.LabelCurrency = l.ID, l.Carrier, cmp.Or(l.Cost.Currency, o.Currency)
				r.LabelCost += l.Cost.Amount
			}
		}
		out = append(out, r)
		for i := range n.Lines {
			lines = append(lines, f.returnLine(&r, n, &n.Lines[i], before))
		}
	}
	return out, lines
}

func (f *File) returnLine(r *Return, n *returns.Return, l *returns.Line, before map[string]int64) ReturnLine {
	x := ReturnLine{
		Order: r.Order, Return: r.ID, Line: l.Line, Type: r.Type, Status: r.Status, Channel: r.Channel, Country: r.Country, Currency: r.Currency, SKU: l.SKU, Reason: l.Reason, Fault: l.Fault,
		Location: r.Location, Requested: l.Quantity, Received: l.Received, Kept: l.Kept, Accepted: l.Accepted, Rejected: l.Rejected, Gone: l.Gone, Inspected: l.Inspected,
		RequestedAt: r.RequestedAt, RequestedHour: r.RequestedHour, ReceivedAt: r.ReceivedAt, InspectedAt: r.InspectedAt,
	}
	if n.Type == returns.Claim {
		x.Claimed = l.Kept
	} else {
		x.Returned = l.Received + l.Kept
	}
	if of := f.order.Line(l.Line); of != nil {
		was := before[l.Line]
		before[l.Line] = was + x.Returned + x.Claimed
		x.Value = of.Worth(min(before[l.Line], of.Quantity)) - of.Worth(min(was, of.Quantity))
	}
	for _, g := range f.order.Grants {
		for _, u := range g.Lines {
			if g.Return == n.ID && u.Line == l.Line {
				x.Refunded += u.Amount
			}
		}
	}
	for _, p := range n.Pieces {
		if p.Line == l.Line {
			*x.disposed(p) += p.Quantity
		}
	}
	return x
}

// disposed is the counter of what became of a piece.
func (x *ReturnLine) disposed(p returns.Piece) *int64 {
	switch p.Disposition {
	case returns.Restock:
		if inventory.Bucket(p.Bucket) == inventory.Available {
			return &x.Restocked
		}
		return &x.Unsaleable
	case returns.Refurbish:
		return &x.Refurbish
	case returns.Quarantine:
		return &x.Quarantined
	case returns.Scrap:
		return &x.Scrapped
	case returns.ReturnToVendor:
		return &x.ToVendor
	}
	return &x.ToCustomer
}

func (f *File) grantRows() (out []Grant) {
	o := f.order
	for _, g := range o.Grants {
		r := Grant{
			Order: o.ID, ID: g.ID, Channel: o.Channel, Country: o.ShippingAddress.Country, Currency: o.Currency, Reason: g.Reason, Return: g.Return,
			Shipping: g.Shipping, Amount: g.Amount, Replaced: g.Offset, GrantedAt: int64(g.At), GrantedHour: f.hour(g.At),
		}
		if i := slices.IndexFunc(f.returns, func(x *returnFile) bool { return x.now.ID == g.Return }); i >= 0 {
			r.Type = string(f.returns[i].now.Type)
		}
		for _, l := range g.Lines {
			r.Units, r.Items = r.Units+l.Quantity, r.Items+l.Amount
		}
		last := g.At
		if p := f.paid[g.ID]; p != nil {
			r.Refunded, r.Refused, last = p.refunded, p.refused, max(last, p.last)
		}
		if g.Credit != "" {
			r.Credited = g.Amount - g.Offset
		}
		if r.Refunded+r.Credited+r.Replaced >= g.Amount {
			r.PaidAt = int64(last)
		}
		out = append(out, r)
	}
	return out
}
