package app

import (
	"context"
	"time"

	"ordo/internal/errs"
	"ordo/internal/order"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Place runs a placement. Under a key it waits a bounded time for the payment's outcome, so that a checkout hears
// "authorized" or "declined" in one call.
func (a *App) Place(ctx context.Context, p order.Placement, meta work.Meta) work.Outcome {
	return a.place(ctx, &PlaceOrder{Placement: p, app: a}, meta)
}

func (a *App) place(ctx context.Context, cmd *PlaceOrder, meta work.Meta) work.Outcome {
	if meta.Key != nil {
		cmd.key = meta.Key.ID()
	}
	return a.awaiting(ctx, cmd.key, "", func() (out work.Outcome) {
		if err := cmd.withPast(ctx, func() error {
			out = work.Submit(ctx, a.Committer, cmd, meta)
			return out.Err
		}); err != nil {
			return work.Outcome{Err: err}
		}
		return out
	})
}

// awaiting submits a command that may leave its answer to the outcome of a payment, and waits for that. The answer is
// about the order, or, where that is named, about an exchange of it.
func (a *App) awaiting(ctx context.Context, key []byte, of string, submit func() work.Outcome) work.Outcome {
	deadline := time.Now().Add(a.Settings.PaymentWait)
	out := submit()
	if !out.InFlight {
		return out
	}
	placed := out.Value != nil // by this request, and not by one before it with the same key
	give := &closeAnswer{app: a, key: key, order: out.Subject}
	if of != "" {
		give.order, give.swap = of, out.Subject
	}
	out = a.awaitAnswer(ctx, key, out.Subject, deadline, give)
	out.Replayed = out.Err == nil && !placed
	return out
}

// awaitAnswer waits until the answer under the key is given; after the deadline it gives it itself by the command that
// renders the subject as it is: pending.
func (a *App) awaitAnswer(ctx context.Context, key []byte, subject string, deadline time.Time, give work.Command[closed]) work.Outcome {
	wait := 5 * time.Millisecond
	woken, forget := a.waiters.add(subject)
	defer forget()
	for {
		if out := a.storedAnswer(ctx, key); out.Answer != nil || out.Err != nil {
			return out
		}
		if !time.Now().Before(deadline) {
			return a.giveAnswer(ctx, key, give)
		}
		select {
		case <-woken:
			woken = nil
		case <-time.After(min(wait, time.Until(deadline))):
			wait = min(2*wait, 250*time.Millisecond) // another node may have it
		case <-ctx.Done():
			return work.Outcome{Err: errs.New(errs.Unavailable, "timeout", "no answer in time; try again with the same Idempotency-Key")}
		}
	}
}

func (a *App) storedAnswer(ctx context.Context, key []byte) work.Outcome {
	ans, err := work.StoredAnswer(ctx, a.DB, key)
	if store.KindOf(err) == store.Unavailable {
		err = work.ErrAway
	}
	return work.Outcome{Answer: ans, Err: err}
}

// giveAnswer stores the subject as it is as the answer, unless somebody was faster: then theirs counts. Where there is
// nothing to store it under any more (it was swept), it is the answer all the same: nobody waits for ever.
func (a *App) giveAnswer(ctx context.Context, key []byte, give work.Command[closed]) work.Outcome {
	own, err := work.Do(ctx, a.Committer, give, a.system())
	if err != nil {
		return work.Outcome{Err: err}
	}
	if !own.stored {
		if out := a.storedAnswer(ctx, key); out.Answer != nil || out.Err != nil {
			return out
		}
	}
	return work.Outcome{Answer: &own.answer}
}

// closeAnswer answers a placement, or an exchange in advance, whose payment is still open with the order, or the
// exchange, as it is.
type closeAnswer struct {
	app   *App
	key   []byte
	order string
	swap  string // id of the exchange; "" for none
}

func (c *closeAnswer) Needs(n *work.Needs) {
	n.Answer(c.key)
	n.Docs(Orders.Spec, c.order)
}

// closed is an answer, and whether this command was the one to give it.
type closed struct {
	answer work.Answer
	stored bool
}

func (c *closeAnswer) Run(u *work.Unit) (closed, error) {
	cl, err := c.app.load(u, c.order, withoutStock)
	if err != nil {
		return closed{}, err
	}
	ans, err := c.app.answerOf(&cl.OrderView, c.swap)
	if err != nil {
		return closed{}, err
	}
	stored, err := u.CloseAnswer(c.key, ans)
	return closed{ans, stored}, err
}
