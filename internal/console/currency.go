package console

import (
	"slices"
	"strings"

	"ordo/internal/api"
	"ordo/internal/money"
)

// The currency of amounts that documents of settings have without one: limits of agents, steps of macros, costs of
// locations, conditions of rules. They are minor units of whatever the order is in; where all prices are in one currency
// people read and type decimals of it.

// inUse are the currencies of prices: of the shipping methods of all sales channels, and of products, the first two
// hundred of them where channels say theirs. None for those who do not see all of that, since there may be others. It is
// asked once per page.
func (v *visit) inUse() []string {
	if v.prices != nil || !v.may("catalog:read") || len(v.person.Access.Channels) > 0 {
		return v.prices
	}
	out := []string{}
	add := func(code string) {
		if code != "" && !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	channels, err := v.channels()
	if err != nil {
		return nil
	}
	for _, c := range channels {
		for _, m := range c.ShippingMethods {
			add(m.Price.Currency)
		}
	}
	said := len(out) > 0 // by a channel; one without methods sells in the currency of the products
	var products api.List[api.Product]
	if err := v.get("listProducts", nil, query("limit", "200"), &products); err != nil {
		return nil
	}
	for _, p := range products.Data {
		add(p.Price.Currency)
	}
	if products.NextCursor != "" && !said { // others may be among what was not read
		out = []string{}
	}
	slices.Sort(out)
	v.prices = out
	return out
}

// sole is the one currency that is in use; "" where there are several, or none that is known.
func (v *visit) sole() string {
	if codes := v.inUse(); len(codes) == 1 {
		return codes[0]
	}
	return ""
}

// minor writes minor units: as an amount where their currency is certain.
func (v *visit) minor(n int64) string {
	if c := v.sole(); c != "" {
		return v.money(money.Money{Amount: n, Currency: c})
	}
	return v.t("%s minor units", v.number(n))
}

// unitHelp says what a number is counted in where its currency is not certain.
func (v *visit) unitHelp() string {
	if codes := v.inUse(); len(codes) > 1 {
		return v.t("In the smallest unit of the order's currency, such as cents: prices are in %s, and the number is the same in each.", strings.Join(codes, ", "))
	}
	return v.t("In the smallest unit of the order's currency, such as cents.")
}
