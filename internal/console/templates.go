package console

import (
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"ordo/internal/money"
)

// set is all pages for one language and time zone.
type set struct{ pages map[string]*template.Template }

type setKey struct{ lang, zone string }

// maxSets bounds the memory that time zones take.
const maxSets = 64

// set parses the templates for a language and a time zone, once.
func (s *Server) set(lang, zone string) (*set, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := setKey{lang, zone}
	if have := s.sets[key]; have != nil {
		return have, nil
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	parts := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !strings.HasPrefix(path.Base(n), "_") })
	base, err := template.New("").Funcs(s.funcs(s.format(lang, zoneOf(zone)))).ParseFS(files, parts...)
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	out := &set{pages: map[string]*template.Template{}}
	for _, name := range names {
		if slices.Contains(parts, name) {
			continue
		}
		page, err := base.Clone()
		if err == nil {
			page, err = page.ParseFS(files, name)
		}
		if err != nil {
			return nil, fmt.Errorf("console: %w", err)
		}
		out.pages[strings.TrimSuffix(path.Base(name), ".html")] = page
	}
	if len(s.sets) >= maxSets {
		clear(s.sets)
	}
	s.sets[key] = out
	return out, nil
}

func zoneOf(name string) *time.Location {
	if l, err := time.LoadLocation(name); err == nil {
		return l
	}
	return time.UTC
}

// funcs are what templates call.
func (s *Server) funcs(f *format) template.FuncMap {
	return template.FuncMap{
		"t": f.t, "asset": s.assetPath, "money": f.money, "amount": f.amount, "num": f.number, "at": f.at, "day": f.day, "clock": f.clock, "ago": f.ago,
		"pill": f.pill, "word": f.word, "dict": dict, "key": newKey, "join": strings.Join, "has": slices.Contains[[]string],
		"root":    func(parts ...string) string { return Root + "/" + path.Join(parts...) },
		"country": f.country, "deref": number0, "cents": func(n *int64, currency string) string { return f.money(money.Money{Amount: *n, Currency: currency}) }, "lower": strings.ToLower,
	}
}

// dict passes several values to a part of a template.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("console: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// none is what stands for a missing amount.
var none = money.Money{}
