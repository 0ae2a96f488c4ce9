package app

import (
	"slices"
	"strconv"

	"ordo/internal/errs"
	"ordo/internal/order"
	"ordo/internal/returns"
	"ordo/internal/sourcing"
	"ordo/internal/work"
)

// view is a return of the cluster with what it is estimated to come to.
func (c *cluster) view(r *returns.Return) (*ReturnView, error) {
	v := &ReturnView{Return: r, Order: c.Order}
	var err error
	if v.Estimate, err = c.estimate(r, 0); err != nil {
		return nil, err
	}
	v.Balance = c.balance(r, v.Estimate)
	return v, nil
}

// balance is what an exchange comes to; nil for what is none.
func (c *cluster) balance(r *returns.Return, estimate *returns.Refund) *returns.Balance {
	undecided := int64(0)
	if estimate != nil {
		undecided = estimate.Amount
	}
	return returns.BalanceOf(r, undecided, order.ReplacementWorth(c.Order, r.ID))
}

// ReturnViews are the returns of the order with what they are estimated to come to, oldest first.
func (v *OrderView) ReturnViews() (out []*ReturnView, err error) {
	c := &cluster{OrderView: *v}
	for _, id := range v.Order.Returns {
		r := c.findReturn(id)
		if r == nil {
			continue
		}
		x, err := c.view(r)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// DueByCustomer is what the customer has to pay: what is due less what comes back for it in exchanges that are open.
// Where money is owed to the customer, nothing is.
func (v *OrderView) DueByCustomer(all []*ReturnView) int64 {
	return max(0, v.Due()-backed(all, returns.SwapAwaiting, returns.SwapReleased))
}

// exchanged is what of the order need not be paid for, since units that come back for it will: in exchanges whose
// replacement waits for them. What is sent in advance is secured in full.
func (v *OrderView) exchanged() (int64, error) {
	all, err := v.ReturnViews()
	return backed(all, returns.SwapAwaiting), err
}

// backed is what units that come back are to pay of their replacements, in exchanges with one of the statuses.
func backed(all []*ReturnView, statuses ...returns.SwapStatus) (n int64) {
	for _, x := range all {
		if b := x.Balance; b != nil && slices.Contains(statuses, x.Return.Swap.Status) && len(x.Return.Swap.Lines) > 0 {
			n += min(b.Returned, b.Replacement)
		}
	}
	return n
}

// Short is what is missing for an exchange.
type Short struct {
	SKU       string `json:"sku" example:"MUG"`
	Requested int64  `json:"requested"`
	Available int64  `json:"available"`
}

// had refuses an exchange for goods that cannot be had, and notes what they cost. What the channel lets customers wait
// for can be had. What is approved at once is judged when it is added (swap), and not here.
func (c *cluster) had(u *work.Unit, r *returns.Return, asked *RequestReturn) error {
	j, err := c.judgeReplacement(u, c.replacing(r))
	if err != nil {
		return err
	}
	if j.lacking() {
		return c.refused(u, r, j, asked)
	}
	r.Swap.Quoted = order.ReplacementWorth(j.edit.Order, r.ID)
	return nil
}

// refused says why a replacement cannot be had, and what else one may ask for.
func (c *cluster) refused(u *work.Unit, r *returns.Return, j *judged, asked *RequestReturn) error {
	short := j.missing()
	if len(short) == 0 { // something else speaks against it
		v := j.edit.Violations[0]
		return pointItems(&errs.Error{Class: errs.Conflict, Code: v.Code, Detail: v.Detail, Problems: j.edit.Violations})
	}
	options := []string{"other_items", "return"}
	if may, err := c.backorderable(u, r, asked); err != nil {
		return err
	} else if may {
		options = append(options, "backorder")
	}
	e := errs.New(errs.Conflict, "insufficient_stock", "only %d of %s available, %d wanted instead; want another item, or ask for a return: it is refunded", short[0].Available, short[0].SKU, short[0].Requested).
		With("sku", short[0].SKU, "available", short[0].Available, "short", short, "options", options)
	for _, s := range short {
		for i, item := range r.Swap.Items {
			if item.SKU == s.SKU {
				e.Problems = append(e.Problems, errs.Problem{
					Pointer: "/items/" + strconv.Itoa(i) + "/quantity", Code: "insufficient_stock",
					Detail: "only " + strconv.FormatInt(s.Available, 10) + " of " + s.SKU + " available, " + strconv.FormatInt(s.Requested, 10) + " wanted",
				})
			}
		}
	}
	return e
}

// backorderable reports whether staff may have the customer wait for what is missing: the positions may owe it, and the
// channel does not do so by itself.
func (c *cluster) backorderable(u *work.Unit, r *returns.Return, asked *RequestReturn) (bool, error) {
	if asked.guard != nil || r.Swap.Wait {
		return false, nil
	}
	wish := c.replacing(r)
	wish.wait = true
	j, err := c.judgeReplacement(u, wish)
	return err == nil && !j.lacking() && len(j.sourced.Backorders) > 0, err
}

// code says why nothing can be sent.
func (j *judged) code() string {
	if len(j.missing()) > 0 || len(j.edit.Violations) == 0 {
		return returns.OutOfStock
	}
	return j.edit.Violations[0].Code
}

// lacking reports whether the lines cannot be added, or nothing of them can be had.
func (j *judged) lacking() bool {
	return len(j.edit.Violations) > 0 || j.plan.After == sourcing.Cancel || j.plan.After == sourcing.Reject
}

// missing is what stock lacks for the added lines.
func (j *judged) missing() (out []Short) {
	for _, s := range j.plan.Short {
		out = append(out, Short{s.SKU, s.Requested, s.Available})
	}
	if len(out) > 0 || j.plan.After != sourcing.Cancel {
		return out
	}
	for _, x := range j.plan.Unfilled {
		kept := j.edit.Order.Line(x.Line).Quantity
		out = append(out, Short{x.SKU, kept, kept - x.Quantity})
	}
	return out
}
