package console

import (
	"net/url"
	"slices"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/money"
	"ordo/internal/pages"
)

// What a change of an order gives: discounts, and another way of shipping.

// discountCode names discounts that people give later.
const discountCode = "SERVICE"

// givingFields are the fields of discounts, for those who may give any, and of shipping. Lines are those of the order.
func (v *visit) givingFields(o *api.Order, lines []option) ([]field, error) {
	var out []field
	if all := v.may("orders:price"); all || v.person.Access.Discount > 0 {
		help := "An amount, or a share such as 5 % of what it costs now."
		if !all {
			help = v.t(help) + " " + v.t("Your roles allow up to %s %%.", v.number(v.person.Access.Discount))
		}
		off := slices.Clone(lines)
		off[0].Text = v.t("the whole order")
		out = append(out,
			field{Name: "_discount", Label: "Discount", Kind: "text", Help: help},
			field{Name: "_discounted", Label: "Discount on", Kind: "select", Options: off},
			field{Name: "_code", Label: "Name of the discount", Kind: "text", Value: discountCode, Help: "It stands on the order and in reports: nothing about persons."})
	}
	if v.may("orders:price") && len(o.Discounts) > 0 {
		drop := field{Name: "_drop", Label: "Discounts to end", Kind: "choices"}
		for _, d := range o.Discounts {
			if !slices.ContainsFunc(drop.Options, func(x option) bool { return x.Value == d.Code }) {
				drop.Options = append(drop.Options, option{Value: d.Code, Text: d.Code + " · " + v.money(d.Amount)})
			}
		}
		out = append(out, drop)
	}
	if o.Pickup != "" { // nothing is shipped
		return out, nil
	}
	if v.may("catalog:read") {
		var c api.Channel
		if err := v.get("getChannel", slots("code", o.Channel), nil, &c); err != nil {
			return nil, err
		}
		ways := field{Name: "_method", Label: "Shipping method", Kind: "select", Options: []option{{Text: v.t("stays as it is")}}, Help: "At the price of the table, unless you type a charge."}
		for _, m := range c.ShippingMethods {
			known := slices.ContainsFunc(ways.Options, func(x option) bool { return x.Value == m.Code })
			if !known && (m.Country == "" || m.Country == o.ShippingAddress.Country) {
				ways.Options = append(ways.Options, option{Value: m.Code, Text: m.Name + " · " + v.money(m.Price)})
			}
		}
		if len(ways.Options) > 1 {
			out = append(out, ways)
		}
	}
	if v.may("orders:price") {
		out = append(out, field{Name: "_shipping", Label: "Shipping charge", Kind: "money", Currency: o.Currency, Help: "Empty: as the shipping method costs."})
	}
	return out, nil
}

// give reads discounts and shipping of the form.
func (c *changeForm) give(form url.Values, list *errs.List, add func(string, api.ChangeAction)) {
	for _, code := range form["_drop"] {
		add("_drop", api.ChangeAction{Type: "discount_remove", Code: code})
	}
	of := c.order.Totals.Items
	line := form.Get("_discounted")
	for i := range c.order.Lines {
		if c.order.Lines[i].ID == line {
			of = c.order.Lines[i].Total
		}
	}
	if amount := c.v.given(form.Get("_discount"), of, "/_discount", list); amount.Amount != 0 {
		add("_discount", api.ChangeAction{Type: "discount_add", Code: strings.TrimSpace(form.Get("_code")), Amount: &amount, Line: line})
	}
	ship := api.ChangeAction{Type: "shipping_change", Method: form.Get("_method")}
	if typed := strings.TrimSpace(form.Get("_shipping")); typed != "" {
		n, err := pages.ParseAmount(typed, c.order.Currency, c.v.lang)
		if err != nil {
			list.Add("/_shipping", "invalid_value", "%s", err)
			return
		}
		ship.Amount = &money.Money{Amount: n, Currency: c.order.Currency}
	}
	if ship.Method != "" || ship.Amount != nil {
		at := "_method"
		if ship.Method == "" {
			at = "_shipping"
		}
		add(at, ship)
	}
}
