package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/mail"
	"ordo/internal/micros"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/work"
)

// A payment link lets whoever has it pay one amount of one order, or what is due of it, once. Nothing of it is stored but the event that it
// was made: what it says stands in its token, signed with a secret of this installation, and the payment that was made
// with it names it.

// Link is what a payment link says.
type Link struct {
	ID        string      `json:"id"`
	Order     string      `json:"-"` // the event's aggregate
	Amount    int64       `json:"amount"`
	Rest      bool        `json:"rest,omitzero"` // it asks for what is due when it is paid; Amount is what that was when it was made
	Currency  string      `json:"currency"`
	Provider  string      `json:"provider"`
	ExpiresAt micros.Time `json:"expires_at"`
}

// How long links last, in minutes.
const (
	DefaultLinkMinutes = 3 * 24 * 60
	MaxLinkMinutes     = 90 * 24 * 60
)

// secrets of this installation, as far as this process has read them.
type secrets struct {
	mu sync.Mutex
	m  map[string][]byte
}

// secret is InstallationSecret, read once.
func (a *App) secret(ctx context.Context, name string) (value []byte, err error) {
	a.secrets.mu.Lock()
	defer a.secrets.mu.Unlock()
	if value = a.secrets.m[name]; value != nil {
		return value, nil
	}
	if value, err = InstallationSecret(ctx, a.DB, name); err != nil {
		return nil, err
	}
	if a.secrets.m == nil {
		a.secrets.m = map[string][]byte{}
	}
	a.secrets.m[name] = value
	return value, nil
}

const (
	linkSecret  = "payment_links"
	linkPurpose = "ordo payment link"
	linkRest    = "rest" // ends what a link for what is due says
)

// LinkToken is the token of a link.
func (a *App) LinkToken(ctx context.Context, l Link) (string, error) {
	key, err := a.secret(ctx, linkSecret)
	if err != nil {
		return "", err
	}
	says := strings.Join([]string{bare(l.ID), bare(l.Order), strconv.FormatInt(l.Amount, 36), l.Currency, l.Provider, strconv.FormatInt(int64(l.ExpiresAt), 36)}, ".")
	if l.Rest {
		says += "." + linkRest
	}
	return says + "." + seal(linkPurpose, key, says), nil
}

// bare is an id without its prefix.
func bare(id string) string { return id[strings.IndexByte(id, '_')+1:] }

// seal signs what a link says; the purpose is signed with it, so that no other token of the secret can pass for one.
func seal(purpose string, key []byte, says string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(purpose + "\n" + says))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// opened is what a token says; not ok for one that this installation did not seal.
func opened(purpose string, key []byte, token string) (says string, ok bool) {
	i := strings.LastIndexByte(token, '.')
	if i < 0 || !hmac.Equal([]byte(seal(purpose, key, token[:i])), []byte(token[i+1:])) {
		return "", false
	}
	return token[:i], true
}

// unknownPayment is the answer to every token that opens nothing, also to those of orders that were erased.
func unknownPayment() error {
	return errs.New(errs.NotFound, "not_found", "there is no such payment link")
}

// ReadLink reads a token. One that this installation did not make is not found.
func (a *App) ReadLink(ctx context.Context, token string) (l Link, err error) {
	key, err := a.secret(ctx, linkSecret)
	if err != nil {
		return l, err
	}
	says, ok := opened(linkPurpose, key, token)
	parts := strings.Split(says, ".")
	rest := len(parts) == 7 && parts[6] == linkRest
	if !ok || len(parts) != 6 && !rest {
		return l, unknownPayment()
	}
	amount, err1 := strconv.ParseInt(parts[2], 36, 64)
	expires, err2 := strconv.ParseInt(parts[5], 36, 64)
	l = Link{ID: "lnk_" + parts[0], Order: "ord_" + parts[1], Amount: amount, Rest: rest, Currency: parts[3], Provider: parts[4], ExpiresAt: micros.Time(expires)}
	if err1 != nil || err2 != nil || !ids.Valid("ord", l.Order) {
		return l, unknownPayment()
	}
	return l, nil
}

// payable is what a link may ask for: what the order costs, less what was kept of it and what providers have
// authorized or are asked for, and less what units that come back will pay. What is merely arranged (manual) may be
// paid by link instead.
func (v *OrderView) payable(now micros.Time) (int64, error) {
	var others []*payment.Payment
	byHand := int64(0)
	for _, p := range v.Payments {
		if p.Provider == Manual {
			byHand += p.Sums().Refundable()
		} else {
			others = append(others, p)
		}
	}
	swapped, err := v.exchanged()
	return max(0, payment.Outstanding(MoneyTarget(v.Order), others, now)-byHand-swapped), err
}

// linked is the newest payment that was made with the link; nil for none.
func (v *OrderView) linked(id string) *payment.Payment {
	for _, p := range slices.Backward(v.Payments) {
		if p.Link == id && len(p.Entries) > 0 {
			return p
		}
	}
	return nil
}

// CreateLink makes a payment link.
type CreateLink struct {
	Order    string
	Amount   *money.Money // nil: what is due
	Minutes  int64        // 0: DefaultLinkMinutes
	Provider string       // "": sandbox
	guard    guard        // of a customer's link; nil for none
	app      *App
}

// Needs implements work.Command.
func (c *CreateLink) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *CreateLink) Run(u *work.Unit) (Link, error) {
	cl, err := c.app.loadSeen(u, c.Order, withoutStock)
	if err != nil {
		return Link{}, err
	}
	if err := c.guard.pass(cl, u); err != nil {
		return Link{}, err
	}
	if MoneyTarget(cl.Order).Ended || cl.Order.Status == order.Draft {
		return Link{}, errs.IllegalTransition("the order", string(cl.Order.Status), "pay", order.Steps(cl.Order))
	}
	l, err := c.link(cl, u.Now())
	if err != nil {
		return Link{}, err
	}
	l.ID, l.Order = u.NewID("lnk"), cl.Order.ID
	l.ExpiresAt = u.Now().Add(time.Duration(c.Minutes) * time.Minute)
	cl.record("payment.link_created", Body{Link: &l})
	_, err = cl.save(u)
	return l, err
}

// link checks what was asked for.
func (c *CreateLink) link(cl *cluster, now micros.Time) (Link, error) {
	var list errs.List
	due, err := cl.payable(now)
	if err != nil {
		return Link{}, err
	}
	l := Link{Amount: due, Rest: c.Amount == nil, Currency: cl.Order.Currency, Provider: c.Provider}
	if l.Provider == "" {
		l.Provider = "sandbox"
	}
	if c.app.Providers[l.Provider] == nil {
		list.Add("/provider", "unknown_provider", "there is no payment provider %q that takes payments on a page", errs.Clip(l.Provider))
	}
	if c.Minutes == 0 {
		c.Minutes = DefaultLinkMinutes
	}
	if c.Minutes < 1 || c.Minutes > MaxLinkMinutes {
		list.Add("/expires_in_minutes", "out_of_range", "give minutes, from 1 to %d", MaxLinkMinutes)
	}
	if c.Amount != nil {
		l.Amount = c.Amount.Amount
		if c.Amount.Currency != l.Currency {
			list.Add("/amount/currency", "mixed_currencies", "the order is in %s", l.Currency)
		}
		if l.Amount < 1 {
			list.Add("/amount/amount", "out_of_range", "give an amount in minor units, at least 1")
		}
	}
	if err := list.Err(); err != nil {
		return l, err
	}
	if due == 0 {
		return l, errs.New(errs.Conflict, "payment_limit", "nothing of the order is due").With("requested", l.Amount, "available", due)
	}
	if l.Amount > due {
		return l, errs.New(errs.Conflict, "payment_limit", "only %s of the order is due", money.Money{Amount: due, Currency: l.Currency}).With("requested", l.Amount, "available", due)
	}
	return l, nil
}

// PayByLink makes the payment of a link, unless one was made with it that did not fail: a link pays once. It takes what
// the payer saw, and nothing where less or more is due meanwhile.
type PayByLink struct {
	Link   Link
	Token  string // the provider's name for the card
	Amount int64  // that the payer saw
	app    *App
}

// Needs implements work.Command.
func (c *PayByLink) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Link.Order) }

// Run implements work.Command.
func (c *PayByLink) Run(u *work.Unit) (*PayPage, error) {
	cl, err := c.app.load(u, c.Link.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	if order.Erased(cl.Order) {
		return nil, unknownPayment()
	}
	page, err := payPage(c.Link, &cl.OrderView, u.Now())
	if err != nil {
		return nil, err
	}
	if page.State != LinkOpen && page.State != LinkDeclined || page.Link.Amount != c.Amount {
		return page, nil
	}
	if _, err := cl.tender(u, order.Tender{Provider: c.Link.Provider, Token: c.Token}, page.Link.Amount, true, nil); err != nil {
		return nil, err
	}
	cl.Payments[len(cl.Payments)-1].Link = c.Link.ID
	cl.requested()
	v, err := cl.save(u)
	if err != nil {
		return nil, err
	}
	return payPage(c.Link, v, u.Now())
}

// LinkState says what a link is good for now.
type LinkState string

// The states of a link.
const (
	LinkOpen     LinkState = "open"
	LinkDeclined LinkState = "declined" // the last card; another may be tried
	LinkPending  LinkState = "pending"
	LinkPaid     LinkState = "paid"
	LinkSettled  LinkState = "settled" // less is due than the link asks for, or nothing
	LinkChanged  LinkState = "changed" // another amount is due than the payer saw: nothing was charged
	LinkExpired  LinkState = "expired"
	LinkEnded    LinkState = "ended" // the order was canceled or rejected
)

// PayPage is what somebody who has a link sees.
type PayPage struct {
	Link   Link // its amount is what it asks for now, or what was paid with it
	State  LinkState
	Reason string // why the card was declined
	Order  *order.Order
	Shop   string // the seller's name
	Help   string // how to reach the shop

	Language string // of the order, else of its channel; BCP 47
}

func payPage(l Link, v *OrderView, now micros.Time) (*PayPage, error) {
	due, err := v.payable(now)
	if err != nil {
		return nil, err
	}
	var made *payment.Entry
	if paid := v.linked(l.ID); paid != nil {
		made = &paid.Entries[0]
	}
	switch {
	case made != nil && made.State != payment.Failed:
		l.Amount = made.Amount
	case l.Rest && due > 0:
		l.Amount = due
	}
	p := &PayPage{Link: l, State: LinkOpen, Order: v.Order}
	switch {
	case made != nil && made.State == payment.Succeeded:
		p.State = LinkPaid
	case made != nil && made.State != payment.Failed:
		p.State = LinkPending
	case MoneyTarget(v.Order).Ended:
		p.State = LinkEnded
	case now >= l.ExpiresAt:
		p.State = LinkExpired
	case due < l.Amount:
		p.State = LinkSettled
	case made != nil:
		p.State, p.Reason = LinkDeclined, made.Reason
	}
	return p, nil
}

// PayPage reads what a link shows now.
func (a *App) PayPage(ctx context.Context, token string) (*PayPage, error) {
	l, err := a.ReadLink(ctx, token)
	if err != nil {
		return nil, err
	}
	return a.payPage(ctx, l)
}

func (a *App) payPage(ctx context.Context, l Link) (*PayPage, error) {
	v, err := a.Order(ctx, l.Order)
	if err != nil {
		return nil, err
	}
	if order.Erased(v.Order) {
		return nil, unknownPayment()
	}
	p, err := payPage(l, v, micros.Of(time.Now()))
	if err != nil {
		return nil, err
	}
	ch, err := a.Channel(ctx, v.Order.Channel)
	if err != nil {
		return nil, err
	}
	s := ch.Sender()
	p.Shop, p.Help, p.Language = s.Name, s.Contact, mail.Languages(v.Order.Language, ch.Mails.Language)[0]
	return p, nil
}

// PayByLink pays the amount that the payer saw, and waits a bounded time for the outcome. Where another amount is due,
// nothing is paid.
func (a *App) PayByLink(ctx context.Context, token, card string, amount int64, meta work.Meta) (*PayPage, error) {
	l, err := a.ReadLink(ctx, token)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(a.Settings.PaymentWait)
	woken, forget := a.waiters.add(l.Order)
	defer forget()
	if _, err := work.Do(ctx, a.Committer, &PayByLink{Link: l, Token: card, Amount: amount, app: a}, meta); err != nil {
		return nil, err
	}
	if p, err := a.payPage(ctx, l); err != nil || (p.State == LinkOpen || p.State == LinkDeclined) && p.Link.Amount != amount {
		if err == nil {
			p.State = LinkChanged
		}
		return p, err
	}
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 250*time.Millisecond) {
		p, err := a.payPage(ctx, l)
		if err != nil || p.State != LinkPending || !time.Now().Before(deadline) {
			return p, err
		}
		select {
		case <-woken:
			woken = nil
		case <-time.After(min(wait, time.Until(deadline))):
		case <-ctx.Done():
			return nil, fmt.Errorf("app: the payer of %s left: %w", l.ID, ctx.Err())
		}
	}
}

// CreateLink runs CreateLink.
func (a *App) CreateLink(ctx context.Context, c CreateLink, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryCreateLink is CreateLink without effect: the link has no id.
func (a *App) TryCreateLink(ctx context.Context, c CreateLink, meta work.Meta) (Link, error) {
	c.app = a
	l, err := work.DryRun(ctx, a.Committer, &c, meta)
	l.ID = ""
	return l, err
}
