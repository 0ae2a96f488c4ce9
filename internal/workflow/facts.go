package workflow

import (
	"strings"
	"sync"
	"time"

	"ordo/internal/expr"
)

// Facts are all that a rule may speak of. A condition names them as order.total, address.country and so on; amounts are
// in minor units of order.currency. What is personal is named in explanations and not shown.
type Facts struct {
	Order    OrderFacts    `json:"order,omitzero"`
	Customer CustomerFacts `json:"customer,omitzero"`
	Channel  ChannelFacts  `json:"channel,omitzero"`
	Address  AddressFacts  `json:"address,omitzero" doc:"where it ships to"`
	Billing  AddressFacts  `json:"billing,omitzero" doc:"billing address; empty when none was given"`
	Payment  PaymentFacts  `json:"payment,omitzero"`
	History  HistoryFacts  `json:"history,omitzero"`
}

// OrderFacts are the facts about the order itself.
type OrderFacts struct {
	Total             int64          `json:"total,omitzero" doc:"grand total in minor units" example:"60000"`
	Items             int64          `json:"items,omitzero" doc:"prices of all units, in minor units"`
	Discount          int64          `json:"discount,omitzero" doc:"taken off, in minor units"`
	Shipping          int64          `json:"shipping,omitzero" doc:"charge for the delivery, in minor units"`
	Currency          string         `json:"currency,omitzero" doc:"ISO 4217" example:"EUR"`
	Units             int64          `json:"units,omitzero" doc:"units that are wanted, of all lines"`
	WeightGrams       int64          `json:"weight_grams,omitzero"`
	Lines             []LineFacts    `json:"lines,omitzero"`
	ShippingMethod    string         `json:"shipping_method,omitzero"`
	Tags              []string       `json:"tags,omitzero"`
	Fields            map[string]any `json:"fields,omitzero" doc:"custom fields by their code"`
	Status            string         `json:"status,omitzero"`
	PaymentStatus     string         `json:"payment_status,omitzero"`
	FulfillmentStatus string         `json:"fulfillment_status,omitzero"`
	PlacedAt          time.Time      `json:"placed_at,omitzero"`
}

// LineFacts are the facts about one line.
type LineFacts struct {
	SKU      string `json:"sku" example:"MUG"`
	Quantity int64  `json:"quantity" doc:"units that are wanted"`
	Price    int64  `json:"price,omitzero" doc:"of one unit, in minor units"`
}

// CustomerFacts are the facts about who ordered.
type CustomerFacts struct {
	Email       string `json:"email,omitzero" personal:"true" doc:"in lower case"`
	EmailDomain string `json:"email_domain,omitzero" doc:"what follows the @" example:"example.com"`
	Phone       string `json:"phone,omitzero" personal:"true"`
	Name        string `json:"name,omitzero" personal:"true"`
}

// ChannelFacts are the facts about where the order came from.
type ChannelFacts struct {
	Code string `json:"code,omitzero" example:"web"`
}

// AddressFacts are the facts about an address.
type AddressFacts struct {
	Given          bool   `json:"given,omitzero" doc:"there is such an address"`
	Country        string `json:"country,omitzero" doc:"ISO 3166-1 alpha-2" example:"GB"`
	Region         string `json:"region,omitzero" personal:"true"`
	City           string `json:"city,omitzero" personal:"true"`
	PostalCode     string `json:"postal_code,omitzero" personal:"true"`
	Line1          string `json:"line1,omitzero" personal:"true"`
	Company        string `json:"company,omitzero" personal:"true"`
	PostalCodeFits bool   `json:"postal_code_fits,omitzero" doc:"the postal code has the form of the country's codes, or the country has none"`
	HasNumber      bool   `json:"has_number,omitzero" doc:"the address lines have a digit, as a house number would"`
}

// PaymentFacts are the facts about the money.
type PaymentFacts struct {
	Provider   string `json:"provider,omitzero" doc:"of the first payment" example:"manual"`
	TermsDays  int64  `json:"terms_days,omitzero" doc:"on account: how many days the customer has to pay; 0: not on account"`
	Authorized int64  `json:"authorized,omitzero" doc:"promised by the provider, in minor units; on manual as arranged"`
	Captured   int64  `json:"captured,omitzero" doc:"received, in minor units"`
	Due        int64  `json:"due,omitzero" doc:"total - captured + refunded, in minor units"`
	Unsecured  int64  `json:"unsecured,omitzero" doc:"what of due no provider has authorized, in minor units; promises on manual do not count"`
}

// HistoryFacts are the facts about earlier orders under the same mail address, rejected ones left out.
type HistoryFacts struct {
	Known    bool    `json:"known,omitzero" doc:"there is a mail address to look for"`
	First    bool    `json:"first,omitzero" doc:"there is no earlier order"`
	Orders   int64   `json:"orders,omitzero" doc:"earlier orders, counted up to 100"`
	Canceled int64   `json:"canceled,omitzero" doc:"of these, canceled"`
	AgeHours []int64 `json:"age_hours,omitzero" doc:"how many hours ago the earlier orders were placed, newest first, at most 100"`
}

// MaxHistory is how many earlier orders are looked at.
const MaxHistory = 100

// EmailDomain is the part of a mail address that follows the @.
func EmailDomain(email string) string {
	_, domain, _ := strings.Cut(email, "@")
	return strings.ToLower(domain)
}

// vocabulary is made when the first rule is compiled: most installations start without one.
var vocabulary = sync.OnceValue(expr.NewVocabulary[Facts])
