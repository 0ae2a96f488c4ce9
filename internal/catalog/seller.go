package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/errs"
)

// Seller is who sells on a channel, as it stands on documents. An empty name means the channel's.
type Seller struct {
	Name    string          `json:"name,omitzero"`
	Address address.Address `json:"address,omitzero"`
	TaxID   string          `json:"tax_id,omitzero"`
	Contact string          `json:"contact,omitzero"` // mail, phone or address of a page, for people
	Bank    string          `json:"bank,omitzero"`    // where transfers go, for people
}

// Invoicing says when a channel issues invoices, how it numbers them and when they are due.
type Invoicing struct {
	Issue   string `json:"issue,omitzero"`    // one of IssueTimes; "" is manual
	Prefix  string `json:"prefix,omitzero"`   // before the number; "" is the channel's code in capitals
	DueDays int64  `json:"due_days,omitzero"` // 0: due at once
}

// When invoices are issued.
const (
	IssueManually    = "manual"
	IssueAtShipment  = "shipment"  // for what ships, in the same step
	IssueAtPlacement = "placement" // for the whole order, as soon as it is accepted
)

// IssueTimes lists them.
var IssueTimes = []string{IssueManually, IssueAtShipment, IssueAtPlacement}

// maxDueDays is ten years.
const maxDueDays = 3650

// IssuesAt reports whether the channel issues invoices at that time.
func (c *Channel) IssuesAt(when string) bool { return c.Invoices.Issue == when }

// InvoicePrefix is what stands before the channel's invoice numbers.
func (c *Channel) InvoicePrefix() string {
	if c.Invoices.Prefix != "" {
		return c.Invoices.Prefix
	}
	return strings.ToUpper(c.ID) + "-"
}

// Sender is the seller, with the channel's name where it has none.
func (c *Channel) Sender() Seller {
	s := c.Seller
	if s.Name == "" {
		s.Name = c.Name
	}
	return s
}

func (c *Channel) checkInvoices(list *errs.List) {
	if i := c.Invoices.Issue; i != "" && !slices.Contains(IssueTimes, i) {
		list.Add("/invoices/issue", "unknown_value", "give one of %s", strings.Join(IssueTimes, ", "))
	}
	if utf8.RuneCountInString(c.Invoices.Prefix) > 20 || strings.ContainsFunc(c.Invoices.Prefix, func(r rune) bool { return r < '!' || r > '~' }) {
		list.Add("/invoices/prefix", "invalid_text", "at most 20 printable ASCII characters without spaces: it is printed as a barcode")
	}
	if d := c.Invoices.DueDays; d < 0 || d > maxDueDays {
		list.Add("/invoices/due_days", "out_of_range", "give days, from 0 to %d", maxDueDays)
	}
	for name, text := range map[string]string{"name": c.Seller.Name, "tax_id": c.Seller.TaxID, "contact": c.Seller.Contact, "bank": c.Seller.Bank} {
		if utf8.RuneCountInString(text) > address.MaxText {
			list.Add("/seller/"+name, "too_long", "at most %d characters", address.MaxText)
		}
	}
	if c.Seller.Address != (address.Address{}) {
		c.Seller.Address.CheckForm(list, "/seller/address")
	}
}
