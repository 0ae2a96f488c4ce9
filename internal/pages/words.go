package pages

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"

	"golang.org/x/text/language"

	"ordo/internal/jsonx"
	"ordo/internal/people"
)

//go:embed assets all:templates messages
var files embed.FS

// Words are catalogs of messages: language -> English -> translation. Pages are written in English in the templates; what
// a catalog lacks stays English, and a test says so. A text with ofOne behind it is the text for one: the catalog of English
// has no others.
type Words map[string]map[string]string

// ofOne marks what a text is where its first number is 1: "%d lines#1" is "%d line".
const ofOne = "#1"

// ReadWords reads the catalogs in messages/ of each file system, and those of what all pages share.
func ReadWords(of ...fs.FS) (Words, error) {
	out := Words{}
	for _, f := range append([]fs.FS{files}, of...) {
		names, err := fs.Glob(f, "messages/*.json")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			body, err := fs.ReadFile(f, name)
			if err != nil {
				return nil, err
			}
			words := map[string]string{}
			if err := jsonx.Unmarshal(body, &words); err != nil {
				return nil, fmt.Errorf("pages: %s: %w", name, err)
			}
			lang := strings.TrimSuffix(path.Base(name), ".json")
			if out[lang] == nil {
				out[lang] = map[string]string{}
			}
			maps.Copy(out[lang], words)
		}
	}
	return out, nil
}

// Say says a text in a language; arguments stand where the format has verbs.
func (w Words) Say(lang, text string, args ...any) string {
	if t, ok := w[lang][text+ofOne]; ok && isOne(args) {
		return fmt.Sprintf(t, args...)
	}
	if t, ok := w[lang][text]; ok {
		text = t
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// isOne reports whether the first number is 1.
func isOne(args []any) bool {
	for _, a := range args {
		switch n := a.(type) {
		case int:
			return n == 1
		case int64:
			return n == 1
		}
	}
	return false
}

var matcher = func() language.Matcher {
	tags := make([]language.Tag, len(people.Languages))
	for i, l := range people.Languages {
		tags[i] = language.MustParse(l)
	}
	return language.NewMatcher(tags)
}()

// LanguageOf picks one of the pages' languages for what a browser accepts; not ok where it accepts none of them.
func LanguageOf(accept string) (lang string, ok bool) {
	if len(accept) > 500 {
		return people.Languages[0], false
	}
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return people.Languages[0], false
	}
	_, i, sure := matcher.Match(tags...)
	return people.Languages[i], sure != language.No
}
