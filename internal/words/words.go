// Package words says texts in the languages of people, and writes values as they do.
//
// What lives here: catalogs of messages, and how amounts, numbers and days are written. What does not: which language
// somebody reads, pages and papers, and mails to customers, whose templates may be in any language.
// The one idea: texts are written in English where they are used, and looked up by that English.
package words

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"

	"ordo/internal/jsonx"
)

//go:embed messages
var files embed.FS

// Words are catalogs of messages: language -> English -> translation. What a catalog lacks stays English,
// and a test says so. A text with ofOne behind it is the text for one: the catalog of English
// has no others.
type Words map[string]map[string]string

// Languages are those that everything is written in; the first one is the one of the source.
var Languages = []string{"en", "de"}

// ofOne marks what a text is where its first number is 1: "%d lines#1" is "%d line".
const ofOne = "#1"

// Read reads the catalogs in messages/ of each file system, and what all share.
func Read(of ...fs.FS) (Words, error) {
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
				return nil, fmt.Errorf("words: %s: %w", name, err)
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
