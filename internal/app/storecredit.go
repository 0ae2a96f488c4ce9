package app

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/store"
	"ordo/internal/storecredit"
	"ordo/internal/work"
)

// StoreCreditBody is what store_credit.* events carry: the currency of the account, and each entry of its ledger.
type StoreCreditBody struct {
	Currency string             `json:"currency"`
	Entry    *storecredit.Entry `json:"entry,omitzero"`
	Balance  int64              `json:"balance"`
}

// StoreCreditPersonal is whose account it is.
type StoreCreditPersonal struct {
	Email string `json:"email"`
}

// drawn is an account that payments of an order write to. Its events come after those of the order: the events of one
// aggregate in one command stand side by side.
type drawn struct {
	account *storecredit.Account
	events  []work.Event
}

func needsAccount(n *work.Needs, t order.Tender) {
	if t.Provider == payment.StoreCredit {
		n.Docs(StoreCredits.Spec, t.Token)
	}
}

// loadAccounts reads the accounts that payments of the order were made with.
func (c *cluster) loadAccounts(u *work.Unit) error {
	var ids []string
	for _, p := range c.Payments {
		if p.Account != "" && !slices.Contains(ids, p.Account) {
			ids = append(ids, p.Account)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return u.Require(func(n *work.Needs) { n.Docs(StoreCredits.Spec, ids...) })
}

// account returns the account with the id as the command has it so far.
func (c *cluster) account(u *work.Unit, id string) (*drawn, error) {
	for _, d := range c.drawn {
		if d.account.ID == id {
			return d, nil
		}
	}
	a, err := StoreCredits.Get(u, id)
	if err != nil {
		return nil, err
	}
	d := &drawn{account: a}
	c.drawn = append(c.drawn, d)
	return d, nil
}

// ledgerKinds are what payment entries are in the ledger of an account.
var ledgerKinds = map[payment.Kind]storecredit.Kind{
	payment.Authorize: storecredit.Authorized, payment.Capture: storecredit.Captured, payment.Void: storecredit.Voided, payment.Refund: storecredit.Refunded,
}

// draw writes a payment entry into the ledger of the account that the payment is made with.
func (c *cluster) draw(u *work.Unit, p *payment.Payment, e payment.Entry) error {
	d, err := c.account(u, p.Account)
	if errs.ClassOf(err) == errs.NotFound {
		return errs.New(errs.Conflict, "insufficient_credit", "there is no store credit account %q", errs.Clip(p.Account)).With("requested", e.Amount, "available", 0)
	}
	if err != nil {
		return err
	}
	if d.account.Currency != p.Currency {
		return errs.New(errs.Conflict, "insufficient_credit", "the account is in %s, the order in %s", d.account.Currency, p.Currency).With("requested", e.Amount, "available", 0)
	}
	entry := storecredit.Entry{ID: e.ID, Kind: ledgerKinds[e.Kind], Amount: e.Amount, Parent: e.Parent, Order: c.Order.ID, Payment: p.ID, At: u.Now()}
	return d.add(entry)
}

func (d *drawn) add(e storecredit.Entry) (err error) {
	if d.account, err = storecredit.Add(d.account, e); err != nil {
		return err
	}
	d.events = append(d.events, work.Event{
		Type: "store_credit." + string(e.Kind), Aggregate: d.account.ID, Body: &StoreCreditBody{Currency: d.account.Currency, Entry: &e, Balance: d.account.Sums().Balance()},
	})
	return nil
}

func (c *cluster) saveAccounts(u *work.Unit) error {
	for _, d := range c.drawn {
		if len(d.events) == 0 {
			continue
		}
		if err := put(u, StoreCredits, d.account, d.account.Version == 0); err != nil {
			return err
		}
		u.Record(d.events...)
	}
	return nil
}

// OpenStoreCredit makes an account, with an amount issued to it or without.
type OpenStoreCredit struct {
	Email    string
	Currency string
	Amount   int64
	Reason   string
}

// StoreCreditReasons are why credit is issued or taken back by hand.
var StoreCreditReasons = []string{"gift_card", "goodwill", "return", "correction", "expired", "other"}

// Needs implements work.Command.
func (c *OpenStoreCredit) Needs(*work.Needs) {}

// Run implements work.Command.
func (c *OpenStoreCredit) Run(u *work.Unit) (*storecredit.Account, error) {
	var list errs.List
	c.Email = strings.TrimSpace(c.Email)
	if c.Email != "" && !address.ValidEmail(c.Email) {
		list.Add("/email", "invalid_email", "a mail address has the form local@domain")
	}
	if !money.ValidCurrency(c.Currency) {
		list.Add("/amount/currency", "invalid_currency", "give an ISO 4217 code")
	}
	checkCredit(&list, c.Amount, 0, c.Reason)
	if err := list.Err(); err != nil {
		return nil, err
	}
	a := &storecredit.Account{Meta: doc.Meta{ID: u.NewID("scr")}, Email: c.Email, Currency: c.Currency, At: u.Now()}
	d := &drawn{account: a}
	opened := work.Event{Type: "store_credit.opened", Aggregate: a.ID, Body: &StoreCreditBody{Currency: a.Currency}}
	if c.Email != "" {
		opened.Personal = StoreCreditPersonal{c.Email}
	}
	d.events = append(d.events, opened)
	if c.Amount > 0 {
		if err := d.add(storecredit.Entry{ID: u.NewID("sce"), Kind: storecredit.Issued, Amount: c.Amount, Reason: c.Reason, At: u.Now()}); err != nil {
			return nil, err
		}
	}
	StoreCredits.Create(u, d.account)
	u.Record(d.events...)
	return d.account, nil
}

func checkCredit(list *errs.List, amount, least int64, reason string) {
	if amount < least || amount > money.Max {
		list.Add("/amount/amount", "out_of_range", "give an amount from %d to %d", least, int64(money.Max))
	}
	if !slices.Contains(StoreCreditReasons, reason) || utf8.RuneCountInString(reason) > 64 {
		list.Add("/reason", "unknown_value", "give one of %s", strings.Join(StoreCreditReasons, ", "))
	}
}

// ChangeStoreCredit adds to the ledger by hand: issues more, or takes back what expired.
type ChangeStoreCredit struct {
	Account  string
	Kind     storecredit.Kind
	Amount   int64
	Currency string
	Reason   string
}

// Needs implements work.Command.
func (c *ChangeStoreCredit) Needs(n *work.Needs) { n.Docs(StoreCredits.Spec, c.Account) }

// Run implements work.Command.
func (c *ChangeStoreCredit) Run(u *work.Unit) (*storecredit.Account, error) {
	a, err := StoreCredits.Get(u, c.Account)
	if err != nil {
		return nil, err
	}
	if err := u.CheckVersion("store credit account", a.Version); err != nil {
		return nil, err
	}
	var list errs.List
	if !slices.Contains(storecredit.ByHand, c.Kind) {
		list.Add("/kind", "unknown_value", "give issued or expired; the others follow from payments")
	}
	if c.Currency != a.Currency {
		list.Add("/amount/currency", "mixed_currencies", "the account is in %s", a.Currency)
	}
	checkCredit(&list, c.Amount, 1, c.Reason)
	if err := list.Err(); err != nil {
		return nil, err
	}
	d := &drawn{account: a}
	if err := d.add(storecredit.Entry{ID: u.NewID("sce"), Kind: c.Kind, Amount: c.Amount, Reason: c.Reason, At: u.Now()}); err != nil {
		return nil, err
	}
	if err := StoreCredits.Put(u, d.account); err != nil {
		return nil, err
	}
	u.Record(d.events...)
	return d.account, nil
}

// NewStoreCredit runs OpenStoreCredit.
func (a *App) NewStoreCredit(ctx context.Context, c OpenStoreCredit, meta work.Meta) work.Outcome {
	return work.Submit(ctx, a.Committer, &c, meta)
}

// AddStoreCredit runs ChangeStoreCredit.
func (a *App) AddStoreCredit(ctx context.Context, c ChangeStoreCredit, meta work.Meta) work.Outcome {
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryNewStoreCredit is NewStoreCredit without effect.
func (a *App) TryNewStoreCredit(ctx context.Context, c OpenStoreCredit, meta work.Meta) (*storecredit.Account, error) {
	made, err := work.DryRun(ctx, a.Committer, &c, meta)
	if err == nil {
		made.ID = ""
	}
	return made, err
}

// TryAddStoreCredit is AddStoreCredit without effect.
func (a *App) TryAddStoreCredit(ctx context.Context, c ChangeStoreCredit, meta work.Meta) (*storecredit.Account, error) {
	return work.DryRun(ctx, a.Committer, &c, meta)
}

// StoreCredit reads an account.
func (a *App) StoreCredit(ctx context.Context, id string) (*storecredit.Account, error) {
	return one(ctx, a.DB, StoreCredits, id)
}

// ListStoreCredits lists accounts by id; email selects those of one owner.
func (a *App) ListStoreCredits(ctx context.Context, email, after string, limit int) ([]*storecredit.Account, error) {
	if email == "" {
		return page(ctx, a.DB, StoreCredits, after, limit)
	}
	var out []*storecredit.Account
	err := a.DB.Query(ctx, func(r store.Row) error {
		v, err := scanDoc(StoreCredits, r)
		out = append(out, v)
		return err
	}, "SELECT doc FROM store_credits WHERE owner = $1 AND id > $2 ORDER BY id LIMIT $3", fold(email), after, limit)
	return out, err
}
