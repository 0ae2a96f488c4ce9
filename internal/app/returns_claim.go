package app

import (
	"context"
	"slices"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/order"
	"ordo/internal/returns"
	"ordo/internal/work"
)

// FileClaim settles units that have shipped without their coming back: missing, wrong, damaged, lost, defective. They
// are refunded, sent again, or both; claims and returns together never name more units than have shipped.
type FileClaim struct {
	Order    string
	Reason   string
	Lines    []order.Units
	Remedy   string
	RefundTo string
	Account  string
	Note     string // the evidence; kept as a note of the order
	By       string
	app      *App
}

// Needs implements work.Command.
func (c *FileClaim) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *FileClaim) Run(u *work.Unit) (*ReturnView, error) {
	cl, err := c.app.loadSeen(u, c.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	r, err := c.judge(u, cl)
	if err != nil {
		return nil, err
	}
	if err := cl.passReturn(r, "opened"); err != nil {
		return nil, err
	}
	if err := cl.remark(u, c.Note, c.By); err != nil {
		return nil, err
	}
	return cl.settleClaim(u, r)
}

func (c *FileClaim) judge(u *work.Unit, cl *cluster) (*returns.Return, error) {
	var list errs.List
	checkReason(&list, "/reason", c.Reason, returns.ClaimReasons)
	checkReason(&list, "/remedy", c.Remedy, returns.Remedies)
	if c.RefundTo != "" && !slices.Contains(returns.RefundTos, c.RefundTo) {
		list.Add("/refund_to", "unknown_value", "give one of %s", strings.Join(returns.RefundTos, ", "))
	}
	if c.Account != "" && c.RefundTo != returns.ToCredit {
		list.Add("/store_credit", "ambiguous", "an account goes with refund_to store_credit")
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	if err := order.CheckReturnable(cl.Order, c.Lines); err != nil {
		return nil, err
	}
	p, err := policyOf(u, cl.Order.Channel)
	if err != nil {
		return nil, err
	}
	var wishes []returns.Wish
	for _, l := range c.Lines {
		wishes = append(wishes, returns.Wish{Line: l.Line, SKU: cl.Order.Line(l.Line).SKU, Quantity: l.Quantity, Reason: c.Reason})
	}
	r, err := returns.New(returns.Claim, cl.Order.ID, p, wishes, returns.Evaluation{Verdict: returns.Allow}, u.Now())
	if err != nil {
		return nil, err
	}
	r.ID, r.Remedy = u.NewID("ret"), c.Remedy
	if c.RefundTo != "" {
		r.RefundTo, r.Account = c.RefundTo, c.Account
	}
	return r, nil
}

// settleClaim sends again what is there to be sent, and refunds what is not, or what the claim says.
func (c *cluster) settleClaim(u *work.Unit, r *returns.Return) (*ReturnView, error) {
	r, err := returns.Approve(r, u.Now())
	if err != nil {
		return nil, err
	}
	if r, err = returns.Keep(r, u.Now()); err != nil {
		return nil, err
	}
	if r.Remedy != returns.RemedyRefund {
		var items []returns.SwapItem
		for _, l := range r.Lines {
			items = append(items, returns.SwapItem{SKU: l.SKU, Quantity: l.Quantity})
		}
		lines, lack, err := c.replace(u, replacing{ret: r.ID, items: items, free: true})
		if err != nil {
			return nil, err
		}
		if r.Sent = lines; lack != nil {
			r.Remedy = returns.RemedyRefund // nothing is there to send
		}
	}
	if err := c.setReturn(r); err != nil {
		return nil, err
	}
	if r.Remedy != returns.RemedyReship {
		if err := c.refundReturn(u, r.ID); err != nil {
			return nil, err
		}
	}
	if err := c.passReturn(c.findReturn(r.ID), "resolved"); err != nil {
		return nil, err
	}
	return c.saveReturn(u, r.ID)
}

// Claim runs FileClaim.
func (a *App) Claim(ctx context.Context, c FileClaim, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryClaim is Claim without effect.
func (a *App) TryClaim(ctx context.Context, c FileClaim, meta work.Meta) (*ReturnView, error) {
	c.app = a
	v, err := work.DryRun(ctx, a.Committer, &c, meta)
	if err == nil {
		v.Return.ID = ""
	}
	return v, err
}
