package pages_test

import (
	"testing"

	"ordo/internal/pages"
	"ordo/internal/pagetest"
)

// TestWords holds the catalogs to the texts of what pages share.
func TestWords(t *testing.T) { pagetest.Words(t) }

// TestOfOne says what there is one of in the singular, by the first number.
func TestOfOne(t *testing.T) {
	w := pages.Words{
		"en": {"%d lines#1": "%d line", "%s: %d units#1": "%s: %d unit"},
		"de": {"%d lines": "%d Positionen", "%d lines#1": "%d Position"},
	}
	for _, c := range []struct {
		lang, text, want string
		args             []any
	}{
		{"en", "%d lines", "1 line", []any{1}},
		{"en", "%d lines", "1 line", []any{int64(1)}},
		{"en", "%d lines", "0 lines", []any{0}},
		{"en", "%s: %d units", "MUG: 1 unit", []any{"MUG", 1}},
		{"en", "%d of %d", "1 of 2", []any{1, 2}},
		{"de", "%d lines", "1 Position", []any{1}},
		{"de", "%d lines", "11 Positionen", []any{11}},
	} {
		if got := w.Say(c.lang, c.text, c.args...); got != c.want {
			t.Errorf("%s, %v: %q, want %q", c.text, c.args, got, c.want)
		}
	}
}
