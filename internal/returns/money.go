package returns

import (
	"slices"

	"ordo/internal/micros"
	"ordo/internal/money"
)

// Worth is units of a line with what they cost the customer, in minor units of the order's currency.
type Worth struct {
	Line      string
	Quantity  int64
	Amount    int64
	Condition string // as it was found; empty: not looked at
}

// Unpaid lists the accepted and kept units that no refund covers yet, by line and condition. Units are refunded in the
// order in which they were accepted, each once (R4).
func (r *Return) Unpaid() []Worth {
	done := map[string]int64{}
	for _, f := range r.Refunds {
		for _, u := range f.Lines {
			done[u.Line] += u.Quantity
		}
	}
	var out []Worth
	for _, l := range r.Lines {
		left := l.Accepted + l.Kept - done[l.Line]
		skip := done[l.Line]
		for _, p := range r.Pieces {
			if p.Line != l.Line || !p.Accepted || left <= 0 {
				continue
			}
			n := max(0, p.Quantity-skip)
			skip = max(0, skip-p.Quantity)
			if n = min(n, left); n > 0 {
				out, left = append(out, Worth{Line: l.Line, Quantity: n, Condition: p.Condition}), left-n
			}
		}
		if left > 0 {
			out = append(out, Worth{Line: l.Line, Quantity: left})
		}
	}
	return out
}

// Undecided lists the units that may still be accepted, for an estimate.
func (r *Return) Undecided() []Worth {
	var out []Worth
	for _, l := range r.Lines {
		if n := l.Open(); n > 0 {
			out = append(out, Worth{Line: l.Line, Quantity: n, Condition: l.Condition})
		}
	}
	return out
}

// Price adds up a refund: what the units cost and the share of the delivery, less the fees of the policy. Fees never
// take more than there is.
func (r *Return) Price(items []Worth, shipping int64, currency string, now micros.Time) (Refund, error) {
	f := Refund{Shipping: shipping, At: now}
	charged := false
	for _, w := range items {
		l := r.Line(w.Line)
		i := slices.IndexFunc(f.Lines, func(u Units) bool { return u.Line == w.Line })
		if i < 0 {
			f.Lines = append(f.Lines, Units{w.Line, w.Quantity})
		} else {
			f.Lines[i].Quantity += w.Quantity
		}
		f.Items += w.Amount
		percent := int64(0)
		if l.Fault == Customers && !l.FeeFree {
			percent, charged = r.Policy.FeePercent, true
		}
		if c := r.Policy.Condition(w.Condition); c != nil && c.FeePercent > 0 && !l.FeeFree {
			percent = c.FeePercent
		}
		fee, err := money.Scale(w.Amount, percent, 100)
		if err != nil {
			return f, err
		}
		f.Fees += fee
	}
	if charged && len(r.Refunds) == 0 {
		if m := r.Policy.FeeFixed; m != nil && m.Currency == currency {
			f.Fees += m.Amount
		}
		if m := r.Policy.LabelFee; m != nil && m.Currency == currency && r.Policy.LabelBy == Customers && (r.Prepaid || r.Label != "") {
			f.Fees += m.Amount
		}
	}
	f.Fees = min(f.Fees, f.Items+f.Shipping)
	f.Amount = f.Items + f.Shipping - f.Fees
	if r.RefundTo == ToCredit && r.Policy.BonusPercent > 0 {
		bonus, err := money.Scale(f.Amount, r.Policy.BonusPercent, 100)
		if err != nil {
			return f, err
		}
		f.Bonus = bonus
	}
	return f, nil
}

// ShippingBack reports whether the delivery charge goes back with the last unit of the order.
func (r *Return) ShippingBack() bool {
	switch r.Policy.RefundShipping {
	case FullShipping:
		return true
	case FaultShipping:
		return !slices.ContainsFunc(r.Lines, func(l Line) bool { return l.Fault == Customers })
	}
	return false
}
