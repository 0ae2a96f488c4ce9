package retail

import "time"

// Currency of every amount in a plan. Amounts are minor units: pence.
const Currency = "GBP"

// Plan is what the five days ask an order management system to do. Orders,
// cancellations and adjustments are sorted by time, then invoice number.
type Plan struct {
	Products      []Product // what is ordered or adjusted, by SKU
	Orders        []Order
	Cancellations []Cancellation
	Adjustments   []Adjustment

	// Counts accounts for every line once: the Lines and Amounts add up to the
	// data. Invoices is how many invoices have such a line, so it overlaps.
	Counts []Count
	// InvoiceCounts accounts for every invoice once: Invoices, Lines and
	// Amounts all add up to the data.
	InvoiceCounts []Count
	// Remarks are observations across kinds. They overlap and add up to nothing.
	Remarks []Count
}

// Product is one stock code.
type Product struct {
	SKU   string // upper case
	Name  string // the most frequent description, at most 200 characters
	Price int64  // the most frequent price above zero it was sold at; 0 if it never was
}

// Order is one sale invoice with goods on it.
type Order struct {
	Invoice  string
	PlacedAt time.Time // UTC, to the minute
	Customer Customer
	Address  Address
	Lines    []Line // in the order of the source; a repeated SKU stays a separate line
	Shipping int64  // postage and carriage lines, summed
	Discount int64  // discount lines, summed, as a positive amount
}

// Total is what the invoice charged: items plus shipping less discount.
func (o Order) Total() int64 {
	sum := o.Shipping - o.Discount
	for _, l := range o.Lines {
		sum += int64(l.Quantity) * l.UnitPrice
	}
	return sum
}

// Line is one line of goods. Quantity is positive, UnitPrice may be zero.
type Line struct {
	SKU       string
	Quantity  int
	UnitPrice int64
}

// Customer is a stand-in: the source knows a number at most.
type Customer struct {
	ID    string // customer number of the source; empty for a guest
	Name  string // "Customer 17523", "Guest 578347"
	Email string // "17523@example.com", "guest-578347@example.com"
}

// Address is a placeholder, one per country: the source knows the country only.
type Address struct {
	Line1      string
	City       string
	Region     string // empty where the country does without
	PostalCode string // empty where the country has none
	Country    string // ISO 3166-1 alpha-2
}

// Cancellation takes back units of a line of an earlier order of the plan.
type Cancellation struct {
	Invoice      string // the cancellation's own number, "C578363"
	At           time.Time
	OrderInvoice string // the order it cancels
	Line         int    // index into that order's Lines
	SKU          string
	Quantity     int  // positive
	WholeOrder   bool // once this invoice is done, nothing of the order is left
}

// Reason says why stock was adjusted.
type Reason string

// The reasons the source's remarks are mapped to.
const (
	Found      Reason = "found"
	Damaged    Reason = "damaged"
	Lost       Reason = "lost"
	Correction Reason = "correction"
)

// Adjustment is a stock change without a sale.
type Adjustment struct {
	Invoice string
	At      time.Time
	SKU     string
	Delta   int // units, never zero
	Reason  Reason
	Note    string // the source's own words, or "no remark"
}

// Count says what was done with one kind of line or invoice.
type Count struct {
	Kind     string
	Lines    int
	Invoices int
	Amount   int64 // quantity times price over those lines, pence
	What     string
}

// Demand is the number of units ordered per SKU.
func (p *Plan) Demand() map[string]int {
	units := make(map[string]int, len(p.Products))
	for _, o := range p.Orders {
		for _, l := range o.Lines {
			units[l.SKU] += l.Quantity
		}
	}
	return units
}

// OpeningStock is the least stock per SKU with which the plan can never run
// short, in whatever order its steps arrive: the demand plus every unit that
// is written off. Products that are only added to are not in it.
func (p *Plan) OpeningStock() map[string]int {
	units := p.Demand()
	for _, a := range p.Adjustments {
		if a.Delta < 0 {
			units[a.SKU] -= a.Delta
		}
	}
	return units
}
