package browser

import "testing"

// TestReportDrilled walks from the list of reports to a number, and from there to the order behind it.
func TestReportDrilled(t *testing.T) {
	s := open(t)
	id := s.order("")
	p := s.tab("manager")
	p.open("/console/reports")
	p.fine("reports")
	p.click("a[href$='/reports/demand']")
	p.until("document.querySelector('.stat a')")
	p.fine("report")
	p.choose("select[name=bucket]", "day")
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
