package address

import "testing"

func TestPostalCodeFits(t *testing.T) {
	for _, tt := range []struct {
		country, code string
		want          bool
	}{
		{"GB", "CW3 9SS", true},
		{"GB", "se50eg", true},
		{"GB", "W1A 0AX", true},
		{"GB", "WC2H", false},
		{"GB", "WC2H 7LTa", false},
		{"DE", "10115", true},
		{"DE", "1011", false},
		{"DE", "", false},
		{"US", "12345-7689", true},
		{"US", "1234", false},
		{"NL", "1000 AP", true},
		{"NL", "1000 SA", false},
		{"PL", "44-100", true},
		{"PT", "1234-123", true},
		{"CA", "A4B 5X5", true},
		{"CA", "D4B 5X5", false},
		{"IE", "D6W 1234", true},
		{"IE", "", true}, // old addresses have none
		{"HK", "", true},
		{"HK", "999077", true}, // no form is known
		{"XX", "?", true},
	} {
		if got := (Address{Country: tt.country, PostalCode: tt.code}).PostalCodeFits(); got != tt.want {
			t.Errorf("%q in %s: %v", tt.code, tt.country, got)
		}
	}
	for country := range postalForms() {
		if !ValidCountry(country) {
			t.Errorf("%s is no country", country)
		}
	}
	if n := len(postalForms()); n < 180 {
		t.Errorf("only %d countries", n)
	}
}
