package console

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/text/language"

	"ordo/internal/jsonx"
	"ordo/internal/people"
)

// Pages are written in English in the templates. A catalog has the translation of each text; what it lacks stays
// English, and a test says so.

func readWords() (map[string]map[string]string, error) {
	names, err := fs.Glob(files, "messages/*.json")
	if err != nil {
		return nil, err
	}
	out := map[string]map[string]string{}
	for _, name := range names {
		body, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		words := map[string]string{}
		if err := jsonx.Unmarshal(body, &words); err != nil {
			return nil, fmt.Errorf("console: %s: %w", name, err)
		}
		out[strings.TrimSuffix(path.Base(name), ".json")] = words
	}
	return out, nil
}

// translate says a text in a language; arguments stand where the format has verbs.
func (s *Server) translate(lang, text string, args ...any) string {
	if t, ok := s.words[lang][text]; ok {
		text = t
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

func (v *visit) t(text string, args ...any) string { return v.s.translate(v.lang, text, args...) }

var matcher = func() language.Matcher {
	tags := make([]language.Tag, len(people.Languages))
	for i, l := range people.Languages {
		tags[i] = language.MustParse(l)
	}
	return language.NewMatcher(tags)
}()

// languageOf picks one of the pages' languages for what a browser accepts.
func languageOf(accept string) string {
	if len(accept) > 500 {
		return people.Languages[0]
	}
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return people.Languages[0]
	}
	_, i, _ := matcher.Match(tags...)
	return people.Languages[i]
}
