package browser

import "testing"

// TestRulesAndTemplates opens the settings of rules, mails, fields, macros and the system, and writes a mail: what it says
// is shown while it is typed.
func TestRulesAndTemplates(t *testing.T) {
	s := open(t)
	p := s.tab("owner")
	p.open("/console/settings/rules")
	p.fine("rules")
	p.click("td a[href$='/incomplete_address']")
	p.until("location.pathname.endsWith('/incomplete_address')")
	p.says("Test examples")
	p.fine("rule")
	p.open("/console/settings/rules/incomplete_address/edit")
	p.click("button[value=preview]")
	p.until("document.querySelector('.effects')")
	p.fine("preview of a rule")
	p.open("/console/settings/sourcing-rules")
	p.fine("sourcing rules")
	p.open("/console/settings/mail-templates")
	p.fine("mail templates")
	p.open("/console/settings/mail-templates/order_placed.en")
	p.fine("mail template")
	p.open("/console/settings/mail-templates/order_placed.en/edit")
	p.fill("input[name=subject]", "We have {{.order.number}}")
	p.until("document.querySelector('[data-shown]').innerText.includes('We have 10001')")
	p.fill("input[name=subject]", "We have {{.order.nummer}}")
	p.until("document.querySelector('[data-shown]').innerText.includes('there is no nummer')")
	p.fine("mail that cannot be written so")
	p.open("/console/settings/fields")
	p.fine("custom fields")
	p.open("/console/settings/macros")
	p.fine("macros")
	p.open("/console/settings/system/verify")
	p.click("button[value=do]")
	p.until("document.querySelector('[data-part=verify]:not([data-again]) .pill.good')")
	p.fine("system after a check")
}
