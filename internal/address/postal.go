package address

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
)

//go:embed postal_codes.tsv
var postalTable string

var postalForms = sync.OnceValue(func() map[string]*regexp.Regexp {
	forms := map[string]*regexp.Regexp{}
	for line := range strings.Lines(postalTable) {
		if country, form, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && !strings.HasPrefix(line, "#") {
			forms[country] = regexp.MustCompile("^(?:" + form + ")$")
		}
	}
	return forms
})

var postalNoise = strings.NewReplacer(" ", "", "-", "")

// PostalCodeFits reports whether the postal code has the form that the country's codes have. Capitals, spaces and
// hyphens do not matter. Where the country's form is not known, or it has no codes, everything fits.
func (a Address) PostalCodeFits() bool {
	form := postalForms()[a.Country]
	code := postalNoise.Replace(strings.ToUpper(strings.TrimSpace(a.PostalCode)))
	if code == "" && noPostalCodes[a.Country] {
		return true
	}
	return form == nil || form.MatchString(code)
}
