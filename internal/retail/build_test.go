package retail

import (
	"regexp"
	"strings"
	"testing"
)

// planOf maps lines written without the columns that rarely matter:
// invoice, code, text, quantity, minute of the day, price, customer.
func planOf(t *testing.T, lines ...string) *Plan {
	t.Helper()
	var rows []row
	for _, l := range lines {
		rec := strings.Split(l, ",")
		rec[4] = "2011-11-24 " + rec[4] + ":00"
		r, err := parseRow(append(rec, "United Kingdom"))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	p, err := build(rows)
	if err != nil {
		t.Fatal(err)
	}
	checkAccounted(t, p, len(rows))
	return p
}

func checkAccounted(t *testing.T, p *Plan, lines int) {
	t.Helper()
	var byLine, byInvoice int
	for _, c := range p.Counts {
		byLine += c.Lines
	}
	for _, c := range p.InvoiceCounts {
		byInvoice += c.Lines
	}
	if byLine != lines || byInvoice != lines {
		t.Errorf("%d lines: %d by kind, %d by invoice", lines, byLine, byInvoice)
	}
}

func kinds(counts []Count) string {
	var s []string
	for _, c := range counts {
		s = append(s, c.Kind)
	}
	return strings.Join(s, " ")
}

// TestKinds covers each kind of line, also those that these days do not have.
func TestKinds(t *testing.T) {
	for _, c := range []struct{ line, kind, invoice string }{
		{"1,10001,CUP,1,10:00,1.50,7", "sale", "order"},
		{"1,10001,CUP,1,10:00,1.50,", "sale", "order_guest"},
		{"1,gift_0001_20,VOUCHER,1,10:00,20.0,7", "sale", "order"},
		{"1,M,Manual,2,10:00,0.85,7", "manual", "order"},
		{"1,10001,CUP,1,10:00,0.0,7", "free", "order"},
		{"1,10001,CUP,-1,10:00,0.0,7", "unmapped", "no_goods"},
		{"1,10001,CUP,-1,10:00,1.5,7", "unmapped", "no_goods"},
		{"1,10001,CUP,0,10:00,1.5,7", "unmapped", "no_goods"},
		{"1,POST,POSTAGE,1,10:00,18.0,7", "postage_alone", "no_goods"},
		{"1,POST,POSTAGE,-1,10:00,18.0,7", "unmapped", "no_goods"},
		{"1,D,Discount,-1,10:00,18.0,7", "unmapped", "no_goods"},
		{"1,D,Discount,1,10:00,18.0,7", "unmapped", "no_goods"},
		{"1,AMAZONFEE,FEE,1,10:00,18.0,", "fee", "no_goods"},
		{"A1,B,Adjust bad debt,1,10:00,-11062.06,", "fee", "no_goods"},
		{"1,10001,Found it,1,10:00,0.0,", "adjust_found", "adjustment"},
		{"1,10001,found,-1,10:00,0.0,", "adjust_correction", "adjustment"},
		{"1,10001,Damages,-1,10:00,0.0,", "adjust_damaged", "adjustment"},
		{"1,10001,??missing,-1,10:00,0.0,", "adjust_lost", "adjustment"},
		{"1,10001,?,5,10:00,0.0,", "adjust_correction", "adjustment"},
		{"C1,10001,CUP,-1,10:00,1.5,7", "cancel_outside", "cancel_outside"},
		{"C1,10001,CUP,1,10:00,1.5,7", "unmapped", "credit"},
		{"C1,POST,POSTAGE,-1,10:00,18.0,7", "postage_credit", "credit"},
		{"C1,D,Discount,-1,10:00,18.0,7", "fee", "credit"},
		{"C1,CRUK,CRUK Commission,-1,10:00,987.14,7", "fee", "credit"},
	} {
		p := planOf(t, c.line)
		if kinds(p.Counts) != c.kind || kinds(p.InvoiceCounts) != c.invoice {
			t.Errorf("%s: %s, %s; want %s, %s", c.line, kinds(p.Counts), kinds(p.InvoiceCounts), c.kind, c.invoice)
		}
	}
}

func TestChargesJoinTheOrder(t *testing.T) {
	p := planOf(
		t,
		"1,D,Discount,-1,10:00,0.50,7", // before the goods, still theirs
		"1,POST,POSTAGE,2,10:00,18.0,7",
		"1,10001,CUP,2,10:01,1.50,7",
		"1,10001,CUP,1,10:01,1.50,7",
		"1,C2,CARRIAGE,1,10:02,50.0,7",
	)
	o := p.Orders[0]
	if o.Shipping != 86_00 || o.Discount != 50 || len(o.Lines) != 2 || o.Total() != 86_00-50+4_50 {
		t.Errorf("got %+v", o)
	}
	if o.PlacedAt.Format("15:04") != "10:00" {
		t.Errorf("placed at %v", o.PlacedAt)
	}
	if kinds(p.Remarks) != "sku_repeated two_times" {
		t.Errorf("remarks %s", kinds(p.Remarks))
	}
}

// TestFreeOrAdjusted: without a customer, the rest of the invoice decides.
func TestFreeOrAdjusted(t *testing.T) {
	p := planOf(t, "1,10001,CUP,1,10:00,1.50,", "1,10002,JAR,1,10:00,0.0,", "1,10003,,-4,10:00,0.0,")
	if kinds(p.Counts) != "sale free adjust_correction" || kinds(p.InvoiceCounts) != "order_guest" {
		t.Errorf("%s; %s", kinds(p.Counts), kinds(p.InvoiceCounts))
	}
	if len(p.Orders[0].Lines) != 2 || len(p.Adjustments) != 1 || p.Adjustments[0].Note != "no remark" {
		t.Errorf("got %+v", p)
	}
}

func TestMatch(t *testing.T) {
	sale := []string{
		"1,10001,CUP,5,10:00,1.50,7",
		"2,10001,CUP,5,10:10,1.50,7",
		"2,10002,JAR,3,10:10,4.00,7",
		"2,POST,POSTAGE,1,10:10,18.0,7",
		"3,10001,CUP,5,11:00,1.20,7",
		"4,10001,CUP,9,10:05,1.50,8",
		"5,10001,CUP,9,10:05,1.50,",
	}
	for name, c := range map[string]struct {
		lines []string
		want  string // order/line/quantity, * if the whole order
		kinds string
	}{
		"the latest that fits": {[]string{"C6,10001,CUP,-5,12:00,1.50,7"}, "2/0/5", "cancel_lines"},
		"not a later one":      {[]string{"C6,10001,CUP,-5,10:10,1.50,7"}, "1/0/5*", "cancel_order"},
		"the price it had":     {[]string{"C6,10001,CUP,-1,12:00,1.20,7"}, "3/0/1", "cancel_lines"},
		"more than was bought": {[]string{"C6,10001,CUP,-6,12:00,1.50,7"}, "", "cancel_outside"},
		"another customer":     {[]string{"C6,10002,JAR,-1,12:00,4.00,8"}, "", "cancel_outside"},
		"a guest":              {[]string{"C6,10001,CUP,-9,12:00,1.50,"}, "", "cancel_outside"},
		"no unit twice": {
			[]string{"C6,10002,JAR,-2,12:00,4.00,7", "C7,10002,JAR,-2,12:01,4.00,7"},
			"2/1/2", "cancel_lines cancel_outside",
		},
		"the rest of an order": {
			[]string{"C6,10002,JAR,-3,12:00,4.00,7", "C7,POST,POSTAGE,-1,12:01,18.0,7", "C7,10001,CUP,-5,12:01,1.50,7"},
			"2/1/3 2/0/5*", "cancel_order cancel_lines",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := planOf(t, append(c.lines, sale...)...)
			var got []string
			for _, x := range p.Cancellations {
				s := x.OrderInvoice + "/" + string(rune('0'+x.Line)) + "/" + string(rune('0'+x.Quantity))
				if x.WholeOrder {
					s += "*"
				}
				got = append(got, s)
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("got %q, want %q", s, c.want)
			}
			if s := strings.TrimPrefix(kinds(p.InvoiceCounts), "order order_guest "); s != c.kinds {
				t.Errorf("got %q, want %q", s, c.kinds)
			}
		})
	}
}

// TestWholeOrderTakesItsPostage: the postage goes where the goods go.
func TestWholeOrderTakesItsPostage(t *testing.T) {
	order := []string{"1,10001,CUP,5,10:00,1.50,7", "1,POST,POSTAGE,1,10:00,18.0,7"}
	p := planOf(t, append(order, "C2,POST,POSTAGE,-1,11:00,18.0,7", "C2,10001,CUP,-5,11:00,1.50,7")...)
	if kinds(p.Counts) != "sale postage cancel cancel_postage" {
		t.Error(kinds(p.Counts))
	}
	p = planOf(t, append(order, "C2,POST,POSTAGE,-1,11:00,18.0,7", "C2,10001,CUP,-4,11:00,1.50,7")...)
	if kinds(p.Counts) != "sale postage cancel postage_credit" {
		t.Error(kinds(p.Counts))
	}
}

func TestBuildRefuses(t *testing.T) {
	r := row{invoice: "1", sku: "10001", quantity: 1, price: 1, customer: "7", country: "France"}
	other := r
	other.customer = "8"
	if _, err := build([]row{r, other}); err == nil {
		t.Error("an invoice of two customers is taken")
	}
	r.country = "Atlantis"
	if _, err := build([]row{r}); err == nil {
		t.Error("an unknown country is taken")
	}
}

func TestNames(t *testing.T) {
	p := planOf(t, "1,10001,"+strings.Repeat("é", 300)+",1,10:00,1.50,7")
	if got := []rune(p.Products[0].Name); len(got) != maxName {
		t.Errorf("a name of %d characters", len(got))
	}
	if got := winner(map[string]int{"b": 2, "a": 2, "c": 1}); got != "a" {
		t.Errorf("of two equal names %q wins", got)
	}
	if got := winner(map[int64]int{}); got != 0 {
		t.Errorf("nothing wins %d", got)
	}
}

func TestPlaces(t *testing.T) {
	alpha2 := regexp.MustCompile(`^[A-Z]{2}$`)
	withoutPostalCode := map[string]bool{"AE": true, "HK": true}
	for name, p := range places {
		a := p.address
		if !alpha2.MatchString(a.Country) || a.Line1 == "" || a.City == "" {
			t.Errorf("%s: %+v", name, a)
		}
		if (a.PostalCode == "") != withoutPostalCode[a.Country] {
			t.Errorf("%s: postal code %q", name, a.PostalCode)
		}
		if !strings.Contains(a.Line1, "Placeholder") {
			t.Errorf("%s: %q could be real", name, a.Line1)
		}
	}
	for name, want := range map[string]string{
		"EIRE": "IE", "Channel Islands": "JE", "RSA": "ZA", "Unspecified": "GB", "Germany": "DE", "USA": "US",
	} {
		if got := places[name].address.Country; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// FuzzBuild: whatever can be read is accounted for, line by line.
func FuzzBuild(f *testing.F) {
	f.Add("1,10001,CUP,5,2011-11-24 10:00:00,1.50,7.0,France\nC2,10001,CUP,-5,2011-11-24 11:00:00,1.50,7.0,France\n")
	f.Add("1,D,,-1,2011-11-24 10:00:00,1,,EIRE\n1,DOT,,1,2011-11-24 10:00:00,1,,EIRE\n1,x,lost,-1,2011-11-24 10:00:00,0,,EIRE\n")
	f.Fuzz(func(t *testing.T, lines string) {
		rows, err := readRows(nil, strings.NewReader(strings.Join(header, ",")+"\n"+lines))
		if err != nil {
			return
		}
		p, err := build(rows)
		if err != nil {
			return
		}
		checkAccounted(t, p, len(rows))
		for _, o := range p.Orders {
			for _, l := range o.Lines {
				if l.Quantity < 1 || l.UnitPrice < 0 {
					t.Errorf("order line %v", l)
				}
			}
		}
	})
}
