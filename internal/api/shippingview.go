package api

import (
	"ordo/internal/app"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/shipping"
)

// PutCarrier is the body of PUT /v1/carriers/{code}.
type PutCarrier struct {
	Name     string           `json:"name" minLength:"1" maxLength:"200" example:"Dock Express"`
	Provider string           `json:"provider" enum:"table,sandbox,easypost" doc:"table: prices by rate tables and labels of our own; sandbox: a carrier to test with; easypost: carriers behind EasyPost"`
	Active   *bool            `json:"active,omitzero" doc:"true when left out; others are not asked"`
	Services []CarrierService `json:"services,omitzero" maxItems:"100"`
	Settings CarrierSettings  `json:"settings,omitzero"`
}

// CarrierService is one way a carrier delivers.
type CarrierService struct {
	Code           string   `json:"code" minLength:"1" maxLength:"64" example:"next_day"`
	Name           string   `json:"name" minLength:"1" maxLength:"200" example:"Next day"`
	ProviderCode   string   `json:"provider_code,omitzero" maxLength:"200" doc:"the provider's name for it; for easypost carrier and service, such as USPS/Priority"`
	TransitDays    int64    `json:"transit_days,omitzero" minimum:"0" maximum:"60" doc:"working days from leaving to arriving"`
	WorkDays       []string `json:"work_days,omitzero" doc:"on which it delivers: mon to sun; Monday to Friday when left out"`
	Countries      []string `json:"countries,omitzero" doc:"destinations; all when left out"`
	MaxWeightGrams int64    `json:"max_weight_grams,omitzero" minimum:"0" maximum:"100000000"`
	MaxLengthMM    int64    `json:"max_length_mm,omitzero" minimum:"0" maximum:"100000" doc:"of the longest side"`
	MaxGirthMM     int64    `json:"max_girth_mm,omitzero" minimum:"0" maximum:"500000" doc:"longest side plus once around the other two"`
	NoPOBox        bool     `json:"no_po_box,omitzero" doc:"it does not deliver to post office boxes"`
}

// CarrierSettings are those of an account.
type CarrierSettings struct {
	SecretName        string `json:"secret_name,omitzero" maxLength:"64" doc:"the API key stands in the environment of the server, as ORDO_SECRET_ and this name" example:"EASYPOST"`
	WebhookSecretName string `json:"webhook_secret_name,omitzero" maxLength:"64" doc:"likewise, the key of the signatures of its webhooks"`
	BaseURL           string `json:"base_url,omitzero" maxLength:"200" doc:"of the provider's API, where a proxy stands before it"`
	PollMinutes       int64  `json:"poll_minutes,omitzero" minimum:"0" maximum:"1440" doc:"how often it is asked where packages are; 30 when left out"`
	Currency          string `json:"currency,omitzero" maxLength:"3" doc:"of the sandbox's prices; EUR when left out"`
}

// Carrier is a carrier.
type Carrier struct {
	Code     string           `json:"code" example:"dock"`
	Version  int64            `json:"version"`
	Name     string           `json:"name"`
	Provider string           `json:"provider" enum:"table,sandbox,easypost"`
	Active   bool             `json:"active"`
	Services []CarrierService `json:"services"`
	Settings CarrierSettings  `json:"settings"`
	HasRates bool             `json:"has_rates" doc:"it has rate tables"`
}

// PutRates is the body of PUT /v1/carriers/{code}/rates.
type PutRates struct {
	Currency    string `json:"currency" minLength:"3" maxLength:"3" example:"GBP"`
	Divisor     int64  `json:"divisor,omitzero" minimum:"0" maximum:"100000" doc:"cm³ per kg of dimensional weight, commonly 5000; without it the actual weight counts"`
	FuelRate    string `json:"fuel_rate,omitzero" maxLength:"10" doc:"share of price and surcharges, such as 0.125"`
	Residential int64  `json:"residential,omitzero" minimum:"0" doc:"surcharge for addresses without a company, in minor units"`
	Oversize    int64  `json:"oversize,omitzero" minimum:"0" doc:"surcharge from oversize_mm on, in minor units"`
	OversizeMM  int64  `json:"oversize_mm,omitzero" minimum:"0" maximum:"100000"`
	Remote      int64  `json:"remote,omitzero" minimum:"0" doc:"surcharge for remote zones, in minor units"`
	CSV         string `json:"csv" minLength:"1" doc:"zones and prices; see the operation"`
}

// Rates are the rate tables of a carrier.
type Rates struct {
	Carrier     string     `json:"carrier"`
	Version     int64      `json:"version" doc:"of the carrier"`
	Currency    string     `json:"currency,omitzero" doc:"left out while there are no tables"`
	Divisor     int64      `json:"divisor,omitzero"`
	FuelRate    string     `json:"fuel_rate,omitzero"`
	Residential int64      `json:"residential,omitzero"`
	Oversize    int64      `json:"oversize,omitzero"`
	OversizeMM  int64      `json:"oversize_mm,omitzero"`
	Remote      int64      `json:"remote,omitzero"`
	Zones       []RateZone `json:"zones"`
	Prices      []RateBand `json:"prices"`
}

// RateZone is a row of the zone table.
type RateZone struct {
	Zone       string `json:"zone"`
	From       string `json:"from,omitzero" doc:"only for what is sent from there: a country, or one with the beginning of a postal code" example:"GB:HU"`
	Country    string `json:"country" doc:"* for all"`
	Region     string `json:"region,omitzero"`
	PostalFrom string `json:"postal_from,omitzero"`
	PostalTo   string `json:"postal_to,omitzero"`
	Remote     bool   `json:"remote,omitzero"`
}

// RateBand is a row of the price table.
type RateBand struct {
	Service     string `json:"service"`
	Zone        string `json:"zone"`
	UpToGrams   int64  `json:"up_to_grams"`
	Price       int64  `json:"price" doc:"in minor units"`
	TransitDays int64  `json:"transit_days,omitzero"`
}

// Parcel is what is weighed and measured.
type Parcel struct {
	WeightGrams int64 `json:"weight_grams" minimum:"0" maximum:"100000000"`
	LengthMM    int64 `json:"length_mm,omitzero" minimum:"0" maximum:"100000"`
	WidthMM     int64 `json:"width_mm,omitzero" minimum:"0" maximum:"100000"`
	HeightMM    int64 `json:"height_mm,omitzero" minimum:"0" maximum:"100000"`
}

// RatePackage is the body of POST /v1/fulfillments/{id}/rates.
type RatePackage struct {
	Package string  `json:"package,omitzero" maxLength:"64" doc:"id of the package; may be left out where there is one"`
	Parcel  *Parcel `json:"parcel,omitzero" doc:"instead of what is known of the package"`
}

// BuyLabel is the body of POST /v1/fulfillments/{id}/labels.
type BuyLabel struct {
	Package string  `json:"package,omitzero" maxLength:"64" doc:"id of the package; may be left out where there is one"`
	Carrier string  `json:"carrier,omitzero" maxLength:"64" doc:"instead of choosing"`
	Service string  `json:"service,omitzero" maxLength:"64" doc:"of the carrier, or of any"`
	Parcel  *Parcel `json:"parcel,omitzero" doc:"instead of what is known of the package"`
}

// Quote is what one service asks for a package.
type Quote struct {
	Carrier     string       `json:"carrier"`
	Service     string       `json:"service"`
	Name        string       `json:"name,omitzero"`
	Cost        *money.Money `json:"cost,omitzero" doc:"left out where it was refused"`
	Charges     []Charge     `json:"charges,omitzero" doc:"what the cost is made of, where tables say so"`
	TransitDays int64        `json:"transit_days,omitzero"`
	Arrives     string       `json:"arrives,omitzero" format:"date" doc:"the latest day, when it leaves now"`
	Fallback    bool         `json:"fallback,omitzero" doc:"from the carrier's tables, since it did not answer"`
	Refused     string       `json:"refused,omitzero" doc:"why it cannot be taken: not_served, too_heavy, too_long, too_large, po_box, no_rate, no_answer, late, not_requested, other_currency"`
}

// Charge is a part of a quote.
type Charge struct {
	Code   string `json:"code" example:"fuel"`
	Amount int64  `json:"amount" doc:"minor units"`
}

// Rating is what carriers ask for a package, and what would be taken.
type Rating struct {
	Package string  `json:"package"`
	Parcel  Parcel  `json:"parcel"`
	Quotes  []Quote `json:"quotes"`
	Chosen  *Quote  `json:"chosen,omitzero" doc:"left out where nothing can be taken"`
	Reason  string  `json:"reason,omitzero" enum:"requested,shipping_method,cheapest,cheapest_in_time,cheapest_but_late" doc:"why it would be taken"`
}

// Label is a carrier's label for one package.
type Label struct {
	ID             *string      `json:"id" doc:"null in a dry run" example:"lbl_01kas8rz0hefgtq4ty8f7zm6dh"`
	Version        int64        `json:"version"`
	Order          string       `json:"order"`
	Fulfillment    string       `json:"fulfillment,omitzero" doc:"left out on a label for a return"`
	Return         string       `json:"return,omitzero" doc:"what comes back with it, from the customer to the location of the return"`
	Package        string       `json:"package"`
	Status         string       `json:"status" enum:"draft,label_pending,label_failed,labeled,void_pending,voided"`
	Carrier        string       `json:"carrier"`
	Service        string       `json:"service"`
	Parcel         Parcel       `json:"parcel"`
	TrackingNumber string       `json:"tracking_number,omitzero"`
	Quoted         money.Money  `json:"quoted" doc:"what it was expected to cost"`
	Cost           *money.Money `json:"cost,omitzero" doc:"what it did cost"`
	Reason         string       `json:"reason,omitzero" doc:"why the last attempt failed"`
	Chosen         string       `json:"chosen" doc:"why this service was taken" enum:"requested,shipping_method,cheapest,cheapest_in_time,cheapest_but_late"`
	Quotes         []Quote      `json:"quotes" doc:"all that were considered"`
	Attempts       []LabelTry   `json:"attempts" doc:"what was asked of the carrier"`
	TrackingStatus string       `json:"tracking_status,omitzero" doc:"what the carrier's events add up to"`
	Allowed        []string     `json:"allowed" doc:"what may be done with it now"`
	File           string       `json:"file,omitzero" doc:"path of the PDF"`
	CreatedAt      string       `json:"created_at" format:"date-time"`
	LabeledAt      string       `json:"labeled_at,omitzero" format:"date-time"`
	VoidedAt       string       `json:"voided_at,omitzero" format:"date-time"`
}

// LabelTry is one intent at the carrier: to buy the label, or to give it back.
type LabelTry struct {
	ID     string `json:"id" doc:"the carrier's idempotency key"`
	Kind   string `json:"kind" enum:"buy,void"`
	State  string `json:"state" enum:"requested,succeeded,failed"`
	Reason string `json:"reason,omitzero"`
	At     string `json:"at" format:"date-time"`
	DoneAt string `json:"done_at,omitzero" format:"date-time"`
}

// Tracking is where the packages of a fulfillment order are.
type Tracking struct {
	Fulfillment string            `json:"fulfillment"`
	Status      string            `json:"status" doc:"of the fulfillment order"`
	Packages    []PackageTracking `json:"packages"`
}

// PackageTracking is where one package is.
type PackageTracking struct {
	Label          string          `json:"label"`
	Package        string          `json:"package"`
	Carrier        string          `json:"carrier"`
	TrackingNumber string          `json:"tracking_number"`
	Status         string          `json:"status,omitzero" enum:"pre_transit,in_transit,out_for_delivery,available_for_pickup,delivered,delivery_attempted,exception,return_to_sender,lost,canceled" doc:"left out while nothing is known"`
	Since          string          `json:"since,omitzero" format:"date-time"`
	Events         []TrackingEvent `json:"events" doc:"in the order in which they happened"`
}

// TrackingEvent is what happened to a package.
type TrackingEvent struct {
	Code    string `json:"code"`
	At      string `json:"at" format:"date-time" doc:"when it happened"`
	Source  string `json:"source" enum:"webhook,poll,manual"`
	Message string `json:"message,omitzero" doc:"as the carrier wrote it"`
	Place   string `json:"place,omitzero"`
	SeenAt  string `json:"seen_at,omitzero" format:"date-time" doc:"when Ordo heard of it"`
	By      string `json:"by,omitzero" doc:"who wrote it by hand"`
}

// AddTracking is the body of POST /v1/labels/{id}/tracking.
type AddTracking struct {
	Code    string `json:"code" enum:"pre_transit,in_transit,out_for_delivery,available_for_pickup,delivered,delivery_attempted,exception,return_to_sender,lost,canceled"`
	At      string `json:"at" format:"date-time" doc:"when it happened" example:"2026-11-24T10:30:00Z"`
	Message string `json:"message,omitzero" maxLength:"200"`
}

// Promise is when an order placed now would arrive from a location.
type Promise struct {
	Location string `json:"location"`
	Ships    string `json:"ships" format:"date"`
	Earliest string `json:"earliest" format:"date"`
	Latest   string `json:"latest" format:"date"`
}

// ChangePromise is the body of POST /v1/orders/{id}/promise.
type ChangePromise struct {
	Reason   string   `json:"reason" enum:"carrier_delay,stock_delay,capacity,weather,customer_request,correction,other"`
	Lines    []string `json:"lines,omitzero" doc:"ids of lines; all that are still to ship when left out"`
	Earliest string   `json:"earliest,omitzero" format:"date" doc:"with latest; without both they are computed anew" example:"2026-11-27"`
	Latest   string   `json:"latest,omitzero" format:"date" example:"2026-11-30"`
}

// LinePromise is when a line is to arrive.
type LinePromise struct {
	FirstEarliest   string `json:"first_earliest" format:"date" doc:"as it was told first"`
	FirstLatest     string `json:"first_latest" format:"date"`
	CurrentEarliest string `json:"current_earliest" format:"date" doc:"as it stands now"`
	CurrentLatest   string `json:"current_latest" format:"date"`
	Reason          string `json:"reason,omitzero" doc:"why it was changed last"`
}

// CarrierMessage is what a carrier sends: each in its own form.
type CarrierMessage struct{}

// Heard is what a message was about.
type Heard struct {
	Parcels int `json:"parcels" doc:"packages of ours that it told something of"`
	Unknown int `json:"unknown" doc:"packages that are not ours"`
}

func promiseJSON(p *order.Promise) *LinePromise {
	if p == nil {
		return nil
	}
	return &LinePromise{p.First.Earliest, p.First.Latest, p.Current.Earliest, p.Current.Latest, p.Reason}
}

func carrierJSON(c *shipping.Carrier) Carrier {
	out := Carrier{Code: c.ID, Version: c.Version, Name: c.Name, Provider: c.Provider, Active: c.Active, Services: []CarrierService{}, Settings: CarrierSettings(c.Settings), HasRates: c.Rates != nil}
	for _, s := range c.Services {
		out.Services = append(out.Services, CarrierService(s))
	}
	return out
}

func ratesJSON(c *shipping.Carrier) Rates {
	out := Rates{Carrier: c.ID, Version: c.Version, Zones: []RateZone{}, Prices: []RateBand{}}
	r := c.Rates
	if r == nil {
		return out
	}
	out.Currency, out.Divisor, out.FuelRate, out.Residential = r.Currency, r.Divisor, r.FuelRate, r.Residential
	out.Oversize, out.OversizeMM, out.Remote = r.Oversize, r.OversizeMM, r.Remote
	for _, z := range r.Zones {
		out.Zones = append(out.Zones, RateZone(z))
	}
	for _, b := range r.Bands {
		out.Prices = append(out.Prices, RateBand(b))
	}
	return out
}

func quoteJSON(q shipping.Quote) Quote {
	out := Quote{Carrier: q.Carrier, Service: q.Service, Name: q.Name, TransitDays: q.TransitDays, Arrives: q.Arrives.String(), Fallback: q.Fallback, Refused: q.Refused}
	if q.Cost.Currency != "" {
		out.Cost = &q.Cost
	}
	for _, c := range q.Charges {
		out.Charges = append(out.Charges, Charge(c))
	}
	return out
}

func quotesJSON(quotes []shipping.Quote) []Quote {
	out := []Quote{}
	for _, q := range quotes {
		out = append(out, quoteJSON(q))
	}
	return out
}

func ratingJSON(r *app.Rating) Rating {
	out := Rating{Package: r.Package, Parcel: Parcel(r.Parcel), Quotes: quotesJSON(r.Quotes)}
	if r.Chosen >= 0 {
		q := out.Quotes[r.Chosen]
		out.Chosen, out.Reason = &q, r.Reason
	}
	return out
}

func labelJSON(l *shipping.Label) Label {
	out := Label{
		ID: orNull(l.ID), Version: l.Version, Order: l.Order, Fulfillment: l.Fulfillment, Return: l.Return, Package: l.Package, Status: string(l.Status), Carrier: l.Carrier, Service: l.Service,
		Parcel: Parcel(l.Parcel), TrackingNumber: l.TrackingNumber, Quoted: l.Quoted, Reason: l.Reason, Chosen: l.Chosen, Quotes: quotesJSON(l.Quotes), Attempts: []LabelTry{},
		TrackingStatus: string(l.Tracking.Code), Allowed: shipping.AllowedLabel(l), CreatedAt: l.At.String(), LabeledAt: l.LabeledAt.String(), VoidedAt: l.VoidedAt.String(),
	}
	if l.Cost.Currency != "" {
		out.Cost = &l.Cost
	}
	if l.FileHash != "" {
		out.File = "/v1/labels/" + l.ID + ".pdf"
	}
	for _, a := range l.Attempts {
		out.Attempts = append(out.Attempts, LabelTry{a.ID, a.Kind, a.State, a.Reason, a.At.String(), a.DoneAt.String()})
	}
	return out
}

func trackingJSON(l *shipping.Label) PackageTracking {
	out := PackageTracking{
		Label: l.ID, Package: l.Package, Carrier: l.Carrier, TrackingNumber: l.TrackingNumber, Status: string(l.Tracking.Code), Since: l.Tracking.Since.String(), Events: []TrackingEvent{},
	}
	for _, s := range l.Tracking.Scans {
		out.Events = append(out.Events, TrackingEvent{string(s.Code), s.At.String(), s.Source, s.Message, s.Place, s.SeenAt.String(), s.By})
	}
	return out
}
