package app

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/mail"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/service"
	"ordo/internal/store"
	"ordo/internal/storecredit"
	"ordo/internal/work"
)

// What was given away, by order, and by agent and day: the day is where the limit of an agent is kept under lock.
var (
	Appeasements = work.NewKind[service.Appeasements](work.Spec{Table: "appeasements", What: "appeasement", Rank: 26}, nil)
	AgentDays    = work.NewKind[service.AgentDay](work.Spec{Table: "agent_days", What: "day of an agent", Rank: 27}, nil)
)

// AppeasementBody is what appeasement.issued carries.
type AppeasementBody struct {
	Appeasement  *service.Appeasement  `json:"appeasement"`
	Appeasements *service.Appeasements `json:"appeasements"` // as the command left them
}

// RunMacro carries out steps on an order in one unit: all of them or none, by the same commands that do each of them
// alone. What it did stands in the thread.
type RunMacro struct {
	Case  string
	Order string // id; "" for the only order of the case
	Macro string // code; "" for the steps as they are given
	Steps []service.Step
	By    string
	May   func(scope string) bool // what the doer may do

	app    *App
	agent  string      // name of who runs it
	again  *PlaceOrder // what sends the goods again
	mails  []string    // ids of the mails that steps send again, in their order; "" where there is none
	refs   []string    // Message-IDs of the thread, oldest first
	credit string      // the customer's account of store credit; "" for a new one
}

// MacroView is what a macro did, or would do.
type MacroView struct {
	*CaseView
	Ran    service.Ran
	Texts  []string   // of notes and tags, by step: as they were filled in, which the journal does not repeat
	Before *OrderView // the order as it was
	Order  *OrderView // and as it is; nil where no step is about one
	Again  *OrderView // the order that sends the goods again
	Credit int64      // store credit issued, minor units
	Stock  []inventory.Movement

	account string // of store credit, as the steps before left it
	resent  int    // how many mails were sent again
	mails   []*mail.Mail
}

// Needs implements work.Command.
func (c *RunMacro) Needs(n *work.Needs) {
	n.Docs(Cases.Spec, c.Case)
	if c.Order != "" {
		n.Docs(Orders.Spec, c.Order)
	}
	if c.again != nil {
		c.again.Needs(n)
	}
}

// Run implements work.Command.
func (c *RunMacro) Run(u *work.Unit) (*MacroView, error) {
	d, err := loadCase(u, c.Case)
	if err != nil {
		return nil, err
	}
	steps, err := c.steps(u)
	if err != nil {
		return nil, err
	}
	v := &MacroView{Ran: service.Ran{Macro: c.Macro}, account: c.credit}
	if slices.ContainsFunc(steps, service.Step.OnOrder) {
		if err := c.order(u, d, v); err != nil {
			return nil, err
		}
	}
	for i, s := range steps {
		v.Texts = append(v.Texts, "")
		did, err := c.do(u, d, v, s)
		if err != nil {
			return nil, inStep(err, i)
		}
		v.Ran.Steps = append(v.Ran.Steps, did)
	}
	ran := v.Ran
	if _, err := d.write(u, service.Entry{Kind: service.System, Via: "system", By: c.By, Code: "macro_run", Facts: &service.Facts{Order: ran.Order, Macro: &ran}}); err != nil {
		return nil, err
	}
	d.events[len(d.events)-1].Type = "case.macro_run"
	for _, e := range u.Events() {
		if b, ok := e.Body.(*Body); ok {
			v.Stock = append(v.Stock, b.Stock...)
		}
	}
	if v.CaseView, err = d.save(u); err != nil {
		return nil, err
	}
	v.Mails = v.mails
	u.SideBySide()
	return v, nil
}

// steps are those of the macro with what was given for them, or those that were given.
func (c *RunMacro) steps(u *work.Unit) ([]service.Step, error) {
	steps := slices.Clone(c.Steps)
	if c.Macro != "" {
		m, err := Macros.Ref(u, c.Macro)
		if err != nil {
			return nil, err
		}
		if m == nil || !m.Active {
			return nil, errs.Unknown("active macro", c.Macro)
		}
		if steps, err = m.Filled(c.Steps); err != nil {
			return nil, err
		}
	}
	var list errs.List
	service.CheckSteps(&list, "/steps", steps, false)
	if err := cmp.Or(checkSteps(u, &list, steps), list.Err()); err != nil {
		return nil, err
	}
	for _, s := range steps {
		for _, scope := range service.Scopes[s.Do] {
			if !c.May(scope) {
				return nil, errs.New(errs.Forbidden, "missing_scope", "the step %s needs the scope %s", s.Do, scope).With("scope", scope)
			}
		}
	}
	return steps, nil
}

// order finds the order that the macro is about: one that the case names.
func (c *RunMacro) order(u *work.Unit, d *desk, v *MacroView) error {
	var list errs.List
	id := c.Order
	switch {
	case id == "" && len(d.Orders) == 1:
		id = d.Orders[0]
	case id == "":
		list.Add("/order", "required", "the case names %d orders; say which", len(d.Orders))
	case !slices.Contains(d.Orders, id):
		list.Add("/order", "unknown_value", "the case does not name this order; add it first")
	}
	if err := list.Err(); err != nil {
		return err
	}
	before, err := c.app.load(u, id, withoutStock)
	if err != nil {
		return err
	}
	c.Order, v.Ran.Order = id, id
	v.Before, v.Order = &before.OrderView, &before.OrderView
	return nil
}

// inStep says in which step something is wrong.
func inStep(err error, i int) error {
	e := errs.As(err)
	if e == nil || len(e.Problems) == 0 {
		return err
	}
	n := *e
	n.Problems = slices.Clone(e.Problems)
	for j := range n.Problems {
		n.Problems[j].Pointer = "/steps/" + strconv.Itoa(i) + n.Problems[j].Pointer
	}
	return &n
}

// do carries out one step.
func (c *RunMacro) do(u *work.Unit, d *desk, v *MacroView, s service.Step) (did service.RanStep, err error) {
	did = service.RanStep{Do: s.Do, Reason: s.Reason, Lines: s.Lines, Tender: s.Tender, Status: s.Status}
	switch s.Do {
	case "cancel":
		if did.Reason == "" {
			did.Reason = "customer"
		}
		v.Order, err = work.Step(u, &CancelOrder{Order: c.Order, Reason: did.Reason, Lines: unitsOf(s.Lines), app: c.app})
	case "refund":
		err = c.refund(u, v, s, &did)
	case "appease":
		err = c.appease(u, d, v, s, &did)
	case "reship":
		err = c.reship(u, d, v, s, &did)
	case "change_address":
		v.Order, err = work.Step(u, &ChangeDetails{Order: c.Order, Details: order.Details{ShippingAddress: s.Address}, app: c.app})
	case "note":
		text := c.fill(d, v, s.Text)
		v.Texts[len(v.Texts)-1] = text
		_, err = d.write(u, service.Entry{Kind: service.Note, Via: "api", By: c.By, Words: service.Words{Text: text}})
	case "reply":
		err = c.reply(u, d, v, s, &did)
	case "resend_mail":
		err = c.resend(u, v, &did)
	case "tag":
		v.Texts[len(v.Texts)-1] = s.Tag
		if !slices.Contains(d.Tags, s.Tag) {
			next := *d.Case
			next.Tags = append(slices.Clone(d.Tags), s.Tag)
			d.Case = &next
		}
	case "status":
		if d.Status != s.Status {
			err = d.move(u, s.Status, "macro")
		}
	}
	return did, err
}

func unitsOf(lines []service.Units) []order.Units {
	var out []order.Units
	for _, l := range lines {
		out = append(out, order.Units(l))
	}
	return out
}

// fill puts names into a text.
func (c *RunMacro) fill(d *desk, v *MacroView, text string) string {
	number := ""
	if v.Order != nil {
		number = v.Order.Order.Number
	}
	return service.FillWords(text, d.Contact.Name, number, d.Number, c.agent)
}

// checkSteps adds to the list mails to send again that Ordo never writes, and channels that write and are not there.
func checkSteps(u *work.Unit, list *errs.List, steps []service.Step) error {
	for i, s := range steps {
		if s.Do == "reply" && s.Channel != "" {
			known, err := Channels.Ref(u, s.Channel)
			if err != nil {
				return err
			}
			if known == nil {
				list.Add("/steps/"+strconv.Itoa(i)+"/channel", "unknown_value", "there is no sales channel %q", errs.Clip(s.Channel))
			}
		}
		if s.Do == "resend_mail" && s.Mail != "" && !slices.Contains(mail.Notifications, s.Mail) {
			list.Add("/steps/"+strconv.Itoa(i)+"/mail", "unknown_template", "no mail about an order is called %q; there is %s", errs.Clip(s.Mail), strings.Join(mail.Notifications, ", "))
		}
	}
	return nil
}

// amountOf is what a step gives: an amount, or a part of the order's total, rounded down.
func amountOf(s service.Step, o *order.Order) int64 {
	if s.Percent > 0 {
		return o.Totals.GrandTotal/100*s.Percent + o.Totals.GrandTotal%100*s.Percent/100
	}
	return s.Amount
}

func (c *RunMacro) refund(u *work.Unit, v *MacroView, s service.Step, did *service.RanStep) (err error) {
	o := v.Order.Order
	if did.Reason == "" {
		did.Reason = "other"
	}
	wish := order.GrantWish{Reason: did.Reason, Lines: unitsOf(s.Lines)}
	did.Currency = o.Currency
	if did.Amount = amountOf(s, o); did.Amount > 0 {
		wish.Amount = &did.Amount
	}
	if v.Order, err = work.Step(u, &GrantRefund{Order: c.Order, Wish: wish, app: c.app}); err != nil {
		return err
	}
	grants := v.Order.Order.Grants
	did.Made, did.Amount = grants[len(grants)-1].ID, grants[len(grants)-1].Amount
	return nil
}

// appease gives the customer something beyond what is owed, within S3.
func (c *RunMacro) appease(u *work.Unit, d *desk, v *MacroView, s service.Step, did *service.RanStep) error {
	o := v.Order.Order
	if did.Reason == "" {
		did.Reason = "goodwill"
	}
	did.Amount, did.Currency = amountOf(s, o), o.Currency
	if did.Amount < 1 {
		var list errs.List
		list.Add("/amount", "out_of_range", "that part of the order's total is nothing")
		return list.Err()
	}
	all, fresh, err := c.given(u, o)
	if err != nil {
		return err
	}
	today, firstToday, err := c.today(u, o.Currency)
	if err != nil {
		return err
	}
	sums := v.Order.Sums()
	left := sums.Refundable() - payment.ToRefund(MoneyTarget(o), v.Order.Payments)
	e := service.Appeasement{ID: u.NewID("ape"), Case: d.ID, Agent: c.By, Tender: s.Tender, Amount: did.Amount, Reason: did.Reason, At: u.Now()}
	if all, today, err = service.Appease(all, today, e, left, d.queue); err != nil {
		return err
	}
	if s.Tender == "store_credit" {
		err = c.issue(u, v, did)
	} else {
		err = c.refund(u, v, service.Step{Reason: did.Reason, Amount: did.Amount}, did)
	}
	if err != nil {
		return err
	}
	e.Made = did.Made
	all.Entries[len(all.Entries)-1] = e
	if err := put(u, Appeasements, all, fresh); err != nil {
		return err
	}
	if err := put(u, AgentDays, today, firstToday); err != nil {
		return err
	}
	u.Record(work.Event{Type: "appeasement.issued", Aggregate: all.ID, Body: AppeasementBody{&e, all}})
	return nil
}

// given is what was given for the order already.
func (c *RunMacro) given(u *work.Unit, o *order.Order) (*service.Appeasements, bool, error) {
	a, found, err := Appeasements.Find(u, service.AppeasementID(o.ID))
	if err == nil && !found {
		a = &service.Appeasements{Meta: doc.Meta{ID: service.AppeasementID(o.ID)}, Order: o.ID, Currency: o.Currency}
	}
	return a, false, err // put: it is locked, also where it does not exist yet
}

// today is what the agent gave away since midnight, UTC.
func (c *RunMacro) today(u *work.Unit, currency string) (*service.AgentDay, bool, error) {
	day := u.Now().Std().Format(time.DateOnly)
	id := service.AgentDayID(c.By, day, currency)
	t, found, err := AgentDays.Find(u, id)
	if err == nil && !found {
		t = &service.AgentDay{Meta: doc.Meta{ID: id}, Agent: c.By, Day: day, Currency: currency}
	}
	return t, false, err
}

// issue gives store credit, to the customer's account or to a new one.
func (c *RunMacro) issue(u *work.Unit, v *MacroView, did *service.RanStep) error {
	var a *storecredit.Account
	var err error
	if v.account == "" {
		a, err = work.Step(u, &OpenStoreCredit{Email: v.Order.Order.Customer.Email, Currency: did.Currency, Amount: did.Amount, Reason: "goodwill"})
	} else {
		a, err = work.Step(u, &ChangeStoreCredit{Account: v.account, Kind: storecredit.Issued, Amount: did.Amount, Currency: did.Currency, Reason: "goodwill"})
	}
	if err != nil {
		return err
	}
	did.Made, v.account = a.ID, a.ID
	v.Credit += did.Amount
	return nil
}

// reship places an order that sends the goods again, at no cost.
func (c *RunMacro) reship(u *work.Unit, d *desk, v *MacroView, s service.Step, did *service.RanStep) error {
	p := placementAgain(v.Order.Order, s.Lines)
	if len(p.Lines) == 0 {
		return errs.New(errs.Conflict, "nothing_to_reship", "nothing of the order has shipped; release it instead").With("order", c.Order)
	}
	c.again.Placement = p
	again, err := work.Step(u, c.again)
	if err != nil {
		return err
	}
	v.Again, did.Made = again, again.Order.ID
	next := *d.Case
	next.Orders = append(slices.Clone(d.Orders), again.Order.ID)
	d.Case = &next
	return nil
}

// placementAgain is an order's goods once more, as far as they have left, or the units that are named.
func placementAgain(o *order.Order, lines []service.Units) order.Placement {
	p := order.Placement{
		Channel: o.Channel, Customer: o.Customer, ShippingAddress: o.ShippingAddress, BillingAddress: o.BillingAddress, Tags: []string{"reship"}, Fields: o.Fields,
		Shipping: &order.PlacementShipping{Amount: money.Money{Currency: o.Currency}}, PaymentProvider: Manual,
	}
	for _, l := range o.Lines {
		n := l.Units.Shipped
		if lines != nil {
			i := slices.IndexFunc(lines, func(u service.Units) bool { return u.Line == l.ID })
			if i < 0 {
				continue
			}
			n = min(n, lines[i].Quantity)
		}
		if n > 0 {
			p.Lines = append(p.Lines, order.PlacementLine{SKU: l.SKU, Quantity: n, UnitPrice: &money.Money{Currency: o.Currency}, TaxGiven: true})
		}
	}
	return p
}

// prepare reads what the macro needs to know beforehand: it is locked and looked at again when it runs.
func (a *App) prepare(ctx context.Context, c *RunMacro) error {
	c.app, c.again, c.credit, c.mails = a, nil, "", nil
	steps := c.Steps
	if c.Macro != "" {
		m, err := a.Macro(ctx, c.Macro)
		if err != nil {
			return err
		}
		if filled, err := m.Filled(c.Steps); err == nil {
			steps = filled
		}
	}
	var err error
	if c.refs, c.agent, err = a.readyReply(ctx, c.Case, c.By); err != nil {
		return err
	}
	id := c.Order
	if id == "" {
		found, err := a.Case(ctx, c.Case)
		if err != nil {
			return err
		}
		if len(found.Orders) != 1 {
			return nil // the command says so
		}
		id = found.Orders[0]
	}
	o, err := one(ctx, a.DB, Orders, id)
	if errs.ClassOf(err) == errs.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	for _, s := range steps {
		switch s.Do {
		case "reship":
			c.again = &PlaceOrder{Placement: placementAgain(o, s.Lines), app: a}
			err = c.again.readPast(ctx)
		case "appease":
			c.credit, err = a.creditOf(ctx, o.Customer.Email, o.Currency)
		case "resend_mail":
			var id string
			id, err = a.lastMail(ctx, o.ID, s.Mail)
			c.mails = append(c.mails, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// creditOf finds an account of store credit of a customer.
func (a *App) creditOf(ctx context.Context, email, currency string) (id string, err error) {
	if strings.TrimSpace(email) == "" {
		return "", nil
	}
	err = a.DB.Query(ctx, func(r store.Row) error {
		account, err := scanDoc(StoreCredits, r)
		if err == nil && account.Currency == currency && id == "" {
			id = account.ID
		}
		return err
	}, "SELECT doc FROM store_credits WHERE owner = $1 ORDER BY id LIMIT 50", fold(email))
	return id, err
}

// RunMacro runs it.
func (a *App) RunMacro(ctx context.Context, c RunMacro, meta work.Meta) work.Outcome {
	if err := a.prepare(ctx, &c); err != nil {
		return work.Outcome{Err: err}
	}
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryRunMacro is RunMacro without effect: what it would do to money and stock.
func (a *App) TryRunMacro(ctx context.Context, c RunMacro, meta work.Meta) (*MacroView, error) {
	if err := a.prepare(ctx, &c); err != nil {
		return nil, err
	}
	return work.DryRun(ctx, a.Committer, &c, meta)
}
