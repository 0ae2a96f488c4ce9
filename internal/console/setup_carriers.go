package console

import (
	"encoding/csv"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/pages"
	"ordo/internal/shipping"
)

// carrierKind are the carriers; their rate tables have an operation, and a form, of their own.
var carrierKind = &settingKind{
	path: "carriers", title: "Carriers and rates", one: "Carrier", make: "New carrier",
	about: "Who takes parcels away, with which services, and what they ask for it.",
	get:   "getCarrier", put: "putCarrier", list: "listCarriers",
	columns: []string{"provider", "active", "services"},
	fresh:   map[string]any{"active": true, "provider": shipping.Table},
	extra:   ratesCard,
	sections: []settingSection{
		{code: "general", title: "General", settings: []setting{
			{Name: "name", Label: "Name", Kind: "text", Required: true},
			{Name: "provider", Label: "Provider", Kind: "select", Codes: shipping.Providers, Required: true, Help: "Table: prices by rate tables, and labels of our own. Sandbox: a carrier to test with. Easypost: carriers behind EasyPost."},
			{Name: "active", Label: "Active", Kind: "yes", Help: "One that is not active is not asked for prices and labels."},
		}},
		{code: "services", title: "Services", about: "Ways it delivers. Shipping methods and rate tables name them by their codes.", settings: []setting{
			{Name: "services", Label: "Services", Kind: "table", Keys: 1, Help: "Transit: working days from leaving to arriving. Days such as mon, sat; empty: Monday to Friday. Countries of two letters; empty: all. Weight in grams, sides in millimeters; empty: no limit. Girth: the longest side plus once around the other two.", Cols: []setting{
				{Name: "code", Label: "Code", Kind: "text"},
				{Name: "name", Label: "Name", Kind: "text"},
				{Name: "provider_code", Label: "Name at the provider", Kind: "text"},
				{Name: "transit_days", Label: "Transit days", Kind: "number"},
				{Name: "work_days", Label: "Delivers on", Kind: "list"},
				{Name: "countries", Label: "Countries", Kind: "list"},
				{Name: "max_weight_grams", Label: "Most grams", Kind: "number"},
				{Name: "max_length_mm", Label: "Longest side", Kind: "number"},
				{Name: "max_girth_mm", Label: "Most girth", Kind: "number"},
				{Name: "no_po_box", Label: "No post boxes", Kind: "yes"},
			}},
		}},
		{code: "account", title: "Account", about: "Keys are not typed here: they stand in the environment of the server, under the names below.", settings: []setting{
			{Name: "settings.secret_name", Label: "Name of the API key", Kind: "text", Help: "The key stands in the environment of the server, as ORDO_SECRET_ and this name."},
			{Name: "settings.webhook_secret_name", Label: "Name of the webhook secret", Kind: "text", Help: "Likewise: what its messages are signed with."},
			{Name: "settings.base_url", Label: "Address of its API", Kind: "text", Help: "Only where a proxy stands before it."},
			{Name: "settings.poll_minutes", Label: "Minutes between questions where parcels are", Kind: "number", Without: "30", Help: "Empty: 30."},
			{Name: "settings.currency", Label: "Currency of the sandbox", Kind: "text", Without: "EUR", Help: "Of the prices of the sandbox. Empty: EUR."},
		}},
	},
}

// ratesKind is where the rate tables have their forms.
var ratesKind = &settingKind{path: "carriers", put: "putCarrierRates"}

// rateSettings are the rate tables of a carrier.
var rateSettings = []setting{
	{Name: "currency", Label: "Currency", Kind: "text", Required: true, Help: "Three letters such as GBP. All prices and surcharges are in it; as CSV they are in its smallest unit, such as pence."},
	{Name: "divisor", Label: "Cubic centimeters per kilogram", Kind: "number", Without: "Only the weight counts", Help: "Of dimensional weight, commonly 5000. 0: only the weight counts."},
	{Name: "fuel_rate", Label: "Fuel surcharge in percent", Kind: "text", Percent: true, Help: "Of the price and all other surcharges."},
	{Name: "residential", Label: "Surcharge for homes", Kind: "minor", In: "currency", Help: "For addresses without a company."},
	{Name: "oversize", Label: "Surcharge for long parcels", Kind: "minor", In: "currency"},
	{Name: "oversize_mm", Label: "Long from", Kind: "number", Help: "Millimeters of the longest side."},
	{Name: "remote", Label: "Surcharge for remote zones", Kind: "minor", In: "currency"},
	{Name: "zones", Label: "Zones", Kind: "table", Keys: 6, Help: "Where a zone lies. From: only for what is sent from there, such as GB or GB:HU. Country: two letters, or * for all. Postal codes: the first and the last that begin so.", Cols: []setting{
		{Name: "zone", Label: "Zone", Kind: "text"},
		{Name: "from", Label: "From", Kind: "text"},
		{Name: "country", Label: "Country", Kind: "text"},
		{Name: "region", Label: "Region", Kind: "text"},
		{Name: "postal_from", Label: "First postal code", Kind: "text"},
		{Name: "postal_to", Label: "Last postal code", Kind: "text"},
		{Name: "remote", Label: "Remote", Kind: "yes"},
	}},
	{Name: "prices", Label: "Prices", Kind: "table", Keys: 3, Help: "What a service asks in a zone up to a weight. Transit days: instead of those of the service.", Cols: []setting{
		{Name: "service", Label: "Service", Kind: "text"},
		{Name: "zone", Label: "Zone", Kind: "text"},
		{Name: "up_to_grams", Label: "Up to grams", Kind: "number"},
		{Name: "price", Label: "Price", Kind: "minor", In: "currency"},
		{Name: "transit_days", Label: "Transit days", Kind: "number"},
	}},
}

// mostRows is how many rows of rate tables are typed in a form; more are pasted as CSV.
const mostRows = 300

func carrierActions() []action {
	at := "/settings/carriers/{code}/"
	return []action{
		{path: at + "rates", op: "putCarrierRates", title: "Rate tables", verb: "Save", preview: true, begin: ratesForm},
		{path: at + "rates-csv", op: "putCarrierRates", title: "Rate tables as CSV", verb: "Save", preview: true, begin: ratesFileForm},
	}
}

// ratesCard shows the tables on the page of their carrier.
func ratesCard(v *setupView, code string) ([]setupCard, error) {
	var doc any
	if err := v.get("getCarrierRates", slots("code", code), nil, &doc); err != nil {
		return nil, err
	}
	section := settingSection{code: "rates", title: "Rate tables", about: "What the services ask, by zone and weight. A carrier of another provider uses them while the provider does not answer.", settings: rateSettings}
	rates, _ := doc.(map[string]any)
	rates["code"] = code
	c, err := v.card(ratesKind, &section, doc)
	file := v.only("shipping:write", []pageAction{{Text: "Change as CSV", Path: ratesKind.at(code) + "/rates-csv", Page: true}})
	c.Change = append(file, c.Change...)
	return []setupCard{c}, err
}

// ratesSubject is what both forms of the tables have in common.
func ratesSubject(v *visit) (*subject, *setupView, map[string]any, error) {
	code := v.r.PathValue("code")
	acted, err := v.act(api.Act{Op: "getCarrierRates", Slots: slots("code", code)}, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	doc, err := decoded(acted.Body)
	if err != nil {
		return nil, nil, nil, err
	}
	version, _ := doc["version"].(float64)
	view := &setupView{visit: v, options: map[string][]option{}}
	s := &subject{name: code, slots: slots("code", code), version: int64(version), back: carrierKind.at(code) + "#rates", nothing: v.t("Nothing changes.")}
	s.about = v.t("Labels that were bought keep their price.")
	s.effects = func(answer []byte) ([]effect, error) {
		after, err := decoded(answer)
		if err != nil {
			return nil, err
		}
		return view.changes(rateSettings, doc, after)
	}
	s.done = func([]byte) string { return v.t("Saved.") }
	return s, view, doc, nil
}

func ratesForm(v *visit) (*subject, error) {
	s, view, doc, err := ratesSubject(v)
	if err != nil {
		return nil, err
	}
	zones, _ := doc["zones"].([]any)
	prices, _ := doc["prices"].([]any)
	if len(zones)+len(prices) > mostRows {
		s.no = v.t("These tables have more than %d rows: change them as CSV.", mostRows)
		return s, nil
	}
	for i := range rateSettings {
		f, err := view.field(&rateSettings[i], doc)
		if err != nil {
			return nil, err
		}
		s.fields = append(s.fields, f)
	}
	s.fill = func(form url.Values, body any, _ *errs.List) {
		in := body.(*api.PutRates)
		in.FuelRate = shareOf(in.FuelRate)
		in.CSV = ratesText(func(table, column string, row int) string {
			name := table + "." + strconv.Itoa(row) + "." + column
			if code := pages.CurrencyIn(form, name); code != "" {
				if n, err := pages.ParseAmount(form.Get(name), code, v.lang); err == nil {
					return strconv.FormatInt(n, 10)
				}
			}
			return form.Get(name) // the operation says what is wrong with it
		})
	}
	s.findings = func(e *errs.Error) map[string]string {
		zones := 0
		for form := v.r.PostForm; form.Has("zones." + strconv.Itoa(zones) + ".zone"); {
			zones++
		}
		found := rateFindings(e, zones)
		for name := range found {
			if code := pages.CurrencyIn(v.r.PostForm, name); code != "" { // the operation knows minor units
				if _, err := pages.ParseAmount(v.r.PostForm.Get(name), code, v.lang); err != nil {
					found[name] = pages.Sentence(err.Error())
				}
			}
		}
		return found
	}
	return s, nil
}

func ratesFileForm(v *visit) (*subject, error) {
	s, view, doc, err := ratesSubject(v)
	if err != nil {
		return nil, err
	}
	for i := range rateSettings {
		if rateSettings[i].Kind == "table" {
			continue
		}
		f, err := view.field(&rateSettings[i], doc)
		if err != nil {
			return nil, err
		}
		s.fields = append(s.fields, f)
	}
	text := ratesText(func(table, column string, row int) string {
		rows, _ := doc[table].([]any)
		if row >= len(rows) {
			return ""
		}
		return plainText(valueAt(rows[row], column))
	})
	s.fields = append(s.fields, field{Name: "csv", Label: "Zones and prices", Kind: "area", Value: text, Required: true, Help: "The first line names columns. Rows of kind zone have zone, from, country, region, postal_from, postal_to, remote; rows of kind rate have service, zone, up_to_grams, price, transit_days."})
	s.fill = func(_ url.Values, body any, _ *errs.List) {
		in := body.(*api.PutRates)
		in.FuelRate = shareOf(in.FuelRate)
	}
	return s, nil
}

// ratesText writes tables as CSV: zones first, a line for each row.
func ratesText(cell func(table, column string, row int) string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(shipping.Columns) // a builder takes everything
	for _, t := range []struct{ table, kind string }{{"zones", "zone"}, {"prices", "rate"}} {
		for row := 0; ; row++ {
			line, some := make([]string, len(shipping.Columns)), false
			for i, column := range shipping.Columns {
				line[i] = strings.TrimSpace(strings.NewReplacer("\r", " ", "\n", " ").Replace(cell(t.table, column, row)))
				some = some || line[i] != ""
			}
			if !some {
				break
			}
			line[0] = t.kind
			_ = w.Write(line)
		}
	}
	w.Flush()
	return b.String()
}

var lineOf = regexp.MustCompile(`^line ([0-9]+), ([a-z_]+): (.*)$`)

// rateFindings brings findings in the lines of ratesText back to the rows that they were made of.
func rateFindings(e *errs.Error, zones int) map[string]string {
	out := map[string]string{}
	for _, p := range e.Problems {
		name, text := strings.TrimPrefix(p.Pointer, "/"), p.Detail
		if m := lineOf.FindStringSubmatch(text); m != nil && name == "csv" {
			line, _ := strconv.Atoi(m[1])
			if row := line - 2; row < zones {
				name = "zones." + strconv.Itoa(row) + "." + m[2]
			} else {
				name = "prices." + strconv.Itoa(row-zones) + "." + m[2]
			}
			text = m[3]
		}
		if out[name] == "" {
			out[name] = pages.Sentence(text)
		}
	}
	return out
}
