// Package pages is what the pages of Ordo have in common: languages, how values are written, forms, templates, assets
// and the headers that keep them safe.
//
// What lives here: what the console of staff and the pages of customers would otherwise each have of their own. What
// does not: any page, who may see one, any rule of the business.
package pages

import (
	"fmt"
	"net/http"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/ids"
)

// policy is the strictest that pages without inline code can have.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// Secure sets the headers that hold for all pages. Referrer is what other pages hear of the address of this one.
func Secure(h http.Header, referrer string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", referrer)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// TLS reports whether the browser came by TLS, here or at a proxy in front.
func TLS(r *http.Request) bool {
	return r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// NewKey is what a form carries so that sending it twice does nothing twice.
func NewKey() string { return ids.New("form") }

// Sentence makes a sentence of an error's text.
func Sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}

// Findings are the texts of an error by the names of the fields that they are about; nil for an error about none.
func Findings(err error) map[string]string {
	e := errs.As(err)
	if e == nil || len(e.Problems) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, p := range e.Problems {
		name := strings.ReplaceAll(strings.TrimPrefix(p.Pointer, "/"), "/", ".")
		if out[name] == "" {
			out[name] = Sentence(p.Detail)
		}
	}
	return out
}

// Dict passes several values to a part of a template.
func Dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("pages: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}
