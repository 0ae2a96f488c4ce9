package errs

import (
	"strings"
	"testing"
)

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"lissten", "listen", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 2}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%s to %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"sku", "quantity", "unit_price", strings.Repeat("quantity ", 100)}
	long := strings.Repeat("quantity ", 100) + "x" // near enough, but what is long is not compared letter by letter
	for name, want := range map[string]string{"quantty": "quantity", "SKU ": "sku", "price": "", "colour": "", long: ""} {
		if got := Nearest(name, known); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
