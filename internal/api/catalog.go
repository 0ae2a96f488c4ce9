package api

import (
	"context"
	"net/http"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	"ordo/internal/work"
)

// PutProduct is the body of PUT /v1/products/{sku}.
type PutProduct struct {
	Name        string      `json:"name" minLength:"1" maxLength:"200" example:"Stoneware mug"`
	Price       money.Money `json:"price" doc:"of one unit, for orders that give none"`
	WeightGrams int64       `json:"weight_grams,omitzero" minimum:"0" maximum:"100000000"`
	Dimensions  *Dimensions `json:"dimensions,omitzero" doc:"in millimeters, of one unit as it is packed: shipping cost is estimated with it"`
	TaxClass    string      `json:"tax_class,omitzero" doc:"row of the channel's tax table; standard when left out" maxLength:"64"`
	Active      *bool       `json:"active,omitzero" doc:"true when left out; inactive products cannot be ordered"`
	Components  []Component `json:"components,omitzero" doc:"makes it a kit: it has no stock of its own, its components have" maxItems:"100"`
}

// Component is what one unit of a kit takes of another product.
type Component = catalog.Component

// PutLocation is the body of PUT /v1/locations/{code}.
type PutLocation struct {
	Name     string          `json:"name" minLength:"1" maxLength:"200" example:"Oslo warehouse"`
	Type     string          `json:"type" enum:"warehouse,store,supplier,third_party"`
	Address  address.Address `json:"address,omitzero" doc:"may be left out while the location ships nothing"`
	Priority int64           `json:"priority,omitzero" doc:"lower is preferred" minimum:"0" maximum:"1000000"`
	Active   *bool           `json:"active,omitzero" doc:"true when left out"`

	AutoRelease bool `json:"auto_release,omitzero" doc:"fulfillment orders are released to it as soon as they are made, unless a hold is in the way"`
	catalog.Sourcing
	catalog.Hours
}

// PutChannel is the body of PUT /v1/channels/{code}.
type PutChannel struct {
	Name             string           `json:"name" minLength:"1" maxLength:"200" example:"Web shop"`
	Active           *bool            `json:"active,omitzero" doc:"true when left out"`
	Locations        []string         `json:"locations,omitzero" doc:"codes of the locations that may ship its orders; empty: all active ones"`
	PricesIncludeTax bool             `json:"prices_include_tax,omitzero" doc:"taxes are part of the catalog's prices"`
	TaxRates         []TaxRate        `json:"tax_rates,omitzero"`
	ShippingMethods  []ShippingMethod `json:"shipping_methods,omitzero"`
	Minutes          int64            `json:"reservation_minutes,omitzero" doc:"how long a cart's reservation lasts; 15 when left out" minimum:"1" maximum:"44640"`
	MaxMinutes       int64            `json:"reservation_max_minutes,omitzero" doc:"with all extensions; 1440 when left out" minimum:"1" maximum:"44640"`
	ShippingTaxClass string           `json:"shipping_tax_class,omitzero" maxLength:"64" doc:"tax class of shipping charges; without it they are not taxed"`
	Capture          string           `json:"capture,omitzero" enum:"shipment,placement,manual" doc:"when authorized money is captured: for what ships (when left out), all as soon as the order is accepted, or only when asked"`
	Seller           Seller           `json:"seller,omitzero"`
	Invoices         Invoicing        `json:"invoices,omitzero"`
	AutoRelease      bool             `json:"auto_release,omitzero" doc:"fulfillment orders of its orders are released as soon as they are made, unless a hold is in the way"`
	ShortPick        string           `json:"short_pick,omitzero" enum:"resource,backorder,cancel" doc:"what becomes of units that a location does not have: another location does them (the default), they wait for stock, or they are canceled"`
	Shortage         string           `json:"shortage,omitzero" doc:"what happens to an order that stock is missing for; reject when left out" enum:"reject,backorder,park,cancel"`

	TimeZone                 string `json:"time_zone,omitzero" doc:"IANA name; the days of reports are those of this zone, for orders placed from now on; UTC when left out" maxLength:"64" example:"Europe/London"`
	RemorseMinutes           int64  `json:"remorse_minutes,omitzero" doc:"new orders are held for so long before they are released, so that the customer may change them; 0: off" minimum:"0" maximum:"527040"`
	ExpireUnpaidAfterMinutes int64  `json:"expire_unpaid_after_minutes,omitzero" doc:"orders that are unpaid after so long are canceled; 0: off" minimum:"0" maximum:"527040"`

	Mails Mailing `json:"mails,omitzero" doc:"how the channel writes to its customers"`
}

// Mailing is how a sales channel writes to its customers.
type Mailing = catalog.Mailing

func yes(b *bool) bool { return b == nil || *b }

// save is the common path of PUT routes: 201 when the document is new.
func save[P, V any](c *call, doc P, do func(context.Context, P, work.Meta) (app.Saved[P], error), view func(P) V) error {
	m, err := c.meta(nil)
	if err != nil {
		return err
	}
	m.Try = c.dryRun()
	saved, err := do(c.r.Context(), doc, m)
	if err != nil {
		return away(err)
	}
	if m.Try {
		c.w.Header().Set("Dry-Run", "true")
		write(c.w, http.StatusOK, typeJSON, jsonx.Marshal(view(saved.Doc))) // without an ETag: there is no such version
		return nil
	}
	if saved.Created {
		return c.reply(http.StatusCreated, view(saved.Doc))
	}
	return c.reply(http.StatusOK, view(saved.Doc))
}

// read is the common path of GET routes of one document.
func read[P, V any](c *call, id string, do func(context.Context, string) (P, error), view func(P) V) error {
	v, err := do(c.r.Context(), id)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, view(v))
}

// list is the common path of lists in the order of their ids.
func list[P, V any](c *call, do func(context.Context, string, int) ([]P, error), view func(P) V, id func(P) string) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}
	rows, err := do(c.r.Context(), c.query.Get("cursor"), limit+1)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, view, id))
}

func putProduct(c *call) error {
	if err := c.allChannels(); err != nil { // all channels share it
		return err
	}
	var in PutProduct
	if err := c.decode(&in); err != nil {
		return err
	}
	return save(c, in.product(c.r.PathValue("sku")), c.s.app.SaveProduct, productJSON)
}

func getProduct(c *call) error {
	return read(c, c.r.PathValue("sku"), c.s.app.Product, productJSON)
}

func listProducts(c *call) error {
	q := c.query.Get("q")
	if utf8.RuneCountInString(q) > 200 {
		return errs.New(errs.Malformed, "invalid_parameter", "q has at most 200 characters")
	}
	find := func(ctx context.Context, after string, limit int) ([]*catalog.Product, error) {
		return c.s.app.FindProducts(ctx, q, after, limit)
	}
	return list(c, find, productJSON, func(p *catalog.Product) string { return p.ID })
}

func putLocation(c *call) error {
	if err := c.allChannels(); err != nil { // all channels share it
		return err
	}
	var in PutLocation
	if err := c.decode(&in); err != nil {
		return err
	}
	l := &catalog.Location{
		Meta: doc.Meta{ID: c.r.PathValue("code")}, Name: in.Name, Type: in.Type, Address: in.Address, Priority: in.Priority, Active: yes(in.Active),
		AutoRelease: in.AutoRelease, Sourcing: in.Sourcing, Hours: in.Hours,
	}
	return save(c, l, c.s.app.SaveLocation, locationJSON)
}

func getLocation(c *call) error {
	return read(c, c.r.PathValue("code"), c.s.app.Location, locationJSON)
}

func listLocations(c *call) error {
	return list(c, c.s.app.Locations, locationJSON, func(l *catalog.Location) string { return l.ID })
}

func putChannel(c *call) error {
	var in PutChannel
	if err := c.decode(&in); err != nil {
		return err
	}
	if code := c.r.PathValue("code"); !c.key.Sees(code) {
		return c.s.refused(c, errs.New(errs.Forbidden, "channel_forbidden", "the API key may not change channel %q", errs.Clip(code)))
	}
	ch := &catalog.Channel{
		Meta: doc.Meta{ID: c.r.PathValue("code")}, Name: in.Name, Active: yes(in.Active), Locations: in.Locations, PricesIncludeTax: in.PricesIncludeTax,
		ShippingTaxClass: in.ShippingTaxClass, Capture: in.Capture, Seller: catalog.Seller(in.Seller), Invoices: catalog.Invoicing(in.Invoices),
		AutoRelease: in.AutoRelease, ShortPick: in.ShortPick, Shortage: in.Shortage, ReservationMinutes: in.Minutes, ReservationMaxMinutes: in.MaxMinutes,
		TimeZone: in.TimeZone, RemorseMinutes: in.RemorseMinutes, ExpireUnpaidAfterMinutes: in.ExpireUnpaidAfterMinutes,
	}
	ch.Mails = in.Mails
	for _, r := range in.TaxRates {
		ch.TaxRates = append(ch.TaxRates, catalog.TaxRate(r))
	}
	for _, m := range in.ShippingMethods {
		ch.ShippingMethods = append(ch.ShippingMethods, catalog.ShippingMethod(m))
	}
	return save(c, ch, c.s.app.SaveChannel, channelJSON)
}

func getChannel(c *call) error {
	return read(c, c.r.PathValue("code"), c.s.app.Channel, channelJSON)
}

func listChannels(c *call) error {
	return list(c, c.s.app.Channels, channelJSON, func(ch *catalog.Channel) string { return ch.ID })
}
