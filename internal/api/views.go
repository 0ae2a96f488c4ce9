package api

import (
	"cmp"

	"github.com/go-json-experiment/json/jsontext"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/inventory"
	"ordo/internal/journal"
	"ordo/internal/money"
	"ordo/internal/order"
)

// The shapes of answers. They are apart from the stored documents, so that one can change without the other.

// Order is an order as the API shows it. In a dry run id and number are null.
type Order struct {
	ID                *string         `json:"id" doc:"null in a dry run" example:"ord_01kas8rz0hefgtq4ty8f7zm6d7"`
	Number            *string         `json:"number" doc:"the number people use; unique, with gaps; null in a dry run, and until a draft is placed" example:"1042"`
	Version           int64           `json:"version" doc:"rises by one with every change; send it as If-Match"`
	Status            string          `json:"status" enum:"draft,pending,open,completed,canceled,rejected"`
	PaymentStatus     string          `json:"payment_status" enum:"none,pending,authorized,partially_paid,paid,partially_refunded,refunded,voided,failed,overcharged"`
	FulfillmentStatus string          `json:"fulfillment_status" enum:"unfulfilled,in_progress,partially_shipped,shipped,partially_delivered,delivered,canceled"`
	ReturnStatus      string          `json:"return_status" enum:"none,requested,partially_returned,returned"`
	Channel           string          `json:"channel" doc:"sales channel" example:"web"`
	ExternalID        string          `json:"external_id,omitzero" doc:"the channel's own id; unique per channel"`
	Currency          string          `json:"currency" doc:"ISO 4217; the same in all amounts of the order" example:"GBP"`
	Customer          Customer        `json:"customer"`
	Language          string          `json:"language,omitzero" doc:"of mails to the customer; that of the channel when left out"`
	NoNotifications   bool            `json:"suppress_notifications,omitzero" doc:"the customer gets no notifications about it"`
	ShippingAddress   address.Address `json:"shipping_address,omitzero"`
	BillingAddress    address.Address `json:"billing_address,omitzero" doc:"left out where it is the shipping address"`
	Pickup            string          `json:"pickup,omitzero" doc:"code of the location where the customer picks it up"`
	Lines             []OrderLine     `json:"lines"`
	Discounts         []OrderDiscount `json:"discounts,omitzero"`
	Shipping          OrderShipping   `json:"shipping"`
	Totals            Totals          `json:"totals"`
	AmountDue         *money.Money    `json:"amount_due,omitzero" doc:"total - granted - captured + refunded; negative when money is owed to the customer; left out in lists"`
	RefundDue         *money.Money    `json:"refund_due,omitzero" doc:"owed to the customer and not arrived: refunds on their way, refused ones, and open grants; left out in lists"`
	Grants            []Grant         `json:"grants,omitzero"`
	Payments          []Payment       `json:"payments,omitzero" doc:"left out in lists"`
	Fulfillments      []Fulfillment   `json:"fulfillments,omitzero" doc:"left out in lists"`
	Invoices          []string        `json:"invoices,omitzero" doc:"ids of its invoices"`
	Returns           []string        `json:"returns,omitzero" doc:"ids of its returns, exchanges and claims"`
	Backorders        []PlacedUnits   `json:"backorders,omitzero" doc:"units that wait for stock: at a location that owes them, or anywhere"`
	Holds             []Hold          `json:"holds,omitzero" doc:"in the order they were placed, ended ones too"`
	Tags              []string        `json:"tags,omitzero"`
	Fields            map[string]any  `json:"fields,omitzero" doc:"custom fields by their code"`
	Notes             []Note          `json:"notes,omitzero"`
	Allowed           []string        `json:"allowed" doc:"what may be done with the order now"`
	NotAllowed        []NotAllowed    `json:"not_allowed,omitzero" doc:"steps that its status would allow, and why they are not in allowed"`
	Missing           []string        `json:"missing,omitzero" doc:"of a draft: JSON pointers to what has to be given before it can be placed"`
	Change            string          `json:"change,omitzero" doc:"id of the order change that may still be confirmed"`
	Reason            string          `json:"reason,omitzero" doc:"why it was canceled or rejected"`
	PlacedAt          string          `json:"placed_at" format:"date-time"`
	AcceptedAt        string          `json:"accepted_at,omitzero" format:"date-time"`
	ExpiresAt         string          `json:"expires_at,omitzero" format:"date-time" doc:"it is canceled then unless it is paid for"`
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
	ID        string      `json:"id" doc:"number of the line from 1" example:"1"`
	SKU       string      `json:"sku" doc:"stock keeping unit" example:"MUG"`
	Name      string      `json:"name" doc:"as it stood in the catalog when the order was placed"`
	Quantity  int64       `json:"quantity" doc:"as ordered; units tells what became of it"`
	AddsTo    string      `json:"adds_to,omitzero" doc:"id of the line of which a change added these units"`
	Return    string      `json:"return,omitzero" doc:"id of the exchange or claim that this line replaces units of"`
	UnitPrice money.Money `json:"unit_price"`
	Total     money.Money `json:"total" doc:"unit price times the units that are still wanted"`
	Discount  money.Money `json:"discount" doc:"the line's share of all discounts"`
	TaxLines  []TaxLine   `json:"tax_lines,omitzero"`
	Units     LineUnits   `json:"units"`

	Promise *LinePromise `json:"promise,omitzero" doc:"when it is to arrive, where the shipping method promises it"`
}

// LineUnits count the units of a line by what became of them; counters that are 0 are left out. Units are in one of
// the counters up to shipped; delivered and those of returns are parts of shipped.
type LineUnits struct {
	Canceled         int64 `json:"canceled,omitzero" doc:"given up before they left"`
	Allocated        int64 `json:"allocated,omitzero" doc:"taken at a location, not yet released to it"`
	Backordered      int64 `json:"backordered,omitzero" doc:"promised, waiting for stock"`
	Released         int64 `json:"released,omitzero" doc:"handed to the location's staff"`
	Picked           int64 `json:"picked,omitzero"`
	Packed           int64 `json:"packed,omitzero"`
	Shipped          int64 `json:"shipped,omitzero" doc:"have left"`
	Delivered        int64 `json:"delivered,omitzero" doc:"of the shipped ones, have arrived"`
	ReturnRequested  int64 `json:"return_requested,omitzero" doc:"of the shipped ones, are to come back"`
	ReturnedAccepted int64 `json:"returned_accepted,omitzero" doc:"came back and were accepted"`
	ReturnedRejected int64 `json:"returned_rejected,omitzero" doc:"came back and were refused"`
	WrittenOff       int64 `json:"written_off,omitzero" doc:"claimed: missing, lost, damaged; they do not come back"`
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
	Line   string      `json:"line,omitzero" doc:"id of the line; without it the whole order"`
	Parts  []int64     `json:"parts" doc:"share of each line, in their order, in minor units"`
}

// OrderShipping is what the delivery costs the customer.
type OrderShipping struct {
	Method   string      `json:"method,omitzero" doc:"code of the shipping method"`
	Amount   money.Money `json:"amount"`
	TaxLines []TaxLine   `json:"tax_lines,omitzero"`
}

// Totals of an order: grand_total = items - discount + shipping + tax.
type Totals struct {
	Items       money.Money `json:"items" doc:"unit prices times the units that are still wanted"`
	Discount    money.Money `json:"discount" doc:"taken off"`
	Shipping    money.Money `json:"shipping"`
	Tax         money.Money `json:"tax" doc:"added to the prices"`
	TaxIncluded money.Money `json:"tax_included" doc:"contained in the prices"`
	GrandTotal  money.Money `json:"grand_total" doc:"items - discount + shipping + tax"`
}

// StockPosition is the stock of a SKU at a location.
type StockPosition struct {
	SKU         string `json:"sku"`
	Location    string `json:"location"`
	OnHand      int64  `json:"on_hand" doc:"in the building"`
	Allocated   int64  `json:"allocated" doc:"taken by accepted orders, not shipped yet"`
	Reserved    int64  `json:"reserved" doc:"taken by carts and pending orders"`
	Damaged     int64  `json:"damaged" doc:"set aside as damaged"`
	Quality     int64  `json:"quality" doc:"set aside for inspection"`
	Safety      int64  `json:"safety" doc:"kept back"`
	InTransitIn int64  `json:"in_transit_in" doc:"on the way from another location; not part of on_hand"`
	OnOrder     int64  `json:"on_order" doc:"ordered from suppliers; not part of on_hand"`
	Backordered int64  `json:"backordered" doc:"promised to orders from what will come; not part of on_hand"`
	Available   int64  `json:"available" doc:"on_hand - allocated - reserved - damaged - quality - safety"`

	BackorderLimit int64 `json:"backorder_limit" doc:"backordered may rise up to it"`
	ReorderPoint   int64 `json:"reorder_point" doc:"stock.reorder_point is recorded when available falls to it; 0 for never"`
}

// Product is a product of the catalog.
type Product struct {
	SKU         string      `json:"sku"`
	Version     int64       `json:"version"`
	Name        string      `json:"name"`
	Price       money.Money `json:"price"`
	WeightGrams int64       `json:"weight_grams"`
	Dimensions  *Dimensions `json:"dimensions,omitzero" doc:"in millimeters"`
	TaxClass    string      `json:"tax_class" doc:"row of the channel's tax table" example:"standard"`
	Active      bool        `json:"active"`
	Components  []Component `json:"components,omitzero" doc:"of a kit, which has no stock of its own"`
}

// Location is a place that holds stock.
type Location struct {
	Code     string          `json:"code"`
	Version  int64           `json:"version"`
	Name     string          `json:"name"`
	Type     string          `json:"type" enum:"warehouse,store,supplier,third_party"`
	Address  address.Address `json:"address"`
	Priority int64           `json:"priority" doc:"lower is preferred"`
	Active   bool            `json:"active"`

	AutoRelease bool `json:"auto_release,omitzero" doc:"fulfillment orders are released to it as soon as they are made"`
	catalog.Sourcing
	catalog.Hours
}

// Channel is a sales channel with its tables.
type Channel struct {
	Code             string           `json:"code"`
	Version          int64            `json:"version"`
	Name             string           `json:"name"`
	Active           bool             `json:"active"`
	Locations        []string         `json:"locations" doc:"empty: all active locations"`
	PricesIncludeTax bool             `json:"prices_include_tax"`
	TaxRates         []TaxRate        `json:"tax_rates"`
	ShippingMethods  []ShippingMethod `json:"shipping_methods"`
	ShippingTaxClass string           `json:"shipping_tax_class,omitzero"`
	Minutes          int64            `json:"reservation_minutes" doc:"how long a cart's reservation lasts"`
	MaxMinutes       int64            `json:"reservation_max_minutes" doc:"with all extensions"`
	Capture          string           `json:"capture" enum:"shipment,placement,manual" doc:"when authorized money is captured"`
	Seller           Seller           `json:"seller,omitzero"`
	Invoices         Invoicing        `json:"invoices,omitzero"`
	AutoRelease      bool             `json:"auto_release,omitzero" doc:"fulfillment orders of its orders are released as soon as they are made"`
	ShortPick        string           `json:"short_pick,omitzero" enum:"resource,backorder,cancel" doc:"what becomes of units that a location does not have; resource when left out"`
	Shortage         string           `json:"shortage" doc:"what happens to an order that stock is missing for" enum:"reject,backorder,park,cancel"`

	TimeZone                 string `json:"time_zone,omitzero" doc:"of its reports; UTC when left out" example:"Europe/London"`
	RemorseMinutes           int64  `json:"remorse_minutes" doc:"0: off"`
	ExpireUnpaidAfterMinutes int64  `json:"expire_unpaid_after_minutes" doc:"0: off"`

	Mails Mailing `json:"mails,omitzero"`
}

// TaxRate is a row of a channel's tax table. A row with the region counts before one without, a row with the class
// before one without; no row means no tax.
type TaxRate struct {
	Name    string `json:"name" doc:"as it stands on invoices" maxLength:"200" example:"VAT"`
	Country string `json:"country" doc:"ISO 3166-1 alpha-2" minLength:"2" maxLength:"2" example:"GB"`
	Region  string `json:"region,omitzero" doc:"without it the whole country" maxLength:"200"`
	Class   string `json:"class,omitzero" doc:"tax class of products; without it all of them" maxLength:"64"`
	Rate    string `json:"rate" doc:"decimal share, at most six places" pattern:"^[01](\\.[0-9]{0,6})?$" example:"0.2"`
}

// ShippingMethod is a row of a channel's shipping table. A row with the country counts before one without.
type ShippingMethod struct {
	Code    string      `json:"code" maxLength:"64" example:"standard"`
	Name    string      `json:"name" maxLength:"200" example:"Standard delivery"`
	Country string      `json:"country,omitzero" doc:"ISO 3166-1 alpha-2; without it all countries" maxLength:"2" example:"GB"`
	Price   money.Money `json:"price"`

	Carrier    string `json:"carrier,omitzero" doc:"code of the carrier that delivers it: promises are computed, and labels bought, of its service" maxLength:"64"`
	Service    string `json:"service,omitzero" doc:"of the carrier" maxLength:"64"`
	BufferDays int64  `json:"buffer_days,omitzero" doc:"added to the latest day of promises" minimum:"0" maximum:"60"`
}

// Event is a row of the journal.
type Event struct {
	Seq       int64          `json:"seq" minimum:"1" doc:"position; gapless, in the order of commits"`
	At        string         `json:"at" format:"date-time"`
	Type      string         `json:"type" example:"order.placed"`
	Aggregate string         `json:"aggregate" doc:"id of what changed: an order, a SKU, a location code, …"`
	Version   int64          `json:"version" doc:"of the aggregate, after the change; events of one command share it"`
	Actor     string         `json:"actor" doc:"id of the API key, or system"`
	RequestID string         `json:"request_id,omitzero" doc:"X-Request-Id of the request that caused it"`
	Body      jsontext.Value `json:"body" doc:"changed facts; amounts in minor units of the order's currency"`
	Personal  jsontext.Value `json:"personal,omitzero" doc:"with scope personal:read"`
}

// APIKey is an API key; the secret is shown once, when it is made.
type APIKey struct {
	ID        *string  `json:"id" doc:"null in a dry run"`
	Version   int64    `json:"version"`
	Name      string   `json:"name"`
	Prefix    string   `json:"prefix" doc:"first characters of the secret, to tell keys apart"`
	Secret    string   `json:"secret,omitzero" doc:"shown once; a replay does not show it"`
	Scopes    []string `json:"scopes"`
	Channels  []string `json:"channels" doc:"empty: all"`
	RateLimit int64    `json:"rate_limit" doc:"requests per minute; 0: unlimited"`
	CreatedAt string   `json:"created_at" format:"date-time"`
	RevokedAt string   `json:"revoked_at,omitzero" format:"date-time"`
}

// NotAllowed says why a step that one would expect is not allowed.
type NotAllowed struct {
	Step   string `json:"step" example:"return"`
	Code   string `json:"code" example:"nothing_to_return"`
	Detail string `json:"detail" example:"the 2 units that have shipped are in returns or claims already"`
}

func notAllowedJSON(in []order.Refusal) (out []NotAllowed) {
	for _, r := range in {
		out = append(out, NotAllowed(r))
	}
	return out
}

// List is a page. next_cursor is there when more follows.
type List[T any] struct {
	Data       []T    `json:"data"`
	NextCursor string `json:"next_cursor,omitzero" doc:"there when more follows; send it as cursor (events: as after)"`
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
	due := in(v.Due())
	out := Order{
		ID: orNull(o.ID), Number: orNull(o.Number), Version: o.Version, Status: string(o.Status), PaymentStatus: o.PaymentStatus,
		FulfillmentStatus: o.FulfillmentStatus, ReturnStatus: o.ReturnStatus, Channel: o.Channel, ExternalID: o.ExternalID, Currency: o.Currency,
		Customer: Customer(o.Customer), ShippingAddress: o.ShippingAddress, BillingAddress: o.BillingAddress, Pickup: o.Pickup, Tags: o.Tags, Fields: o.Fields, Lines: make([]OrderLine, len(o.Lines)),
		Shipping:  OrderShipping{o.Shipping.Method, in(o.Shipping.Amount), taxJSON(o.Shipping.TaxLines, in)},
		Totals:    totalsJSON(o.Totals, in),
		AmountDue: &due, Allowed: order.Steps(o), NotAllowed: notAllowedJSON(order.NotAllowed(o)), Reason: o.Reason,
		PlacedAt: o.PlacedAt.String(), AcceptedAt: o.AcceptedAt.String(), ClosedAt: o.ClosedAt.String(), ExpiresAt: o.ExpiresAt.String(),
	}
	for _, h := range o.Holds {
		out.Holds = append(out.Holds, holdJSON(h))
	}
	for _, n := range o.Notes {
		out.Notes = append(out.Notes, Note{n.ID, n.At.String(), n.By, n.Text})
	}
	out.Invoices, out.Change, out.Missing, out.Returns = o.Invoices, o.Change, order.Missing(o), o.Returns
	out.Language, out.NoNotifications = o.Language, o.SuppressNotifications
	for i, l := range o.Lines {
		out.Lines[i] = OrderLine{
			ID: l.ID, SKU: l.SKU, Name: l.Name, Quantity: l.Quantity, AddsTo: l.AddsTo, Return: l.Return, UnitPrice: in(l.UnitPrice), Total: in(l.UnitPrice * l.Kept()),
			Discount: in(l.Discount), TaxLines: taxJSON(l.TaxLines, in), Units: LineUnits(l.Units),
			Promise: promiseJSON(l.Promise),
		}
	}
	if len(o.Backorders) > 0 {
		out.Backorders = placedJSON(o.Backorders)
	}
	for _, d := range o.Discounts {
		out.Discounts = append(out.Discounts, OrderDiscount{d.Code, in(d.Amount), d.Line, d.Parts})
	}
	paymentsJSON(&out, v)
	for _, f := range v.Fulfillments {
		out.Fulfillments = append(out.Fulfillments, fulfillmentJSON(f, o.Number))
	}
	return out
}

func totalsJSON(t order.Totals, in func(int64) money.Money) Totals {
	return Totals{in(t.Items), in(t.Discount), in(t.Shipping), in(t.Tax), in(t.TaxIncluded), in(t.GrandTotal)}
}

// listedJSON is an order in a list, without its parts.
func listedJSON(o *order.Order) Order {
	out := orderJSON(&app.OrderView{Order: o})
	out.AmountDue, out.RefundDue = nil, nil
	return out
}

func taxJSON(lines []order.TaxLine, in func(int64) money.Money) []TaxLine {
	var out []TaxLine
	for _, t := range lines {
		out = append(out, TaxLine{t.Name, t.Rate, in(t.Amount), t.Included})
	}
	return out
}

func stockJSON(p inventory.Position) StockPosition {
	u := p.Units
	return StockPosition{p.SKU, p.Location, u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], p.Available(), p.BackorderLimit, p.ReorderPoint}
}

func productJSON(p *catalog.Product) Product {
	return Product{p.ID, p.Version, p.Name, p.Price, p.WeightGrams, (*Dimensions)(p.Dimensions), p.TaxClass, p.Active, p.Components}
}

func locationJSON(l *catalog.Location) Location {
	return Location{Code: l.ID, Version: l.Version, Name: l.Name, Type: l.Type, Address: l.Address, Priority: l.Priority, Active: l.Active, AutoRelease: l.AutoRelease, Sourcing: l.Sourcing, Hours: l.Hours}
}

func channelJSON(c *catalog.Channel) Channel {
	out := Channel{
		Code: c.ID, Version: c.Version, Name: c.Name, Active: c.Active, Locations: append([]string{}, c.Locations...), PricesIncludeTax: c.PricesIncludeTax,
		TaxRates: make([]TaxRate, len(c.TaxRates)), ShippingMethods: make([]ShippingMethod, len(c.ShippingMethods)), ShippingTaxClass: c.ShippingTaxClass,
		Seller: sellerJSON(c.Seller), Invoices: Invoicing(c.Invoices), AutoRelease: c.AutoRelease, ShortPick: c.ShortPick, Capture: captureOf(c),
		Shortage: cmp.Or(c.Shortage, "reject"),
		TimeZone: c.TimeZone, RemorseMinutes: c.RemorseMinutes, ExpireUnpaidAfterMinutes: c.ExpireUnpaidAfterMinutes,
	}
	out.Minutes, out.MaxMinutes = c.Reservation()
	out.Mails = c.Mails
	for i, r := range c.TaxRates {
		out.TaxRates[i] = TaxRate(r)
	}
	for i, m := range c.ShippingMethods {
		out.ShippingMethods[i] = ShippingMethod(m)
	}
	return out
}

func eventJSON(r journal.Row, personal bool) Event {
	e := Event{r.Seq, r.At.String(), r.Type, r.Aggregate, r.Version, r.Actor, r.RequestID, r.Body, nil}
	if personal && len(r.Personal) > 0 {
		e.Personal = r.Personal
	}
	return e
}

func keyJSON(k *app.APIKey, secret string) APIKey {
	return APIKey{orNull(k.ID), k.Version, k.Name, k.Prefix, secret, k.Scopes, append([]string{}, k.Channels...), k.RateLimit, k.CreatedAt.String(), k.RevokedAt.String()}
}
