package sourcing

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/expr"
)

// Rule chooses a strategy for the orders that its condition is true of. The active rule with the lowest priority
// number whose condition holds decides; its id is its code.
type Rule struct {
	doc.Meta
	Name        string      `json:"name"`
	Priority    int64       `json:"priority"`
	Active      bool        `json:"active"`
	When        string      `json:"when"` // CEL over Basket
	Strategy    Strategy    `json:"strategy"`
	AfterAction AfterAction `json:"after_action,omitzero"` // "": what the channel says
	Examples    []Example   `json:"examples"`
}

// Example is a case that shows what a rule is for, and tests it when it is saved.
type Example struct {
	Name    string `json:"name"`
	Facts   Basket `json:"facts"`
	Matches bool   `json:"matches"`
}

// Basket is all that a condition may speak of, as order.total, address.country and so on.
type Basket struct {
	Order   BasketOrder   `json:"order,omitzero"`
	Address BasketAddress `json:"address,omitzero" doc:"where it ships to"`
	Channel BasketChannel `json:"channel,omitzero"`
}

// BasketOrder is the facts about the order; amounts are in minor units of its currency.
type BasketOrder struct {
	Total          int64      `json:"total,omitzero" doc:"grand total" example:"60000"`
	Currency       string     `json:"currency,omitzero" doc:"ISO 4217" example:"GBP"`
	Units          int64      `json:"units,omitzero" doc:"units of all lines"`
	WeightGrams    int64      `json:"weight_grams,omitzero"`
	Lines          []LineFact `json:"lines,omitzero"`
	ShippingMethod string     `json:"shipping_method,omitzero"`
	Pickup         string     `json:"pickup,omitzero" doc:"code of the location where the customer collects"`
	Tags           []string   `json:"tags,omitzero"`
}

// LineFact are the facts about one line.
type LineFact struct {
	SKU      string `json:"sku" example:"MUG"`
	Quantity int64  `json:"quantity"`
	Price    int64  `json:"price,omitzero" doc:"of one unit"`
}

// BasketAddress is the facts about where it ships to.
type BasketAddress struct {
	Country    string `json:"country,omitzero" doc:"ISO 3166-1 alpha-2" example:"GB"`
	Region     string `json:"region,omitzero" personal:"true"`
	City       string `json:"city,omitzero" personal:"true"`
	PostalCode string `json:"postal_code,omitzero" personal:"true"`
}

// BasketChannel is the facts about where the order came from.
type BasketChannel struct {
	Code string `json:"code,omitzero" example:"web"`
}

// vocabulary is made when the first rule is compiled: most installations have none.
var vocabulary = sync.OnceValue(expr.NewVocabulary[Basket])

const maxCode = 64

// SortRules puts rules in the order in which they are asked.
func SortRules(rules []*Rule) {
	slices.SortFunc(rules, func(a, b *Rule) int { return cmp.Or(cmp.Compare(a.Priority, b.Priority), strings.Compare(a.ID, b.ID)) })
}

// Matches reports whether the rule's condition is true of the facts. One that cannot be decided is not.
func (r *Rule) Matches(f *Basket) bool {
	c, err := vocabulary().Compile(r.When)
	if err != nil {
		return false
	}
	holds, err := c.Holds(f)
	return err == nil && holds
}

// Check adds to the list all that is wrong with the rule. Whether its locations exist is checked where they are known.
func (r *Rule) Check(list *errs.List) {
	if r.ID == "" || utf8.RuneCountInString(r.ID) > maxCode || strings.ContainsAny(r.ID, "/ ") {
		list.Add("/code", "invalid_code", "give a code of at most %d characters, without spaces and slashes", maxCode)
	}
	if strings.TrimSpace(r.Name) == "" {
		list.Add("/name", "required", "give a name")
	} else if utf8.RuneCountInString(r.Name) > address.MaxText {
		list.Add("/name", "too_long", "at most %d characters", address.MaxText)
	}
	if r.Priority < 0 || r.Priority > 1_000_000 {
		list.Add("/priority", "out_of_range", "give a number from 0 to 1000000; lower is asked first")
	}
	if r.AfterAction != "" && !slices.Contains(AfterActions, r.AfterAction) {
		list.Add("/after_action", "unknown_value", "give one of %s", words(AfterActions))
	}
	r.Strategy.Check(list, "/strategy")
	c, err := vocabulary().Compile(r.When)
	if err != nil {
		list.Add("/when", "invalid_condition", "%s; facts are %s", err, strings.Join(vocabulary().Names(), ", "))
		return
	}
	c.CheckExamples(list, len(r.Examples), func(i int) (string, *Basket, bool) {
		e := &r.Examples[i]
		return e.Name, &e.Facts, e.Matches
	})
}
