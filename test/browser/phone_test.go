package browser

import "testing"

// TestPhoneOrder takes an order of three lines from somebody on the phone by the keyboard alone: every step is a key.
func TestPhoneOrder(t *testing.T) {
	s := open(t)
	s.call("PUT", "/v1/channels/phone", `{"name":"Phone","seller":{"name":"Lantern & Loom","address":{"country":"GB"}},"shipping_methods":[{"code":"standard","name":"Standard delivery","price":{"amount":495,"currency":"GBP"}},`+
		`{"code":"express","name":"Express","price":{"amount":995,"currency":"GBP"}}]}`)
	s.call("POST", "/v1/customers", `{"email":"ada@example.com","name":"Ada Lovelace","phone":"+442079460018","addresses":[{"default":true,"address":{"name":"Ada Lovelace","line1":"12 St James's Square","city":"London","postal_code":"SW1Y 4JH","country":"GB"}}]}`)
	p := s.tab("customer_service")
	at := func(id string) { t.Helper(); p.until("document.activeElement.id === '" + id + "'") }
	computed := func() {
		t.Helper()
		p.until("!document.querySelector('[data-desk]').hasAttribute('aria-busy')")
	}

	p.until("document.readyState === 'complete'")
	p.keys("p") // from the home page
	p.until("location.pathname === '/console/phone'")
	at("f-_find")
	p.fine("empty phone desk")
	p.keys("020 7946 0018")
	p.until("document.querySelector('#l-_find:not([hidden]) [aria-selected=true]')?.innerText.includes('Ada Lovelace')")
	p.fine("customers offered")
	p.keys("\r")
	at("f-_product")
	p.until("document.getElementById('f-customer.email').value === 'ada@example.com' && document.getElementById('f-shipping_address.postal_code').value === 'SW1Y 4JH'")
	for _, l := range []struct{ typed, name, quantity string }{{"stone", "Stoneware mug", "3"}, {"lamp", "Reading lamp", "1"}, {"serv", "Serving spoon", "12"}} {
		p.keys(l.typed)
		p.until("document.querySelector('#l-_product:not([hidden]) [aria-selected=true]')?.innerText.includes('" + l.name + "')")
		p.says("100 available")
		if l.typed == "lamp" {
			p.fine("products offered")
		}
		p.keys("\r")
		p.until("document.activeElement.id.endsWith('.quantity')")
		p.keys(l.quantity + "\r")
		at("f-_product")
	}
	computed()
	p.says("£133.45") // 3 × 12.50 + 49.00 + 12 × 3.50 + 4.95
	p.fine("phone desk with an order")
	p.keys("\r") // all of the address is there: on to how it ships
	at("f-shipping_method-standard")
	p.keys("\r")
	at("f-_discount")
	p.keys("20 %\r")
	p.says("At most 12.85 GBP")
	p.fine("phone desk with a refused discount")
	at("f-_pay-link")
	p.must(p.tab.Ctrl("\r"))
	p.until("document.querySelector('#desk-problem')")
	at("f-_discount")
	p.fine("phone desk with an error")
	p.keys("5 %\r")
	p.says("£127.03")
	p.must(p.tab.Ctrl("\r"))
	p.says("Order placed")
	p.until("document.querySelector('#secret').innerText.startsWith(location.origin + '/pay/')")
	p.until("document.activeElement.innerText === 'Next order'")
	p.fine("order placed on the phone")
	p.keys("\r")
	p.until("location.pathname === '/console/phone'")
	at("f-_find")
	p.until("!document.querySelector('table.lines')")
}

// TestPhoneDeskKeeps leaves the desk in the middle of an order, and finds everything again.
func TestPhoneDeskKeeps(t *testing.T) {
	s := open(t)
	p := s.tab("customer_service")
	p.open("/console/phone")
	p.until("document.activeElement.id === 'f-_find'")
	p.keys("Grace\r")
	p.says("Nobody found")
	p.fill("#f-customer\\.name", "Grace Hopper")
	p.fill("#f-_product", "MUG")
	p.keys("\r")
	p.until("document.activeElement.id === 'f-lines.0.quantity'")
	p.keys("2\r")
	p.says("£25.00")
	p.open("/console/orders")
	p.open("/console/phone")
	p.until("document.getElementById('f-lines.0.quantity')?.value === '2' && document.getElementById('f-customer.name').value === 'Grace Hopper'")
	p.click("[data-desk-clear]")
	p.until("document.querySelector('[data-fresh]') && !document.querySelector('table.lines') && !document.getElementById('f-customer.name').value")
}
