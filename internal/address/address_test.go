package address

import (
	"strings"
	"testing"

	"ordo/internal/errs"
)

func TestCountries(t *testing.T) {
	if len(countries) != 249 {
		t.Errorf("%d countries, ISO 3166-1 has 249", len(countries))
	}
	for _, bad := range []string{"", "UK", "gb", "EU", "GBR", "ZZ"} {
		if ValidCountry(bad) {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestEmail(t *testing.T) {
	for _, ok := range []string{"a@b", "17523@example.com", "ä.ö+x@exämple.de", "o'neil@example.co.uk"} {
		if !ValidEmail(ok) || !Mailable(ok) {
			t.Errorf("%q is refused", ok)
		}
	}
	for _, bad := range []string{"", "a", "@b", "a@", "a b@c", "a@b@c", "a@.b", "a@b..c", "a\n@b", "<a@b>", "a@b.", "a@-b", "a\u00a0b@c", "a@b\u2028c", "a\u0085@b", "a,b@c", "a@b\r\nBcc:x", strings.Repeat("a", 253) + "@b"} {
		if ValidEmail(bad) || Mailable(bad) {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestMailable(t *testing.T) {
	for _, no := range []string{"a..b@example.com", "ada.@example.com", "a:b@example.com", `"a"@example.com`} {
		if !ValidEmail(no) || Mailable(no) {
			t.Errorf("%q is an address that people have, and none that mail goes to", no)
		}
	}
}

func TestCheckReportsAll(t *testing.T) {
	var list errs.List
	Address{Country: "UK"}.Check(&list, "/shipping_address")
	e := errs.As(list.Err())
	if e == nil || len(e.Problems) != 5 {
		t.Fatalf("problems: %v", list.Err())
	}
	var none errs.List
	Address{Name: "A", Line1: "B", City: "Dublin", Country: "IE"}.Check(&none, "")
	if !none.Empty() {
		t.Error(none.Err())
	}
}

// A place that is not a destination may lack parts, not have wrong ones.
func TestCheckForm(t *testing.T) {
	var list errs.List
	Address{Country: "GB"}.CheckForm(&list, "/address")
	Address{City: strings.Repeat("é", 200), PostalCode: strings.Repeat("é", 20), Country: "GB"}.CheckForm(&list, "/address")
	if !list.Empty() {
		t.Error(list.Err())
	}
	Address{City: strings.Repeat("é", 201), Phone: strings.Repeat("1", 41), Country: strings.Repeat("日", 1000)}.CheckForm(&list, "/address")
	e := errs.As(list.Err())
	if e == nil || len(e.Problems) != 3 || len(e.Error()) > 500 {
		t.Error(list.Err())
	}
}

func TestPostalCode(t *testing.T) {
	for country, needed := range map[string]bool{"GB": true, "DE": true, "US": true, "IE": false, "HK": false, "AE": false} {
		var list errs.List
		Address{Name: "A", Line1: "B", City: "C", PostalCode: " ", Country: country}.Check(&list, "")
		if list.Empty() == needed {
			t.Errorf("%s: %v", country, list.Err())
		}
	}
}

func TestPlace(t *testing.T) {
	for _, c := range []struct {
		a    Address
		want string
	}{
		{Address{City: "London", PostalCode: "N1 9GU", Country: "GB"}, "London|N1 9GU"},
		{Address{City: "Hull", Region: "East Yorkshire", PostalCode: "HU1 1AA", Country: "GB"}, "Hull, East Yorkshire|HU1 1AA"},
		{Address{City: "Köln", PostalCode: "50667", Country: "DE"}, "50667 Köln"},
		{Address{City: "Seattle", Region: "WA", PostalCode: "98101", Country: "US"}, "Seattle, WA 98101"},
		{Address{City: "Dublin 2", Country: "IE"}, "Dublin 2"},
		{Address{Country: "AE"}, ""},
	} {
		if got := strings.Join(c.a.Place(), "|"); got != c.want {
			t.Errorf("%+v: %q, want %q", c.a, got, c.want)
		}
	}
}
