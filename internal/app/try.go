package app

import (
	"context"

	"ordo/internal/order"
	"ordo/internal/work"
)

// Dry runs: the same commands, alone on a read snapshot. Nothing is locked or written, no provider is called.

// TryPlace is Place without effect; a new order has no id and no number.
func (a *App) TryPlace(ctx context.Context, p order.Placement, meta work.Meta) (*OrderView, error) {
	cmd := &PlaceOrder{Placement: p, app: a}
	var v *OrderView
	err := cmd.withPast(ctx, func() (err error) {
		v, err = work.DryRun(ctx, a.Committer, cmd, meta)
		return err
	})
	if err == nil && !v.Existing {
		v.Order.ID = "" // the number is empty already: none was taken
		for _, f := range v.Fulfillments {
			f.Order = ""
		}
	}
	return v, err
}

// TryCancel is Cancel without effect.
func (a *App) TryCancel(ctx context.Context, c CancelOrder, meta work.Meta) (*OrderView, error) {
	c.app = a
	return work.DryRun(ctx, a.Committer, &c, meta)
}

// TryFulfill is Fulfill without effect.
func (a *App) TryFulfill(ctx context.Context, c Fulfill, meta work.Meta) (*OrderView, error) {
	f, err := a.Fulfillment(ctx, c.Fulfillment)
	if err != nil {
		return nil, err
	}
	c.order, c.app = f.Order, a
	return work.DryRun(ctx, a.Committer, &c, meta)
}

// TryReceiveMoney is ReceiveMoney without effect.
func (a *App) TryReceiveMoney(ctx context.Context, c RecordReceipt, meta work.Meta) (*OrderView, error) {
	c.app = a
	return work.DryRun(ctx, a.Committer, &c, meta)
}

// TryAdjust is Adjust without effect.
func (a *App) TryAdjust(ctx context.Context, c AdjustStock, meta work.Meta) (StockChange, error) {
	done, err := work.DryRun(ctx, a.Committer, &c, meta)
	done.ID = ""
	return done, err
}

// TryCreateKey is CreateKey without effect; there is no secret.
func (a *App) TryCreateKey(ctx context.Context, c CreateKey, meta work.Meta) (NewKey, error) {
	c.secret = "ordo_sk_none"
	made, err := work.DryRun(ctx, a.Committer, &c, meta)
	if err == nil {
		made.Key.ID = ""
	}
	return made, err
}

// TryPay is Pay without effect.
func (a *App) TryPay(ctx context.Context, c AddPayment, meta work.Meta) (*OrderView, error) {
	c.app = a
	return work.DryRun(ctx, a.Committer, &c, meta)
}

// TryMove is Move without effect.
func (a *App) TryMove(ctx context.Context, c MoveMoney, meta work.Meta) (*OrderView, error) {
	c.app = a
	return work.DryRun(ctx, a.Committer, &c, meta)
}

// TryRefund is Refund without effect.
func (a *App) TryRefund(ctx context.Context, c GiveBack, meta work.Meta) (*OrderView, error) {
	c.app = a
	return work.DryRun(ctx, a.Committer, &c, meta)
}

// TryGrantMoney is GrantMoney without effect.
func (a *App) TryGrantMoney(ctx context.Context, c GrantRefund, meta work.Meta) (*OrderView, error) {
	c.app = a
	return work.DryRun(ctx, a.Committer, &c, meta)
}
