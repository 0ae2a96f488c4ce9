package browser

import "testing"

// TestStorefront finds a product, puts it into the cart, and orders it: with a card that is declined, then with one that works.
func TestStorefront(t *testing.T) {
	s := open(t)
	s.call("PUT", "/v1/carriers/post", `{"name":"Post","provider":"table","services":[{"code":"parcel","name":"Parcel","transit_days":2}]}`)
	s.call("PUT", "/v1/channels/web", `{"name":"Web shop","shipping_methods":[{"code":"standard","name":"Standard delivery","country":"GB","price":{"amount":395,"currency":"GBP"},"carrier":"post","service":"parcel"},`+
		`{"code":"express","name":"Express delivery","country":"GB","price":{"amount":795,"currency":"GBP"}}]}`)
	p := s.tab("")
	p.open("/shop")
	p.says("Reading lamp")
	p.fine("shop")
	p.fill("#q", "mug\r")
	p.says("Found for “mug”")
	p.click(".tile a")
	p.says("Put into the cart")
	p.says("arrives")
	p.fine("product")
	p.click(".buy button")
	p.says("It is in your cart.")
	p.fine("cart")
	p.click("button[value=checkout]")
	p.says("Held for you for")
	p.fine("checkout")
	p.click("input[value=tok_declined]")
	p.until("(document.querySelector('#checkout').noValidate = true)") // as by a browser that does not check
	p.click("button.primary[value=order]")
	p.says("Please fill this in.")
	p.fine("checkout with mistakes")
	for name, text := range map[string]string{
		"customer.email": "grace@example.com", "shipping_address.name": "Grace Hopper", "shipping_address.line1": "1 Main Street", "shipping_address.city": "London", "shipping_address.postal_code": "N1 1AA",
	} {
		p.fill("[name='"+name+"']", text)
	}
	p.click("button.primary[value=order]")
	p.says("Your card was declined, and nothing was charged.")
	p.until("document.querySelector(\"[name='shipping_address.line1']\").value === '1 Main Street'")
	p.fine("declined")
	p.click("input[value=tok_ok]")
	p.click("button.primary[value=order]")
	p.says("Thank you: your order is placed.")
	p.says("We prepare your order")
	p.until("location.pathname.startsWith('/my-order/')")
	p.fine("ordered")
	p.open("/shop/cart")
	p.says("There is nothing in your cart yet.")
	p.fine("empty cart")
	p.speak("de-DE")
	p.open("/shop?q=nichts")
	p.says("Kein Name enthält diese Wörter.")
	p.fine("German shop")
}
