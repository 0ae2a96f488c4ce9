package app

import (
	"context"
	"time"

	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/payment"
	"ordo/internal/work"
)

// jobExpiry looks at an authorization shortly before its end, and at its end.
const jobExpiry = "authorization"

// expiryLead is how long before the end of an authorization a warning is due; of one that is good for less than twice
// that, half of its life.
const expiryLead = 24 * time.Hour

func registerMoney(a *App) {
	a.Jobs.Handle(jobPayment, a.runPaymentJob)
	a.Jobs.Handle(jobExpiry, a.runExpiryJob)
	a.Jobs.Handle(jobSettle, a.runSettleJob)
}

// watchExpiry plans the look at an authorization that does not last.
func (c *cluster) watchExpiry(u *work.Unit, p *payment.Payment, e payment.Entry) {
	if e.ExpiresAt == 0 {
		return
	}
	lead := min(expiryLead, e.ExpiresAt.Std().Sub(u.Now().Std())/2)
	u.Enqueue(jobExpiry, paymentJob{Order: c.Order.ID, Payment: p.ID, Entry: e.ID}, e.ExpiresAt.Add(-max(0, lead)))
}

// watchAgain has an authorization ended at once that a refused capture or void leaves over after its time. Before its
// time the look at it is still planned.
func (c *cluster) watchAgain(u *work.Unit, p *payment.Payment, e payment.Entry) {
	if a := p.Entry(e.Parent); a != nil && a.ExpiresAt != 0 && u.Now() >= a.ExpiresAt && p.Rest(a.ID) > 0 {
		u.Enqueue(jobExpiry, paymentJob{Order: c.Order.ID, Payment: p.ID, Entry: a.ID}, u.Now())
	}
}

// CheckAuthorization warns that an authorization will expire, or ends it when it has (P5). Where the order still needs
// the money, the provider is asked for a new one.
type CheckAuthorization struct {
	paymentJob
	app *App
	job string
}

// Needs implements work.Command.
func (c *CheckAuthorization) Needs(n *work.Needs) {
	n.Docs(Orders.Spec, c.Order)
	n.Docs(Payments.Spec, c.Payment)
}

// Run implements work.Command.
func (c *CheckAuthorization) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.load(u, c.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	u.FinishJob(c.job, c.app.node)
	p := cl.payment(c.Payment)
	e := p.Entry(c.Entry)
	rest := p.Rest(c.Entry)
	if rest <= 0 {
		// Captured, voided or ended: there is nothing to lose. What is on its way may be refused yet.
		if p.InUse(c.Entry) && u.Now() < e.ExpiresAt {
			u.Enqueue(jobExpiry, c.paymentJob, e.ExpiresAt)
		}
		return &cl.OrderView, nil
	}
	if u.Now() < e.ExpiresAt {
		u.Enqueue(jobExpiry, c.paymentJob, e.ExpiresAt)
		cl.record("payment.auth_expiring", Body{Payment: fact(p, *e)})
		return cl.save(u)
	}
	ended := payment.Entry{ID: u.NewID("pye"), Kind: payment.Expire, State: payment.Succeeded, Amount: rest, Parent: e.ID, At: u.Now(), DoneAt: u.Now()}
	if p, err = payment.Add(p, ended); err != nil {
		return nil, err
	}
	cl.setPayment(p)
	cl.record("payment.auth_expired", Body{Payment: fact(p, ended)})
	t := MoneyTarget(cl.Order)
	if amount := min(rest, payment.Outstanding(t, cl.Payments, u.Now())); amount > 0 && !t.Ended {
		if err := cl.intend(u, payment.Step{Payment: p.ID, Kind: payment.Authorize, Amount: amount, Parent: e.ID}); err != nil {
			return nil, err
		}
	}
	return cl.save(u)
}

func (a *App) runExpiryJob(ctx context.Context, j jobs.Job) error {
	var args paymentJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	_, err := work.Do(ctx, a.Committer, &CheckAuthorization{paymentJob: args, app: a, job: j.ID}, a.system())
	return err
}

// jobSettle asks once more for voids and refunds that a provider refused.
const jobSettle = "settle"

// retries is how often that happens by itself; after that a person has to look.
const retries = 3

type settleJob struct {
	Order string `json:"order"`
}

// retryLater plans the next try after so many refusals: after RefusedAfter, ten times that, a hundred times.
func (c *cluster) retryLater(u *work.Unit, refusals int) {
	if refusals > retries {
		return
	}
	wait := c.settings.RefusedAfter
	for range refusals - 1 {
		wait *= 10
	}
	u.Enqueue(jobSettle, settleJob{c.Order.ID}, u.Now().Add(wait))
}

// SettleOrder makes the money follow the order, asking again for what was refused.
type SettleOrder struct {
	Order string
	app   *App
	job   string
}

// Needs implements work.Command.
func (c *SettleOrder) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *SettleOrder) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.load(u, c.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	u.FinishJob(c.job, c.app.node)
	if err := cl.settleAgain(u, retries); err != nil || len(cl.events) == 0 {
		return &cl.OrderView, err
	}
	return cl.save(u)
}

func (a *App) runSettleJob(ctx context.Context, j jobs.Job) error {
	var args settleJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	_, err := work.Do(ctx, a.Committer, &SettleOrder{Order: args.Order, app: a, job: j.ID}, a.system())
	return err
}
