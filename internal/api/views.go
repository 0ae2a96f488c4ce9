package api

import (
	"github.com/go-json-experiment/json/jsontext"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/fulfillment"
	"ordo/internal/inventory"
	"ordo/internal/journal"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/payment"
)

// The shapes of answers. They are apart from the stored documents, so that one can change without the other.

func jsonRaw(b []byte) jsontext.Value { return b }

// Order is an order as the API shows it. In a dry run id and number are null.
type Order struct {
	ID                *string         `json:"id"`
	Number            *string         `json:"number" doc:"the number people use; unique, with gaps"`
	Version           int64           `json:"version" doc:"rises by one with every change; send it as If-Match"`
	Status            string          `json:"status" enum:"draft,pending,open,completed,canceled,rejected"`
	PaymentStatus     string          `json:"payment_status" enum:"none,pending,authorized,partially_paid,paid,partially_refunded,refunded,voided,failed,overcharged"`
	FulfillmentStatus string          `json:"fulfillment_status" enum:"unfulfilled,in_progress,partially_shipped,shipped,partially_delivered,delivered,canceled"`
	ReturnStatus      string          `json:"return_status" enum:"none,requested,partially_returned,returned"`
	Channel           string          `json:"channel"`
	ExternalID        string          `json:"external_id,omitzero"`
	Currency          string          `json:"currency"`
	Customer          Customer        `json:"customer"`
	ShippingAddress   address.Address `json:"shipping_address"`
	Lines             []OrderLine     `json:"lines"`
	Discounts         []OrderDiscount `json:"discounts,omitzero"`
	Shipping          OrderShipping   `json:"shipping"`
	Totals            Totals          `json:"totals"`
	AmountDue         *money.Money    `json:"amount_due,omitzero" doc:"total - captured + refunded; negative when money is owed to the customer; left out in lists"`
	Payments          []Payment       `json:"payments,omitzero" doc:"left out in lists"`
	Fulfillments      []Fulfillment   `json:"fulfillments,omitzero" doc:"left out in lists"`
	Allowed           []string        `json:"allowed" doc:"what may happen to the order now"`
	Reason            string          `json:"reason,omitzero" doc:"why it was canceled or rejected"`
	PlacedAt          string          `json:"placed_at" format:"date-time"`
	AcceptedAt        string          `json:"accepted_at,omitzero" format:"date-time"`
	ClosedAt          string          `json:"closed_at,omitzero" format:"date-time" doc:"when it was completed, canceled or rejected"`
}

// Customer is who ordered.
type Customer struct {
	Email string `json:"email,omitzero" maxLength:"254" doc:"mail or phone is required" example:"ada@example.com"`
	Phone string `json:"phone,omitzero" maxLength:"40"`
	Name  string `json:"name,omitzero" maxLength:"200"`
}

// OrderLine is one line of an order.
type OrderLine struct {
	ID        string           `json:"id"`
	SKU       string           `json:"sku"`
	Name      string           `json:"name"`
	Quantity  int64            `json:"quantity" doc:"as ordered; units tells what became of it"`
	UnitPrice money.Money      `json:"unit_price"`
	Total     money.Money      `json:"total" doc:"unit price times the units that are still wanted"`
	Discount  money.Money      `json:"discount"`
	TaxLines  []TaxLine        `json:"tax_lines,omitzero"`
	Units     order.Quantities `json:"units"`
}

// TaxLine is a tax on a line or on shipping.
type TaxLine struct {
	Name     string      `json:"name" maxLength:"200"`
	Rate     string      `json:"rate,omitzero" doc:"decimal share such as 0.2" maxLength:"10"`
	Amount   money.Money `json:"amount"`
	Included bool        `json:"included,omitzero" doc:"the tax is part of the price"`
}

// OrderDiscount is a discount; parts are its shares of the lines.
type OrderDiscount struct {
	Code   string      `json:"code"`
	Amount money.Money `json:"amount"`
	Line   string      `json:"line,omitzero"`
	Parts  []int64     `json:"parts"`
}

// OrderShipping is what the delivery costs the customer.
type OrderShipping struct {
	Method   string      `json:"method,omitzero"`
	Amount   money.Money `json:"amount"`
	TaxLines []TaxLine   `json:"tax_lines,omitzero"`
}

// Totals of an order: grand_total = items - discount + shipping + tax.
type Totals struct {
	Items       money.Money `json:"items"`
	Discount    money.Money `json:"discount"`
	Shipping    money.Money `json:"shipping"`
	Tax         money.Money `json:"tax" doc:"added to the prices"`
	TaxIncluded money.Money `json:"tax_included" doc:"contained in the prices"`
	GrandTotal  money.Money `json:"grand_total"`
}

// Payment is one tender of an order with its entries.
type Payment struct {
	ID         string         `json:"id"`
	Version    int64          `json:"version"`
	Provider   string         `json:"provider"`
	Amount     money.Money    `json:"amount"`
	Authorized money.Money    `json:"authorized"`
	Captured   money.Money    `json:"captured"`
	Refunded   money.Money    `json:"refunded"`
	Voided     money.Money    `json:"voided"`
	Entries    []PaymentEntry `json:"entries"`
}

// PaymentEntry is one intent and its outcome.
type PaymentEntry struct {
	ID          string      `json:"id"`
	Kind        string      `json:"kind" enum:"authorize,capture,void,refund"`
	State       string      `json:"state" enum:"requested,pending,succeeded,failed"`
	Amount      money.Money `json:"amount"`
	ProviderRef string      `json:"provider_ref,omitzero"`
	Reason      string      `json:"reason,omitzero"`
	At          string      `json:"at" format:"date-time"`
	DoneAt      string      `json:"done_at,omitzero" format:"date-time"`
}

// Fulfillment is a fulfillment order: what one location ships.
type Fulfillment struct {
	ID             string             `json:"id"`
	Version        int64              `json:"version"`
	Order          string             `json:"order"`
	Location       string             `json:"location"`
	Status         string             `json:"status" enum:"planned,released,shipped,delivered,canceled"`
	Lines          []fulfillment.Line `json:"lines"`
	Carrier        string             `json:"carrier,omitzero"`
	TrackingNumber string             `json:"tracking_number,omitzero"`
	Allowed        []string           `json:"allowed"`
	CreatedAt      string             `json:"created_at" format:"date-time"`
	ReleasedAt     string             `json:"released_at,omitzero" format:"date-time"`
	ShippedAt      string             `json:"shipped_at,omitzero" format:"date-time"`
	DeliveredAt    string             `json:"delivered_at,omitzero" format:"date-time"`
	CanceledAt     string             `json:"canceled_at,omitzero" format:"date-time"`
}

// StockPosition is the stock of a SKU at a location.
type StockPosition struct {
	SKU         string `json:"sku"`
	Location    string `json:"location"`
	OnHand      int64  `json:"on_hand"`
	Allocated   int64  `json:"allocated" doc:"taken by accepted orders, not shipped yet"`
	Reserved    int64  `json:"reserved" doc:"taken by pending orders"`
	Damaged     int64  `json:"damaged"`
	Quality     int64  `json:"quality"`
	Safety      int64  `json:"safety"`
	InTransitIn int64  `json:"in_transit_in"`
	OnOrder     int64  `json:"on_order"`
	Available   int64  `json:"available" doc:"on_hand - allocated - reserved - damaged - quality - safety"`
}

// Product is a product of the catalog.
type Product struct {
	SKU         string      `json:"sku"`
	Version     int64       `json:"version"`
	Name        string      `json:"name"`
	Price       money.Money `json:"price"`
	WeightGrams int64       `json:"weight_grams"`
	TaxClass    string      `json:"tax_class"`
	Active      bool        `json:"active"`
}

// Location is a place that holds stock.
type Location struct {
	Code     string          `json:"code"`
	Version  int64           `json:"version"`
	Name     string          `json:"name"`
	Type     string          `json:"type" enum:"warehouse,store,supplier,third_party"`
	Address  address.Address `json:"address"`
	Priority int64           `json:"priority"`
	Active   bool            `json:"active"`
}

// Channel is a sales channel with its tables.
type Channel struct {
	Code             string                   `json:"code"`
	Version          int64                    `json:"version"`
	Name             string                   `json:"name"`
	Active           bool                     `json:"active"`
	Locations        []string                 `json:"locations" doc:"empty: all active locations"`
	PricesIncludeTax bool                     `json:"prices_include_tax"`
	TaxRates         []catalog.TaxRate        `json:"tax_rates"`
	ShippingMethods  []catalog.ShippingMethod `json:"shipping_methods"`
	ShippingTaxClass string                   `json:"shipping_tax_class,omitzero"`
}

// Event is a row of the journal.
type Event struct {
	Seq       int64          `json:"seq" doc:"position; gapless, in the order of commits"`
	At        string         `json:"at" format:"date-time"`
	Type      string         `json:"type" example:"order.placed"`
	Aggregate string         `json:"aggregate"`
	Version   int64          `json:"version"`
	Actor     string         `json:"actor"`
	RequestID string         `json:"request_id,omitzero"`
	Body      jsontext.Value `json:"body" doc:"changed facts; amounts in minor units of the order's currency"`
	Personal  jsontext.Value `json:"personal,omitzero" doc:"with scope personal:read"`
}

// APIKey is an API key; the secret is shown once, when it is made.
type APIKey struct {
	ID        string   `json:"id"`
	Version   int64    `json:"version"`
	Name      string   `json:"name"`
	Prefix    string   `json:"prefix"`
	Secret    string   `json:"secret,omitzero" doc:"shown once; a replay does not show it"`
	Scopes    []string `json:"scopes"`
	Channels  []string `json:"channels" doc:"empty: all"`
	RateLimit int64    `json:"rate_limit" doc:"requests per minute; 0: unlimited"`
	CreatedAt string   `json:"created_at" format:"date-time"`
	RevokedAt string   `json:"revoked_at,omitzero" format:"date-time"`
}

// List is a page. next_cursor is there when more follows.
type List[T any] struct {
	Data       []T    `json:"data"`
	NextCursor string `json:"next_cursor,omitzero"`
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func orderJSON(v *app.OrderView) Order {
	o := v.Order
	in := func(n int64) money.Money { return money.Money{Amount: n, Currency: o.Currency} }
	t := o.Totals
	due := in(payment.Due(t.GrandTotal, v.Sums()))
	out := Order{
		ID: orNull(o.ID), Number: orNull(o.Number), Version: o.Version, Status: string(o.Status), PaymentStatus: o.PaymentStatus,
		FulfillmentStatus: o.FulfillmentStatus, ReturnStatus: o.ReturnStatus, Channel: o.Channel, ExternalID: o.ExternalID, Currency: o.Currency,
		Customer: Customer(o.Customer), ShippingAddress: o.ShippingAddress, Lines: make([]OrderLine, len(o.Lines)),
		Shipping:  OrderShipping{o.Shipping.Method, in(o.Shipping.Amount), taxJSON(o.Shipping.TaxLines, in)},
		Totals:    Totals{in(t.Items), in(t.Discount), in(t.Shipping), in(t.Tax), in(t.TaxIncluded), in(t.GrandTotal)},
		AmountDue: &due, Allowed: order.Allowed(o), Reason: o.Reason,
		PlacedAt: o.PlacedAt.String(), AcceptedAt: o.AcceptedAt.String(), ClosedAt: o.ClosedAt.String(),
	}
	for i, l := range o.Lines {
		out.Lines[i] = OrderLine{
			ID: l.ID, SKU: l.SKU, Name: l.Name, Quantity: l.Quantity, UnitPrice: in(l.UnitPrice), Total: in(l.UnitPrice * l.Kept()),
			Discount: in(l.Discount), TaxLines: taxJSON(l.TaxLines, in), Units: l.Units,
		}
	}
	for _, d := range o.Discounts {
		out.Discounts = append(out.Discounts, OrderDiscount{d.Code, in(d.Amount), d.Line, d.Parts})
	}
	for _, p := range v.Payments {
		out.Payments = append(out.Payments, paymentJSON(p))
	}
	for _, f := range v.Fulfillments {
		out.Fulfillments = append(out.Fulfillments, fulfillmentJSON(f))
	}
	return out
}

// listedJSON is an order in a list, without its parts.
func listedJSON(o *order.Order) Order {
	out := orderJSON(&app.OrderView{Order: o})
	out.AmountDue = nil
	return out
}

func taxJSON(lines []order.TaxLine, in func(int64) money.Money) []TaxLine {
	var out []TaxLine
	for _, t := range lines {
		out = append(out, TaxLine{t.Name, t.Rate, in(t.Amount), t.Included})
	}
	return out
}

func paymentJSON(p *payment.Payment) Payment {
	in := func(n int64) money.Money { return money.Money{Amount: n, Currency: p.Currency} }
	s := p.Sums()
	out := Payment{
		ID: p.ID, Version: p.Version, Provider: p.Provider, Amount: in(p.Amount), Authorized: in(s.Authorized), Captured: in(s.Captured),
		Refunded: in(s.Refunded), Voided: in(s.Voided), Entries: make([]PaymentEntry, len(p.Entries)),
	}
	for i, e := range p.Entries {
		out.Entries[i] = PaymentEntry{e.ID, string(e.Kind), string(e.State), in(e.Amount), e.ProviderRef, e.Reason, e.At.String(), e.DoneAt.String()}
	}
	return out
}

func fulfillmentJSON(f *fulfillment.Fulfillment) Fulfillment {
	return Fulfillment{
		f.ID, f.Version, f.Order, f.Location, string(f.Status), f.Lines, f.Carrier, f.TrackingNumber, fulfillment.Allowed(f),
		f.At.String(), f.ReleasedAt.String(), f.ShippedAt.String(), f.DeliveredAt.String(), f.CanceledAt.String(),
	}
}

func stockJSON(p inventory.Position) StockPosition {
	u := p.Units
	return StockPosition{p.SKU, p.Location, u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], p.Available()}
}

func productJSON(p *catalog.Product) Product {
	return Product{p.ID, p.Version, p.Name, p.Price, p.WeightGrams, p.TaxClass, p.Active}
}

func locationJSON(l *catalog.Location) Location {
	return Location{l.ID, l.Version, l.Name, l.Type, l.Address, l.Priority, l.Active}
}

func channelJSON(c *catalog.Channel) Channel {
	return Channel{
		c.ID, c.Version, c.Name, c.Active, append([]string{}, c.Locations...), c.PricesIncludeTax,
		append([]catalog.TaxRate{}, c.TaxRates...), append([]catalog.ShippingMethod{}, c.ShippingMethods...), c.ShippingTaxClass,
	}
}

func eventJSON(r journal.Row, personal bool) Event {
	e := Event{r.Seq, r.At.String(), r.Type, r.Aggregate, r.Version, r.Actor, r.RequestID, r.Body, nil}
	if personal && len(r.Personal) > 0 {
		e.Personal = r.Personal
	}
	return e
}

func keyJSON(k *app.APIKey, secret string) APIKey {
	return APIKey{k.ID, k.Version, k.Name, k.Prefix, secret, k.Scopes, append([]string{}, k.Channels...), k.RateLimit, k.CreatedAt.String(), k.RevokedAt.String()}
}
