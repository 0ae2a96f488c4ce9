package app

import (
	"cmp"
	"context"
	"slices"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/journal"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/returns"
	"ordo/internal/service"
	"ordo/internal/store"
	"ordo/internal/storecredit"
)

// Overview is all that is known of a customer, by mail address: what somebody who answers the phone wants to see.
type Overview struct {
	Email     string
	Names     []string // as orders have them, the newest first
	Phones    []string
	Addresses []address.Address
	Orders    []*OrderView // the newest first, at most MaxOverview
	Complete  bool         // whether these are all
	Money     []Spent      // by currency
	Statuses  map[string]int
	Credits   []*storecredit.Account
	Notes     []OrderNote
	Returns   []OverviewReturn // of the orders, the newest order's first
	Cases     []*service.Case  // the newest first; none for who may not see them
	Customer  string           // id of the customer who has the address; "" where there is none
	Events    []journal.Row    // the newest first
	First     micros.Time      // when the first of the orders was placed
}

// Spent is what a customer's orders came to in a currency, in minor units.
type Spent struct {
	Currency string
	Orders   int   // that were not canceled or rejected
	Ordered  int64 // totals of those
	Captured int64
	Refunded int64
	Due      int64 // by the customer, for orders that have not ended
	Owed     int64 // to the customer
}

// OrderNote is a remark on one of the orders.
type OrderNote struct {
	Order string
	order.Note
}

// OverviewReturn is a return with the number that its customer knows.
type OverviewReturn struct {
	Number string
	*returns.Return
}

// Bounds of an overview.
const (
	MaxOverview    = 500
	overviewEvents = 20
	overviewNotes  = 50
	overviewCases  = 50
	overviewLatest = 5 // orders whose events are looked at
)

// Overview gathers what is known of a mail address in the channels that the asker may see; cases where they are wanted.
func (a *App) Overview(ctx context.Context, email string, channels []string, cases bool) (*Overview, error) {
	email = fold(email)
	if !address.ValidEmail(email) {
		return nil, errs.New(errs.Malformed, "invalid_parameter", "email is a mail address of the form local@domain")
	}
	found, err := a.ListOrders(ctx, OrderFilter{Customer: email, Channels: channels, Limit: MaxOverview + 1})
	if err != nil {
		return nil, err
	}
	o := &Overview{Email: email, Complete: len(found) <= MaxOverview, Statuses: map[string]int{}}
	owners := make([]string, 0, len(found))
	for _, x := range found[:min(len(found), MaxOverview)] {
		owners = append(owners, x.ID)
	}
	if err := a.DB.Snapshot(ctx, func(r store.Reader) (err error) {
		o.Orders, _, err = a.views(ctx, r, owners)
		return err
	}); err != nil {
		return nil, err
	}
	for _, v := range o.Orders {
		o.add(v)
	}
	slices.SortFunc(o.Money, func(x, y Spent) int { return cmp.Compare(x.Currency, y.Currency) })
	slices.SortStableFunc(o.Notes, func(x, y OrderNote) int { return cmp.Compare(y.At, x.At) })
	o.Notes = o.Notes[:min(len(o.Notes), overviewNotes)]
	if cases {
		if err := o.readCases(ctx, a); err != nil {
			return nil, err
		}
	}
	if o.Credits, err = a.ListStoreCredits(ctx, email, "", 100); err != nil {
		return nil, err
	}
	for _, id := range owners[:min(len(owners), overviewLatest)] {
		rows, err := a.latest(ctx, id)
		if err != nil {
			return nil, err
		}
		o.Events = append(o.Events, rows...)
	}
	slices.SortFunc(o.Events, func(x, y journal.Row) int { return cmp.Compare(y.Seq, x.Seq) })
	o.Events = o.Events[:min(len(o.Events), overviewEvents)]
	return o, nil
}

// latest reads the newest events of an order: its version says how many there are at least.
func (a *App) latest(ctx context.Context, id string) ([]journal.Row, error) {
	rows, err := journal.Of(ctx, a.DB, id, 0, 1000)
	return rows[max(0, len(rows)-overviewEvents):], err
}

// readCases finds the customer of the address, and the cases.
func (o *Overview) readCases(ctx context.Context, a *App) error {
	known, err := a.ListCustomers(ctx, CustomerFilter{Email: o.Email, Limit: 1})
	if err != nil || len(known) == 0 {
		return err
	}
	o.Customer = known[0].ID
	o.Cases, err = a.ListCases(ctx, CaseFilter{Customer: o.Customer, Limit: overviewCases})
	return err
}

// add counts an order.
func (o *Overview) add(v *OrderView) {
	x := v.Order
	o.Statuses[string(x.Status)]++
	o.First = x.PlacedAt
	addText(&o.Names, cmp.Or(x.Customer.Name, x.ShippingAddress.Name))
	addText(&o.Phones, cmp.Or(x.Customer.Phone, x.ShippingAddress.Phone))
	if x.ShippingAddress != (address.Address{}) && !slices.Contains(o.Addresses, x.ShippingAddress) && len(o.Addresses) < 20 {
		o.Addresses = append(o.Addresses, x.ShippingAddress)
	}
	for _, n := range x.Notes {
		o.Notes = append(o.Notes, OrderNote{x.ID, n})
	}
	for _, r := range v.Returns {
		o.Returns = append(o.Returns, OverviewReturn{order.ReturnNumber(x, r.ID), r})
	}
	i := slices.IndexFunc(o.Money, func(s Spent) bool { return s.Currency == x.Currency })
	if i < 0 {
		o.Money, i = append(o.Money, Spent{Currency: x.Currency}), len(o.Money)
	}
	s, sums := &o.Money[i], v.Sums()
	s.Captured += sums.Captured
	s.Refunded += sums.Refunded
	s.Owed += v.RefundDue()
	if x.Status != order.Canceled && x.Status != order.Rejected && x.Status != order.Draft {
		s.Orders++
		s.Ordered += x.Totals.GrandTotal
		s.Due += max(0, v.Due())
	}
}

// addText adds a text that is not there yet.
func addText(list *[]string, s string) {
	if s != "" && !slices.Contains(*list, s) && len(*list) < 20 {
		*list = append(*list, s)
	}
}
