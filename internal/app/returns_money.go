package app

import (
	"slices"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/returns"
	"ordo/internal/storecredit"
	"ordo/internal/work"
)

// price says what units are worth now: those that nobody granted money for yet, in the order in which they are granted
// (R4). The delivery goes with the last unit of the order, where the policy says so.
func (c *cluster) price(r *returns.Return, items []returns.Worth, now micros.Time) (returns.Refund, error) {
	done := map[string]int64{}
	items = slices.Clone(items)
	for i, w := range items {
		l := c.Order.Line(w.Line)
		from, known := done[w.Line]
		if !known {
			from = min(c.Order.GrantedUnits(w.Line), l.Units.Shipped)
		}
		to := min(from+w.Quantity, l.Units.Shipped)
		items[i].Amount, done[w.Line] = l.Worth(to)-l.Worth(from), to
	}
	shipping := int64(0)
	if r.ShippingBack() && c.lastUnits(done) {
		shipping = order.ShippingWorth(c.Order)
		for _, g := range c.Order.Grants {
			shipping -= g.Shipping
		}
	}
	return r.Price(items, max(0, shipping), c.Order.Currency, now)
}

// lastUnits reports whether everything of the order that was kept is granted when these counts are.
func (c *cluster) lastUnits(done map[string]int64) bool {
	for _, l := range c.Order.Lines {
		n, ok := done[l.ID]
		if !ok {
			n = c.Order.GrantedUnits(l.ID)
		}
		if n < l.Kept() {
			return false
		}
	}
	return true
}

// estimate is what would be refunded if everything undecided were accepted; nil for nothing.
func (c *cluster) estimate(r *returns.Return, now micros.Time) (*returns.Refund, error) {
	items := append(r.Unpaid(), r.Undecided()...)
	if len(items) == 0 || r.Over() || r.Type == returns.Claim {
		return nil, nil
	}
	f, err := c.price(r, items, now)
	return &f, err
}

// refundReturn grants what was accepted and is not refunded yet (R2), to the payments of the order or as store credit.
func (c *cluster) refundReturn(u *work.Unit, id string) error {
	r := c.findReturn(id)
	items := r.Unpaid()
	if len(items) == 0 {
		return nil
	}
	f, err := c.price(r, items, u.Now())
	if err != nil {
		return err
	}
	if left := max(0, c.Order.Totals.GrandTotal-c.Order.AllGrants()); f.Amount > left { // somebody granted it by hand
		f.Fees += f.Amount - left
		f.Amount = left
	}
	next := returns.Clone(r)
	if f.Amount > 0 {
		if next.RefundTo == returns.ToCredit && next.Account == "" {
			if next.Account, err = c.openCredit(u); err != nil {
				return err
			}
		}
		if f.Grant, err = c.grantReturn(u, next, f, 0); err != nil {
			return err
		}
		if next.RefundTo == returns.ToCredit {
			if err := c.issueCredit(u, next.Account, f); err != nil {
				return err
			}
		}
	}
	next.Refunds = append(next.Refunds, f)
	if err := c.setReturn(next); err != nil {
		return err
	}
	return c.settleMoney(u)
}

// grantReturn grants the amount of a refund on the order, of which a part may pay for replacements.
func (c *cluster) grantReturn(u *work.Unit, r *returns.Return, f returns.Refund, offset int64) (string, error) {
	w := order.GrantWish{Reason: "return", Shipping: f.Shipping, Amount: &f.Amount, Offset: offset, Return: r.ID}
	if r.RefundTo == returns.ToCredit {
		w.Credit = r.Account
	}
	for _, n := range f.Lines {
		l := c.Order.Line(n.Line)
		if n.Quantity = min(n.Quantity, l.Units.Shipped-c.Order.GrantedUnits(n.Line)); n.Quantity > 0 {
			w.Lines = append(w.Lines, order.Units(n))
		}
	}
	if r.Type == returns.Claim {
		w.Reason = r.Lines[0].Reason // a code of returns.ClaimReasons, which are grants' reasons too
	}
	if err := c.grant(u, w); err != nil {
		return "", err
	}
	return c.Order.Grants[len(c.Order.Grants)-1].ID, nil
}

// openCredit makes an account of store credit for the customer of the order.
func (c *cluster) openCredit(u *work.Unit) (string, error) {
	a := &storecredit.Account{Meta: doc.Meta{ID: u.NewID("scr")}, Email: c.Order.Customer.Email, Currency: c.Order.Currency, At: u.Now()}
	e := work.Event{Type: "store_credit.opened", Aggregate: a.ID, Body: &StoreCreditBody{Currency: a.Currency}}
	if a.Email != "" {
		e.Personal = StoreCreditPersonal{a.Email}
	}
	c.drawn = append(c.drawn, &drawn{account: a, events: []work.Event{e}})
	return a.ID, nil
}

// issueCredit issues a refund to an account, and what the policy gives on top.
func (c *cluster) issueCredit(u *work.Unit, id string, f returns.Refund) error {
	d, err := c.account(u, id)
	if errs.ClassOf(err) == errs.NotFound || err == nil && d.account.Currency != c.Order.Currency {
		var list errs.List
		list.Add("/store_credit", "unknown_value", "there is no store credit account %q in %s", errs.Clip(id), c.Order.Currency)
		return list.Err()
	}
	if err != nil {
		return err
	}
	if err := d.add(storecredit.Entry{ID: u.NewID("sce"), Kind: storecredit.Issued, Amount: f.Amount, Order: c.Order.ID, Reason: "return", At: u.Now()}); err != nil {
		return err
	}
	if f.Bonus == 0 {
		return nil
	}
	return d.add(storecredit.Entry{ID: u.NewID("sce"), Kind: storecredit.Issued, Amount: f.Bonus, Reason: "goodwill", At: u.Now()})
}
