package api

import (
	"net/http"
	"strings"
)

// route is one operation. The server, the OpenAPI description, the page and the tests read the table below.
type route struct {
	op      string // name of the operation, for generated clients and links
	method  string
	path    string
	tag     string
	summary string
	detail  string
	scope   string // what the API key needs
	query   []param
	in, out any    // zero values of the body and of the answer; nil for none
	open    bool   // needs no API key and no Idempotency-Key: what it is sent proves itself
	keyed   bool   // open, and takes an Idempotency-Key
	upload  bool   // the body is a file, which the handler reads
	file    string // media type of an answer that is a document instead
	status  int    // of success
	etag    bool
	codes   []string // problem codes beyond those that every route of its kind has (problemKinds)
	handle  func(*call) error
}

// param is a query parameter: one of values, or a number from least to most, or text.
type param struct {
	name, detail string
	values       []string
	number       bool
	least, most  int64
	clamp        bool  // a larger number means most
	otherwise    int64 // without the parameter
}

// param returns the query parameter of that name, or nil.
func (r *route) param(name string) *param {
	for i := range r.query {
		if r.query[i].name == name {
			return &r.query[i]
		}
	}
	return nil
}

// slots lists the names in braces in the path.
func (r *route) slots() (names []string) {
	for part := range strings.SplitSeq(r.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			name, _, _ = strings.Cut(name, "}")
			names = append(names, name)
		}
	}
	return names
}

// split takes the ending behind a last slot off the path (".pdf"): the router knows slots of whole segments only.
func (r *route) split() (path, ending string) {
	i := strings.LastIndexByte(r.path, '}') + 1
	if i == 0 || strings.Contains(r.path[i:], "/") {
		return r.path, ""
	}
	return r.path[:i], r.path[i:]
}

var (
	limitParam  = param{name: "limit", detail: "page size; larger is clamped", number: true, least: 1, most: 1000, clamp: true, otherwise: 50}
	cursorParam = param{name: "cursor", detail: "next_cursor of the page before"}
	dryParam    = param{name: "dry_run", detail: "true: same rules and answer, nothing is written", values: []string{"true", "false"}}
	paged       = []param{limitParam, cursorParam}
	dry         = []param{dryParam}
)

func texts[S ~string](values []S) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

var (
	paymentStatuses = []string{"none", "pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided", "failed", "overcharged"}
	fulfillmentAxis = []string{"unfulfilled", "in_progress", "partially_shipped", "shipped", "partially_delivered", "delivered", "canceled"}
	placeCodes      = []string{"insufficient_stock", "insufficient_credit", "illegal_transition", "payment_declined", "external_order_conflict", "channel_forbidden", "amount_too_large"}
	transitionCodes = []string{"not_found", "illegal_transition", "version_mismatch"}
	routes          []route
)

func init() {
	routes = append(routes, orderRoutes()...)
	routes = append(routes, addressRoutes()...)
	routes = append(routes, sourcingRoutes()...)
	routes = append(routes, holdRoutes()...)
	routes = append(routes, ruleRoutes()...)
	routes = append(routes, changeRoutes()...)
	routes = append(routes, fulfillmentRoutes()...)
	routes = append(routes, waveRoutes()...)
	routes = append(routes, returnRoutes()...)
	routes = append(routes, paperRoutes()...)
	routes = append(routes, paymentRoutes()...)
	routes = append(routes, stockRoutes()...)
	routes = append(routes, catalogRoutes()...)
	routes = append(routes, reportRoutes()...)
	routes = append(routes, savedReportRoutes()...)
	routes = append(routes, shippingRoutes()...)
	routes = append(routes, serviceRoutes()...)
	routes = append(routes, mailRoutes()...)
	routes = append(routes, caseMailRoutes()...)
	routes = append(routes, platformRoutes()...)
	routes = append(routes, peopleRoutes()...)
	routes = append(routes, jobRoutes()...)
	routes = append(routes, verificationRoutes()...)
	routes = append(routes, stuckRoutes()...)
	routes = append(routes, linkRoutes()...)
	routes = append(routes, lookupRoutes()...)
}

// tags are the groups of operations, in the order of the table, with what they are about.
var tags = []struct{ Name, About string }{
	{"Orders", "Placing, finding and canceling orders."},
	{"Holds", "What stops an order before a step, and remarks of people: notes, tags, custom fields."},
	{"Rules", "Conditions under which orders are held, and the definitions of custom fields."},
	{"Payments", "The money of orders: paying, capturing, giving back."},
	{"Store credit", "Accounts of customers that orders are paid with."},
	{"Accounting", "The books that follow from the journal."},
	{"Invoices", "Demands for payment under numbers without gaps."},
	{"Fulfillment", "What one location ships of one order: planned, released, shipped, delivered."},
	{"Returns", "What comes back from customers: policies, returns, exchanges, claims."},
	{"Sourcing", "Where orders ship from, by which rules, and why."},
	{"Inventory", "Stock by SKU and location. Available is on hand less everything that is promised or set aside."},
	{"Catalog", "Products, locations and sales channels: the reference data that orders are checked against."},
	{"Shipping", "Carriers and their rates, labels, tracking, and when things arrive."},
	{"Customers", "Who orders: contact, addresses, remarks. Orders are matched by their mail address."},
	{"Cases", "What somebody has to look into for a customer, in queues, with clocks in working time."},
	{"Mails", "What customers are written, what became of it, and the templates."},
	{"Reports", "Numbers with their definitions, made from the journal, and the orders behind them."},
	{"Events", "The journal: everything that happened, gapless and in the order of commits."},
	{"API keys", "What programs may do."},
	{"Users", "People who sign in to the console, and their roles."},
	{"Jobs", "Work after commits: calls to providers, timers."},
	{"Lookup", "Finding anything by what somebody has in hand, and all about a customer."},
	{"Self-service", "What customers see and do by signed links, without an API key."},
	{"Operations", "What is late, why, and what may safely be done."},
}

// page is a path that needs no API key.
type page struct {
	path, summary, kind string
	op, method          string // without them: made from the path, and GET
	handle              func(*Server, http.ResponseWriter, *http.Request)
	codes               []string
	hidden              bool // not in the description
}

func (p page) methods() []string {
	if p.method == "" {
		return []string{http.MethodGet, http.MethodHead}
	}
	return []string{p.method}
}

var pages = []page{
	{path: "/healthz", summary: "Whether the process lives", kind: typeJSON, handle: (*Server).healthz},
	{path: "/readyz", summary: "Whether the node should get traffic", kind: typeJSON, codes: []string{"not_ready", "database_unavailable"}, handle: (*Server).readyz},
	{path: "/metrics", summary: "Metrics in Prometheus' text format", kind: "text/plain", handle: (*Server).metricsPage},
	{path: "/openapi.json", summary: "This description", kind: typeJSON, handle: (*Server).openapi},
	{path: "/docs", summary: "This description for people", kind: "text/html", handle: (*Server).docs},
	{path: "/v1/webhooks/payments/sandbox", op: "sandboxWebhook", method: http.MethodPost, summary: "What the sandbox payment provider tells by itself, signed", kind: typeJSON, codes: []string{"webhook_signature", "malformed_json", "too_large"}, handle: (*Server).sandboxWebhook},
	{path: "/docs/docs.css", handle: (*Server).docsStyle, hidden: true},
	{path: "/docs/docs.js", handle: (*Server).docsScript, hidden: true},
}
