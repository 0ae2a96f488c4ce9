package browser

import "testing"

// delivered places an order that is paid by card, and lets it arrive.
func (s *shop) delivered(token string) string {
	s.t.Helper()
	id := s.order(token)
	ful := s.call("GET", "/v1/fulfillments?order="+id, "")
	s.call("POST", "/v1/fulfillments/"+ful+"/release", "")
	s.call("POST", "/v1/fulfillments/"+ful+"/ship", `{"tracking_number":"OUT-1"}`)
	s.call("POST", "/v1/fulfillments/"+ful+"/deliver", "")
	return id
}

// TestReturnWithRefund takes a return from the order to the money, by keys and scans.
func TestReturnWithRefund(t *testing.T) {
	s := open(t)
	p := s.tab("manager")
	p.open("/console/returns")
	p.says("There are no returns yet")
	p.fine("no returns")
	id := s.delivered("tok_ok")
	p.open("/console/orders/" + id)
	p.until("document.querySelector('[data-shortcut=r]')")
	p.fine("order that arrived")
	p.keys("r")
	p.until("document.activeElement?.name === 'lines.0.quantity'")
	p.fine("start of a return")
	p.keys("2")
	p.choose(`dialog select[name="lines.0.reason"]`, "unwanted")
	p.keys("\r")
	p.until("document.activeElement?.matches('dialog .effects')")
	p.says("Refunded once it is accepted")
	p.fine("preview of a return")
	p.keys("\t\r")
	p.until("location.pathname.startsWith('/console/returns/ret_')")
	p.says("was started.")
	p.fine("return")
	p.receives()
	p.inspects()
	// Who scans what is on the parcel comes back here; Esc and the keys of lists lead here, too.
	p.open("/console/returns")
	p.until("document.activeElement?.name === 'scan'")
	p.fine("returns")
	p.keys("NOTHING-1\r")
	p.says("Nothing is found by")
	p.fine("scan that finds nothing")
	p.fill("#scan", "1001-R1")
	p.keys("\r")
	p.until("location.pathname.startsWith('/console/returns/ret_')")
	p.open("/console/returns?stage=to_inspect")
	p.says("No return is like this")
	p.open("/console/returns")
	p.keys("\x1b")
	p.until("document.activeElement?.closest('tr[aria-selected=true]')")
	p.keys("\r")
	p.until("location.pathname.startsWith('/console/returns/ret_')")
}

// receives counts what came by scans: one more than is expected, and something that nobody expected.
func (p *page) receives() {
	p.t.Helper()
	p.keys("r")
	p.until("document.activeElement?.matches('dialog [data-count]')")
	for _, scan := range []string{"mug\r", "MUG\r", "MUG\r"} {
		p.keys(scan)
	}
	p.says("All units of MUG are counted already.")
	p.keys("SOCK\r")
	p.says("SOCK is not expected")
	p.until(`document.querySelector("dialog [name='lines.0.quantity']").value === "2" && document.querySelector("dialog [name='unexpected.0.sku']").value === "SOCK"`)
	p.fine("receipt of a return")
	p.keys("\r")
	p.until("document.activeElement?.matches('dialog .effects')")
	p.says("MUG: units received")
	p.keys("\t\r")
	p.says("It was received. Inspect it next.")
}

// inspects says by a key each in which condition units are and what becomes of them, and is refused once on the way.
func (p *page) inspects() {
	p.t.Helper()
	p.keys("i")
	p.until("location.pathname.endsWith('/inspect') && document.activeElement?.name === 'units.0.condition'")
	p.fine("inspection")
	p.keys("d\r")
	p.until("document.activeElement?.matches('.bad-box')")
	p.fine("refused inspection")
	p.keys("3s")
	p.until(`document.querySelector("[name='units.0.condition']:checked")?.value === "used" && document.querySelector("[name='units.0.disposition']:checked")?.value === "scrap"`)
	p.keys("\r")
	p.until("document.activeElement?.matches('main .effects')")
	p.says("Refunded to the payments")
	p.fine("preview of a refund")
	p.keys("\t\r")
	p.until("document.querySelector('.head .pill')?.innerText.includes('Closed')")
	p.says("It was inspected.")
	p.until("document.querySelector('.timeline') && (document.querySelector('.timeline').innerText.includes('refunded') || (location.reload(), false))") // the provider answers by itself
	p.fine("return that was refunded")
}

// TestRefundAgain asks once more for a refund that the provider refused.
func TestRefundAgain(t *testing.T) {
	s := open(t)
	id := s.delivered("tok_refund_fails_once")
	p := s.tab("customer_service")
	p.open("/console/orders/" + id)
	p.until("document.querySelector('[data-part=timeline]')?.innerText.includes('captured') || (location.reload(), false)")
	r := s.call("POST", "/v1/orders/"+id+"/returns", `{"lines":[{"line":"1","quantity":1,"reason":"defective"}]}`)
	s.call("POST", "/v1/returns/"+r+"/receive", `{"lines":[{"line":"1","quantity":1}]}`)
	s.call("POST", "/v1/returns/"+r+"/inspect", `{"units":[{"line":"1","quantity":1,"condition":"defective","disposition":"scrap"}]}`)
	p.open("/console/returns/" + r)
	p.until("document.querySelector('[data-part=money] a[href*=\"/refund/\"]') || (document.querySelector('[data-part=money]') && location.reload(), false)")
	p.says("The refund was refused")
	p.fine("return whose refund was refused")
	p.open("/console/returns?stage=to_refund")
	p.says("1001-R1")
	p.open("/console/returns/" + r)
	p.click("[data-part=money] a[href*='/refund/']")
	p.until("document.querySelector('dialog[open] button[value=do]')")
	p.click("dialog button[value=do]")
	p.says("The provider was asked.")
	p.until("document.querySelector('[data-part=timeline]')?.innerText.includes('refunded') || (document.querySelector('[data-part=timeline]') && location.reload(), false)")
	p.until("!document.querySelector('[data-part=money] a[href*=\"/refund/\"]')")
}
