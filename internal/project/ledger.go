package project

import (
	"bytes"
	"context"
	"time"

	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/store"
)

// LedgerName is the name of the reader that keeps the books.
const LedgerName = "ledger"

// Entry is one line of the books: an amount in minor units on one side of an account. The lines of an event share its
// position and balance in each currency.
type Entry struct {
	Seq, Line     int64
	Day           string // of the event, in UTC
	Account       string
	Currency      string
	Debit, Credit int64
	Order         string
	Ref           string // what it is about: a payment entry, a store credit account, the order
}

// Accounts. What customers owe is `receivable`: shipping raises it, money that arrives lowers it, so an order that is
// paid before it ships stands there below zero until it does. Money that a provider has and the bank not yet is
// `clearing:` and the provider's name.
const (
	Receivable   = "receivable"
	SalesRevenue = "revenue"
	Postage      = "shipping_revenue"
	Tax          = "tax"
	Refunds      = "refunds"
	StoreCredit  = "store_credit"         // what is owed to customers in goods
	CreditGiven  = "store_credit_given"   // issued without money
	CreditEnded  = "store_credit_expired" // taken back
)

func clearing(provider string) string {
	if provider == StoreCredit {
		return StoreCredit
	}
	return "clearing:" + provider
}

// facts is what the books need of an event.
type facts struct {
	Revenue *order.Revenue `json:"revenue"`
	Payment *struct {
		Provider string        `json:"provider"`
		Currency string        `json:"currency"`
		Entry    payment.Entry `json:"entry"`
	} `json:"payment"`
	Currency string `json:"currency"` // store_credit.*
	Entry    *struct {
		Amount int64  `json:"amount"`
		Order  string `json:"order"`
	} `json:"entry"`
}

// book collects the lines of an event.
type book struct {
	row     *journal.Row
	entries []Entry
}

// post writes an amount from one account to another; one below zero goes the other way.
func (b *book) post(debit, credit, currency, ref string, amount int64) {
	switch {
	case amount == 0:
		return
	case amount < 0:
		debit, credit, amount = credit, debit, -amount
	}
	b.line(debit, currency, ref, amount, 0)
	b.line(credit, currency, ref, 0, amount)
}

func (b *book) line(account, currency, ref string, debit, credit int64) {
	e := Entry{
		Seq: b.row.Seq, Line: int64(len(b.entries) + 1), Day: b.row.At.Std().Format(time.DateOnly), Account: account, Currency: currency,
		Debit: debit, Credit: credit, Ref: ref,
	}
	if b.row.Type[:min(len(b.row.Type), len("store_credit."))] != "store_credit." {
		e.Order = b.row.Aggregate
	}
	b.entries = append(b.entries, e)
}

// Entries are the lines of the books that an event makes. They depend on the event alone.
func Entries(row *journal.Row) ([]Entry, error) {
	moves, earns := false, bytes.Contains(row.Body, []byte(`"revenue":`))
	switch row.Type {
	case "payment.captured", "payment.refunded", "payment.disputed", "payment.dispute_closed", "store_credit.issued", "store_credit.expired":
		moves = true
	}
	if !moves && !earns {
		return nil, nil
	}
	var f facts
	if err := jsonx.Unmarshal(row.Body, &f); err != nil {
		return nil, err
	}
	b := &book{row: row}
	if r := f.Revenue; r != nil {
		b.post(Receivable, SalesRevenue, r.Currency, row.Aggregate, r.Goods)
		b.post(Receivable, Postage, r.Currency, row.Aggregate, r.Shipping)
		b.post(Receivable, Tax, r.Currency, row.Aggregate, r.Tax)
		b.post(Receivable, Refunds, r.Currency, row.Aggregate, r.Granted)
	}
	switch p, e := f.Payment, f.Entry; {
	case (row.Type == "payment.captured" || row.Type == "payment.dispute_closed") && p != nil:
		b.post(clearing(p.Provider), Receivable, p.Currency, p.Entry.ID, p.Entry.Amount)
	case (row.Type == "payment.refunded" || row.Type == "payment.disputed") && p != nil: // what the bank takes back is owed again
		b.post(Receivable, clearing(p.Provider), p.Currency, p.Entry.ID, p.Entry.Amount)
	case row.Type == "store_credit.issued" && e != nil && e.Order != "": // instead of a refund: the order's grant is paid by it
		b.post(Receivable, StoreCredit, f.Currency, row.Aggregate, e.Amount)
	case row.Type == "store_credit.issued" && e != nil:
		b.post(CreditGiven, StoreCredit, f.Currency, row.Aggregate, e.Amount)
	case row.Type == "store_credit.expired" && e != nil:
		b.post(StoreCredit, CreditEnded, f.Currency, row.Aggregate, e.Amount)
	}
	return b.entries, nil
}

// Ledger is the reader that writes the books.
func Ledger(d store.Dialect) Reader {
	text := func(name string) store.Col { return store.Col{Name: name, Type: store.Text} }
	number := func(name string) store.Col { return store.Col{Name: name, Type: store.Int} }
	insert := d.Insert("ledger_entries", []store.Col{
		number("seq"), number("line"), text("day"), text("account"), text("currency"), number("debit"), number("credit"), text("order_id"), text("ref"),
	}, false)
	return Reader{Name: LedgerName, Project: func(_ context.Context, _ Querier, rows []journal.Row) ([]*store.Stmt, error) {
		var seqs, lines, debits, credits []int64
		var days, accounts, currencies, orders, refs []string
		for i := range rows {
			entries, err := Entries(&rows[i])
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				seqs, lines, debits, credits = append(seqs, e.Seq), append(lines, e.Line), append(debits, e.Debit), append(credits, e.Credit)
				days, accounts, currencies = append(days, e.Day), append(accounts, e.Account), append(currencies, e.Currency)
				orders, refs = append(orders, e.Order), append(refs, e.Ref)
			}
		}
		if len(seqs) == 0 {
			return nil, nil
		}
		return []*store.Stmt{{SQL: insert, Rows: []any{seqs, lines, days, accounts, currencies, debits, credits, orders, refs}, Want: int64(len(seqs))}}, nil
	}}
}

// LedgerColumns are the columns that ScanEntry reads.
const LedgerColumns = "seq, line, day, account, currency, debit, credit, order_id, ref"

// ScanEntry reads a row of the books.
func ScanEntry(r store.Row) (e Entry, err error) {
	err = r.Scan(&e.Seq, &e.Line, &e.Day, &e.Account, &e.Currency, &e.Debit, &e.Credit, &e.Order, &e.Ref)
	return e, err
}
