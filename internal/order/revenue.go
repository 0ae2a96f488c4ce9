package order

// Revenue is what an order has earned: it is recognized when units ship. All parts are minor units of Currency, and
// what the customer owes for it is their sum.
type Revenue struct {
	Currency string `json:"currency"`
	Goods    int64  `json:"goods,omitzero"`    // after discounts, without taxes
	Shipping int64  `json:"shipping,omitzero"` // without taxes
	Tax      int64  `json:"tax,omitzero"`
	Granted  int64  `json:"granted,omitzero"` // decided to be given back; below zero
}

// Recognized is the revenue of the order so far: of the units that have shipped and, with the first of them, of the
// delivery, less what was granted. Goods, shipping and tax add up to ShippedWorth.
func Recognized(o *Order) Revenue {
	r := Revenue{Currency: o.Currency}
	for _, g := range o.Grants {
		r.Granted -= g.Amount
	}
	if o.ShippedUnits() == 0 {
		return r
	}
	tax := func(net *int64, t TaxLine, amount int64) {
		r.Tax += amount
		if t.Included {
			*net -= amount
		}
	}
	for _, l := range o.Lines {
		n := l.Units.Shipped
		r.Goods += l.UnitPrice*n - l.share(l.Discount, n)
		for _, t := range l.TaxLines {
			tax(&r.Goods, t, l.share(t.Amount, n))
		}
	}
	r.Shipping = o.Shipping.Amount
	for _, t := range o.Shipping.TaxLines {
		tax(&r.Shipping, t, t.Amount)
	}
	return r
}

// Since is what came to the revenue after an earlier one; ok tells whether anything did.
func (r Revenue) Since(before Revenue) (d Revenue, ok bool) {
	d = Revenue{r.Currency, r.Goods - before.Goods, r.Shipping - before.Shipping, r.Tax - before.Tax, r.Granted - before.Granted}
	return d, d != Revenue{Currency: r.Currency}
}

// Sum is what the customer owes for it.
func (r Revenue) Sum() int64 { return r.Goods + r.Shipping + r.Tax + r.Granted }
