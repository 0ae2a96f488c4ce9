package api

import (
	"net/http"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/customer"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/order"
)

// CustomerRecord is a customer as the API shows it.
type CustomerRecord struct {
	ID        *string           `json:"id" doc:"null in a dry run" example:"cus_01kas8rz0hefgtq4ty8f7zm6dj"`
	Version   int64             `json:"version"`
	Email     string            `json:"email,omitzero"`
	Name      string            `json:"name,omitzero"`
	Phone     string            `json:"phone,omitzero" doc:"E.164" example:"+442079460018"`
	Language  string            `json:"language,omitzero" doc:"BCP 47" example:"en-GB"`
	Addresses []CustomerAddress `json:"addresses"`
	Tags      []string          `json:"tags"`
	Notes     []Note            `json:"notes"`
	CreatedAt string            `json:"created_at" format:"date-time"`
	ErasedAt  string            `json:"erased_at,omitzero" format:"date-time" doc:"what was personal is gone since then"`
}

// CustomerAddress is one of a customer's addresses.
type CustomerAddress struct {
	Label   string          `json:"label,omitzero" maxLength:"50" example:"home"`
	Default bool            `json:"default,omitzero" doc:"at most one of them"`
	Address address.Address `json:"address"`
}

// SaveCustomer is the body of POST /v1/customers and PUT /v1/customers/{id}.
type SaveCustomer struct {
	Email     string            `json:"email,omitzero" maxLength:"254" doc:"unique, whatever its capitals; this or phone is needed"`
	Name      string            `json:"name,omitzero" maxLength:"200"`
	Phone     string            `json:"phone,omitzero" maxLength:"40" doc:"with its country, or one of the country of the default address"`
	Language  string            `json:"language,omitzero" maxLength:"20" doc:"BCP 47" example:"en-GB"`
	Addresses []CustomerAddress `json:"addresses,omitzero" maxItems:"50"`
	Tags      []string          `json:"tags,omitzero" maxItems:"50" doc:"stored in the journal for good, so nothing about persons"`
}

func (in SaveCustomer) customer() customer.Customer {
	c := customer.Customer{Email: in.Email, Name: in.Name, Phone: in.Phone, Language: in.Language, Tags: in.Tags}
	for _, a := range in.Addresses {
		c.Addresses = append(c.Addresses, customer.Address(a))
	}
	return c
}

func customerJSON(c *customer.Customer) CustomerRecord {
	out := CustomerRecord{
		ID: orNull(c.ID), Version: c.Version, Email: c.Email, Name: c.Name, Phone: c.Phone, Language: c.Language, Addresses: []CustomerAddress{},
		Tags: append([]string{}, c.Tags...), Notes: []Note{}, CreatedAt: c.CreatedAt.String(), ErasedAt: c.ErasedAt.String(),
	}
	for _, a := range c.Addresses {
		out.Addresses = append(out.Addresses, CustomerAddress(a))
	}
	for _, n := range c.Notes {
		out.Notes = append(out.Notes, Note{n.ID, n.At.String(), n.By, n.Text})
	}
	return out
}

func (c *call) savedCustomerJSON(s app.SavedCustomer) CustomerRecord {
	out := customerJSON(s.Customer)
	if c.dryRun() && s.Created {
		out.ID = nil
	}
	return out
}

func createCustomer(c *call) error {
	var in SaveCustomer
	if err := c.shared(&in); err != nil {
		return err
	}
	return perform(c, &app.SaveCustomer{Customer: in.customer()}, http.StatusCreated, c.savedCustomerJSON)
}

func putCustomer(c *call) error {
	id, err := c.sharedID("cus", "customer")
	if err != nil {
		return err
	}
	var in SaveCustomer
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := &app.SaveCustomer{Customer: in.customer()}
	cmd.Meta = doc.Meta{ID: id}
	return perform(c, cmd, http.StatusOK, c.savedCustomerJSON)
}

func getCustomer(c *call) error {
	id, err := c.sharedID("cus", "customer")
	if err != nil {
		return err
	}
	return read(c, id, c.s.app.Customer, customerJSON)
}

func addCustomerNote(c *call) error {
	id, err := c.sharedID("cus", "customer")
	if err != nil {
		return err
	}
	var in AddNote
	if err := c.decode(&in); err != nil {
		return err
	}
	return perform(c, &app.NoteCustomer{Customer: id, Text: in.Text, By: c.key.ID}, http.StatusOK, c.savedCustomerJSON)
}

func listCustomers(c *call) error {
	after, limit, err := c.sharedPage("cus")
	if err != nil {
		return err
	}
	rows, err := c.s.app.ListCustomers(c.r.Context(), app.CustomerFilter{
		Email: c.query.Get("email"), Tag: c.query.Get("tag"), Query: c.query.Get("q"), Country: c.query.Get("country"), After: after, Limit: limit + 1,
	})
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, customerJSON, func(x *customer.Customer) string { return x.ID }))
}

func listCustomerOrders(c *call) error {
	id, err := c.sharedID("cus", "customer")
	if err != nil {
		return err
	}
	before, limit, err := c.idPage("ord")
	if err != nil {
		return err
	}
	orders, err := c.s.app.OrdersOf(c.r.Context(), id, before, limit+1)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(orders, limit, listedJSON, func(o *order.Order) string { return o.ID }))
}

func init() {
	problemKinds = append(problemKinds, problemKind{
		"email_taken", errs.Conflict, "Another customer has this mail address; customer names it.", "Change that one, or give another address.", nil,
	})
	findingKinds = append(findingKinds, findingKind{"discount_limit", "the discounts are more than the roles of the person allow"}, findingKind{"invalid_phone", "not a phone number that can exist there"})
}
