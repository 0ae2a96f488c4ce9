package api

import (
	"net/http"
	"strconv"
	"strings"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/order"
)

// Offer is what can be promised of everything that was asked for.
type Offer struct {
	Data   []SKUAvailability `json:"data" doc:"in the order of skus"`
	Basket []MethodPromise   `json:"basket" doc:"all of them as one order, by shipping method; empty without country"`
}

// SKUAvailability is what can be promised of a SKU now.
type SKUAvailability struct {
	SKU           string          `json:"sku"`
	Known         bool            `json:"known" doc:"there is an active product with this SKU"`
	Kit           bool            `json:"kit" doc:"as many as its components make, each at one location"`
	Available     int64           `json:"available" doc:"at all locations of the channel; with country, at those that ship there"`
	Backorderable int64           `json:"backorderable" doc:"units that may be owed beyond that"`
	Locations     []LocationUnit  `json:"locations" doc:"where something can be promised from"`
	Promises      []MethodPromise `json:"promises" doc:"ordered by itself, by shipping method; empty without country"`
}

// LocationUnit is what can be promised from one location.
type LocationUnit struct {
	Location      string `json:"location"`
	Available     int64  `json:"available"`
	Backorderable int64  `json:"backorderable"`
}

// MethodPromise is what an order placed now with a shipping method would be promised.
type MethodPromise struct {
	ShippingMethod string         `json:"shipping_method"`
	Complete       bool           `json:"complete" doc:"everything would ship; what is missing would be refused, owed, parked or canceled, as the channel and its rules say"`
	Ships          string         `json:"ships,omitzero" doc:"when the last of it leaves; left out where the method promises nothing" format:"date"`
	Earliest       string         `json:"earliest,omitzero" format:"date"`
	Latest         string         `json:"latest,omitzero" doc:"when all that ships has arrived" format:"date"`
	Shares         []ShippedShare `json:"shares" doc:"which location would ship what"`
}

// ShippedShare is what one location would ship of a SKU.
type ShippedShare struct {
	SKU      string `json:"sku"`
	Location string `json:"location"`
	Quantity int64  `json:"quantity"`
	Ships    string `json:"ships,omitzero" format:"date"`
	Earliest string `json:"earliest,omitzero" format:"date"`
	Latest   string `json:"latest,omitzero" format:"date"`
}

// maxAsked bounds one question about availability.
const maxAsked = 200

func availability(c *call) error {
	q := app.AvailabilityOf{Channel: c.query.Get("channel"), Method: c.query.Get("shipping_method")}
	q.To = address.Address{Country: c.query.Get("country"), Region: c.query.Get("region"), PostalCode: c.query.Get("postal_code")}
	var err error
	if q.Items, err = askedItems(c.query.Get("skus"), c.query.Get("quantities")); err != nil {
		return err
	}
	switch {
	case q.To.Country == "" && (q.To.Region != "" || q.To.PostalCode != "" || q.Method != ""):
		return errs.New(errs.Malformed, "invalid_parameter", "a destination begins with country; add it, or leave region, postal_code and shipping_method out")
	case q.To.Country != "" && !address.ValidCountry(q.To.Country):
		return errs.New(errs.Malformed, "invalid_parameter", "country is an ISO 3166-1 alpha-2 code such as GB")
	case q.Channel == "":
		q.Channel = "web"
	}
	if !c.key.Sees(q.Channel) {
		return c.s.refused(c, errs.New(errs.Forbidden, "channel_forbidden", "the API key may not ask for channel %q", errs.Clip(q.Channel)))
	}
	found, err := c.s.app.Availability(c.r.Context(), q)
	if err != nil {
		return away(err)
	}
	out := Offer{Data: make([]SKUAvailability, len(found.Items)), Basket: promisesJSON(found.Basket)}
	for i, r := range found.Items {
		v := SKUAvailability{r.SKU, r.Known, r.Kit, r.Available, r.Backorderable, make([]LocationUnit, len(r.At)), promisesJSON(r.Promises)}
		for j, l := range r.At {
			v.Locations[j] = LocationUnit(l)
		}
		out.Data[i] = v
	}
	return c.reply(http.StatusOK, out)
}

// askedItems reads lists with commas: SKUs, and as many quantities, or none.
func askedItems(skus, quantities string) (items []app.AskedItem, err error) {
	for sku := range strings.SplitSeq(skus, ",") {
		if sku = strings.TrimSpace(sku); sku != "" {
			items = append(items, app.AskedItem{SKU: sku, Quantity: 1})
		}
	}
	if len(items) == 0 || len(items) > maxAsked {
		return nil, errs.New(errs.Malformed, "invalid_parameter", "skus takes 1 to %d SKUs with commas between them", maxAsked)
	}
	if quantities == "" {
		return items, nil
	}
	list := strings.Split(quantities, ",")
	if len(list) != len(items) {
		return nil, errs.New(errs.Malformed, "invalid_parameter", "quantities takes one number for each of skus, %d of them", len(items))
	}
	for i, s := range list {
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
		if err != nil || n < 1 || n > order.MaxQuantity {
			return nil, errs.New(errs.Malformed, "invalid_parameter", "quantities takes whole numbers from 1 to %d", order.MaxQuantity)
		}
		items[i].Quantity = n
	}
	return items, nil
}

func promisesJSON(found []app.MethodPromise) []MethodPromise {
	out := make([]MethodPromise, len(found))
	for i, p := range found {
		v := MethodPromise{ShippingMethod: p.Method, Complete: p.Complete, Shares: make([]ShippedShare, len(p.Shares))}
		v.Ships, v.Earliest, v.Latest = p.Window.Ships.String(), p.Window.Earliest.String(), p.Window.Latest.String()
		for j, s := range p.Shares {
			v.Shares[j] = ShippedShare{s.SKU, s.Location, s.Quantity, s.Window.Ships.String(), s.Window.Earliest.String(), s.Window.Latest.String()}
		}
		out[i] = v
	}
	return out
}
