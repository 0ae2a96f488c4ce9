package app

import (
	"context"
	"strings"

	"ordo/internal/customer"
	"ordo/internal/errs"
	"ordo/internal/order"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Customers are locked after cases, which lead to them, and before orders.
var Customers = work.NewKind[customer.Customer](work.Spec{
	Table: "customers", What: "customer", Rank: 8, Cols: []store.Col{text("email"), text("phone")}, Terms: "customer_terms", Personal: true,
}, func(c *customer.Customer) []any { return []any{fold(c.Email), c.Phone} }).WithTerms(CustomerTerms)

// ScopeCustomerEmail holds the mail addresses of customers, folded.
const ScopeCustomerEmail = "customer_email"

// TermWord finds customers by a word of their name.
const TermWord = "word"

// CustomerTerms are what customers are found by beside mail address and phone.
func CustomerTerms(c *customer.Customer) (terms []work.Term) {
	for _, w := range c.Words() {
		terms = append(terms, work.Term{Field: TermWord, Value: w})
	}
	for _, t := range c.Tags {
		terms = append(terms, work.Term{Field: TermTag, Value: t})
	}
	return terms
}

// CustomerBody is what customer.saved carries: all that is not personal. The rest is CustomerPersonal.
type CustomerBody struct {
	Customer *customer.Customer `json:"customer"`
}

// customerSaved is the event of a customer that was staged.
func customerSaved(c *customer.Customer) work.Event {
	public, personal := customer.Split(c)
	return work.Event{Type: "customer.saved", Aggregate: c.ID, Body: CustomerBody{&public}, Personal: personal}
}

// SaveCustomer makes a customer, or replaces one; the notes stay as they are. Merge finds the one who has the mail
// address already, and replaces that.
type SaveCustomer struct {
	customer.Customer // ID "" for a new one
	Merge             bool
}

// SavedCustomer is a customer after saving.
type SavedCustomer struct {
	*customer.Customer
	Created bool
}

// Needs implements work.Command.
func (c *SaveCustomer) Needs(n *work.Needs) {
	if c.ID != "" {
		n.Docs(Customers.Spec, c.ID)
	}
	if c.Email != "" {
		n.Key(ScopeCustomerEmail, fold(c.Email))
	}
}

// Run implements work.Command.
func (c *SaveCustomer) Run(u *work.Unit) (SavedCustomer, error) {
	var list errs.List
	next := c.Customer
	if next.Clean(&list); list.Err() != nil {
		return SavedCustomer{}, list.Err()
	}
	holder, err := emailHolder(u, next.Email)
	if err != nil {
		return SavedCustomer{}, err
	}
	if c.Merge && next.ID == "" {
		next.ID = holder
	}
	if holder != "" && holder != next.ID {
		return SavedCustomer{}, errs.New(errs.Conflict, "email_taken", "another customer has this mail address; change that one").With("customer", holder)
	}
	old := &customer.Customer{CreatedAt: u.Now()}
	created := next.ID == ""
	if created {
		next.ID = u.NewID("cus")
	} else if old, err = Customers.Get(u, next.ID); err != nil {
		return SavedCustomer{}, err
	}
	if err := u.CheckVersion("customer", old.Version); err != nil {
		return SavedCustomer{}, err
	}
	if err := erased(old); err != nil {
		return SavedCustomer{}, err
	}
	next.Version, next.Notes, next.CreatedAt = old.Version, old.Notes, old.CreatedAt
	if err := rekey(u, &next, fold(old.Email)); err != nil {
		return SavedCustomer{}, err
	}
	if err := put(u, Customers, &next, created); err != nil {
		return SavedCustomer{}, err
	}
	u.Record(customerSaved(&next))
	return SavedCustomer{&next, created}, nil
}

func emailHolder(u *work.Unit, email string) (string, error) {
	if email == "" {
		return "", nil
	}
	return u.Holder(ScopeCustomerEmail, fold(email))
}

// rekey moves the unique mail address of a customer.
func rekey(u *work.Unit, c *customer.Customer, before string) error {
	now := fold(c.Email)
	if now == before {
		return nil
	}
	if before != "" {
		if err := u.Free(ScopeCustomerEmail, before); err != nil {
			return err
		}
	}
	if now == "" {
		return nil
	}
	_, _, err := u.Claim(ScopeCustomerEmail, now, c.ID)
	return err
}

// customerOf finds the customer with a mail address, or makes one; "" without an address.
func customerOf(u *work.Unit, email, name string) (string, error) {
	holder, err := emailHolder(u, email)
	if err != nil || holder != "" || email == "" {
		return holder, err
	}
	c := &customer.Customer{Email: strings.TrimSpace(email), Name: name, CreatedAt: u.Now()}
	c.ID = u.NewID("cus")
	if err := rekey(u, c, ""); err != nil {
		return "", err
	}
	Customers.Create(u, c)
	u.Record(customerSaved(c))
	return c.ID, nil
}

// NoteCustomer adds a remark to a customer.
type NoteCustomer struct{ Customer, Text, By string }

// Needs implements work.Command.
func (c *NoteCustomer) Needs(n *work.Needs) { n.Docs(Customers.Spec, c.Customer) }

// Run implements work.Command.
func (c *NoteCustomer) Run(u *work.Unit) (SavedCustomer, error) {
	doc, err := Customers.Get(u, c.Customer)
	if err != nil {
		return SavedCustomer{}, err
	}
	if err := u.CheckVersion("customer", doc.Version); err != nil {
		return SavedCustomer{}, err
	}
	if err := erased(doc); err != nil {
		return SavedCustomer{}, err
	}
	if doc, err = customer.AddNote(doc, customer.Note{ID: u.NewID("nte"), At: u.Now(), By: c.By, Text: c.Text}); err != nil {
		return SavedCustomer{}, err
	}
	if err := Customers.Put(u, doc); err != nil {
		return SavedCustomer{}, err
	}
	u.Record(customerSaved(doc))
	return SavedCustomer{doc, false}, nil
}

// CustomerFilter selects customers; empty fields select all. Query finds a mail address, a phone number or an id, whole,
// or words of the name by their beginnings.
type CustomerFilter struct {
	Email, Tag, Query string
	Country           string // of phone numbers that do not say their own; "" for none
	After             string
	Limit             int
}

// ListCustomers lists customers by id.
func (a *App) ListCustomers(ctx context.Context, f CustomerFilter) ([]*customer.Customer, error) {
	var where selection
	where.add("id > ?", f.After)
	where.equal([2]string{"email", fold(f.Email)})
	where.terms("customer_terms", [2]string{TermTag, f.Tag})
	if q := strings.TrimSpace(f.Query); q != "" {
		phone, isPhone := customer.Phone(q, f.Country)
		switch {
		case strings.Contains(q, "@"):
			where.add("email = ?", fold(q))
		case isPhone:
			where.add("phone = ?", phone)
		case strings.HasPrefix(q, "cus_"):
			where.add("id = ?", q)
		default:
			words := (&customer.Customer{Name: q}).Words()
			if len(words) == 0 {
				return nil, nil
			}
			for _, w := range words[:min(len(words), 5)] {
				where.add("id IN (SELECT id FROM customer_terms WHERE field = ? AND value >= ? AND value < ?)", TermWord, w, w+"\U0010ffff")
			}
		}
	}
	text, args := where.page("SELECT doc FROM customers", "id", f.Limit)
	var out []*customer.Customer
	err := a.DB.Query(ctx, func(r store.Row) error {
		v, err := scanDoc(Customers, r)
		out = append(out, v)
		return err
	}, text, args...)
	return out, err
}

// Customer reads one customer.
func (a *App) Customer(ctx context.Context, id string) (*customer.Customer, error) {
	return one(ctx, a.DB, Customers, id)
}

// OrdersOf lists the orders of a customer, newest first: those under the mail address.
func (a *App) OrdersOf(ctx context.Context, id, before string, limit int) ([]*order.Order, error) {
	c, err := a.Customer(ctx, id)
	if err != nil || c.Email == "" {
		return nil, err
	}
	return a.ListOrders(ctx, OrderFilter{Customer: c.Email, Before: before, Limit: limit})
}
