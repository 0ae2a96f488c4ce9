package console

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ordo/internal/jsonx"
	"ordo/internal/pages"
	"ordo/internal/pagetest"
	"ordo/internal/people"
	"ordo/internal/report"
	"ordo/internal/webhook"
	"ordo/internal/words"
)

func TestWords(t *testing.T) { pagetest.Words(t, report.Messages) }

// TestWordsOfCodes: what the API answers with and what the journal says is shown as words, which are there in every
// language. Codes of errors are not shown.
func TestWordsOfCodes(t *testing.T) {
	said := map[string]bool{}
	for _, kind := range webhook.Types {
		first, rest, _ := strings.Cut(kind, ".")
		said[first], said[rest] = true, true
	}
	var described any
	text, err := os.ReadFile("../../docs/openapi.json")
	if err != nil || jsonx.Unmarshal(text, &described) != nil {
		t.Fatal(err)
	}
	plain := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	var walk func(name string, part any)
	walk = func(name string, part any) {
		switch part := part.(type) {
		case []any:
			for _, p := range part {
				walk(name, p)
			}
		case map[string]any:
			if values, ok := part["enum"].([]any); ok && name != "code" {
				for _, v := range values {
					if s, ok := v.(string); ok && plain.MatchString(s) {
						said[s] = true
					}
				}
			}
			for key, p := range part {
				if slices.Contains([]string{"items", "anyOf", "oneOf", "schema"}, key) {
					key = name
				}
				walk(key, p)
			}
		}
	}
	walk("", described)
	have, err := pages.ReadWords(catalogs...)
	if err != nil || len(said) < 400 {
		t.Fatal(len(said), err)
	}
	for _, lang := range people.Languages[1:] {
		for _, code := range slices.Sorted(maps.Keys(said)) {
			if have[lang][words.Humanize(code)] == "" {
				t.Errorf("%s lacks %q", lang, words.Humanize(code))
			}
		}
	}
}
