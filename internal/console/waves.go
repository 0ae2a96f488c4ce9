package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"ordo/internal/api"
	"ordo/internal/pages"
)

// Waves are what a warehouse releases and picks together. A wave is not kept: its filters, and what was released, stand in
// the address.

const wavePath = fulfillmentPath + "/wave"

func waveRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: wavePath, Scope: "fulfillments:write", handle: buildWave},
		{Method: http.MethodPost, Path: wavePath, Scope: "fulfillments:write", handle: releaseWave},
		{Method: http.MethodGet, Path: wavePath + "/picks", Scope: "fulfillments:read", handle: showPicks},
		{Method: http.MethodGet, Path: wavePath + "/pick-list", Scope: "fulfillments:read", handle: picksPaper},
	}
}

// waveOf is the builder, with the location that a list has.
func (v *visit) waveOf(b filterBar) string {
	if at := b.query.Get("location"); at != "" {
		return wavePath + "?" + query("location", at).Encode()
	}
	return wavePath
}

// waveFilters are the parameters of the builder, as those of the operation.
var waveFilters = []string{"location", "shipping_method", "carrier", "before", "lines", "limit"}

type wavePage struct {
	Path   string
	Fields []field
	Wave   *api.Wave // nil before a location is chosen
	IDs    string
	Key    string
	Error  string
}

// buildWave asks for filters, and shows what they come to.
func buildWave(v *visit) error {
	q := v.r.URL.Query()
	p := wavePage{Path: wavePath, Key: pages.NewKey()}
	var err error
	if p.Fields, err = v.waveFields(q); err != nil {
		return err
	}
	if q.Get("location") != "" {
		ask := url.Values{}
		for _, name := range waveFilters {
			if value := strings.TrimSpace(q.Get(name)); value != "" {
				ask.Set(name, value)
			}
		}
		if typed := ask.Get("before"); typed != "" {
			at, err := time.ParseInLocation("2006-01-02T15:04", typed, v.location())
			if err != nil { // without the cut-off it would be another wave
				p.Error = v.t("This is no time that can be read.")
				return v.page(http.StatusOK, "wave", "Build a wave", "", p)
			}
			ask.Set("before", at.UTC().Format(time.RFC3339))
		}
		var w api.Wave
		if err := v.get("planWave", nil, ask, &w); err != nil {
			return err
		}
		ids := make([]string, len(w.Data))
		for i, o := range w.Data {
			ids[i] = o.ID
		}
		p.Wave, p.IDs = &w, strings.Join(ids, ",")
	}
	return v.page(http.StatusOK, "wave", "Build a wave", "", p)
}

// waveFields are the filters, each with the choices that there are.
func (v *visit) waveFields(q url.Values) ([]field, error) {
	places, err := v.locations("200")
	if err != nil {
		return nil, err
	}
	chosen := q.Get("location")
	if chosen == "" && len(places) == 1 {
		chosen = places[0]
	}
	location := field{Name: "location", Label: "Location", Kind: "select", Required: true}
	if chosen == "" {
		location.Options = []option{{}}
	}
	for _, code := range places {
		location.Options = append(location.Options, option{Value: code, Text: code, On: code == chosen})
	}
	if len(places) == 0 { // who may not see them knows the code
		location = field{Name: "location", Label: "Location", Kind: "text", Required: true, Value: chosen}
	}
	methods, carriers, err := v.waysOut()
	if err != nil {
		return nil, err
	}
	all := option{Text: v.t("any")}
	ways := func(name, label string, codes []string) field {
		f := field{Name: name, Label: label, Kind: "select", Options: []option{all}}
		for _, c := range codes {
			f.Options = append(f.Options, option{Value: c, Text: v.word(c), On: c == q.Get(name)})
		}
		return f
	}
	limit := q.Get("limit")
	if limit == "" {
		limit = "50"
	}
	return []field{
		location, ways("shipping_method", "Shipping method", methods), ways("carrier", "Carrier", carriers),
		{Name: "before", Label: "Planned before", Kind: "datetime-local", Value: q.Get("before")},
		{Name: "lines", Label: "Lines", Kind: "select", Options: []option{
			all, {Value: "single", Text: v.t("one line only"), On: q.Get("lines") == "single"}, {Value: "multi", Text: v.t("more than one"), On: q.Get("lines") == "multi"},
		}},
		{Name: "limit", Label: "At most", Kind: "number", Value: limit},
	}, nil
}

// waysOut are the codes of the shipping methods of all channels and of their carriers, for those who may see channels.
func (v *visit) waysOut() (methods, carriers []string, err error) {
	channels, err := v.channels()
	if err != nil {
		return nil, nil, err
	}
	for _, c := range channels {
		for _, m := range c.ShippingMethods {
			methods = append(methods, m.Code)
			if m.Carrier != "" {
				carriers = append(carriers, m.Carrier)
			}
		}
	}
	slices.Sort(methods)
	slices.Sort(carriers)
	return slices.Compact(methods), slices.Compact(carriers), nil
}

// releaseWave releases what the preview showed, and leads to what is to be picked.
func releaseWave(v *visit) error {
	form, err := v.parse()
	if err != nil {
		return err
	}
	var many api.ReleasedMany
	body := &api.ReleaseMany{IDs: idsOf(form.Get("ids"))}
	if _, err := v.act(api.Act{Op: "releaseFulfillments", Body: body, Key: form.Get("_key")}, &many); err != nil {
		return err
	}
	var ids []string
	for _, r := range many.Data {
		if r.Released {
			ids = append(ids, r.ID)
		}
	}
	v.flash(v.released(&many))
	if len(ids) == 0 {
		v.redirect(wavePath)
		return nil
	}
	v.redirect(wavePath + "/picks?ids=" + strings.Join(ids, ","))
	return nil
}

// idsOf reads ids that commas separate.
func idsOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

type picksPage struct {
	Rows []fulfillmentRow
	IDs  string
	No   string // why there is no pick list
	Sum  tally
}

// showPicks shows what was released together, how far it is, and its pick list.
func showPicks(v *visit) error {
	ids := idsOf(v.r.URL.Query().Get("ids"))
	p := picksPage{IDs: strings.Join(ids, ",")}
	for _, id := range ids[:min(len(ids), mostChosen)] {
		var f api.Fulfillment
		if err := v.get("getFulfillment", slots("id", id), nil, &f); err != nil {
			return err
		}
		row := fulfillmentRow{Fulfillment: f, Short: shortID(f.ID), tally: tallyOf(&f)}
		p.Sum.Units += row.Units
		p.Sum.Picked += row.Picked
		p.Sum.Packed += row.Packed
		p.Rows = append(p.Rows, row)
	}
	if p.Sum.Picked >= p.Sum.Units {
		p.No = v.t("Nothing is left to pick.")
	}
	return v.page(http.StatusOK, "picks", "Pick together", "ord", p)
}

func picksPaper(v *visit) error {
	ids := idsOf(v.r.URL.Query().Get("ids"))
	return v.paper(api.Act{Op: "getPickListOfMany", Query: query("ids", strings.Join(ids, ","))})
}
