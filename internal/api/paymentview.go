package api

import (
	"cmp"

	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/money"
	"ordo/internal/payment"
	"ordo/internal/storecredit"
)

// Payment is one tender of an order with its entries.
type Payment struct {
	ID         string         `json:"id"`
	Version    int64          `json:"version"`
	Provider   string         `json:"provider" example:"manual"`
	Amount     money.Money    `json:"amount" doc:"to be paid with it"`
	Authorized money.Money    `json:"authorized" doc:"promised by the provider; on manual as arranged"`
	Captured   money.Money    `json:"captured" doc:"taken"`
	Refunded   money.Money    `json:"refunded" doc:"given back"`
	Voided     money.Money    `json:"voided" doc:"authorized and given up"`
	Expired    money.Money    `json:"expired" doc:"authorized and lost when the authorization expired"`
	Disputed   money.Money    `json:"disputed" doc:"taken back by the bank"`
	Account    string         `json:"account,omitzero" doc:"id of the store credit account"`
	Method     string         `json:"method,omitzero" doc:"on manual: how the money is to arrive" example:"bank_transfer"`
	TermsDays  int64          `json:"terms_days,omitzero" doc:"on manual: net terms"`
	DueAt      string         `json:"due_at,omitzero" format:"date-time" doc:"on manual: when the terms end"`
	Entries    []PaymentEntry `json:"entries" doc:"in the order they were made"`
}

// PaymentEntry is one intent and its outcome.
type PaymentEntry struct {
	ID          string      `json:"id"`
	Kind        string      `json:"kind" enum:"authorize,capture,void,refund,expire,chargeback,chargeback_reversal"`
	State       string      `json:"state" enum:"requested,pending,succeeded,failed"`
	Amount      money.Money `json:"amount"`
	Parent      string      `json:"parent,omitzero" doc:"the authorization that it acts on; of an authorization the expired one that it replaces"`
	Grant       string      `json:"grant,omitzero" doc:"the grant that a refund carries out"`
	ProviderRef string      `json:"provider_ref,omitzero" doc:"the provider's name for it; on manual a reference"`
	Reason      string      `json:"reason,omitzero" doc:"why it failed, as the provider calls it"`
	Recorded    bool        `json:"recorded,omitzero" doc:"paid out by a person, without the provider"`
	ExpiresAt   string      `json:"expires_at,omitzero" format:"date-time" doc:"of an authorization: it is worth nothing from then on"`
	At          string      `json:"at" format:"date-time" doc:"when it was asked for"`
	DoneAt      string      `json:"done_at,omitzero" format:"date-time" doc:"when it succeeded or failed"`
}

// Grant is the decision to give money back, and how far it was carried out.
type Grant struct {
	ID       string      `json:"id"`
	Status   string      `json:"status" enum:"open,pending,succeeded,failed" doc:"open: nothing was captured for it, it lowers amount_due; failed: refused, and still owed"`
	Reason   string      `json:"reason"`
	Lines    []GrantLine `json:"lines,omitzero"`
	Shipping money.Money `json:"shipping" doc:"part of amount"`
	Amount   money.Money `json:"amount"`
	Refunded money.Money `json:"refunded" doc:"what has arrived of it"`
	At       string      `json:"at" format:"date-time"`

	Offset      *money.Money `json:"offset,omitzero" doc:"part of amount that pays for replacements on the same order instead of going back"`
	StoreCredit string       `json:"store_credit,omitzero" doc:"id of the account that it was issued to, instead of refunds"`
	Return      string       `json:"return,omitzero" doc:"id of the return, exchange or claim that it is for"`
}

// GrantLine is a quantity of a line that money is given back for.
type GrantLine struct {
	Line     string      `json:"line" example:"1"`
	Quantity int64       `json:"quantity"`
	Amount   money.Money `json:"amount" doc:"what these units cost, discounts and taxes included"`
}

// StoreCredit is a customer's account.
type StoreCredit struct {
	ID        *string            `json:"id" doc:"null in a dry run; it is the token of a payment with provider store_credit" example:"scr_01kas8rz0hefgtq4ty8f7zm6d7"`
	Version   int64              `json:"version"`
	Email     string             `json:"email,omitzero" doc:"whose it is; none on a gift card"`
	Balance   money.Money        `json:"balance" doc:"what can be promised to an order now"`
	Held      money.Money        `json:"held" doc:"promised to orders and not spent"`
	Entries   []StoreCreditEntry `json:"entries"`
	CreatedAt string             `json:"created_at" format:"date-time"`
}

// StoreCreditEntry is a line of its ledger.
type StoreCreditEntry struct {
	ID      string      `json:"id"`
	Kind    string      `json:"kind" enum:"issued,authorized,captured,voided,refunded,expired"`
	Amount  money.Money `json:"amount"`
	Order   string      `json:"order,omitzero" doc:"the order that was paid with it"`
	Payment string      `json:"payment,omitzero"`
	Reason  string      `json:"reason,omitzero"`
	At      string      `json:"at" format:"date-time"`
}

// Job is work that waits to be done after a commit.
type Job struct {
	ID        string `json:"id"`
	Kind      string `json:"kind" example:"payment"`
	State     string `json:"state" enum:"ready,dead"`
	Attempts  int64  `json:"attempts"`
	LastError string `json:"last_error,omitzero"`
	RunAt     string `json:"run_at" format:"date-time" doc:"not before"`
	CreatedAt string `json:"created_at" format:"date-time"`
}

func captureOf(c *catalog.Channel) string { return cmp.Or(c.Capture, catalog.Captures[0]) }

// paymentsJSON fills what an order shows of its money.
func paymentsJSON(out *Order, v *app.OrderView) {
	in := func(n int64) money.Money { return money.Money{Amount: n, Currency: v.Order.Currency} }
	due := in(v.RefundDue())
	out.RefundDue = &due
	for _, p := range v.Payments {
		out.Payments = append(out.Payments, paymentJSON(p))
	}
	done := payment.Refunds(v.Payments)
	for _, g := range v.Order.Grants {
		view := Grant{g.ID, v.GrantState(g), g.Reason, nil, in(g.Shipping), in(g.Amount), in(done[g.ID].Refunded), g.At.String(), nil, g.Credit, g.Return}
		if g.Offset > 0 {
			offset := in(g.Offset)
			view.Offset = &offset
		}
		for _, l := range g.Lines {
			view.Lines = append(view.Lines, GrantLine{l.Line, l.Quantity, in(l.Amount)})
		}
		out.Grants = append(out.Grants, view)
	}
}

func paymentJSON(p *payment.Payment) Payment {
	in := func(n int64) money.Money { return money.Money{Amount: n, Currency: p.Currency} }
	s := p.Sums()
	out := Payment{
		ID: p.ID, Version: p.Version, Provider: p.Provider, Amount: in(p.Amount), Authorized: in(s.Authorized), Captured: in(s.Captured),
		Refunded: in(s.Refunded), Voided: in(s.Voided), Expired: in(s.Expired), Disputed: in(s.Disputed), Account: p.Account, Method: p.Method,
		TermsDays: p.TermsDays, DueAt: p.DueAt.String(), Entries: make([]PaymentEntry, len(p.Entries)),
	}
	for i, e := range p.Entries {
		out.Entries[i] = PaymentEntry{
			e.ID, string(e.Kind), string(e.State), in(e.Amount), e.Parent, e.Grant, e.ProviderRef, e.Reason, e.Recorded, e.ExpiresAt.String(), e.At.String(), e.DoneAt.String(),
		}
	}
	return out
}

func storeCreditJSON(a *storecredit.Account) StoreCredit {
	in := func(n int64) money.Money { return money.Money{Amount: n, Currency: a.Currency} }
	s := a.Sums()
	out := StoreCredit{
		ID: orNull(a.ID), Version: a.Version, Email: a.Email, Balance: in(s.Balance()), Held: in(s.Held()), Entries: make([]StoreCreditEntry, len(a.Entries)), CreatedAt: a.At.String(),
	}
	for i, e := range a.Entries {
		out.Entries[i] = StoreCreditEntry{e.ID, string(e.Kind), in(e.Amount), e.Order, e.Payment, e.Reason, e.At.String()}
	}
	return out
}

func jobJSON(j app.JobRow) Job {
	return Job{j.ID, j.Kind, j.State, j.Attempts, j.LastError, j.RunAt.String(), j.CreatedAt.String()}
}
