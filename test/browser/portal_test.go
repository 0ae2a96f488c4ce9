package browser

import (
	"strings"
	"testing"
)

// linked makes a link for the customer of an order, and returns its path.
func (s *shop) linked(order, allow string) string {
	s.t.Helper()
	u := s.answer("POST", "/v1/orders/"+order+"/links", `{"allow":[`+allow+`]}`)
	_, rest, _ := strings.Cut(u, `"url":"`)
	u, _, _ = strings.Cut(rest, `"`)
	return strings.TrimPrefix(u, s.srv.URL)
}

// everything is what a link may allow.
const everything = `"status","cancel","address","return"`

// TestStatusPage: a customer looks at an order, corrects the address, writes to the shop and cancels the order, with what
// comes back shown before.
func TestStatusPage(t *testing.T) {
	s := open(t)
	link := s.linked(s.order("tok_ok"), everything)
	p := s.tab("")
	p.open(link)
	p.says("We prepare your order")
	p.fine("status")
	p.click("a[href$='/address']")
	p.says("Street and number")
	p.fine("address")
	p.fill("[name='shipping_address.line1']", "9 Lane")
	p.click("main form button.primary")
	p.says("What this does")
	p.fine("address looked at")
	p.click("main form button.primary")
	p.says("The address was changed.")
	p.says("9 Lane")
	p.open(link + "/message")
	p.fine("message")
	p.fill("[name=text]", "Please ring twice.")
	p.click("main form button.primary")
	p.says("Your message has arrived.")
	p.click("a[href$='/cancel']")
	p.says("Was only reserved, and is released")
	p.fine("cancel")
	p.click("main form button.primary")
	p.says("This order was canceled")
	p.says("The order was canceled.")
	p.fine("canceled")
	p.open("/my-order/forged")
	p.says("This link does not work")
	p.fine("link that opens nothing")
}

// TestUnpaidStatus: an order that is not paid leads to its payment.
func TestUnpaidStatus(t *testing.T) {
	s := open(t)
	p := s.tab("")
	p.open(s.linked(s.order(""), everything))
	p.says("To pay")
	p.fine("unpaid")
	p.click("form[action$='/pay'] button")
	p.until("location.pathname.startsWith('/pay/')")
}

// TestReturnByCustomer asks for a return through the portal, by keys and clicks, and follows it.
func TestReturnByCustomer(t *testing.T) {
	s := open(t)
	id := s.order("tok_ok")
	ful := s.fulfillment(id)
	for _, step := range [][2]string{{"release", "{}"}, {"ship", `{"carrier":"DHL","tracking_number":"JJD1"}`}, {"deliver", "{}"}} {
		s.call("POST", "/v1/fulfillments/"+ful+"/"+step[0], step[1])
	}
	p := s.tab("")
	p.open(s.linked(id, everything))
	p.says("Delivered")
	p.fine("delivered")
	p.click("a[href$='/return']")
	p.says("Send something back")
	p.fine("return")
	p.fill("[name='lines.0.quantity']", "5")
	p.choose("[name=\"lines.0.reason\"]", "unwanted")
	p.until("(document.querySelector('form').noValidate = true)") // as by a browser that does not check
	p.click("main form button.primary")
	p.says("That is more than can be sent back.")
	p.fine("refused return")
	p.fill("[name='lines.0.quantity']", "1")
	p.click("main form button.primary")
	p.says("Is this right?")
	p.fine("return looked at")
	p.click("main form button.primary")
	p.says("Your return was taken down.")
	p.says("Approved: please send it back")
	p.fine("return asked for")
}

// TestGermanStatus: the pages of a German order hold in German too, where words are longer.
func TestGermanStatus(t *testing.T) {
	s := open(t)
	id := s.call("POST", "/v1/orders", `{"channel":"web","language":"de","customer":{"email":"grace@example.com","name":"Grace Hopper"},"shipping_address":{"name":"Grace Hopper","line1":"Hauptstraße 1","city":"Berlin","postal_code":"10115","country":"DE"},`+
		`"lines":[{"sku":"MUG","quantity":2}],"payment":{"provider":"manual"}}`)
	p := s.tab("")
	p.speak("de-DE")
	link := s.linked(id, everything)
	for _, step := range []string{"", "/cancel", "/address", "/message", "/return"} {
		p.open(link + step)
		p.until("document.documentElement.lang === 'de'")
		p.fine("German " + step)
	}
}
