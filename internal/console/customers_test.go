package console

import (
	"strconv"
	"strings"
	"testing"

	"ordo/internal/api"
	"ordo/internal/pages"
)

// TestCustomers makes a customer, writes down what there is to say, and finds them again from an order.
func TestCustomers(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("agent@example.com", "customer_service")
		b := f.browser()
		b.signIn("agent@example.com")
		b.get("/console/customers").is(t, 200, "There are no customers on record yet", "New customer")
		f.shop()
		o := f.delivered()
		b.get("/console/orders/"+number0(o.ID)).is(t, 200, "/console/customers/of?email=grace%40example.com")
		b.get("/console/customers/of?email=grace%40example.com&name=Grace").is(t, 303, "/console/customers/new?email=grace%40example.com&name=Grace")
		b.get("/console/customers/new?email=grace%40example.com").is(t, 200, `value="grace@example.com"`)
		b.post("/console/customers/new", "_key", pages.NewKey(), "_step", "do", "name", "Grace").is(t, 422, "bad-box", "mail address or a phone number")
		key := pages.NewKey()
		made := func() string {
			return b.post("/console/customers/new", "_key", key, "_step", "do", "name", "Grace Hopper", "email", "grace@example.com", "tags", "vip, navy").is(t, 303, "/console/customers/cus_").header.Get("Location")
		}
		at := made()
		if made() != at {
			t.Error("a customer was made twice")
		}
		b.post("/console/customers/new", "_key", pages.NewKey(), "_step", "do", "email", "Grace@example.com").is(t, 409, "nother customer has this mail address")
		b.get("/console/customers/of?email=GRACE%40example.com").is(t, 303, at)
		b.get(at).is(t, 200, "Grace Hopper", "vip", "#"+number0(o.Number), "50.00", "London")
		for _, q := range []string{"q=hop", "q=grace%40example.com", "tag=vip", "email=grace%40example.com"} {
			b.get("/console/customers?"+q).is(t, 200, at)
		}
		b.get("/console/customers?q=nobody").is(t, 200, "No customer is like this")
		f.changed(b, at)
		f.credited(b, at)
		f.user("analyst@example.com", "analyst")
		reader := f.browser()
		reader.signIn("analyst@example.com")
		reader.get(at).is(t, 403)
		if page := reader.get("/console/orders/" + number0(o.ID)); strings.Contains(page.body, "/console/customers/") {
			t.Error("a link leads where the person may not go")
		}
	})
}

// changed edits a customer: what a form does not ask for stays.
func (f *fixture) changed(b *browser, at string) {
	t, id := f.t, strings.TrimPrefix(at, customersPath+"/")
	address := func(n string, version string, pairs ...string) answer {
		return b.post(at+"/addresses/"+n, append([]string{"_key", pages.NewKey(), "_version", version, "_step", "do", "name", "Grace Hopper", "email", "grace@example.com", "tags", "navy,vip"}, pairs...)...)
	}
	street := func(n, line, city string, more ...string) []string {
		at := "addresses." + n + "."
		return append([]string{at + "label", "", at + "address.name", "Grace Hopper", at + "address.line1", line, at + "address.city", city, at + "address.postal_code", "N1 1AA", at + "address.country", "GB"}, more...)
	}
	address("0", "1", append([]string{"phone", "12"}, street("0", "1 Main Street", "London")...)...).is(t, 422, "bad-box", "phone")
	address("0", "1", street("0", "1 Main Street", "London", "addresses.0.default", "true")...).is(t, 303, at)
	page := b.get(at+"/addresses/1").is(t, 200, `type="hidden" name="addresses.0.address.line1" value="1 Main Street"`, `name="addresses.1.address.line1"`)
	if strings.Contains(page.body, `type="hidden" name="addresses.1`) {
		t.Error("a new address is carried along as an old one")
	}
	address("1", "2", append(street("0", "1 Main Street", "London", "addresses.0.default", "true"), street("1", "2 Dock Road", "Hull")...)...).is(t, 303, at)
	address("1", "2", street("0", "3 Old Street", "London")...).is(t, 409, "Somebody changed this")
	b.get(at).is(t, 200, "2 Dock Road", "default")
	b.get(at+"/addresses/9").is(t, 404)
	b.get(at+"/addresses/0/remove").is(t, 200, "1 Main Street, London is taken off the record", `name="addresses.0.address.line1" value="2 Dock Road"`)
	b.post(at+"/edit", append([]string{"_key", pages.NewKey(), "_version", "3", "_step", "do", "name", "Rear Admiral Hopper", "email", "grace@example.com", "phone", "+44 20 7946 0018", "tags", "navy,vip"}, street("0", "1 Main Street", "London")...)...).is(t, 303, at)
	b.post(at+"/note", "_key", pages.NewKey(), "_step", "do", "text", "Prefers to be called").is(t, 303, at)
	b.post(at+"/note", "_key", pages.NewKey(), "_step", "do", "text", "").is(t, 422, "bad-box")
	b.get(at).is(t, 200, "Rear Admiral Hopper", "Prefers to be called", "442079460018")
	var c api.CustomerRecord
	f.op("getCustomer", slots("id", id), "", &c)
	if len(c.Tags) != 2 || len(c.Addresses) != 1 || len(c.Notes) != 1 {
		t.Errorf("%+v", c)
	}
}

// credited grants store credit, sees what of it there is, and erases the customer after typing who it is.
func (f *fixture) credited(b *browser, at string) {
	t := f.t
	grant := func(step, amount string) answer {
		return b.post(at+"/credit", "_key", pages.NewKey(), "_step", step, "email", "grace@example.com", "amount", amount, "amount.currency", "GBP", "reason", "goodwill")
	}
	b.get(at+"/credit").is(t, 200, "GBP")
	grant("do", "x").is(t, 422, "bad-box")
	grant("preview", "5").is(t, 200, "Balance", "5.00")
	grant("do", "5").is(t, 303, at)
	var accounts api.List[api.StoreCredit]
	f.op("listStoreCredits", nil, "", &accounts)
	account := at + "/credit/" + number0(accounts.Data[0].ID)
	b.get(at).is(t, 200, account)
	change := func(version, step, amount string) answer {
		return b.post(account, "_key", pages.NewKey(), "_version", version, "_step", step, "kind", "expired", "amount", amount, "amount.currency", "GBP", "reason", "expired")
	}
	change("1", "do", "9").is(t, 409, "bad-box")
	change("1", "preview", "2").is(t, 200, "5.00", "→", "3.00")
	change("1", "do", "2").is(t, 303, at)
	erase := func(step, typed string) answer {
		var c api.CustomerRecord
		f.op("getCustomer", slots("id", strings.TrimPrefix(at, customersPath+"/")), "", &c)
		return b.post(at+"/erase", "_key", pages.NewKey(), "_version", strconv.FormatInt(c.Version, 10), "_step", step, "_confirm", typed)
	}
	b.get(at+"/erase").is(t, 200, "grace@example.com", "It cannot be undone.")
	erase("preview", "").is(t, 409, "has a balance") // what is open has to end first
	change("2", "do", "3").is(t, 303, at)
	erase("preview", "").is(t, 200, "Orders without names, addresses and notes", "Accounts of store credit without owner")
	erase("do", "").is(t, 422, "bad-box", "exactly as it stands here")
	erase("do", "grace@example").is(t, 422, "bad-box")
	erase("do", "grace@example.com").is(t, 303, at)
	page := b.get(at).is(t, 200, "What was personal was erased.", "What is personal of the customer was erased.")
	if strings.Contains(page.body, "Hopper") || strings.Contains(page.body, "Prefers") {
		t.Error("something personal is left")
	}
	b.post(at+"/note", "_key", pages.NewKey(), "_step", "do", "text", "x").is(t, 409, "was erased")
}
