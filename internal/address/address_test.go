package address

import (
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
		if !ValidEmail(ok) {
			t.Errorf("%q is refused", ok)
		}
	}
	for _, bad := range []string{"", "a", "@b", "a@", "a b@c", "a@b@c", "a@.b", "a@b..c", "a\n@b", "<a@b>"} {
		if ValidEmail(bad) {
			t.Errorf("%q passes", bad)
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
