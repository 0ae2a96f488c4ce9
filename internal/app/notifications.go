package app

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/mail"
	"ordo/internal/micros"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/project"
	"ordo/internal/work"
)

// Notifications are decided by a reader of the journal: whatever makes an event, customers hear of it, and no command
// has to think of it. It reads rows again after a crash; the cause of a mail is the row, so the second time is no mail.

// NotificationsName is the name of the reader that decides on notifications.
const NotificationsName = "notifications"

// told says what customers are told when something happens; ok is false for nothing after all. An order is confirmed
// when it is accepted: what is declined or waits for money was not ordered yet.
var told = map[string]func(n *notification) (name string, ok bool){
	"order.accepted":        func(*notification) (string, bool) { return mail.OrderPlaced, true },
	"fulfillment.shipped":   (*notification).shipped,
	"fulfillment.delivered": (*notification).delivered,
	"order.promise_changed": (*notification).delayed,
	"order.canceled":        (*notification).canceled,
	"order.expired":         (*notification).canceled,
	"order.line_canceled":   (*notification).lessened,
	"payment.refunded":      (*notification).refunded,
	"return.received":       (*notification).returned,
}

// notifyWithin is how old an event may be that customers are still told of: a reader that is new, or was stopped for
// long, does not write about what everybody knows.
const notifyWithin = 7 * 24 * time.Hour

// notifyAtOnce is how many mails are written in one unit of work.
const notifyAtOnce = 25

func (a *App) notifications() project.Reader {
	return project.Reader{Name: NotificationsName, Deliver: a.Notify}
}

// Notify writes the mails that follow from rows of the journal. Rows that were read before are no mails again.
func (a *App) Notify(ctx context.Context, rows []journal.Row) error {
	if !slices.ContainsFunc(rows, func(r journal.Row) bool { return told[r.Type] != nil }) {
		return nil
	}
	channels, err := a.mailing(ctx)
	if err != nil || len(channels) == 0 {
		return err
	}
	oldest := micros.Of(time.Now().Add(-notifyWithin))
	var intents []MailIntent
	for i := range rows {
		if told[rows[i].Type] == nil || rows[i].At < oldest {
			continue
		}
		in, err := a.notification(ctx, &rows[i], channels)
		if err != nil {
			return err
		}
		if in != nil {
			intents = append(intents, *in)
		}
	}
	for part := range slices.Chunk(intents, notifyAtOnce) {
		if err := a.queueAll(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// mailing returns the channels that write to their customers.
func (a *App) mailing(ctx context.Context) (map[string]*catalog.Channel, error) {
	all, err := a.Channels(ctx, "", 1_000)
	out := map[string]*catalog.Channel{}
	for _, c := range all {
		if c.Mails.From != "" {
			out[c.ID] = c
		}
	}
	return out, err
}

// queueAll writes mails together, and one by one where one of them cannot be: that one is left out, and the others and
// all that follow are not held up.
func (a *App) queueAll(ctx context.Context, intents []MailIntent) error {
	_, err := work.Do(ctx, a.Committer, &queueMails{a, intents}, a.system())
	if err == nil || errs.ClassOf(err) == errs.Unavailable || ctx.Err() != nil {
		return err
	}
	if len(intents) == 1 {
		a.log.Error("a notification cannot be written", "cause", intents[0].Cause, "template", intents[0].Template, "order", intents[0].Order, "err", err)
		return nil
	}
	for i := range intents {
		if err := a.queueAll(ctx, intents[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// queueMails writes mails.
type queueMails struct {
	app     *App
	intents []MailIntent
}

// Needs implements work.Command.
func (c *queueMails) Needs(n *work.Needs) {
	for _, in := range c.intents {
		n.Key(ScopeMail, mail.Key(in.Cause, in.Template, in.To.Email))
		n.Docs(Orders.Spec, in.Order)
	}
}

// Run implements work.Command.
func (c *queueMails) Run(u *work.Unit) (struct{}, error) {
	for _, in := range c.intents {
		o, err := Orders.Get(u, in.Order)
		if err != nil {
			return struct{}{}, err
		}
		if order.Erased(o) { // since the mail was made: whom it names is nobody's to write to
			continue
		}
		if _, _, err := c.app.QueueMail(u, in); err != nil {
			return struct{}{}, err
		}
	}
	return struct{}{}, nil
}

// notification is an event on the way to a mail.
type notification struct {
	app   *App
	ctx   context.Context
	row   *journal.Row
	body  Body
	now   *OrderView   // the order as it is
	order *order.Order // as it was right after the event
	data  mail.Data
	err   error
}

// notification decides what the customer is told because of an event; nil for nothing.
func (a *App) notification(ctx context.Context, row *journal.Row, channels map[string]*catalog.Channel) (*MailIntent, error) {
	n := &notification{app: a, ctx: ctx, row: row}
	if err := jsonx.Unmarshal(row.Body, &n.body); err != nil {
		a.log.Error("no notification: an event cannot be read", "seq", row.Seq, "err", err)
		return nil, nil
	}
	var err error
	if n.now, err = a.Order(ctx, row.Aggregate); err != nil {
		if errs.ClassOf(err) == errs.NotFound {
			return nil, nil
		}
		return nil, err
	}
	o := n.now.Order
	channel := channels[o.Channel]
	if channel == nil || o.SuppressNotifications || o.Customer.Email == "" || o.Number == "" /* a draft that was given up */ {
		return nil, nil
	}
	then, err := a.OrderAsOf(ctx, n.now, Moment{Version: row.Version})
	if err != nil {
		return nil, err
	}
	n.order = then.Order
	n.data.Order = OrderMailData(n.order)
	if n.data.Links, err = a.mailLinks(ctx, o, o.Customer.Email, a.now()); err != nil { // as they open it now, also where others were revoked since
		return nil, err
	}
	name, ok := told[row.Type](n)
	if n.err != nil || !ok || slices.Contains(channel.Mails.Off, name) {
		return nil, n.err
	}
	return &MailIntent{
		Cause: mail.EventCause(row.Seq), Template: name, Data: n.data, Channel: o.Channel, Language: o.Language,
		To: mail.Address{Name: o.Customer.Name, Email: o.Customer.Email}, Order: o.ID,
	}, nil
}

// OrderMailData is what mails say of an order.
func OrderMailData(o *order.Order) *mail.OrderData {
	in := func(n int64) money.Money { return money.Money{Amount: n, Currency: o.Currency} }
	d := &mail.OrderData{
		Number: o.Number, PlacedAt: o.PlacedAt, Items: in(o.Totals.Items), Discount: in(o.Totals.Discount), Shipping: in(o.Totals.Shipping),
		Tax: in(o.Totals.Tax), Total: in(o.Totals.GrandTotal),
	}
	for _, l := range o.Lines {
		if l.Kept() > 0 {
			d.Lines = append(d.Lines, lineData(o, l.ID, l.Kept()))
		}
	}
	to := o.ShippingAddress
	for _, s := range slices.Concat([]string{to.Name, to.Line1, to.Line2}, to.Place(), []string{to.Country}) {
		if s != "" {
			d.Address = append(d.Address, s)
		}
	}
	return d
}

func lineData(o *order.Order, line string, quantity int64) mail.LineData {
	l := o.Line(line)
	if l == nil {
		return mail.LineData{Quantity: quantity, Total: money.Money{Currency: o.Currency}}
	}
	return mail.LineData{SKU: l.SKU, Name: l.Name, Quantity: quantity, Total: money.Money{Amount: l.UnitPrice * quantity, Currency: o.Currency}}
}

// ShipmentMailData is what mails say of a fulfillment order that has left.
func ShipmentMailData(o *order.Order, f *fulfillment.Fulfillment) *mail.ShipmentData {
	d := &mail.ShipmentData{Carrier: f.Carrier, Complete: true}
	for _, l := range f.Lines {
		d.Lines = append(d.Lines, lineData(o, l.Line, l.Quantity))
	}
	var numbers []string
	for _, p := range f.Packages {
		if p.TrackingNumber != "" && !slices.Contains(numbers, p.TrackingNumber) {
			numbers = append(numbers, p.TrackingNumber)
		}
	}
	if f.TrackingNumber != "" && !slices.Contains(numbers, f.TrackingNumber) {
		numbers = append(numbers, f.TrackingNumber)
	}
	d.TrackingNumber = strings.Join(numbers, ", ")
	for _, l := range o.Lines {
		d.Complete = d.Complete && l.Units.Shipped == l.Kept()
	}
	return d
}

func (n *notification) shipped() (string, bool) {
	if n.body.Fulfillment == nil || n.body.Fulfillment.Pickup {
		return "", false
	}
	n.data.Shipment = ShipmentMailData(n.order, n.body.Fulfillment)
	return mail.OrderShipped, true
}

func (n *notification) delivered() (string, bool) {
	if n.body.Fulfillment == nil || n.body.Fulfillment.Pickup {
		return "", false
	}
	n.data.Shipment = ShipmentMailData(n.order, n.body.Fulfillment)
	return mail.OrderDelivered, true
}

// delayed: the customer is told when a day becomes later than the one told before; that it comes sooner is no bad news.
func (n *notification) delayed() (string, bool) {
	before, err := n.app.OrderAsOf(n.ctx, n.now, Moment{Version: n.row.Version - 1})
	if err != nil {
		n.err = err
		return "", false
	}
	late := false
	p := &mail.PromiseData{}
	for _, l := range n.order.Lines {
		if l.Promise == nil || l.Kept() == 0 {
			continue
		}
		if old := before.Order.Line(l.ID); old != nil && old.Promise != nil && l.Promise.Current.Latest > old.Promise.Current.Latest {
			late = true
			p.Before = max(p.Before, old.Promise.Current.Latest)
		}
		p.Earliest, p.Latest = max(p.Earliest, l.Promise.Current.Earliest), max(p.Latest, l.Promise.Current.Latest)
	}
	n.data.Promise = p
	return mail.OrderDelayed, late
}

func (n *notification) canceled() (string, bool) {
	d := &mail.CanceledData{Reason: n.body.Reason, Whole: true}
	for _, l := range n.order.Lines {
		if l.Units.Canceled > 0 {
			d.Lines = append(d.Lines, lineData(n.order, l.ID, l.Units.Canceled))
		}
	}
	if d.Reason == "" {
		d.Reason = n.order.Reason
	}
	n.data.Canceled = d
	return mail.OrderCanceled, true
}

// lessened: where the same command ended the order, that is told instead.
func (n *notification) lessened() (string, bool) {
	if len(n.body.Lines) == 0 || n.order.Status == order.Canceled || n.order.Status == order.Rejected {
		return "", false
	}
	d := &mail.CanceledData{Reason: n.body.Reason}
	for _, l := range n.body.Lines {
		d.Lines = append(d.Lines, lineData(n.order, l.Line, l.Quantity))
	}
	n.data.Canceled = d
	return mail.OrderCanceled, true
}

func (n *notification) refunded() (string, bool) {
	p := n.body.Payment
	if p == nil {
		return "", false
	}
	n.data.Refund = &mail.RefundData{Amount: money.Money{Amount: p.Entry.Amount, Currency: p.Currency}}
	return mail.OrderRefunded, true
}

func (n *notification) returned() (string, bool) {
	r := n.body.Return
	if r == nil || len(r.Receipts) == 0 {
		return "", false
	}
	d := &mail.ReturnData{Number: order.ReturnNumber(n.order, r.ID)}
	for _, l := range r.Receipts[len(r.Receipts)-1].Lines {
		d.Lines = append(d.Lines, lineData(n.order, l.Line, l.Quantity))
	}
	n.data.Return = d
	return mail.ReturnReceived, len(d.Lines) > 0
}

// checkMailing adds to the list what is wrong with how a channel writes: which languages and notifications there are.
func checkMailing(list *errs.List, m *catalog.Mailing) {
	if m.Language != "" {
		if tag, ok := mail.ParseLanguage(m.Language); !ok || tag != m.Language {
			list.Add("/mails/language", "invalid_language", "give a language such as en, de or de-AT")
		}
	}
	for i, name := range m.Off {
		if !slices.Contains(mail.Notifications, name) {
			list.Add("/mails/off/"+strconv.Itoa(i), "unknown_value", "give one of %s", strings.Join(mail.Notifications, ", "))
		}
	}
}
