package app

import (
	"slices"

	"ordo/internal/catalog"
	"ordo/internal/fulfillment"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/people"
	"ordo/internal/shipping"
	"ordo/internal/sourcing"
	"ordo/internal/store"
	"ordo/internal/storecredit"
	"ordo/internal/work"
)

func text(name string) store.Col { return store.Col{Name: name, Type: store.Text} }

// The kinds of documents. Ranks are the order of locks: what an order comes from, the order, its parts, reference data,
// positions last of all (work): cases 3, their entries 4, reservations 5, transfers 6, counts 7, customers 8, rows of
// imports 9; orders 10, imports 11, exports 12, changes 15, payments 20, store credits 25, fulfillment orders 30,
// returns 32, labels 35, invoices 36, sequences 37, mails 39; reference data from 40.
var (
	Orders = work.NewKind[order.Order](work.Spec{
		Table: "orders", What: "order", Rank: 10, Personal: true,
		Cols: []store.Col{
			text("channel"), text("status"), text("payment_status"), text("fulfillment_status"), text("email"),
			{Name: "placed_at", Type: store.Int},
			text("phone"), text("name"), text("postal_code"),
		},
		Terms: "order_terms",
	}, OrderColumns).WithTerms(OrderTerms)
	OrderChanges = work.NewKind[order.Change](work.Spec{
		Table: "order_changes", What: "order change", Rank: 15, Cols: []store.Col{text("order_id"), text("status")},
	}, func(c *order.Change) []any { return []any{c.Order, string(c.Status)} })
	Payments = work.NewKind[payment.Payment](work.Spec{
		Table: "payments", What: "payment", Rank: 20, Cols: []store.Col{text("order_id"), {Name: "waiting", Type: store.Int}, text("provider_ref")},
	}, func(p *payment.Payment) []any { return []any{p.Order, PaymentWaits(p), PaymentRef(p)} })
	StoreCredits = work.NewKind[storecredit.Account](work.Spec{
		Table: "store_credits", What: "store credit account", Rank: 25, Cols: []store.Col{text("owner")}, Personal: true,
	}, func(a *storecredit.Account) []any { return []any{fold(a.Email)} })
	Fulfillments = work.NewKind[fulfillment.Fulfillment](work.Spec{
		Table: "fulfillments", What: "fulfillment order", Rank: 30, Cols: []store.Col{text("order_id"), text("location"), text("status")}, Terms: "fulfillment_terms",
	}, func(f *fulfillment.Fulfillment) []any { return []any{f.Order, f.Location, string(f.Status)} }).WithTerms(FulfillmentTerms)
	Labels = work.NewKind[shipping.Label](work.Spec{
		Table: "labels", What: "label", Rank: 35, Cols: []store.Col{text("order_id"), text("fulfillment_id"), text("status"), text("carrier"), text("tracking")},
	}, func(l *shipping.Label) []any {
		return []any{l.Order, l.Fulfillment, string(l.Status), l.Carrier, l.TrackingNumber}
	})
	Carriers = work.NewKind[shipping.Carrier](work.Spec{Table: "carriers", What: "carrier", Rank: 47, Reference: true}, nil)
	Products = work.NewKind[catalog.Product](work.Spec{
		Table: "products", What: "product", Rank: 40, Reference: true, Bounded: true,
	}, nil)
	Locations = work.NewKind[catalog.Location](work.Spec{Table: "locations", What: "location", Rank: 41, Reference: true}, nil)
	Channels  = work.NewKind[catalog.Channel](work.Spec{Table: "channels", What: "channel", Rank: 42, Reference: true}, nil)
	APIKeys   = work.NewKind[APIKey](work.Spec{Table: "api_keys", What: "API key", Rank: 43, Reference: true}, nil)

	// Users and roles are read with every command that names an owner.
	Users = work.NewKind[people.User](work.Spec{Table: "users", What: "user", Rank: 54, Reference: true}, nil)
	Roles = work.NewKind[people.Role](work.Spec{Table: "roles", What: "role", Rank: 55, Reference: true}, nil)

	NodeDays      = work.NewKind[sourcing.NodeDay](work.Spec{Table: "node_days", What: "day of a location", Rank: 38}, nil)
	SourcingRules = work.NewKind[sourcing.Rule](work.Spec{Table: "sourcing_rules", What: "sourcing_rule", Rank: 46, Reference: true}, nil)
)

// Kinds lists them all.
var Kinds = []*work.Spec{
	Reservations.Spec,
	Transfers.Spec,
	Counts.Spec,
	Orders.Spec,
	OrderChanges.Spec,
	Payments.Spec,
	StoreCredits.Spec,
	Fulfillments.Spec,
	Products.Spec,
	Locations.Spec,
	Channels.Spec,
	APIKeys.Spec,
	Users.Spec,
	Roles.Spec,
	NodeDays.Spec,
	SourcingRules.Spec,
	Invoices.Spec,
	Sequences.Spec,
	Rules.Spec,
	CustomFields.Spec,
	Labels.Spec,
	Carriers.Spec,
	Webhooks.Spec,
	ImportRows.Spec,
	Imports.Spec,
	Exports.Spec,
	Returns.Spec,
	ReturnPolicies.Spec,
	Customers.Spec,
	Cases.Spec,
	CaseEntries.Spec,
	Queues.Spec,
	Policies.Spec,
	Macros.Spec,
	Mails.Spec,
	MailTemplates.Spec,
	Appeasements.Spec,
	AgentDays.Spec,
	SavedReports.Spec,
}

// Fields of the terms of orders.
const (
	TermHold      = "hold"      // type of an open hold
	TermRule      = "rule"      // code of a rule that held it, whatever became of the hold
	TermTag       = "tag"       // tag
	TermBackorder = "backorder" // backorderTerm of a position
	TermParked    = "parked"    // SKU that units wait for, wherever it arrives
)

// OrderTerms are what orders are found by that stands inside their lists.
func OrderTerms(o *order.Order) (terms []work.Term) {
	add := func(field, value string) {
		if t := (work.Term{Field: field, Value: value}); !slices.Contains(terms, t) {
			terms = append(terms, t)
		}
	}
	for _, h := range o.Holds {
		if h.Status == order.HoldOpen {
			add(TermHold, h.Type)
		}
		if h.Rule != "" {
			add(TermRule, h.Rule)
		}
	}
	for _, t := range o.Tags {
		add(TermTag, t)
	}
	for _, b := range o.Backorders {
		for _, sku := range skusOf(o.Line(b.Line)) {
			if b.Location == "" {
				add(TermParked, sku)
			} else {
				add(TermBackorder, backorderTerm(sku, b.Location))
			}
		}
	}
	return terms
}

// skusOf are the SKUs that have the stock of a line: its own, or those of a kit's components.
func skusOf(l *order.Line) []string {
	if len(l.Components) == 0 {
		return []string{l.SKU}
	}
	skus := make([]string, len(l.Components))
	for i, c := range l.Components {
		skus[i] = c.SKU
	}
	return skus
}

// backorderTerm names a position. SKUs and codes have no control characters.
func backorderTerm(sku, location string) string { return sku + "\x1f" + location }

// Scopes of unique values.
const (
	ScopeOrderNumber = "order_number"
	ScopeExternalID  = "external_id"
	ScopeAPIKey      = "api_key"
	ScopeMail        = "mail" // mail.Key
	ScopeUserEmail   = "user_email"
	ScopeUserSubject = "user_subject" // of OIDC
)

// externalKey is the unique value of an order of a channel. Channel codes have no control characters.
func externalKey(channel, id string) string { return channel + "\x1f" + id }
