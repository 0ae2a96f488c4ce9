package console

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/jsonx"
	"ordo/internal/pages"
)

// act carries out an operation as the owner, with a body in JSON, and returns the answer.
func (f *fixture) act(op, name, value, body string) string {
	f.t.Helper()
	a := api.Act{Op: op, Key: pages.NewKey()}
	if name != "" {
		a.Slots = slots(name, value)
	}
	if body != "" {
		a.Body = api.NewBody(op)
		if err := jsonx.Unmarshal([]byte(body), a.Body); err != nil {
			f.t.Fatal(op, err)
		}
	}
	acted, err := f.api.Act(f.t.Context(), &app.Access{ID: app.BootstrapActor, Scopes: []string{"*"}}, a)
	if err != nil {
		f.t.Fatal(op, err)
	}
	return string(acted.Body)
}

// counter is a shop that takes orders by phone.
func (f *fixture) counter() {
	f.t.Helper()
	f.act("putLocation", "code", "HULL", `{"name":"Hull","type":"warehouse","address":{"line1":"2 Dock Road","city":"Hull","postal_code":"HU1 1AA","country":"GB"}}`)
	f.act("putCarrier", "code", "post", `{"name":"Post","provider":"table","services":[{"code":"parcel","name":"Parcel","transit_days":2}]}`)
	f.act("putChannel", "code", "phone", `{"name":"By phone","seller":{"contact":"help@shop.example","bank":"IBAN GB33BUKB20201555555555"},"tax_rates":[{"name":"VAT","country":"GB","rate":"0.2"}],`+
		`"shipping_methods":[{"code":"standard","name":"Standard delivery","country":"GB","price":{"amount":495,"currency":"GBP"},"carrier":"post","service":"parcel"},{"code":"island","name":"Ferry","country":"IE","price":{"amount":990,"currency":"GBP"}}]}`)
	for sku, price := range map[string]string{"MUG": "1250", "MUG-L": "1600", "LAMP": "4900"} {
		f.act("putProduct", "sku", sku, `{"name":"Product `+sku+`","price":{"amount":`+price+`,"currency":"GBP"}}`)
		f.act("adjustStock", "", "", `{"reason":"received","lines":[{"sku":"`+sku+`","location":"HULL","delta":20}]}`)
	}
	f.act("createCustomer", "", "", `{"email":"ada@example.com","name":"Ada Lovelace","phone":"+442079460018","addresses":[{"address":{"name":"Ada Lovelace","line1":"12 St James's Square","city":"London","postal_code":"SW1Y 4JH","country":"GB"}}]}`)
}

var (
	inputInPage  = regexp.MustCompile(`<input ([^>]*)>`)
	nameInPage   = regexp.MustCompile(`\bname="([^"]*)"`)
	valueInPage  = regexp.MustCompile(`\bvalue="([^"]*)"`)
	selectInPage = regexp.MustCompile(`(?s)<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>`)
	chosenInPage = regexp.MustCompile(`<option value="([^"]*)" selected`)
	unescape     = strings.NewReplacer("&#39;", "'", "&amp;", "&", "&#43;", "+", "&#34;", `"`)
)

// filled is the form of the desk as a browser without scripts would send it, with what is typed into it.
func (a answer) filled(typed ...string) []string {
	form := url.Values{}
	for _, m := range inputInPage.FindAllStringSubmatch(a.body, -1) {
		name, value := nameInPage.FindStringSubmatch(m[1]), valueInPage.FindStringSubmatch(m[1])
		radio := strings.Contains(m[1], `type="radio"`) || strings.Contains(m[1], `type="checkbox"`)
		if name == nil || name[1] == "q" || radio && !strings.Contains(m[1], " checked") {
			continue
		}
		if form.Set(name[1], ""); value != nil {
			form.Set(name[1], unescape.Replace(value[1]))
		}
	}
	for _, m := range selectInPage.FindAllStringSubmatch(a.body, -1) {
		if c := chosenInPage.FindStringSubmatch(m[2]); c != nil {
			form.Set(m[1], c[1])
		}
	}
	for i := 0; i+1 < len(typed); i += 2 {
		form.Set(typed[i], typed[i+1])
	}
	var pairs []string
	for name := range form {
		pairs = append(pairs, name, form.Get(name))
	}
	return pairs
}

// TestPhoneDesk takes orders without a script: each step is a form that comes back with all that was typed.
func TestPhoneDesk(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.counter()
		f.user("agent@example.com", "customer_service")
		b := f.browser()
		b.signIn("agent@example.com")
		send := func(a answer, typed ...string) answer {
			t.Helper()
			return b.post(phonePath, a.filled(typed...)...)
		}
		a := b.get(phonePath).is(t, 200, "Phone desk", `<option value="GB" selected`, "Your roles allow up to 10 %", `data-shortcut="p"`)
		send(a, "_find", "nobody", "_step", "look").is(t, 200, "Nobody found", `value="nobody"`)
		a = send(a, "_find", "020 7946 0018", "_step", "look").is(t, 200, `value="Ada Lovelace"`, `value="ada@example.com"`, `value="SW1Y 4JH"`, "The address is complete")
		a = send(a, "_product", "prod", "_step", "look").is(t, 200, `value="MUG"`, `value="LAMP"`, `value="prod"`)
		a = send(a, "_product_pick", "MUG-L").is(t, 200, "Product MUG-L", "20 available")
		a = send(a, "_product", "lamp", "_step", "look").is(t, 200, "Product LAMP")
		a = send(a, "_product_pick", "MUG").is(t, 200)
		a = send(a, "_remove", "0").is(t, 200)
		if strings.Contains(a.body, "MUG-L") {
			t.Error("a line that was taken away is still there")
		}
		// 49.00 + 3 × 12.50, 4.95 to ship within the country; the other method is not offered.
		a = send(a, "lines.1.quantity", "3", "_step", "recompute").is(t, 200, "86.50", "4.95", "Standard delivery")
		if strings.Contains(a.body, "Ferry") || strings.Contains(a.body, "Still missing") {
			t.Error("what is not possible there is offered, or something is said to be missing")
		}
		send(a, "_discount", "11 %", "_step", "place").is(t, 422, "At most 8.65 GBP may be given", `value="11 %"`, `value="Ada Lovelace"`, `value="3"`, `href="#f-_discount"`)
		send(a, "lines.1.quantity", "many", "_step", "place").is(t, 422, "whole number", `value="many"`)
		send(a, "lines.1.quantity", "21", "_step", "recompute").is(t, 200, "only 20 can be promised")
		send(a, "lines.1.quantity", "21", "_step", "place").is(t, 409, "bad-box", `value="21"`)
		send(a, "customer.phone", "", "customer.email", "", "shipping_address.postal_code", "", "_step", "place").is(t, 422, `href="#f-customer.phone"`, `href="#f-shipping_address.postal_code"`)
		send(a, "shipping_address.postal_code", "12345", "_step", "recompute").is(t, 200, "Ask again about: Postal code")
		order := a.filled("_discount", "10 %", "_pay", "transfer", "_step", "place")
		before := a
		first := b.post(phonePath, order...).is(t, 200, "Order placed", "HULL", "Reference:", "IBAN GB33BUKB20201555555555", "help@shop.example", "Next order", "It may ship before it is paid")
		number := regexp.MustCompile(`id="secret-number">([0-9]+)<`).FindStringSubmatch(first.body)
		if number == nil {
			t.Fatal(first.body)
		}
		page := regexp.MustCompile(`/console/orders/ord_[0-9a-z]+`).FindString(first.body)
		b.get(page).is(t, 200, "promised by")
		b.post(phonePath, order...).is(t, 200, "Order placed", ">"+number[1]+"<") // sent twice is placed once
		if list := f.act("listOrders", "", "", ""); strings.Count(list, `"number"`) != 1 || !strings.Contains(list, `"channel":"phone"`) || !strings.Contains(list, `"discount":{"amount":865`) {
			t.Error(list)
		}
		send(before, "lines.1.quantity", "4", "_step", "place").is(t, 422, "This order was placed before", "#"+number[1])
	})
}

// TestPhoneDeskPays takes orders of new customers: on account, and by a link that cannot be made here.
func TestPhoneDeskPays(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.counter()
		f.user("agent@example.com", "customer_service")
		f.user("analyst@example.com", "analyst")
		b := f.browser()
		b.signIn("agent@example.com")
		typed := []string{
			"customer.name", "Grace Hopper", "customer.phone", "+44 1632 960123", "customer.email", "grace@example.com", "shipping_address.line1", "1 Main Street", "shipping_address.city", "London", "shipping_address.postal_code", "N1 9GU",
			"lines.0.sku", "MUG", "lines.0.quantity", "1", "_keep", "true", "_step", "place",
		}
		a := b.get(phonePath)
		b.post(phonePath, a.filled(append(typed, "_pay", "terms", "_days", "14")...)...).is(t, 200, "Order placed", "due on")
		if kept := f.act("listCustomers", "", "", ""); !strings.Contains(kept, `"phone":"+441632960123"`) || !strings.Contains(kept, "1 Main Street") {
			t.Error(kept)
		}
		b.post(phonePath, b.get(phonePath).filled(append(typed, "_pay", "link")...)...).is(t, 200, "Order placed", "The payment link could not be made", "The customer was not kept")
		// Who ordered without a record is found by the order.
		a = b.get(phonePath+"/customers?q=grace").is(t, 200, "Grace Hopper", "London")
		b.get(phonePath+"/customers?q=01632+960123&country=GB").is(t, 200, "Grace Hopper")
		b.get(phonePath+"/customers?q=x").is(t, 200, "Nobody found")
		b.get(phonePath+"/products?q=mug&country=GB&postal_code=N1").is(t, 200, "Product MUG-L", "18 available")
		b.get(phonePath+"/products?q=nothing").is(t, 200, "No product found")
		found := b.post(phonePath, b.get(phonePath).filled("_find", "+44 1632 960123", "_step", "look")...).is(t, 200, "Last orders", `value="grace@example.com"`)
		found = b.post(phonePath, found.filled("shipping_address.line1", "2 Side Street", "_step", "recompute")...).is(t, 200, "1 Main Street, London, N1 9GU")
		b.post(phonePath, found.filled("_former", "0")...).is(t, 200, `value="1 Main Street"`)
		// Without a session nothing typed is lost.
		nobody := f.browser()
		nobody.post(phonePath, a.filled(typed...)...).is(t, 401, `name="held.customer.name" value="Grace Hopper"`, `name="held.lines.0.sku" value="MUG"`)
		analyst := f.browser()
		analyst.signIn("analyst@example.com")
		analyst.get(phonePath).is(t, 403)
	})
}
