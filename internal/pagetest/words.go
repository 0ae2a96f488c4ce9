// Package pagetest holds packages of pages to what all are held to: every text has its translation.
package pagetest

import (
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ordo/internal/pages"
)

// spoken finds texts for people: in templates `t "…"`, in code v.t("…") and f.T("…"), and what stands in the tables of forms.
var spoken = []struct {
	glob string
	find *regexp.Regexp
}{
	{"templates/*.html", regexp.MustCompile(`\bt ("(?:[^"\\]|\\.)*")`)},
	{"*.go", regexp.MustCompile(`\.[tT]\(("(?:[^"\\]|\\.)*")`)},
	{"*.go", regexp.MustCompile(`\b(?:Label|Help|Text|About|Group|Without|title|about|one|make|verb): *("(?:[^"\\]|\\.)+")`)},
	{"*.go", regexp.MustCompile(`v\.page\([^,]+, "[a-z]+", ("(?:[^"\\]|\\.)+"),`)},
	{"*.go", regexp.MustCompile(`(?:state|amount|amountField)\(("(?:[^"\\]|\\.)+"),`)},
}

// Words holds the catalogs of the package in the working directory to the texts of its pages: nothing lacks, and verbs
// are the same. What has a form for one has it in each language. Shared are catalogs that the package reads beside its own.
func Words(t *testing.T, shared ...fs.FS) {
	t.Helper()
	words, err := pages.ReadWords(append(shared, os.DirFS("."))...)
	if err != nil {
		t.Fatal(err)
	}
	verbs := regexp.MustCompile(`%[ds]`)
	said := texts(t)
	for text := range words["en"] {
		said[text] = true
		if many, ok := strings.CutSuffix(text, "#1"); !ok || words["de"][many] == "" {
			t.Errorf("the catalog of English has %q, which is no form for one of a text", text)
		}
	}
	for lang, catalog := range words {
		for _, text := range slices.Sorted(maps.Keys(said)) {
			if catalog[text] == "" && (lang != "en" || strings.HasSuffix(text, "#1")) {
				t.Errorf("%s lacks %q", lang, text)
			}
		}
		for text, translated := range catalog {
			if !slices.Equal(verbs.FindAllString(text, -1), verbs.FindAllString(translated, -1)) {
				t.Errorf("%s: %q has other verbs than %q", lang, translated, text)
			}
		}
	}
}

// texts are what the package says.
func texts(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	root := os.DirFS(".")
	for _, s := range spoken {
		names, err := fs.Glob(root, s.glob)
		if err != nil || len(names) == 0 && s.glob == "*.go" {
			t.Fatal(s.glob, err)
		}
		for _, name := range names {
			body, err := fs.ReadFile(root, name)
			if err != nil {
				t.Fatal(err)
			}
			if regexp.MustCompile(`_test\.go$`).MatchString(name) {
				continue
			}
			for _, m := range s.find.FindAllStringSubmatch(string(body), -1) {
				text, err := strconv.Unquote(m[1])
				if err != nil {
					t.Fatal(name, m[1], err)
				}
				if text != "" {
					out[text] = true
				}
			}
		}
	}
	return out
}
