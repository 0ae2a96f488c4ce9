package app

import (
	"context"
	"errors"
	"strconv"

	"ordo/internal/customer"
	"ordo/internal/errs"
	"ordo/internal/mail"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/service"
	"ordo/internal/shipping"
	"ordo/internal/store"
	"ordo/internal/work"
)

// EraseCustomer takes all that is personal of a customer out: of the customer, of the orders under the mail address of today and
// under those before it, of cases with their threads, of mails and accounts of store credit, and of the events of all of them. Money, goods and
// times stay, and so does the chain of the journal, which covers digests. Nothing is erased while something is open:
// what is on its way needs to know where to. Invoices stay as they were issued.
type EraseCustomer struct {
	Customer string

	version                                int64    // of the customer, as all of it was found beforehand
	orders, cases, entries, mails, credits []string // ids
	app                                    *App
	traces                                 traces
}

// ErasedCustomer says how much was erased.
type ErasedCustomer struct {
	*customer.Customer
	Orders, Cases, Mails, Credits int
}

// MaxErase is how many orders, entries or mails of a customer are erased in one piece.
const MaxErase = 1_000

// ErasureEvents are the types of the events that say that an aggregate was erased, as SQL lists them.
const ErasureEvents = "'customer.erased', 'order.erased', 'case.erased', 'mail.erased', 'store_credit.erased'"

// erasePart is one kind of what a customer leaves.
type erasePart struct {
	spec  *work.Spec
	ids   *[]string
	find  func() query
	erase func(*work.Unit) error // nil: it is erased with what it belongs to
	stays bool                   // what is left of it is found again
}

// parts are all kinds, in the order in which they are found: the ones by the others.
func (c *EraseCustomer) parts() []erasePart {
	t := &c.traces
	return []erasePart{
		{Orders.Spec, &c.orders, t.orders, c.eraseOrders, false},
		{Cases.Spec, &c.cases, func() query { return t.cases(c.orders) }, c.eraseCases, true},
		{CaseEntries.Spec, &c.entries, func() query { return t.entries(c.cases) }, nil, true},
		{Mails.Spec, &c.mails, func() query { return t.mails(c.orders, c.cases) }, c.eraseMails, false},
		{StoreCredits.Spec, &c.credits, t.credits, c.eraseCredits, false},
	}
}

// Needs implements work.Command.
func (c *EraseCustomer) Needs(n *work.Needs) {
	n.Docs(Customers.Spec, c.Customer)
	for _, p := range c.parts() {
		n.Docs(p.spec, *p.ids...)
	}
}

// Run implements work.Command.
func (c *EraseCustomer) Run(u *work.Unit) (ErasedCustomer, error) {
	before, err := Customers.Get(u, c.Customer)
	if err != nil {
		return ErasedCustomer{}, err
	}
	if err := u.CheckVersion("customer", before.Version); err != nil {
		return ErasedCustomer{}, err
	}
	if err := erased(before); err != nil {
		return ErasedCustomer{}, err
	}
	if before.Version != c.version {
		return ErasedCustomer{}, work.ErrMoved
	}
	for _, p := range c.parts() {
		if p.erase == nil {
			continue
		}
		if err := p.erase(u); err != nil {
			return ErasedCustomer{}, err
		}
	}
	next := customer.Erase(before, u.Now())
	if err := rekey(u, next, fold(before.Email)); err != nil {
		return ErasedCustomer{}, err
	}
	if err := Customers.Put(u, next); err != nil {
		return ErasedCustomer{}, err
	}
	public, _ := customer.Split(next)
	u.Record(work.Event{Type: "customer.erased", Aggregate: next.ID, Body: CustomerBody{&public}})
	u.Erase(next.ID)
	for _, p := range c.parts() {
		want := 0
		if p.stays {
			want = len(*p.ids)
		}
		if q := p.find(); q.text != "" {
			u.Settled(want, q.text, q.args...)
		}
	}
	return ErasedCustomer{next, len(c.orders), len(c.cases), len(c.mails), len(c.credits)}, nil
}

// erased refuses what cannot be done to a customer who was erased.
func erased(c *customer.Customer) error {
	if c.ErasedAt == 0 {
		return nil
	}
	return errs.New(errs.Conflict, "customer_erased", "the customer was erased; make a new one").With("customer", c.ID)
}

// stillOpen refuses while something of the customer needs to know whose it is.
func stillOpen(what, why string) *errs.Error {
	return errs.New(errs.Conflict, "customer_in_use", "%s %s; erase the customer when that is over", what, why)
}

// needOrders loads all that is of the orders at once: order by order a batch would be begun anew for each.
func (c *EraseCustomer) needOrders(u *work.Unit) error {
	all, err := Orders.GetMany(u, c.orders)
	if err != nil {
		return err
	}
	var paid []string
	for _, o := range all {
		paid = append(paid, o.Payments...)
	}
	if err := u.Require(func(n *work.Needs) {
		for _, o := range all {
			needParts(n, o)
		}
	}); err != nil {
		return err
	}
	payments, err := Payments.GetMany(u, paid)
	if err != nil {
		return err
	}
	return (&cluster{OrderView: OrderView{Payments: payments}}).loadAccounts(u)
}

func (c *EraseCustomer) eraseOrders(u *work.Unit) error {
	if err := c.needOrders(u); err != nil {
		return err
	}
	for _, id := range c.orders {
		cl, err := c.app.load(u, id, withoutStock)
		if err != nil {
			return err
		}
		if err := idle(cl); err != nil {
			return err
		}
		cl.Order = order.Erase(cl.Order)
		cl.record("order.erased", Body{})
		for _, l := range cl.Labels {
			if l.FileHash == "" && len(l.Tracking.Scans) == 0 {
				continue
			}
			n := shipping.EraseLabel(l)
			u.Forget("label_files", l.ID)
			cl.setLabel(n)
			cl.recordLabel("label.erased", "", n)
		}
		if _, err := cl.save(u); err != nil {
			return err
		}
		u.Erase(id)
	}
	return nil
}

// idle refuses an order of which something is still to happen.
func idle(cl *cluster) error {
	name := "order " + cl.Order.Number
	switch {
	case !cl.Order.Ended():
		return stillOpen(name, "is "+string(cl.Order.Status)).With("order", cl.Order.ID)
	case payment.ToRefund(MoneyTarget(cl.Order), cl.Payments) > 0 || cl.RefundDue() > 0:
		return stillOpen(name, "has money to be given back").With("order", cl.Order.ID)
	}
	for _, p := range cl.Payments {
		if p.Waits() {
			return stillOpen(name, "waits for the outcome of a payment").With("order", cl.Order.ID)
		}
	}
	for _, r := range cl.Returns {
		if !r.Over() {
			return stillOpen(name, "has a "+string(r.Type)+" that is "+string(r.Status)).With("order", cl.Order.ID)
		}
	}
	return nil
}

func (c *EraseCustomer) eraseCases(u *work.Unit) error {
	threads := map[string][]*service.Entry{}
	for _, id := range c.entries {
		e, err := CaseEntries.Get(u, id)
		if err != nil {
			return err
		}
		threads[e.Case] = append(threads[e.Case], e)
	}
	for _, id := range c.cases {
		before, err := Cases.Get(u, id)
		if err != nil {
			return err
		}
		if !before.Status.Done() {
			return stillOpen("case "+before.Number, "is "+string(before.Status))
		}
		if int64(len(threads[id])) != before.Entries { // somebody writes right now
			return stillOpen("case "+before.Number, "is being written to")
		}
		d := &desk{Case: service.Erase(before), before: service.Personal{}}
		d.record("case.erased", CaseBody{})
		for _, e := range threads[id] {
			if e.MessageID != "" {
				if err := u.Free(ScopeCaseMessage, messageKey(e.MessageID)); err != nil {
					return err
				}
			}
			if err := CaseEntries.Put(u, service.EraseEntry(e)); err != nil {
				return err
			}
		}
		if _, err := d.save(u); err != nil {
			return err
		}
		u.Erase(id)
	}
	return nil
}

func (c *EraseCustomer) eraseMails(u *work.Unit) error {
	for _, id := range c.mails {
		m, err := Mails.Get(u, id)
		if err != nil {
			return err
		}
		if m.Open() {
			return stillOpen("mail "+m.ID, "is on its way")
		}
		if m.Erased {
			continue
		}
		m = mail.Erase(m)
		if err := Mails.Put(u, m); err != nil {
			return err
		}
		recordMail(u, "mail.erased", m, nil)
		u.Erase(id)
	}
	return nil
}

func (c *EraseCustomer) eraseCredits(u *work.Unit) error {
	for _, id := range c.credits {
		a, err := StoreCredits.Get(u, id)
		if err != nil {
			return err
		}
		if n := a.Sums(); n.Balance() != 0 || n.Held() != 0 {
			return stillOpen("store credit "+a.ID, "has a balance")
		}
		next := *a
		next.Email = ""
		if err := StoreCredits.Put(u, &next); err != nil {
			return err
		}
		u.Record(work.Event{Type: "store_credit.erased", Aggregate: a.ID, Body: StoreCreditBody{Currency: a.Currency}})
		u.Erase(id)
	}
	return nil
}

// Find finds what belongs to the customer, before the command runs: by the mail addresses, and the cases with their
// threads and mails. What is made after it, the command refuses with work.ErrMoved.
func (c *EraseCustomer) Find(ctx context.Context, a *App) error {
	known, err := a.Customer(ctx, c.Customer)
	if err != nil {
		return err
	}
	c.app, c.version = a, known.Version
	if c.traces, err = a.traces(ctx, known); err != nil {
		return err
	}
	read := func(q query) (ids []string, err error) {
		if q.text == "" {
			return nil, nil
		}
		err = a.DB.Query(ctx, func(r store.Row) error {
			var id string
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		}, q.text+" ORDER BY id LIMIT "+strconv.Itoa(MaxErase+1), q.args...)
		if err == nil && len(ids) > MaxErase {
			err = stillOpen("the customer", "has more than can be erased in one piece")
		}
		return ids, err
	}
	for _, p := range c.parts() {
		if *p.ids, err = read(p.find()); err != nil {
			return err
		}
	}
	return nil
}

// eraseTries is how often it is looked anew for what a customer has, where some of it was made in the meantime.
const eraseTries = 5

// EraseCustomer runs EraseCustomer. What is made between finding and erasing is found the next time.
func (a *App) EraseCustomer(ctx context.Context, id string, meta work.Meta) (out work.Outcome) {
	err := a.eraseFound(ctx, id, func(c *EraseCustomer) error {
		out = work.Submit(ctx, a.Committer, c, meta)
		return out.Err
	})
	out.Err = err
	return out
}

// TryEraseCustomer is EraseCustomer without effect: how much it would erase, or what is in the way.
func (a *App) TryEraseCustomer(ctx context.Context, id string, meta work.Meta) (out ErasedCustomer, err error) {
	err = a.eraseFound(ctx, id, func(c *EraseCustomer) (err error) {
		out, err = work.DryRun(ctx, a.Committer, c, meta)
		return err
	})
	return out, err
}

// eraseFound finds what is to be erased and hands it to run, anew as long as more of it is made.
func (a *App) eraseFound(ctx context.Context, id string, run func(*EraseCustomer) error) error {
	for range eraseTries {
		c := EraseCustomer{Customer: id}
		if err := c.Find(ctx, a); err != nil {
			return err
		}
		if err := run(&c); !errors.Is(err, work.ErrMoved) {
			return err
		}
	}
	return work.ErrBusy
}
