package demo

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/retail"
	"ordo/internal/store"
)

// Summary is what a replay came to. It is kept in demo.json, for later starts to show.
type Summary struct {
	Invoices []retail.Count `json:"invoices"` // what became of every invoice
	Lines    []retail.Count `json:"lines"`    // and of every line
	Remarks  []retail.Count `json:"remarks"`

	Asked       int            `json:"asked"`  // orders in the data
	Placed      int            `json:"placed"` // and in Ordo
	Refused     map[string]int `json:"refused,omitempty"`
	Status      map[string]int `json:"status"`
	Payment     map[string]int `json:"payment_status"`
	Fulfillment map[string]int `json:"fulfillment_status"`
	Channels    map[string]int `json:"channels"`
	OrderLines  int            `json:"order_lines"`
	Units       int64          `json:"units"`
	Shipped     int64          `json:"units_shipped"`
	Shipments   int            `json:"shipments"`
	InParts     int            `json:"orders_in_parts"` // orders with more than one shipment
	Worth       int64          `json:"worth"`           // pence, as ordered
	Captured    int64          `json:"captured"`
	Probes      []Probe        `json:"probes"`
	Sample      string         `json:"sample"` // an order worth looking at
	SampleSKU   string         `json:"sample_sku"`
	SamplePage  string         `json:"sample_page,omitempty"` // an order whose customer has something to send back
	KPIs        KPIs           `json:"kpis"`
	Returns     Returns        `json:"returns"`
	Cases       Cases          `json:"cases"`

	Times
}

// Times are of the last run: they differ from replay to replay, everything else does not.
type Times struct {
	Seconds       float64 `json:"seconds"`
	Resumed       bool    `json:"resumed,omitempty"`
	Now           int     `json:"placed_now"` // orders placed by the last run
	PerSecond     float64 `json:"per_second"` // while orders came in
	P50           float64 `json:"p50_ms"`     // of a placement, as the client saw it
	P99           float64 `json:"p99_ms"`
	DatabaseBytes int64   `json:"database_bytes"`
	CycleSeconds  float64 `json:"cycle_seconds"` // from placed to delivered, median
}

// sum adds up what the orders look like at the end, as the API shows them.
func (r *replay) sum(s *Summary) {
	s.Invoices, s.Lines, s.Remarks = r.mapping()
	s.Refused, s.Status, s.Payment, s.Fulfillment, s.Channels = r.refused, map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, e := range r.episodes() {
		s.Asked++
		if e.order != nil {
			s.count(e.order)
			if n := len(e.order.Lines); s.SamplePage == "" && !e.returned && e.order.FulfillmentStatus == "delivered" && e.order.PaymentStatus == "paid" && n > 1 && n < 6 {
				s.SamplePage = e.order.ID
			}
		}
	}
	s.Returns = r.returned()
	s.Now = len(r.took)
	if s.Now > 0 {
		slices.Sort(r.took)
		at := func(q float64) float64 {
			return float64(r.took[int(q*float64(len(r.took)-1)+.5)].Microseconds()) / 1000
		}
		s.P50, s.P99, s.PerSecond = at(.5), at(.99), float64(s.Now)/r.placing.Seconds()
	}
}

func (s *Summary) count(o *orderDoc) {
	s.Placed++
	s.Status[o.Status]++
	s.Payment[o.PaymentStatus]++
	s.Fulfillment[o.FulfillmentStatus]++
	s.Channels[o.Channel]++
	s.OrderLines += len(o.Lines)
	for _, l := range o.Lines {
		s.Units += l.Quantity
		s.Shipped += l.Units.Shipped
	}
	for _, p := range o.Payments {
		s.Captured += p.Captured.Amount
		s.Worth += p.Amount.Amount // what was agreed: the total of a canceled order is 0
	}
	s.Shipments += len(o.Fulfillments)
	if len(o.Fulfillments) > 1 {
		s.InParts++
		if s.Sample == "" || o.Status == "open" {
			s.Sample, s.SampleSKU = o.ID, o.Lines[0].SKU
		}
	}
	if s.Sample == "" {
		s.Sample, s.SampleSKU = o.ID, o.Lines[0].SKU
	}
}

// mapping is the plan's account of the data, with what the demo makes of cancellations: in time, or as returns.
func (r *replay) mapping() (invoices, lines, remarks []retail.Count) {
	invoices, lines = slices.Clone(r.plan.InvoiceCounts), slices.Clone(r.plan.Counts)
	for i, c := range invoices {
		switch c.Kind {
		case "cancel_order":
			invoices[i].What = "cancels an order of these days completely: canceled before it ships"
		case "cancel_lines":
			invoices[i].What = "cancels a part of an order of these days: comes back as a return after delivery"
		}
	}
	for i, c := range lines {
		if c.Kind == "cancel" {
			lines[i].What = fmt.Sprintf("cancels a line of an order of these days: %d with the whole order, %d returned", r.whole, r.partial)
		}
	}
	return invoices, lines, r.plan.Remarks
}

// invoices is how many the plan accounts for.
func invoices(p *retail.Plan) (n int) {
	for _, c := range p.InvoiceCounts {
		n += c.Invoices
	}
	return n
}

func (s *Summary) write(w io.Writer) {
	fmt.Fprintln(w)
	table(w, "What became of every invoice", s.Invoices, true)
	table(w, "What became of every line", s.Lines, true)
	table(w, "Worth a remark", s.Remarks, false)
	s.result(w)
	fmt.Fprintf(w, "\nThe days are moved so that the last one is that of the demo's first start: the clock of its server goes through them. The number of an invoice is the external_id.\n"+
		"The source names no people: names, mail addresses, addresses, locations, cards and deliveries are stand-ins.\n"+
		"Data: %s\n", retail.Attribution)
}

func (s *Summary) result(w io.Writer) {
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintln(w, "What Ordo made of it")
	row("orders", "%d of %d placed (%s), %s lines, %s units, worth %s %s", s.Placed, s.Asked, counts(s.Channels),
		thousands(int64(s.OrderLines)), thousands(s.Units), pounds(s.Worth), retail.Currency)
	row("refused", "%s", describeRefusals(s.Refused))
	row("status", "%s", counts(s.Status))
	row("payment", "%s; captured %s %s", counts(s.Payment), pounds(s.Captured), retail.Currency)
	row("fulfillment", "%s", counts(s.Fulfillment))
	row("shipments", "%s, %s units left; %d orders ship in parts", thousands(int64(s.Shipments)), thousands(s.Shipped), s.InParts)
	row("returns", "%s", s.Returns.text())
	row("cases", "%s", s.Cases.text())
	row("reports", "%s", s.KPIs.text(s.CycleSeconds))
	row("", "%s", s.KPIs.after())
	switch {
	case s.Now == 0:
	case s.Resumed: // the time went into recognizing and waiting, too
		row("placing", "%d orders by this run, half within %.1f ms, 99 of 100 within %.1f ms", s.Now, s.P50, s.P99)
	default:
		row("placing", "%s orders/s with %d clients, half within %.1f ms, 99 of 100 within %.1f ms", thousands(int64(s.PerSecond+.5)), parallel, s.P50, s.P99)
	}
	took := fmt.Sprintf("%.1f s for everything up to here", s.Seconds)
	if s.Resumed {
		took += " since it was resumed"
	}
	row("took", "%s; database %.1f MB", took, float64(s.DatabaseBytes)/1e6)
	if len(s.Probes) > 0 {
		fmt.Fprintln(w, "\nWhat Ordo was asked and must not do")
	}
	for _, p := range s.Probes {
		fmt.Fprintf(w, "  %-45s %s\n", p.What, p.Answer)
	}
}

func describeRefusals(refused map[string]int) string {
	if len(refused) == 0 {
		return "none"
	}
	text := counts(refused)
	if refused["payment_declined"] > 0 {
		text += " (the first card of the demo's choice; another one was taken in a new order)"
	}
	return text
}

// counts renders the most frequent first.
func counts(m map[string]int) string {
	keys := slices.Sorted(maps.Keys(m))
	slices.SortStableFunc(keys, func(a, b string) int { return m[b] - m[a] })
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = thousands(int64(m[k])) + " " + k
	}
	return strings.Join(parts, ", ")
}

func table(w io.Writer, title string, rows []retail.Count, sums bool) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(w, "%s\n  %8s %8s %12s  %-19s  %s\n", title, "invoices", "lines", retail.Currency, "kind", "what was done")
	var sum retail.Count
	for _, c := range rows {
		fmt.Fprintf(w, "  %8s %8s %12s  %-19s  %s\n", thousands(int64(c.Invoices)), thousands(int64(c.Lines)), pounds(c.Amount), c.Kind, c.What)
		sum.Lines += c.Lines
		sum.Amount += c.Amount
	}
	if sums {
		fmt.Fprintf(w, "  %8s %8s %12s  %s\n", "", thousands(int64(sum.Lines)), pounds(sum.Amount), "in all")
	}
	fmt.Fprintln(w)
}

// databaseBytes is the room that the database takes.
func databaseBytes(ctx context.Context, db store.DB) (size int64, err error) {
	text := "SELECT pg_database_size(current_database())"
	if db.Dialect().Name == "sqlite" {
		text = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
	}
	err = db.Query(ctx, func(r store.Row) error { return r.Scan(&size) }, text)
	return size, err
}

// welcome says how to go on.
func (d *demo) welcome(ctx context.Context) {
	s, u := d.folder.marker.Summary, d.server.URL
	d.say("\nOrdo is serving at %s (Ctrl-C stops it)\n", u)
	d.say("  console            %s/console (password of all accounts: %s)\n", u, password)
	for _, a := range accounts {
		d.say("                     %s\n", a.email)
	}
	if page := d.statusPage(ctx); page != "" {
		d.say("  a customer's page  %s\n", page)
	}
	d.say("  storefront         %s/shop\n", u)
	d.say("  API documentation  %s/docs\n  OpenAPI            %s/openapi.json\n  metrics            %s/metrics\n", u, u, u)
	d.say("  API key            %s (may do everything; works on this machine only)\n", Key)
	d.say("  data and log       %s, %s\n", databaseName(d.DB, d.folder), d.folder.path(logName))
	if s == nil || s.Sample == "" {
		return
	}
	d.say("\nTry\n")
	auth := "-H 'Authorization: Bearer " + Key + "'"
	for _, path := range []string{
		"/v1/orders?limit=5", "/v1/orders?status=open&limit=5", "/v1/orders/" + s.Sample, "/v1/orders/" + s.Sample + "/timeline", "/v1/stock?sku=" + s.SampleSKU,
	} {
		d.say("  curl -s %s '%s%s'\n", auth, u, path)
	}
	d.say("  curl -s %s -H 'Idempotency-Key: mine-%d' -H 'Content-Type: application/json' '%s/v1/orders' -d '%s'\n", auth, time.Now().Unix(), u,
		`{"channel":"web","customer":{"email":"ada@example.com","name":"Ada"},`+
			`"shipping_address":{"name":"Ada","line1":"1 High Street","city":"London","postal_code":"EC1A 1BB","country":"GB"},`+
			`"lines":[{"sku":"`+favorites(d.plan)[0].SKU+`","quantity":2}],"payment":{"provider":"sandbox","token":"tok_ok"}}`)
	d.say("\n")
}

// statusPage makes a link for the customer of an order that was delivered; "" where there is none.
func (d *demo) statusPage(ctx context.Context) string {
	s := d.folder.marker.Summary
	if s == nil || s.Sample == "" {
		return ""
	}
	order := cmp.Or(s.SamplePage, s.Sample)
	var link api.OrderLink
	in := api.CreateLink{Allow: []string{"status", "cancel", "address", "return"}}
	if _, err := d.client.post(ctx, "/v1/orders/"+order+"/links", "demo-status-page-"+order, in, &link); err != nil || link.Token == nil {
		d.log.Warn("no page for the customer of the sample order", "err", err)
		return ""
	}
	return d.server.URL + app.CustomerLinkPath + *link.Token
}

func databaseName(db string, f *folder) string {
	if db == "" {
		return f.path(dbName)
	}
	return f.marker.Database
}
