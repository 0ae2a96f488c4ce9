package browser

import "testing"

// TestCaseWithMacro goes from the inbox to a case, sees what a macro would do, and runs it.
func TestCaseWithMacro(t *testing.T) {
	s := open(t)
	order := s.order("")
	s.call("PUT", "/v1/macros/give_up", `{"name":"Give the order up","steps":[{"do":"cancel","reason":"customer"},{"do":"note","text":"Canceled for {customer}"},{"do":"status","status":"resolved"}]}`)
	p := s.tab("customer_service")
	p.open("/console/cases")
	p.fine("no cases")
	id := s.call("POST", "/v1/cases", `{"subject":"I do not want it any more","text":"Please cancel","origin":"phone","orders":["`+order+`"]}`)
	p.open("/console/cases?open=true")
	p.says("I do not want it any more")
	p.fine("cases")
	p.keys("j")
	p.keys("\r")
	p.until("location.pathname.endsWith('" + id + "')")
	p.says("Please cancel")
	p.fine("case")
	p.click("a[href$='/macro']")
	p.until("document.querySelector('dialog[open] form')")
	p.choose("dialog select[name=macro]", "give_up")
	p.click("dialog button[value=preview]")
	p.until("document.querySelector('dialog .effects')")
	p.says("What this does")
	p.fine("preview of a macro")
	p.click("dialog button[value=do]")
	p.until("!document.querySelector('dialog[open]') && document.querySelector('.head .pill')?.innerText.includes('Resolved')")
	p.says("Canceled for Grace Hopper")
	p.says("The macro was run.")
}
