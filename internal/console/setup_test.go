package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ordo/internal/api"
	"ordo/internal/pages"
)

// TestChannelSettings makes a sales channel and changes its sections: what changes is shown before, what is refused stands
// at its field, and what a form does not show stays as it is.
func TestChannelSettings(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.shelves()
		f.user("manager@example.com", "manager")
		b := f.browser()
		b.signIn("manager@example.com").is(t, 303)
		list := channelKind.root()
		b.get(list).is(t, 200, "/console/settings/new/channels")
		make := func(step string, pairs ...string) answer {
			return b.post("/console/settings/new/channels", append([]string{"_key", pages.NewKey(), "_step", step}, pairs...)...)
		}
		make("preview", "name", "Web shop", "active", "true").is(t, 422, "Code: Give a value.", `value="Web shop"`)
		make("preview", "_code", "mine", "name", "Web shop", "active", "true", "locations", "HULL", "time_zone", "Nowhere/Land").is(t, 422, "Nowhere/Land", `value="HULL" checked`)
		make("preview", "_code", "mine", "name", "Web shop", "active", "true", "locations", "HULL").is(t, 200, "What this does", "→ Web shop", "→ HULL")
		make("do", "_code", "mine", "name", "Web shop", "active", "true", "locations", "HULL").is(t, 303, list+"/mine")
		make("do", "_code", "mine", "name", "Another", "active", "true").is(t, 422, "There is one with this code already")
		b.get(list).is(t, 200, "Web shop", "HULL")
		b.get(list+"/mine").is(t, 200, "Customers get no mails", "Tax rates: none yet", `href="/console/settings/channels/mine/taxes"`)

		channel := func() (c api.Channel) {
			f.call("getChannel", slots("code", "mine"), "", &c)
			return c
		}
		send := func(section, step string, pairs ...string) answer {
			return b.post(list+"/mine/"+section, append([]string{"_key", pages.NewKey(), "_step", step, "_version", strconv.FormatInt(channel().Version, 10)}, pairs...)...)
		}
		taxes := []string{
			"prices_include_tax", "true", "tax_rates.0.country", "GB", "tax_rates.0.name", "VAT", "tax_rates.0.rate", "20", "tax_rates.1.country", "DE", "tax_rates.1.name", "USt", "tax_rates.1.class", "books", "tax_rates.1.rate", "7,5",
			"tax_rates.2.country", "", "tax_rates.2.name", "", "tax_rates.2.rate", "",
		}
		send("taxes", "row", taxes...).is(t, 200, `name="tax_rates.2.country"`, `value="7,5"`)
		send("taxes", "preview", append(taxes, "tax_rates.3.country", "GB", "tax_rates.3.name", "Twice", "tax_rates.3.rate", "much")...).is(t, 422, `href="#f-tax_rates.2.rate">3. Percent: Give percent from 0 to 100`, `href="#f-tax_rates.2.country">3. Country: There is a rate`, `value="Twice"`)
		send("taxes", "preview", taxes...).is(t, 200, "Prices include tax", "No", "→ Yes", "Tax rates: DE, books", "USt, 7.5 %")
		send("taxes", "do", taxes...).is(t, 303, list+"/mine#taxes")
		if c := channel(); len(c.TaxRates) != 2 || c.TaxRates[0].Rate != "0.2" || c.TaxRates[1].Rate != "0.075" || len(c.Locations) != 1 || !c.PricesIncludeTax {
			t.Errorf("%+v", c)
		}
		send("taxes", "preview", append(taxes, "_drop", "tax_rates.0")...).is(t, 200, "Tax rates: GB", "taken away")
		send("taxes", "preview", taxes...).is(t, 200, "Nothing changes.")

		f.call("putCarrier", slots("code", "dock/1"), `{"name":"Dock","provider":"table","services":[{"code":"next day","name":"Next day"}]}`, nil)
		way := url.PathEscape("dock/1") + "/" + url.PathEscape("next day")
		method := []string{"shipping_methods.0.code", "fast", "shipping_methods.0.name", "Fast", "shipping_methods.0.price", "4.95", "shipping_methods.0.price.currency", "GBP", "shipping_methods.0.way", way, "shipping_methods.0.buffer_days", "2"}
		b.get(list+"/mine/shipping").is(t, 200, `value="`+way+`"`, "Dock, Next day", `value="GBP"`)
		send("shipping", "preview", append(method, "shipping_methods.1.code", "slow", "shipping_methods.1.name", "Slow", "shipping_methods.1.price", "1.999", "shipping_methods.1.price.currency", "GBP")...).is(t, 422, "2. Price: Give an amount", `value="1.999"`)
		send("shipping", "do", method...).is(t, 303)
		if c := channel(); c.ShippingMethods[0].Carrier != "dock/1" || c.ShippingMethods[0].Service != "next day" || c.ShippingMethods[0].Price.Amount != 495 || len(c.TaxRates) != 2 {
			t.Errorf("%+v", c.ShippingMethods)
		}
		send("seller", "do", "seller.name", "Example Ltd", "seller.tax_id", "GB1", "seller.address.line1", "1 Quay", "seller.address.city", "Hull", "seller.address.postal_code", "HU1", "seller.address.country", "GB").is(t, 303)
		send("invoices", "do", "invoices.issue", "shipment", "invoices.prefix", "W-", "invoices.due_days", "14").is(t, 303)
		send("mails", "preview", "mails.from", "no address").is(t, 422, "From: Give an address")
		send("mails", "do", "mails.from", "shop@example.com", "mails.language", "de", "mails.off", "order_shipped").is(t, 303)
		orders := []string{"remorse_minutes", "30", "capture", "placement", "shortage", "backorder"}
		send("orders", "preview", orders...).is(t, 200, "Minutes to change one", "→ 30", "→ Placement", "→ Backorder")
		old := strconv.FormatInt(channel().Version, 10)
		send("orders", "do", orders...).is(t, 303)
		c := channel()
		if c.Seller.TaxID != "GB1" || c.Invoices.Prefix != "W-" || c.Mails.From != "shop@example.com" || c.RemorseMinutes != 30 || c.Capture != "placement" || c.Shortage != "backorder" || len(c.ShippingMethods) != 1 {
			t.Errorf("%+v", c)
		}
		b.post(list+"/mine/orders", "_key", pages.NewKey(), "_step", "do", "_version", old, "remorse_minutes", "45", "capture", "shipment", "shortage", "reject").is(t, 409, "Somebody changed this while you were typing", `value="45"`)
		b.get(settingsPath+"/taxes").is(t, 200, "7.5 %", "VAT", "Web shop")
		b.get(settingsPath+"/shipping").is(t, 200, "Dock, Next day", "£4.95")
		f.user("service@example.com", "customer_service")
		service := f.browser()
		service.signIn("service@example.com").is(t, 303)
		service.get(list+"/mine").is(t, 200, "it needs catalog:write")
		service.get(list+"/mine/orders").is(t, 403)
	})
}

// TestLocationSettings changes the calendar of a location, and lets nobody change what all channels share who sees some.
func TestLocationSettings(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.shelves()
		f.user("manager@example.com", "manager")
		b := f.browser()
		b.signIn("manager@example.com").is(t, 303)
		at := locationKind.at("HULL")
		b.get(at).is(t, 200, "Monday to Friday", "No public holidays", "Any number")
		send := func(section, step string, pairs ...string) answer {
			return b.post(at+"/"+section, append([]string{"_key", pages.NewKey(), "_step", step}, pairs...)...)
		}
		calendar := []string{"time_zone", "Europe/London", "cut_off", "14:00", "processing_days", "1", "work_days", "mon", "work_days", "sat", "holidays", "GB"}
		send("calendar", "preview", "cut_off", "noon").is(t, 422, "Cut-off: Give a time of day", `value="noon"`)
		preview := send("calendar", "preview", calendar...).is(t, 200, "→ 14:00", "Monday to Friday", "→ Mon, Sat", "→ United Kingdom")
		if strings.Contains(preview.body, "Priority") {
			t.Error("the preview shows what does not change")
		}
		calendar = append(calendar, "special_days.0.date", "2099-12-24", "special_days.0.name", "Christmas Eve", "special_days.0.closed", "false", "special_days.0.closes", "12:00",
			"special_days.1.date", "2020-01-02", "special_days.1.name", "Long ago", "special_days.1.closed", "true", "special_days.2.closed", "false")
		send("calendar", "preview", append(calendar, "special_days.3.date", "2099-12-20", "special_days.3.through", "2099-12-26", "special_days.3.name", "Outing", "special_days.3.closed", "true")...).
			is(t, 422, "3. First day: Row 1 has this day already", `value="Outing"`)
		send("calendar", "preview", calendar...).is(t, 200, "Special days: 24 Dec 2099", "Christmas Eve, At work, 12:00")
		_, empty, _ := strings.Cut(send("calendar", "row", calendar...).is(t, 200).body, `name="special_days.2.closed"`)
		if first, _, _ := strings.Cut(empty, "</select>"); !strings.Contains(first, `value="false" selected`) {
			t.Errorf("the empty row begins with %q", first)
		}
		send("calendar", "do", calendar...).is(t, 303, at+"#calendar")
		page := b.get(at).is(t, 200, "Coming special days", "24 Dec 2099", "Christmas Eve", "12:00")
		if strings.Contains(page.body, "Long ago") {
			t.Error("a day that is over is shown as coming")
		}
		b.get(at+"/calendar").is(t, 200, `type="date" name="special_days.0.date"`, `value="2020-01-02"`, "special_days.2.date", `name="_drop" value="special_days.1"`)
		send("sourcing", "do", "priority", "3", "daily_capacity", "200", "ships_to", "GB, IE").is(t, 303)
		var l api.Location
		f.call("getLocation", slots("code", "HULL"), "", &l)
		if l.CutOff != "14:00" || l.Holidays != "GB" || len(l.WorkDays) != 2 || l.Priority != 3 || l.DailyCapacity != 200 || len(l.SpecialDays) != 2 || l.SpecialDays[0].Closes != "12:00" || !l.SpecialDays[1].Closed || len(l.ShipsTo) != 2 || l.Type != "warehouse" {
			t.Errorf("%+v", l)
		}
	})
}

// TestPercent: shares are written and read in percent, exactly.
func TestPercent(t *testing.T) {
	for share, percent := range map[string]string{"0": "0", "0.2": "20", "0.075": "7.5", "1": "100", "0.0001": "0.01", "0.125": "12.5"} {
		if got := percentOf(share, "en"); got != percent {
			t.Errorf("%s is %s, want %s", share, got, percent)
		}
		if got := shareOf(percent); got != share {
			t.Errorf("%s is %s, want %s", percent, got, share)
		}
	}
	for typed, share := range map[string]string{" 7,70 % ": "0.077", "much": "much", "": "", "007": "0.07", "-3": "-3"} {
		if got := shareOf(typed); got != share {
			t.Errorf("%q is %q, want %q", typed, got, share)
		}
	}
}

// TestCarrierSettings types services and rate tables in rows, with what is found in a line at its row.
func TestCarrierSettings(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("manager@example.com", "manager")
		b := f.browser()
		b.signIn("manager@example.com").is(t, 303)
		b.get(carrierKind.root()).is(t, 200, "There are none yet.")
		b.post("/console/settings/new/carriers", "_key", pages.NewKey(), "_step", "do", "_code", "dock", "name", "Dock Express", "provider", "table", "active", "true").is(t, 303, carrierKind.at("dock"))
		send := func(section, step string, pairs ...string) answer {
			return b.post(carrierKind.at("dock")+"/"+section, append([]string{"_key", pages.NewKey(), "_step", step}, pairs...)...)
		}
		services := []string{"services.0.code", "next_day", "services.0.name", "Next day", "services.0.transit_days", "1", "services.0.countries", "GB, IE", "services.0.no_po_box", "true", "services.1.no_po_box", "false"}
		send("services", "preview", append(services, "services.2.code", "next_day", "services.2.name", "Twice")...).is(t, 422, "2. Code:", `value="Twice"`)
		send("services", "do", services...).is(t, 303)
		send("account", "do", "settings.poll_minutes", "60").is(t, 303)
		heading := []string{"currency", "GBP", "residential", "1.50", "residential.currency", "=currency", "divisor", "5000", "fuel_rate", "12,5"}
		rates := append(heading, "zones.0.zone", "home", "zones.0.country", "GB", "zones.0.remote", "false", "prices.0.service", "next_day", "prices.0.zone", "home", "prices.0.up_to_grams", "2000", "prices.0.price", "4.95", "prices.0.price.currency", "=currency")
		send("rates", "preview", append(rates, "prices.1.service", "next_day", "prices.1.zone", "home", "prices.1.up_to_grams", "5000", "prices.1.price", "much", "prices.1.price.currency", "=currency")...).is(t, 422, `href="#f-prices.1.price">2. Price: Give an amount`, `value="5000"`)
		send("rates", "preview", rates...).is(t, 200, "Zones: home, GB", "Prices: next_day, home, 2,000", "→ £4.95", "→ £1.50", "→ 12.5 %")
		send("rates", "do", rates...).is(t, 303, carrierKind.at("dock")+"#rates")
		var r api.Rates
		f.call("getCarrierRates", slots("code", "dock"), "", &r)
		if len(r.Zones) != 1 || len(r.Prices) != 1 || r.Prices[0].Price != 495 || r.Residential != 150 || r.FuelRate != "0.125" {
			t.Errorf("%+v", r)
		}
		b.get(carrierKind.at("dock")+"/rates").is(t, 200, `name="prices.0.price.currency" value="=currency"`, `value="4.95"`, `value="1.50"`)
		yen := slices.Clone(rates)
		yen[1] = "JPY" // an amount is read in the currency that is typed with it
		send("rates", "preview", yen...).is(t, 422, "Surcharge for homes: Give an amount with at most 0 decimals")
		b.get(carrierKind.at("dock")+"/rates-csv").is(t, 200, "rate,next_day,home,,,,,,,2000,495,")
		send("rates-csv", "preview", append(heading, "csv", "kind,zone,country\nzone,home,XX")...).is(t, 422, "Zones and prices: Line 2, country")
		send("rates-csv", "preview", append(heading, "csv", "kind,service,zone,country,up_to_grams,price\nzone,,home,GB,,\nrate,next_day,home,,2000,595")...).is(t, 200, "£4.95", "→ £5.95")
		b.get(carrierKind.at("dock")).is(t, 200, "Dock Express", "Next day", "GB, IE", "12.5 %", "home")
		var c api.Carrier
		f.call("getCarrier", slots("code", "dock"), "", &c)
		if len(c.Services) != 1 || !c.Services[0].NoPOBox || c.Settings.PollMinutes != 60 || !c.HasRates {
			t.Errorf("%+v", c)
		}
	})
}

// TestServiceSettings makes a return policy, an SLA policy and a queue, and changes what stands in their tables.
func TestServiceSettings(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("manager@example.com", "manager")
		b := f.browser()
		b.signIn("manager@example.com").is(t, 303)
		make := func(k *settingKind, pairs ...string) {
			t.Helper()
			b.post("/console/settings/new/"+k.path, append([]string{"_key", pages.NewKey(), "_step", "do", "_code", "mine"}, pairs...)...).is(t, 303, k.at("mine"))
		}
		send := func(k *settingKind, section, step string, pairs ...string) answer {
			return b.post(k.at("mine")+"/"+section, append([]string{"_key", pages.NewKey(), "_step", step}, pairs...)...)
		}
		make(returnPolicyKind, "name", "Thirty days", "active", "true", "window_days", "30", "late", "deny", "priority", "5")
		send(returnPolicyKind, "money", "do", "fee_fixed", "2.50", "fee_fixed.currency", "GBP", "label_by", "customer", "refund_shipping", "never", "refund_at", "received").is(t, 303)
		send(returnPolicyKind, "legal", "preview", "legal_windows.0.country", "DEU", "legal_windows.0.days", "14").is(t, 422, "1. Country")
		send(returnPolicyKind, "legal", "do", "legal_windows.0.country", "DE", "legal_windows.0.days", "14").is(t, 303)
		b.get(returnPolicyKind.at("mine")+"/reasons").is(t, 200, `value="wrong_size"`)
		send(returnPolicyKind, "reasons", "preview", "reasons.0.code", "wrong_size", "reasons.0.fault", "merchant", "reasons.0.approval", "true").is(t, 200, "Reasons: wrong_size, At fault", "→ Merchant", "taken away")
		var p api.ReturnPolicy
		f.call("getReturnPolicy", slots("code", "mine"), "", &p)
		if p.WindowDays != 30 || p.FeeFixed == nil || p.FeeFixed.Amount != 250 || p.LabelBy != "customer" || len(p.LegalWindows) != 1 || p.ExpireDays != 30 {
			t.Errorf("%+v", p)
		}
		make(slaKind, "name", "Weekdays", "targets.normal.first_response_minutes", "240", "escalate", "true")
		send(slaKind, "hours", "preview", "hours.spans.0.days", "mon", "hours.spans.0.from", "late", "hours.spans.0.to", "17:00").is(t, 422, `value="late"`)
		send(slaKind, "hours", "do", "hours.time_zone", "Europe/London", "hours.spans.0.days", "mon", "hours.spans.0.days", "tue", "hours.spans.0.from", "09:00", "hours.spans.0.to", "17:00",
			"hours.special_days.0.date", "2099-12-30", "hours.special_days.0.through", "2099-12-31", "hours.special_days.0.name", "Outing", "hours.special_days.0.closed", "true").is(t, 303)
		send(slaKind, "urgent", "do", "targets.urgent.first_response_minutes", "30").is(t, 303)
		b.get(slaKind.at("mine")).is(t, 200, "Mon, Tue", "09:00", "240", "31 Dec 2099", "Outing", "Closed")
		make(queueKind, "name", "Mine", "policy", "mine", "priority", "high", "close_days", "0")
		b.get(queueKind.at("mine")+"/limits").is(t, 200, "In the smallest unit of the order&#39;s currency, such as cents.", `type="number" name="appease_daily"`)
		send(queueKind, "limits", "do", "appease_daily", "5000").is(t, 303)
		var q api.Queue
		f.call("getQueue", slots("code", "mine"), "", &q)
		if q.CloseDays != 0 || q.ReopenDays != 30 || q.AppeaseDaily != 5000 || q.Policy != "mine" || q.Priority != "high" {
			t.Errorf("%+v", q)
		}
		b.get(queueKind.at("mine")).is(t, 200, "Weekdays", "High", "5,000 minor units")
		// All prices are in one currency: amounts are decimals of it. In a second one nobody knows any more.
		f.call("putProduct", slots("sku", "MUG"), `{"name":"Mug","price":{"amount":1250,"currency":"GBP"}}`, nil)
		b.get(queueKind.at("mine")).is(t, 200, "£50.00")
		b.get(queueKind.at("mine")+"/limits").is(t, 200, `value="50.00"`, `name="appease_daily.currency" value="GBP"`)
		send(queueKind, "limits", "preview", "appease_daily", "7.555", "appease_daily.currency", "GBP").is(t, 422, "Give an amount with at most 2 decimals", `value="7.555"`)
		send(queueKind, "limits", "preview", "appease_daily", "75.50", "appease_daily.currency", "GBP").is(t, 200, "£50.00", "→ £75.50")
		make(macroKind, "name", "Sorry", "active", "true", "steps.0.do", "appease", "steps.0.tender", "store_credit", "steps.0.reason", "goodwill", "steps.0.amount", "5.25", "steps.0.amount.currency", "GBP", "steps.1.amount.currency", "GBP")
		var m api.Macro
		if f.call("getMacro", slots("code", "mine"), "", &m); len(m.Steps) != 1 || m.Steps[0].Amount != 525 {
			t.Errorf("%+v", m)
		}
		b.get(macroKind.at("mine")).is(t, 200, "£5.25")
		f.call("putProduct", slots("sku", "VASE"), `{"name":"Vase","price":{"amount":1250,"currency":"EUR"}}`, nil)
		b.get(macroKind.at("mine")+"/general").is(t, 200, `type="number" name="steps.0.amount"`, `value="525"`, "prices are in EUR, GBP, and the number is the same in each")
		// Who may set policies but not see the catalog loses nothing of what is not offered.
		send(returnPolicyKind, "general", "do", "name", "Thirty days", "active", "true", "window_days", "30", "late", "deny", "channels", "web").is(t, 303)
		f.call("putRole", slots("code", "judge"), `{"name":"Judge","scopes":["returns:read","returns:write"]}`, nil)
		f.user("judge@example.com", "judge")
		judge := f.browser()
		judge.signIn("judge@example.com").is(t, 303)
		judge.get(returnPolicyKind.at("mine")+"/general").is(t, 200, `value="web" checked`)
		judge.get(returnPolicyKind.at("mine")+"/money").is(t, 200, `value="2.50"`)
	})
}
