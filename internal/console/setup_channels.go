package console

import (
	"net/url"

	"ordo/internal/api"
	"ordo/internal/catalog"
	"ordo/internal/mail"
)

// channelKind are the sales channels with their taxes and shipping methods.
var channelKind = &settingKind{
	path: "channels", title: "Sales channels", one: "Sales channel", make: "New sales channel",
	about: "Where orders come from: a web shop, a marketplace, the phone desk. Each has its own taxes, shipping methods, invoices and mails.",
	get:   "getChannel", put: "putChannel", list: "listChannels",
	columns: []string{"active", "locations", "prices_include_tax", "tax_rates", "shipping_methods"},
	fresh:   map[string]any{"active": true},
	sections: []settingSection{
		{code: "general", title: "General", settings: []setting{
			{Name: "name", Label: "Name", Kind: "text", Required: true, Help: "As colleagues see it, and customers where the seller has no name."},
			{Name: "active", Label: "Takes orders", Kind: "yes", Help: "A channel that takes none keeps the orders that there are."},
			{Name: "time_zone", Label: "Time zone", Kind: "text", Without: "UTC", Help: "Such as Europe/Berlin: the days of its reports, for orders placed from now on. Empty: UTC."},
			{Name: "locations", Label: "Ships from", Kind: "choices", Choose: (*visit).locationOptions, Without: "All active locations", Help: "None chosen: all active locations."},
		}},
		{code: "seller", title: "Seller", about: "Stands on invoices, packing slips and in mails.", settings: append([]setting{
			{Name: "seller.name", Label: "Name", Kind: "text", Without: "That of the sales channel", Help: "Empty: the name of the sales channel."},
			{Name: "seller.tax_id", Label: "Tax number", Kind: "text"},
			{Name: "seller.contact", Label: "Contact", Kind: "text", Help: "Mail address, phone number or page, for customers."},
			{Name: "seller.bank", Label: "Bank", Kind: "text", Help: "Where transfers go. Customers who pay by bank transfer are told."},
		}, addressSettings("seller.address")...)},
		{code: "invoices", title: "Invoices", settings: []setting{
			{Name: "invoices.issue", Label: "Issued", Kind: "select", Codes: catalog.IssueTimes, Without: "By hand", Help: "Shipment: for what ships. Placement: for the whole order, as soon as it is accepted. Manual: when somebody asks for it."},
			{Name: "invoices.prefix", Label: "Before the number", Kind: "text", Without: "The code in capitals", Help: "At most 20 characters without spaces; it is printed as a barcode. Empty: the code of the sales channel in capitals. Numbers of each prefix have no gaps."},
			{Name: "invoices.due_days", Label: "Days until they are due", Kind: "number", Without: "Due at once", Help: "0: due at once."},
		}},
		{code: "mails", title: "Mails", settings: []setting{
			{Name: "mails.from", Label: "From", Kind: "email", Without: "Customers get no mails", Help: "Address that mails come from. Empty: customers get no notifications."},
			{Name: "mails.name", Label: "Name of the sender", Kind: "text", Without: "That of the sales channel", Help: "Empty: the name of the sales channel."},
			{Name: "mails.reply_to", Label: "Answers go to", Kind: "email", Without: "Where they come from", Help: "Empty: the address that they come from."},
			{Name: "mails.language", Label: "Language", Kind: "text", Without: "English", Help: "Such as de or de-AT: of mails about orders that name none. Empty: English."},
			{Name: "mails.off", Label: "Not sent", Kind: "choices", Codes: mail.Notifications, Without: "All are sent", Help: "What is ticked is not written to customers."},
		}},
		{code: "orders", title: "Orders", settings: []setting{
			{Name: "remorse_minutes", Label: "Minutes to change one's mind", Kind: "number", Without: "Off", Help: "New orders wait for so long before they are released, so that customers may still change them. 0: off."},
			{Name: "expire_unpaid_after_minutes", Label: "Minutes until unpaid orders are canceled", Kind: "number", Without: "Never", Help: "0: never."},
			{Name: "capture", Label: "Money is captured", Kind: "select", Codes: catalog.Captures, Required: true, Help: "Shipment: for what ships. Placement: all of it, as soon as the order is accepted. Manual: when somebody asks for it."},
			{Name: "shortage", Label: "When stock is missing for an order", Kind: "select", Codes: catalog.Shortages, Required: true, Help: "Reject: it is refused. Backorder: it waits for stock. Park: it waits for a person. Cancel: what is missing is canceled."},
			{Name: "short_pick", Label: "When a location does not find units", Kind: "select", Codes: catalog.ShortPicks, Without: "Another location does them", Help: "Resource: another location does them. Backorder: they wait for stock. Cancel: the customer does not get them."},
			{Name: "auto_release", Label: "Released by themselves", Kind: "yes", Help: "Fulfillment orders go to the warehouse as soon as they are made, unless a hold is in the way."},
			{Name: "reservation_minutes", Label: "Minutes that a cart holds stock", Kind: "number", Help: "From 1 to 44640. Empty: 15."},
			{Name: "reservation_max_minutes", Label: "Minutes with all extensions", Kind: "number", Help: "From 1 to 44640. Empty: a day."},
		}},
		{code: "taxes", title: "Taxes", about: "A row with a region counts before one without, a row with a tax class before one without. No row: no tax. Orders that were placed keep their taxes.", settings: []setting{
			{Name: "prices_include_tax", Label: "Prices include tax", Kind: "yes", Help: "Taxes are part of the prices, instead of being added to them."},
			{Name: "shipping_tax_class", Label: "Tax class of shipping", Kind: "text", Without: "Shipping is not taxed", Help: "Empty: shipping is not taxed."},
			{Name: "tax_rates", Label: "Tax rates", Kind: "table", Keys: 3, Help: "Country: two letters such as GB. Empty region: the whole country. Empty class: all products.", Cols: []setting{
				{Name: "country", Label: "Country", Kind: "text", Required: true},
				{Name: "region", Label: "Region", Kind: "text"},
				{Name: "class", Label: "Tax class", Kind: "text"},
				{Name: "name", Label: "Name on invoices", Kind: "text", Required: true},
				{Name: "rate", Label: "Percent", Kind: "text", Percent: true, Required: true},
			}},
		}},
		{code: "shipping", title: "Shipping methods", about: "What customers choose from. A row with the country counts before one without. With a carrier behind it, deliveries are promised and labels bought of its service.", settings: []setting{
			{Name: "shipping_methods", Label: "Shipping methods", Kind: "table", Keys: 2, Help: "Country: two letters such as GB; empty: all. Extra days are added to the latest day that is promised.", Cols: []setting{
				{Name: "code", Label: "Code", Kind: "text", Required: true},
				{Name: "country", Label: "Country", Kind: "text"},
				{Name: "name", Label: "Name", Kind: "text", Required: true},
				{Name: "price", Label: "Price", Kind: "money", Required: true},
				{Name: "way", Label: "Carrier", Kind: "select", Choose: (*visit).serviceOptions, Parts: []string{"carrier", "service"}},
				{Name: "buffer_days", Label: "Extra days", Kind: "number"},
			}},
		}},
	},
}

// addressSettings are those of an address in a document.
func addressSettings(at string) []setting {
	return []setting{
		{Name: at + ".company", Label: "Company", Kind: "text"},
		{Name: at + ".name", Label: "Person", Kind: "text"},
		{Name: at + ".line1", Label: "Street and number", Kind: "text"},
		{Name: at + ".line2", Label: "Further line", Kind: "text"},
		{Name: at + ".postal_code", Label: "Postal code", Kind: "text"},
		{Name: at + ".city", Label: "City", Kind: "text"},
		{Name: at + ".region", Label: "Region", Kind: "text"},
		{Name: at + ".country", Label: "Country", Kind: "text", Help: "Two letters such as GB."},
		{Name: at + ".phone", Label: "Phone", Kind: "text"},
	}
}

// locationOptions are all locations, by their names. Who may not see them sees codes.
func (v *visit) locationOptions() ([]option, error) {
	var list api.List[api.Location]
	if !v.may("catalog:read") {
		return nil, nil
	}
	if err := v.get("listLocations", nil, query("limit", "1000"), &list); err != nil {
		return nil, err
	}
	out := make([]option, len(list.Data))
	for i, l := range list.Data {
		out[i] = option{Value: l.Code, Text: l.Name}
	}
	return out, nil
}

// serviceOptions are the services of all carriers. Who may not see carriers sees codes.
func (v *visit) serviceOptions() ([]option, error) {
	var out []option
	var list api.List[api.Carrier]
	if !v.may("shipping:read") {
		return nil, nil
	}
	err := v.get("listCarriers", nil, query("limit", "1000"), &list)
	for _, c := range list.Data {
		for _, s := range c.Services {
			out = append(out, option{Value: url.PathEscape(c.Code) + "/" + url.PathEscape(s.Code), Text: c.Name + ", " + s.Name})
		}
	}
	return out, err
}
