// Package sandbox is a carrier that moves no parcels and behaves like one that does, faults included.
//
// What lives here: the carrier's side of every label, kept in a store of its own: on SQLite a file beside the database
// (ordo.db.carriers), on PostgreSQL the schema sandbox over connections of its own. What does not: anything Ordo
// believes about a label.
// The one idea: the carrier commits apart from Ordo, and before it answers. So it can be asked after any crash, and
// every way in which the two sides can come apart happens here too.
//
// What happens is chosen by the postal code of the destination, or by the provider_code of the service, and is the
// same every time:
//
//	Postal code  Service code      What happens
//	00001        timeout           buying times out, is pending for 15 s, then there is a label
//	00002        rejected          buying is refused: address_rejected
//	00003        error_500         the first call fails and leaves no trace; the second, with the same key, succeeds
//	00004        slow              buying takes 2 s, then succeeds
//	00005        rates_down        asking for rates fails
//	00006        void_refused      there is a label, but it cannot be given back: already_used
//	00007        void_timeout      giving the label back times out, is pending for 15 s, then succeeds
//	00011        exception         on its way the parcel meets an exception, and is delivered in the end
//	00012        lost              the parcel is lost
//	00013        returned          a delivery is attempted, then the parcel goes back to its sender
//	00014        pickup            the parcel waits at a shop, and is collected
//	00015        disorder          tracking comes newest first and everything twice
//	00016        tracking_down     asking where the parcel is fails until it is moved on
//
// Everything else is labeled at once and delivered: every Step (a minute) one tracking event, the first at once.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/money"
	"ordo/internal/provider/carrier"
	"ordo/internal/provider/carrier/table"
	"ordo/internal/shipping"
)

// The errors of calls. After each the outcome is unknown to the caller.
var (
	ErrTimeout = errors.New("sandbox carrier: the call timed out")
	ErrServer  = errors.New("sandbox carrier: the carrier answered 500")
)

// ErrNoStore says that the sandbox was never used with this database.
var ErrNoStore = errors.New("sandbox carrier: there is no store of the sandbox carrier beside this database")

// Options are for tests; the zero value is what people get.
type Options struct {
	Clock        func() time.Time                           // time.Now
	Sleep        func(context.Context, time.Duration) error // waits, or returns the context's error
	Slow         time.Duration                              // 2 s
	ResolveAfter time.Duration                              // how long a call that timed out stays pending: 15 s
	Step         time.Duration                              // between two tracking events: 1 min
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = func(ctx context.Context, d time.Duration) error {
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	for _, d := range []struct {
		of        *time.Duration
		otherwise time.Duration
	}{{&o.Slow, 2 * time.Second}, {&o.ResolveAfter, 15 * time.Second}, {&o.Step, time.Minute}} {
		if *d.of == 0 {
			*d.of = d.otherwise
		}
	}
	return o
}

// faults are chosen by postal code; their names are the service codes.
var faults = map[string]string{
	"00001": "timeout", "00002": "rejected", "00003": "error_500", "00004": "slow", "00005": "rates_down", "00006": "void_refused",
	"00007": "void_timeout", "00011": "exception", "00012": "lost", "00013": "returned", "00014": "pickup", "00015": "disorder",
	"00016": "tracking_down",
}

func faultOf(s shipping.Shipment, service shipping.Service) string {
	if f := faults[s.To.PostalCode]; f != "" {
		return f
	}
	for _, f := range faults {
		if f == service.ProviderCode {
			return f
		}
	}
	return ""
}

// stories are what tracking tells, by fault; "" is the plain way.
var stories = map[string][]shipping.Code{
	"":          {shipping.PreTransit, shipping.InTransit, shipping.OutForDelivery, shipping.Delivered},
	"exception": {shipping.PreTransit, shipping.InTransit, shipping.Exception, shipping.InTransit, shipping.OutForDelivery, shipping.Delivered},
	"lost":      {shipping.PreTransit, shipping.InTransit, shipping.Lost},
	"returned":  {shipping.PreTransit, shipping.InTransit, shipping.OutForDelivery, shipping.DeliveryAttempted, shipping.ReturnToSender},
	"pickup":    {shipping.PreTransit, shipping.InTransit, shipping.AvailableForPickup, shipping.Delivered},
}

// Provider is the sandbox carrier. It implements carrier.Provider and is safe for use by many goroutines, and by
// several nodes on one store.
type Provider struct {
	opts  Options
	books *books
}

var _ carrier.Provider = (*Provider)(nil)

// Open opens the sandbox's store beside the database with the URL, and makes it where there is none.
func Open(ctx context.Context, databaseURL string, opts Options) (*Provider, error) {
	return open(ctx, databaseURL, opts, false)
}

// OpenReadOnly opens an existing store for Query, Track and List, also beside a running server; ErrNoStore when there
// is none.
func OpenReadOnly(ctx context.Context, databaseURL string, opts Options) (*Provider, error) {
	return open(ctx, databaseURL, opts, true)
}

func open(ctx context.Context, databaseURL string, opts Options, readOnly bool) (*Provider, error) {
	b, err := openBooks(ctx, databaseURL, readOnly)
	if errors.Is(err, ErrNoStore) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox carrier: %w", err)
	}
	return &Provider{opts: opts.withDefaults(), books: b}, nil
}

// Close closes the store.
func (p *Provider) Close() { p.books.db.Close() }

func (p *Provider) now() micros.Time { return micros.Of(p.opts.Clock()) }

// Rates implements carrier.Provider: 4.00 and 1.00 for each kilogram begun, 8.00 more across a border, twice that for
// delivery on the next day.
func (p *Provider) Rates(_ context.Context, a carrier.Account, s shipping.Shipment) ([]shipping.Quote, error) {
	if faultOf(s, shipping.Service{}) == "rates_down" || slices.ContainsFunc(a.Services, func(x shipping.Service) bool { return x.ProviderCode == "rates_down" }) {
		return nil, ErrServer
	}
	var out []shipping.Quote
	for i := range a.Services {
		x := a.Services[i]
		q := shipping.Quote{Carrier: a.ID, Service: x.Code, Name: x.Name, TransitDays: x.TransitDays, Refused: x.Refuses(s)}
		if q.Refused == "" {
			q.Cost = price(a, x, s)
		}
		out = append(out, q)
	}
	return out, nil
}

func price(a carrier.Account, x shipping.Service, s shipping.Shipment) money.Money {
	amount := 400 + 100*((s.Parcel.WeightGrams+999)/1000)
	if s.From.Country != s.To.Country {
		amount += 800
	}
	if x.TransitDays == 1 {
		amount *= 2
	}
	m := money.Money{Amount: amount, Currency: a.Settings.Currency}
	if m.Currency == "" {
		m.Currency = "EUR"
	}
	return m
}

// Buy implements carrier.Provider.
func (p *Provider) Buy(ctx context.Context, a carrier.Account, r carrier.Request) (shipping.Outcome, error) {
	now, fault := p.now(), faultOf(r.Shipment, r.Service)
	row := record{Key: r.Key, Kind: shipping.Buy, Carrier: a.ID, State: shipping.Succeeded, Fault: fault, CreatedAt: now}
	switch fault {
	case "rejected":
		row.State, row.Reason = shipping.Failed, "address_rejected"
	case "error_500":
		row.State = stateLost
	case "timeout":
		row.ResolvesAt = now.Add(p.opts.ResolveAfter)
	case "slow":
		row.ResolvesAt = now.Add(p.opts.Slow)
	}
	if row.State != shipping.Failed {
		cost := price(a, r.Service, r.Shipment)
		row.Tracking, row.Ref = "SBX"+table.TrackingNumber(r.Key)[2:], "sbx_"+r.Key
		row.Cost, row.Currency = cost.Amount, cost.Currency
		var err error
		if row.Paper, row.Hash, err = table.Paper(a, r, row.Tracking, true); err != nil {
			return shipping.Outcome{}, err
		}
	}
	return p.send(ctx, row)
}

// Void implements carrier.Provider.
func (p *Provider) Void(ctx context.Context, a carrier.Account, r carrier.Request) (shipping.Outcome, error) {
	now := p.now()
	row := record{Key: r.Key, Kind: shipping.Void, Carrier: a.ID, Parent: r.Bought, State: shipping.Succeeded, CreatedAt: now}
	bought, err := p.books.find(ctx, r.Bought)
	switch {
	case err != nil:
		return shipping.Outcome{}, err
	case bought == nil || bought.at(now).State != shipping.Succeeded:
		row.State, row.Reason = shipping.Failed, "unknown_label"
	case bought.Fault == "void_refused":
		row.State, row.Reason = shipping.Failed, "already_used"
	case bought.Fault == "void_timeout":
		row.Fault, row.ResolvesAt = "timeout", now.Add(p.opts.ResolveAfter)
	}
	return p.send(ctx, row)
}

// send records the first call with a key, and answers every call from what is recorded.
func (p *Provider) send(ctx context.Context, row record) (shipping.Outcome, error) {
	have, first, err := p.books.record(ctx, row)
	if err != nil {
		return shipping.Outcome{}, fmt.Errorf("sandbox carrier: %w", err)
	}
	switch {
	case have.State == stateLost:
		return shipping.Outcome{}, ErrServer
	case first && have.Fault == "timeout":
		return shipping.Outcome{}, ErrTimeout
	case have.Fault == "slow" && have.ResolvesAt > p.now():
		if err := p.opts.Sleep(ctx, have.ResolvesAt.Std().Sub(p.opts.Clock())); err != nil {
			return shipping.Outcome{}, err
		}
		return have.at(have.ResolvesAt), nil
	}
	return have.at(p.now()), nil
}

// Query implements carrier.Provider.
func (p *Provider) Query(ctx context.Context, _ carrier.Account, r carrier.Request) (shipping.Outcome, bool, error) {
	row, err := p.books.find(ctx, r.Key)
	if err != nil || row == nil || row.State == stateLost {
		return shipping.Outcome{}, false, err
	}
	return row.at(p.now()), true, nil
}

// Track implements carrier.Provider.
func (p *Provider) Track(ctx context.Context, _ carrier.Account, trackingNumber, _ string) ([]shipping.Scan, error) {
	row, err := p.books.tracked(ctx, trackingNumber)
	if err != nil || row == nil {
		return nil, err
	}
	if row.Fault == "tracking_down" && row.Advanced == 0 {
		return nil, ErrServer
	}
	story, ok := stories[row.Fault]
	if !ok {
		story = stories[""]
	}
	var out []shipping.Scan
	for i, code := range story {
		at := row.CreatedAt.Add(time.Duration(i) * p.opts.Step)
		if at <= p.now() || int64(i) <= row.Advanced {
			out = append(out, shipping.Scan{Code: code, At: at, Message: "sandbox: " + string(code), Place: "Sandbox hub"})
		}
	}
	if row.Fault == "disorder" {
		slices.Reverse(out)
		out = append(out, out...)
	}
	return out, nil
}

// Advance moves a parcel on by one tracking event before its time, and returns how many it is ahead.
func (p *Provider) Advance(ctx context.Context, trackingNumber string) error {
	return p.books.advance(ctx, trackingNumber)
}

// Record is what the carrier knows of one key.
type Record struct {
	Key, Kind, State, Reason, TrackingNumber string
	Bought                                   string // of a void: the key under which the label was bought
	Cost                                     money.Money
	Calls                                    int64
}

// List calls f for every label that was bought or given back, in the order of their keys.
func (p *Provider) List(ctx context.Context, f func(Record) error) error {
	now := p.now()
	return p.books.list(ctx, func(r record) error {
		return f(Record{r.Key, r.Kind, r.at(now).State, r.Reason, r.Tracking, r.Parent, money.Money{Amount: r.Cost, Currency: r.Currency}, r.Calls})
	})
}

// message is the body of the sandbox's webhooks.
type message struct {
	TrackingNumber string        `json:"tracking_number"`
	Scans          []messageScan `json:"scans"`
}

type messageScan struct {
	Code    shipping.Code `json:"code"`
	At      time.Time     `json:"at"`
	Message string        `json:"message,omitzero"`
	Place   string        `json:"place,omitzero"`
}

// Message builds a webhook as the carrier would send it: the body and its signed headers.
func Message(secret, id string, at time.Time, trackingNumber string, scans ...shipping.Scan) (http.Header, []byte) {
	m := message{TrackingNumber: trackingNumber, Scans: []messageScan{}}
	for _, s := range scans {
		m.Scans = append(m.Scans, messageScan{s.Code, s.At.Std(), s.Message, s.Place})
	}
	body := jsonx.Marshal(m)
	return sign(secret, id, at, body), body
}

// Webhook implements carrier.Provider.
func (p *Provider) Webhook(a carrier.Account, header http.Header, body []byte, now micros.Time) ([]carrier.Report, error) {
	if !signed(a.WebhookSecret, header, body, now) {
		return nil, carrier.ErrSignature
	}
	var m message
	if jsonx.Decode(body, &m) != nil || m.TrackingNumber == "" {
		return nil, carrier.ErrMessage
	}
	r := carrier.Report{TrackingNumber: m.TrackingNumber}
	for _, s := range m.Scans {
		if !slices.Contains(shipping.Codes, s.Code) || s.At.Unix() <= 0 {
			return nil, carrier.ErrMessage
		}
		r.Scans = append(r.Scans, shipping.Scan{Code: s.Code, At: micros.Of(s.At), Message: s.Message, Place: s.Place})
	}
	return []carrier.Report{r}, nil
}
