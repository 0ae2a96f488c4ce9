package browser

import "testing"

// TestReportDrilled walks from the list of reports to a number, and from there to the order behind it.
func TestReportDrilled(t *testing.T) {
	s := open(t)
	id := s.order("")
	p := s.tab("manager")
	p.open("/console/reports")
	p.fine("reports")
	p.click("a[href$='/reports/demand?bucket=day']")
	p.until("document.querySelector('.stat a') && document.querySelector('svg.chart rect')")
	p.fine("report")
	p.choose("select[name=compare]", "previous")
	p.click(".asks button")
	p.until("location.search.includes('bucket=day') && document.querySelector('svg.chart rect')")
	p.fine("report by day")
	p.open("/console/reports/demand?group_by=channel")
	p.until("document.querySelector('.sides svg')")
	p.fine("report by channel")
	p.click("td a[href*='metric=orders']")
	p.until("location.pathname.endsWith('/demand/orders')")
	p.fine("behind a number")
	p.click("td a[href$='" + id + "']")
	p.until("location.pathname.endsWith('" + id + "')")
}

// TestReportSaved saves a report from its page in a dialog, gives it a schedule, and looks at what a printer gets.
func TestReportSaved(t *testing.T) {
	s := open(t)
	s.srv.App.Settings.MailFrom = "reports@example.com"
	s.order("")
	p := s.tab("manager")
	p.open("/console/reports/demand?group_by=channel")
	p.click("a[href*='/saved-reports/new']")
	p.until("document.querySelector('dialog[open] input[name=name]')")
	p.fine("save a report")
	p.fill("dialog input[name=name]", "By channel")
	p.choose("dialog [name=query\\\\.period]", "last_7_days")
	p.choose(`dialog [name="schedule.every"]`, "daily")
	p.click("dialog button[value=do]")
	p.until("location.pathname.endsWith('/reports') || !document.querySelector('dialog[open]')")
	p.open("/console/reports")
	p.until("document.querySelector('[data-part=saved] tbody tr')")
	p.fine("saved reports")
	p.click("[data-part=saved] tbody a")
	p.until("document.querySelector('[data-part=schedule] .facts')")
	p.fine("saved report")
	p.click("a[href$='/send']")
	p.until("document.querySelector('dialog[open]')")
	p.fine("send a report")
}
