package app

import (
	"cmp"
	"context"
	"slices"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/mail"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/returns"
	"ordo/internal/service"
	"ordo/internal/work"
)

// CustomerView is what a customer sees of an order by a link.
type CustomerView struct {
	*OrderView
	Link       CustomerLink
	Shop, Help string                     // the seller's name, and how to reach it
	Language   string                     // of the order, else of its channel; BCP 47
	Zone       string                     // IANA name of the channel's time zone
	Place      address.Address            // where the customer collects the order; zero where it is sent
	All        []*ReturnView              // its returns
	Back       map[string]address.Address // where returns that may be sent now go to, by their ids
	Payable    int64                      // what may be paid now
	Policy     returns.Policy             // that judges returns now
	Allowed    []string                   // what the link allows and the order still does
	NotAllowed []order.Refusal
}

// CustomerPage reads what a link shows now.
func (a *App) CustomerPage(ctx context.Context, token string) (*CustomerView, error) {
	l, err := a.ReadCustomerLink(ctx, token)
	if err != nil {
		return nil, err
	}
	return a.customerPage(ctx, l)
}

func (a *App) customerPage(ctx context.Context, l CustomerLink) (*CustomerView, error) {
	v, err := a.Order(ctx, l.Order)
	if errs.ClassOf(err) == errs.NotFound || err == nil && !l.opens(v.Order, a.now()) {
		return nil, unknownLink()
	}
	if err != nil {
		return nil, err
	}
	return a.customerView(ctx, l, v)
}

func (a *App) customerView(ctx context.Context, l CustomerLink, v *OrderView) (*CustomerView, error) {
	o := v.Order
	out := &CustomerView{OrderView: v, Link: l, Allowed: []string{}}
	ch, err := a.Channel(ctx, o.Channel)
	if err != nil {
		return nil, err
	}
	s := ch.Sender()
	out.Shop, out.Help, out.Zone, out.Language = s.Name, s.Contact, cmp.Or(ch.TimeZone, "UTC"), mail.Languages(o.Language, ch.Mails.Language)[0]
	if o.Pickup != "" {
		at, err := a.Location(ctx, o.Pickup)
		if err != nil {
			return nil, err
		}
		out.Place = at.Address
		out.Place.Name = at.Name
	}
	policies, err := a.ReturnPolicies(ctx, "", 1_000)
	if err != nil {
		return nil, err
	}
	out.Policy = returns.Choose(policies, o.Channel)
	out.allow()
	if out.All, err = v.ReturnViews(); err != nil {
		return nil, err
	}
	if err := a.wayBack(ctx, out); err != nil {
		return nil, err
	}
	if !MoneyTarget(o).Ended {
		if out.Payable, err = v.payable(a.now()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// wayBack finds where returns go to that are to be sent now.
func (a *App) wayBack(ctx context.Context, v *CustomerView) error {
	for _, r := range v.All {
		if s := r.Return.Status; r.Return.Location == "" || s != returns.Approved && s != returns.LabelIssued {
			continue
		}
		at, err := a.Location(ctx, r.Return.Location)
		if err != nil {
			return err
		}
		to := at.Address
		to.Name = cmp.Or(to.Name, at.Name)
		if v.Back == nil {
			v.Back = map[string]address.Address{}
		}
		v.Back[r.Return.ID] = to
	}
	return nil
}

// allow says what of the link still works, and why the rest does not.
func (v *CustomerView) allow() {
	o := v.Order
	ended := order.Refusal{Code: "order_ended", Detail: "the order is " + string(o.Status)}
	no := map[string]order.Refusal{}
	switch {
	case o.Status == order.Canceled || o.Status == order.Rejected:
		no[AllowCancel], no[AllowAddress], no[AllowReturn] = ended, ended, ended
	default:
		if !v.unreleased() || !slices.Contains(order.Allowed(o), "cancel") {
			no[AllowCancel] = order.Refusal{Code: "already_released", Detail: "the order is being packed or has left"}
		}
		if !order.MayMove(o) {
			no[AllowAddress] = order.Refusal{Code: "already_packed", Detail: "some of the order is packed"}
		}
		if !slices.Contains(order.Steps(o), "return") {
			no[AllowReturn] = order.Refusal{Code: "not_shipped", Detail: "nothing of the order has shipped"}
		}
	}
	for _, r := range order.NotAllowed(o) {
		no[r.Step] = r
	}
	for _, r := range v.Link.Allow {
		why, refused := no[r]
		if !refused {
			v.Allowed = append(v.Allowed, r)
			continue
		}
		why.Step = r
		v.NotAllowed = append(v.NotAllowed, why)
	}
}

// CustomerCall is a request of a customer by a link.
type CustomerCall struct {
	Link CustomerLink
	Meta work.Meta
	Try  bool // without effect
}

// byCustomer runs a command of a customer and reads the order as it is then, also where the same request was carried out
// before. Tried makes the view of a dry run.
func byCustomer[R any](ctx context.Context, a *App, c CustomerCall, cmd work.Command[R], tried func(R) (*CustomerView, error)) (*CustomerView, error) {
	if c.Try {
		v, err := work.DryRun(ctx, a.Committer, cmd, c.Meta)
		if err != nil {
			return nil, err
		}
		return tried(v)
	}
	c.Meta.Render = func(any) work.Answer { return work.Answer{Status: 200, Body: []byte("{}")} } // what is shown is read anew
	out := work.Submit(ctx, a.Committer, cmd, c.Meta)
	if out.Err != nil {
		return nil, out.Err
	}
	if out.InFlight {
		return nil, errs.New(errs.Conflict, "idempotency_in_flight", "the first request with this Idempotency-Key is still running; try again shortly")
	}
	return a.customerPage(ctx, c.Link)
}

// CustomerCancel cancels the order of a link, until a location has it.
func (a *App) CustomerCancel(ctx context.Context, c CustomerCall) (*CustomerView, error) {
	cmd := &CancelOrder{Order: c.Link.Order, Reason: "customer", guard: c.Link.by(AllowCancel, unreleased), app: a}
	return byCustomer(ctx, a, c, cmd, func(v *OrderView) (*CustomerView, error) { return a.customerView(ctx, c.Link, v) })
}

// CustomerAddress changes where the order of a link goes, until something of it is packed.
func (a *App) CustomerAddress(ctx context.Context, c CustomerCall, to address.Address) (*CustomerView, error) {
	cmd := &ChangeDetails{Order: c.Link.Order, Details: order.Details{ShippingAddress: &to}, guard: c.Link.by(AllowAddress, nil), app: a}
	return byCustomer(ctx, a, c, cmd, func(v *OrderView) (*CustomerView, error) { return a.customerView(ctx, c.Link, v) })
}

// CustomerReturn is what a customer wants to send back.
type CustomerReturn struct {
	Lines    []returns.Wish
	Items    []returns.SwapItem // what is wanted instead; none: the money
	RefundTo string             // "" for the tender
	Note     string
}

// CustomerReturn asks to send units of the order of a link back, or to exchange them for items. Tried, it is the last of
// the returns of the view.
func (a *App) CustomerReturn(ctx context.Context, c CustomerCall, in CustomerReturn) (*CustomerView, error) {
	cmd := &RequestReturn{
		Order: c.Link.Order, Type: returns.Plain, Lines: in.Lines, RefundTo: in.RefundTo, Note: in.Note, By: CustomerActor,
		May: func(string) bool { return false }, guard: c.Link.by(AllowReturn, nil), app: a,
	}
	if len(in.Items) > 0 {
		cmd.Type, cmd.Swap = returns.Exchange, &SwapWish{Items: in.Items}
	}
	return byCustomer(ctx, a, c, cmd, func(r *ReturnView) (*CustomerView, error) {
		v, err := a.customerPage(ctx, c.Link)
		if err != nil {
			return nil, err
		}
		r.Return.ID = "" // there is no such return
		v.All = append(v.All, r)
		return v, nil
	})
}

// CustomerPayment makes a payment link for what is due of the order of a link.
func (a *App) CustomerPayment(ctx context.Context, c CustomerCall) (Link, error) {
	cmd := &CreateLink{Order: c.Link.Order, Minutes: customerPaymentMinutes, guard: c.Link.by(AllowStatus, nil), app: a}
	if c.Try {
		return work.DryRun(ctx, a.Committer, cmd, c.Meta)
	}
	return work.Do(ctx, a.Committer, cmd, c.Meta)
}

// customerPaymentMinutes is how long a payment link lasts that a customer asked for: who comes back asks again.
const customerPaymentMinutes = 60

// CustomerMessage opens a case of what the customer of a link writes about the order. The same words again are the same
// message.
func (a *App) CustomerMessage(ctx context.Context, c CustomerCall, subject, text string) (TakenMail, error) {
	v, err := a.customerPage(ctx, c.Link)
	if err != nil {
		return TakenMail{}, err
	}
	from := v.Order.Customer
	if from.Email == "" {
		return TakenMail{}, errs.New(errs.Conflict, "no_address", "the shop has no mail address of yours that it could answer to; call it, please")
	}
	var list errs.List
	(&service.Entry{Kind: service.Message, Words: service.Words{Text: text}}).Check(&list, "/text")
	if err := list.Err(); err != nil {
		return TakenMail{}, err
	}
	return work.Do(ctx, a.Committer, &TakeMail{
		From: service.Contact{Email: from.Email, Name: from.Name, Phone: from.Phone}, Subject: subject, Text: text, Via: "form", Orders: []string{v.Order.ID},
		MessageID: "link:" + messageKey(v.Order.ID+"\x00"+subject+"\x00"+text),
	}, c.Meta)
}

// CustomerLabel is the paper of the label that a return of the order of a link comes back with.
func (a *App) CustomerLabel(ctx context.Context, l CustomerLink, number string) (Paper, error) {
	v, err := a.customerPage(ctx, l)
	if err != nil {
		return Paper{}, err
	}
	for _, r := range v.All {
		if r.Return.Label == "" || order.ReturnNumber(v.Order, r.Return.ID) != number {
			continue
		}
		pdf, err := a.LabelPaper(ctx, r.Return.Label)
		return Paper{Name: number + ".pdf", PDF: pdf}, err
	}
	return Paper{}, errs.Unknown("label for the return", number)
}

// In is an amount in the currency of the order.
func (v *CustomerView) In(n int64) money.Money {
	return money.Money{Amount: n, Currency: v.Order.Currency}
}

// Paid is what the shop has of the customer's money, less refunds that are on their way; Held is what is authorized and
// not taken.
func (v *CustomerView) Paid() int64 { return v.Sums().Refundable() }

// Held sums what is left of authorizations. What was arranged by hand is reserved nowhere.
func (v *CustomerView) Held() int64 {
	held := slices.DeleteFunc(slices.Clone(v.Payments), func(p *payment.Payment) bool { return p.Provider == payment.Manual })
	return max(0, payment.Total(held).Capturable())
}
