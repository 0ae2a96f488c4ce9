package browser

import "testing"

func TestSignInAndOut(t *testing.T) {
	s := open(t)
	p := s.tab("")
	p.open("/console/orders?status=open")
	p.fine("sign-in")
	p.fill("#email", "manager@example.com")
	p.fill("#password", "wrong wrong wrong")
	p.keys("\r")
	p.says("do not fit together")
	p.fine("refused sign-in")
	p.fill("#password", password)
	p.keys("\r")
	p.until("location.pathname + location.search === '/console/orders?status=open'")
	p.click(".me button")
	p.until("location.pathname === '/console/sign-in'")
}

// TestHoldReleased walks from the list to an order, places a hold in a dialog and lifts it, by keys where there are some.
func TestHoldReleased(t *testing.T) {
	s := open(t)
	id := s.order("")
	p := s.tab("manager")
	p.open("/console/orders")
	p.fine("orders")
	p.keys("j")
	p.keys("\r")
	p.until("location.pathname.endsWith('" + id + "')")
	p.fine("order")
	p.click("a[href$='/sourcing']")
	p.until("document.querySelector('dialog[open] table')")
	p.says("HULL")
	p.fine("why this location")
	p.click("dialog .close")
	p.keys("h")
	p.until("document.querySelector('dialog[open] form')")
	p.fine("dialog of a hold")
	p.choose("dialog select[name=type]", "manual_review")
	p.fill("dialog textarea[name=note]", "Call before shipping")
	p.click("dialog button[value=do]")
	p.until("document.querySelector('.banner a[href*=lift]')")
	p.says("Call before shipping")
	p.fine("order with a hold")
	p.click(".banner a[href*=lift]")
	p.until("document.querySelector('dialog[open] form')")
	p.click("dialog button[value=do]")
	p.until("!document.querySelector('.banner') && !document.querySelector('dialog[open]')")
	p.says("The hold was lifted.")
}

// TestCancelWithPreview sees what a cancellation does before it does it, and is refused twice on the way.
func TestCancelWithPreview(t *testing.T) {
	s := open(t)
	id := s.order("tok_ok")
	p := s.tab("customer_service")
	p.open("/console/orders/" + id)
	p.click("a[href$='/cancel']")
	p.until("document.querySelector('dialog[open] form')")
	p.choose("dialog select[name=reason]", "customer")
	p.click("dialog button[value=preview]")
	p.until("document.querySelector('dialog .effects')")
	p.says("What this does")
	p.fine("preview of a cancellation")
	// Somebody else changes the order meanwhile.
	s.call("POST", "/v1/orders/"+id+"/holds", `{"type":"manual_review"}`)
	p.click("dialog button[value=do]")
	p.says("Somebody changed this while you were typing")
	p.fine("refused cancellation")
	p.click("dialog button[value=preview]")
	p.until("document.querySelector('dialog .effects')")
	p.click("dialog button[value=do]")
	p.until("!document.querySelector('dialog[open]') && document.querySelector('.head .pill')?.innerText.includes('Canceled')")
	p.until("document.querySelector('.head .push button[disabled]')")
	p.says("The order was canceled.")
}

// TestLive changes an order elsewhere: the open page follows by itself.
func TestLive(t *testing.T) {
	s := open(t)
	id := s.order("")
	p := s.tab("manager")
	p.open("/console/orders/" + id)
	p.until("document.querySelector('.timeline')")
	s.call("POST", "/v1/orders/"+id+"/notes", `{"text":"Written elsewhere"}`)
	p.says("Written elsewhere")
}

// TestPagesOfPeople looks at the pages of people, and goes to one by the palette.
func TestPagesOfPeople(t *testing.T) {
	s := open(t)
	p := s.tab("owner")
	for _, path := range []string{"/console/", "/console/users", "/console/roles", "/console/profile", "/console/profile/password", "/console/profile/codes", "/console/attention", "/console/users/new", "/console/nothing"} {
		p.open(path)
		p.fine(path)
	}
	p.open("/console/")
	if _, err := Eval[any](p.tab, "void document.dispatchEvent(new KeyboardEvent('keydown', {key: 'k', ctrlKey: true, bubbles: true}))"); err != nil {
		t.Fatal(err)
	}
	p.until("document.querySelector('dialog[open] .palette input')")
	p.fine("palette")
	p.fill("dialog input", "order")
	p.keys("\r")
	p.until("location.pathname === '/console/orders'")
}
