package api

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ordo/internal/store"
)

// faulty is a database that can be taken away.
type faulty struct {
	store.DB
	away *atomic.Bool
}

var errAway = &store.Error{Kind: store.Unavailable, Err: errors.New("dial tcp 10.1.2.3:5432: connection refused, password=hunter2")}

func (f faulty) Begin(ctx context.Context) (store.Tx, error) {
	if f.away.Load() {
		return nil, errAway
	}
	return f.DB.Begin(ctx)
}

func (f faulty) Query(ctx context.Context, scan func(store.Row) error, sql string, args ...any) error {
	if f.away.Load() {
		return errAway
	}
	return f.DB.Query(ctx, scan, sql, args...)
}

func (f faulty) Snapshot(ctx context.Context, g func(store.Reader) error) error {
	if f.away.Load() {
		return errAway
	}
	return f.DB.Snapshot(ctx, g)
}

// calls is one request per operation, each of which succeeds in the seeded world.
func calls() map[string]request {
	out := fulfillmentCalls()
	maps.Copy(out, sourcingCalls)
	maps.Copy(out, processingCalls())
	maps.Copy(out, reportCalls())
	maps.Copy(out, map[string]request{
		"placeOrder":         {do: orders, body: plainOrder},
		"listOrders":         {do: "GET /v1/orders"},
		"checkAddress":       {do: "POST /v1/addresses/check", body: `{"address":{"country":"GB"}}`},
		"getOrder":           {do: "GET /v1/orders/{order}"},
		"listReturns":        {do: "GET /v1/returns"},
		"getPolicyOfOrder":   {do: "GET /v1/orders/{order}/return-policy"},
		"cancelOrder":        {do: "POST /v1/orders/{phone}/cancel", body: `{"reason":"customer"}`},
		"changeOrderDetails": {do: "POST /v1/orders/{order}/details", body: `{"customer":{"phone":"1"}}`},
		"getOrderTimeline":   {do: "GET /v1/orders/{order}/timeline"},
		"recordReceipt":      {do: "POST /v1/orders/{order}/payments/{payment}/receipts", body: `{"amount":{"amount":1,"currency":"GBP"}}`},
		"listFulfillments":   {do: "GET /v1/fulfillments"},
		"getFulfillment":     {do: "GET /v1/fulfillments/{fulfillment}"},
		"getPickList":        {do: "GET /v1/fulfillments/{fulfillment}/pick-list.pdf"},
		"planWave":           {do: "GET /v1/fulfillment-waves?location=L1"},
		"getPickListOfMany":  {do: "GET /v1/fulfillment-pick-list.pdf?ids={fulfillment}"},
		"getPackingSlip":     {do: "GET /v1/fulfillments/{fulfillment}/packing-slip.pdf"},
		"issueInvoice":       {do: "POST /v1/orders/{order}/invoices", body: `{"units":"ordered"}`},
		"listInvoices":       {do: "GET /v1/orders/{order}/invoices"},
		"getInvoice":         {do: "GET /v1/orders/{phone}/invoices/{invoice}"},
		"getInvoicePDF":      {do: "GET /v1/orders/{phone}/invoices/{invoice}.pdf"},
		"adjustStock":        {do: "POST /v1/stock/adjustments", body: `{"reason":"found","lines":[{"sku":"A","location":"L1","delta":1}]}`},
		"createImport":       {do: "POST /v1/imports?kind=stock", header: []string{"Content-Type", "text/csv"}, body: "sku,location,delta,reason\nA,L1,5,found\n"},
		"getImportTemplate":  {do: "GET /v1/import_templates/stock"},
		"listStock":          {do: "GET /v1/stock"},
		"putProduct":         {do: "PUT /v1/products/A", body: `{"name":"A","price":{"amount":1,"currency":"GBP"}}`},
		"getProduct":         {do: "GET /v1/products/A"},
		"listProducts":       {do: "GET /v1/products"},
		"putLocation":        {do: "PUT /v1/locations/L1", body: `{"name":"One","type":"warehouse","address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}}`},
		"getLocation":        {do: "GET /v1/locations/L1"},
		"listLocations":      {do: "GET /v1/locations"},
		"putChannel":         {do: "PUT /v1/channels/web", body: `{"name":"Web"}`},
		"getChannel":         {do: "GET /v1/channels/web"},
		"listChannels":       {do: "GET /v1/channels?limit=2"},
		"putCarrier":         {do: "PUT /v1/carriers/van", body: `{"name":"Van","provider":"table"}`},
		"getCarrier":         {do: "GET /v1/carriers/dock"},
		"listCarriers":       {do: "GET /v1/carriers"},
		"putCarrierRates":    {do: "PUT /v1/carriers/dock/rates", body: dockRates},
		"getCarrierRates":    {do: "GET /v1/carriers/dock/rates"},
		"rateFulfillment":    {do: "POST /v1/fulfillments/{parcel_fulfillment}/rates", body: `{}`},
		"buyLabel":           {do: "POST /v1/fulfillments/{parcel_fulfillment}/labels", body: `{}`},
		"listLabels":         {do: "GET /v1/fulfillments/{sent_fulfillment}/labels"},
		"getLabel":           {do: "GET /v1/labels/{label}"},
		"getLabelFile":       {do: "GET /v1/labels/{label}.pdf"},
		"voidLabel":          {do: "POST /v1/labels/{label}/void"},
		"getTracking":        {do: "GET /v1/fulfillments/{sent_fulfillment}/tracking"},
		"refreshTracking":    {do: "POST /v1/labels/{label}/refresh"},
		"addTracking":        {do: "POST /v1/labels/{label}/tracking", body: `{"code":"in_transit","at":"2026-11-24T10:30:00Z"}`},
		"getPromise":         {do: "GET /v1/promise?carrier=dock&service=standard&country=GB"},
		"changePromise":      {do: "POST /v1/orders/{parcel}/promise", body: `{"reason":"weather","earliest":"2026-12-01","latest":"2026-12-02"}`},
		"carrierWebhook":     message("SBX0"),
		"listAudit":          {do: "GET /v1/audit?limit=3"},
		"listEvents":         {do: "GET /v1/events?limit=3"},
		"createKey":          {do: "POST /v1/keys", body: `{"name":"x","scopes":["orders:read"]}`},
		"listKeys":           {do: "GET /v1/keys?limit=2"},
		"revokeKey":          {do: "DELETE /v1/keys/{last_key}"},
	})
	return out
}

// TestDatabaseAway takes the database away under every operation, and gives it back.
func TestDatabaseAway(t *testing.T) {
	var away atomic.Bool
	each(t, func(t *testing.T, f *fixture) {
		away.Store(true)
		// A write is tried several times before it is refused: all at once they wait together.
		var wg sync.WaitGroup
		all := calls()
		for i := range routes {
			wg.Go(func() { withoutDatabase(f, &routes[i], all) })
		}
		wg.Wait()
		f.send(request{do: "GET /readyz"}).refused(503, "database_unavailable")
		f.get("/healthz").fields("status", "ok")
		away.Store(false)
		f.get("/readyz").fields("status", "ready")
		f.place("A", 1, "manual", "").want(201)
		if log := f.log.String(); strings.Contains(log, owner) {
			t.Error("a key is in the log")
		}
	}, func(o *setup) {
		o.wrap = func(db store.DB) store.DB { return faulty{db, &away} }
		o.settings.PublicURL = "https://orders.example.com" // without it no links are mailed
	})
}

// withoutDatabase calls an operation in all ways in which it needs the database.
func withoutDatabase(f *fixture, r *route, all map[string]request) {
	c, ok := all[r.op]
	if !ok {
		c = likeExample(r)
	}
	tell := func(c request) {
		got, err := f.try(c)
		switch {
		case err != nil:
			f.t.Errorf("%s: %v", r.op, err)
		case got.status != http.StatusServiceUnavailable || !bytes.Contains(got.body, []byte(`"code":"database_unavailable"`)):
			f.t.Errorf("%s: %d %s", r.op, got.status, got.body)
		case got.header.Get("Retry-After") != "1" || strings.Contains(string(got.body), "hunter2"):
			f.t.Errorf("%s: %v %s", r.op, got.header, got.body)
		}
	}
	for _, key := range []string{owner, "ordo_sk_never_seen_" + r.op} {
		if c.key = key; key == owner && slices.Contains([]string{"getImportTemplate", "checkAddress"}, r.op) {
			continue // answered from the program
		}
		tell(c)
	}
	if dryRuns(r) {
		and := "?"
		if strings.Contains(c.do, "?") {
			and = "&"
		}
		c.key, c.do = owner, c.do+and+"dry_run=true"
		tell(c)
	}
}

// likeExample is a request of the right form for an operation that has no call of its own.
func likeExample(r *route) request {
	path := r.path
	for _, name := range r.slots() {
		value := slotValues[name]
		if s, ok := slotID(path, name); ok {
			value = s.prefix + "_" + strings.TrimPrefix(exOrder, "ord_")
		}
		path = strings.Replace(path, "{"+name+"}", value, 1)
	}
	if q := exampleQueries[r.op]; q != "" {
		path += "?" + q
	}
	return request{do: r.method + " " + path, body: pretty(examples[r.op].in)}
}

// before brings the world to where an operation succeeds. Areas add theirs.
var before = map[string]func(*fixture){}

// TestEveryOperation calls each operation that has a call once with success; conform checks the answers.
func TestEveryOperation(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		for i := range routes {
			c, ok := calls()[routes[i].op]
			if !ok {
				continue // TestExamples calls it
			}
			if begin := before[routes[i].op]; begin != nil {
				begin(f)
			}
			r := f.send(f.expand(c))
			if r.status >= 300 {
				t.Errorf("%s: %d %s", routes[i].op, r.status, r.body)
			}
			if r.header.Get("Content-Type") != cmp.Or(routes[i].file, typeJSON) {
				t.Errorf("%s: %v", routes[i].op, r.header)
			}
		}
	})
}

func (f *fixture) expand(r request) request {
	r.do, r.body = f.fill(r.do), f.fill(r.body)
	return r
}

// TestClosedServer stops the committer: what changes something is refused, reading goes on.
func TestClosedServer(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.app.Committer.Close()
		f.place("A", 1, "manual", "").refused(503, "stopping")
		f.send(request{do: "PUT /v1/products/A", body: `{"name":"A","price":{"amount":1,"currency":"GBP"}}`}).refused(503, "stopping")
		f.get("/v1/orders/{order}").fields("status", "open")
	})
}

// TestPanic turns a defect into an answer that says nothing about it.
func TestPanic(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.server.mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("secret detail") })
		r := f.send(request{do: "GET /panic"}).refused(500, "internal")
		if strings.Contains(string(r.body), "secret") || !strings.Contains(f.log.String(), "secret detail") {
			t.Errorf("%s", r.body)
		}
	})
}
