package pages

import (
	"embed"
	"io/fs"
	"time"

	"golang.org/x/text/language"

	"ordo/internal/people"
	"ordo/internal/words"
)

//go:embed assets all:templates messages
var files embed.FS

// Words are catalogs of messages. Pages are written in English in the templates.
type Words words.Words

// ReadWords reads the catalogs in messages/ of each file system, and those of what all pages share.
func ReadWords(of ...fs.FS) (Words, error) {
	w, err := words.Read(append([]fs.FS{files}, of...)...)
	return Words(w), err
}

// Say says a text in a language; arguments stand where the format has verbs.
func (w Words) Say(lang, text string, args ...any) string {
	return words.Words(w).Say(lang, text, args...)
}

// Format is how values are written in a language and a time zone.
func (w Words) Format(lang string, zone *time.Location) *Format {
	return &Format{words.Words(w).Format(lang, zone), time.Now}
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
