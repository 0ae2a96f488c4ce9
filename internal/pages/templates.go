package pages

import (
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"ordo/internal/money"
)

// Templates are the pages in templates/ of a file system, parsed for a language and a time zone when they are first asked
// for. Files whose names begin with _ are parts of all pages, as are those that all packages share.
type Templates struct {
	of    fs.FS
	words Words
	funcs template.FuncMap

	mu   sync.Mutex
	sets map[setKey]map[string]*template.Template
}

type setKey struct{ lang, zone string }

// maxSets bounds the memory that time zones take.
const maxSets = 64

// NewTemplates reads the templates of a file system. Funcs are called by them beside those that all pages have.
func NewTemplates(of fs.FS, words Words, funcs template.FuncMap) (*Templates, error) {
	t := &Templates{of: of, words: words, funcs: funcs, sets: map[setKey]map[string]*template.Template{}}
	_, err := t.Set("en", "UTC") // that there is a mistake must be known at the start
	return t, err
}

// Set is the pages by name, for a language and a time zone.
func (t *Templates) Set(lang, zone string) (map[string]*template.Template, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := setKey{lang, zone}
	if have := t.sets[key]; have != nil {
		return have, nil
	}
	names, err := fs.Glob(t.of, "templates/*.html")
	if err != nil {
		return nil, err
	}
	parts := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !strings.HasPrefix(path.Base(n), "_") })
	funcs := t.words.Format(lang, ZoneOf(zone)).funcs()
	maps.Copy(funcs, t.funcs)
	base, err := template.New("").Funcs(funcs).ParseFS(files, "templates/*.html")
	if err == nil {
		base, err = base.ParseFS(t.of, parts...)
	}
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	out := map[string]*template.Template{}
	for _, name := range names {
		if slices.Contains(parts, name) {
			continue
		}
		page, err := base.Clone()
		if err == nil {
			page, err = page.ParseFS(t.of, name)
		}
		if err != nil {
			return nil, fmt.Errorf("pages: %w", err)
		}
		out[strings.TrimSuffix(path.Base(name), ".html")] = page
	}
	if len(t.sets) >= maxSets {
		clear(t.sets)
	}
	t.sets[key] = out
	return out, nil
}

// ZoneOf is a time zone by its name; UTC for one that is not known.
func ZoneOf(name string) *time.Location {
	if l, err := time.LoadLocation(name); err == nil {
		return l
	}
	return time.UTC
}

// funcs are what all templates call.
func (f *Format) funcs() template.FuncMap {
	return template.FuncMap{
		"t": f.T, "money": f.Money, "amount": f.Amount, "num": f.Number, "at": f.At, "day": f.Day, "span": f.Span, "clock": f.Clock, "ago": f.Ago,
		"pill": f.Pill, "word": f.Word, "dict": Dict, "key": NewKey, "join": strings.Join, "has": slices.Contains[[]string],
		"country": f.Country, "cents": func(n *int64, currency string) string { return f.Money(money.Money{Amount: *n, Currency: currency}) }, "lower": strings.ToLower,
	}
}
