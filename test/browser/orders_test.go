package browser

import "testing"

// TestManyOrders chooses all orders of the list, holds them and lifts the holds again, and cancels them after a look at what
// that does.
func TestManyOrders(t *testing.T) {
	s := open(t)
	s.order("tok_ok")
	s.order("tok_ok")
	p := s.tab("manager")
	p.open("/console/orders")
	choose := func(step string) {
		p.click("[data-all]")
		p.until("document.querySelector('.bulk output').textContent === ' (2)'")
		p.click(".bulk button[formaction$='/" + step + "']")
		p.until("location.pathname === '/console/orders/many/" + step + "'")
	}
	back := func() {
		p.click(".buttons a")
		p.until("location.pathname === '/console/orders'")
	}
	p.keys("j")
	p.keys("x")
	p.until("document.querySelector('.bulk output').textContent === ' (1)'")
	p.fine("chosen orders")
	choose("hold")
	p.says("Hold 2 orders")
	p.fine("holding many")
	p.choose("select[name=type]", "manual_review")
	p.click("button[value=do]")
	p.says("2 done")
	p.fine("held many")
	back()
	choose("lift")
	p.click("button[value=do]")
	p.says("1 lifted.")
	back()
	choose("cancel")
	p.choose("select[name=reason]", "customer")
	p.click("button[value=preview]")
	p.says("units back in stock")
	p.fine("preview of canceling many")
	p.click("button[value=do]")
	p.says("2 done")
	back()
	choose("cancel")
	p.says("This is possible for none of them.")
	p.fine("many of which none can")
}

// TestOrderChange changes the units of an order after a look at what that comes to.
func TestOrderChange(t *testing.T) {
	s := open(t)
	id := s.order("tok_ok")
	p := s.tab("manager")
	p.open("/console/orders/" + id)
	p.click("a[href$='/change']")
	p.until("document.querySelector('dialog[open] form')")
	p.fine("dialog of a change")
	p.click("dialog button[value=do]")
	p.says("Change something first.")
	p.fill("dialog input[name='_wanted.1']", "1")
	p.click("dialog button[value=do]")
	p.until("location.pathname.includes('/changes/chg_')")
	p.says("units that are wanted")
	p.fine("what a change comes to")
	p.open("/console/orders/" + id)
	p.says("has not made it yet")
	p.fine("order with a change")
	p.click(".banner a[href*='/changes/']")
	p.until("location.pathname.includes('/changes/chg_')")
	p.click("button[value=do]")
	p.until("location.pathname.endsWith('" + id + "')")
	p.says("The order was changed.")
}
