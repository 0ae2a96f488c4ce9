package doc

import (
	"slices"
	"strings"
	"unicode"
)

// Words are what a text is found by: its runs of letters and digits, small, sorted, each once.
func Words(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.Compact(slices.Sorted(slices.Values(words)))
}
