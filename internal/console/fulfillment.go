package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/pages"
)

const fulfillmentPath = Root + "/fulfillment"

func fulfillmentRoutes() []Route {
	at := fulfillmentPath + "/{id}"
	return []Route{
		{Method: http.MethodGet, Path: fulfillmentPath, Scope: "fulfillments:read", handle: listFulfillments},
		{Method: http.MethodGet, Path: at, Scope: "fulfillments:read", handle: showFulfillment},
		{Method: http.MethodGet, Path: at + "/pick-list", Scope: "fulfillments:read", handle: paperOf("getPickList", "id")},
		{Method: http.MethodGet, Path: at + "/packing-slip", Scope: "fulfillments:read", handle: paperOf("getPackingSlip", "id")},
		{Method: http.MethodGet, Path: at + "/labels/{label}", Scope: "shipping:read", handle: paperOf("getLabelFile", "label")},
	}
}

// paperOf hands a document of the API on as it is: the operation's id is a slot of the page's path.
func paperOf(op, slot string) func(*visit) error {
	return func(v *visit) error { return v.paper(api.Act{Op: op, Slots: slots("id", v.r.PathValue(slot))}) }
}

// paper answers with the document that an operation gives.
func (v *visit) paper(a api.Act) error {
	acted, err := v.act(a, nil)
	if err != nil {
		return err
	}
	for _, name := range []string{"Content-Type", "Content-Disposition"} {
		if value := acted.Header.Get(name); value != "" {
			v.w.Header().Set(name, value)
		}
	}
	v.ended = true
	_, _ = v.w.Write(acted.Body)
	return nil
}

// fulfillmentFilters are the parameters of the list: two rows of tabs, then chips.
var fulfillmentFilters = []string{"stage", "location", "status", "order"}

type fulfillmentsPage struct {
	filterBar
	Stages, Places []view
	Own            keptBar
	Rows           []fulfillmentRow
	Next           string
	Release        bool // some may be released together
	Orders         bool // the person may open orders
	Wave           []pageAction
	Key            string
}

// fulfillmentRow is a fulfillment order as far as a list tells.
type fulfillmentRow struct {
	api.Fulfillment
	Short   string
	Release bool
	tally
}

// tally is how far the work on all lines is.
type tally struct{ Units, Picked, Packed int64 }

func tallyOf(f *api.Fulfillment) (t tally) {
	for _, l := range f.Lines {
		t.Units += l.Quantity
		t.Picked += l.Picked
		t.Packed += l.Packed
	}
	return t
}

// shortID is the end of an id, which people say to each other.
func shortID(id string) string {
	return strings.ToUpper(id[max(0, len(id)-6):])
}

// stages are the lists that a warehouse works by.
var stages = []view{
	{Text: "Open"},
	{Text: "To release", Query: query("stage", "release")},
	{Text: "To pick", Query: query("stage", "pick")},
	{Text: "To pack", Query: query("stage", "pack")},
	{Text: "To ship", Query: query("stage", "ship")},
}

func listFulfillments(v *visit) error {
	bar := v.filters(fulfillmentFilters, map[string][]string{"status": api.Values("listFulfillments", "status")})
	if err := bar.byNumber(v); err != nil {
		return err
	}
	p := fulfillmentsPage{filterBar: bar, Key: pages.NewKey(), Orders: v.may("orders:read")}
	p.Wave = v.only("fulfillments:write", []pageAction{{Text: "Build a wave", Path: v.waveOf(bar), Key: "w", Page: true}})
	ask := p.ask(v, "50")
	if !ask.Has("stage") && !ask.Has("status") && !ask.Has("order") {
		ask.Set("stage", "open")
	}
	var list api.List[api.Fulfillment]
	if err := v.get("listFulfillments", nil, ask, &list); err != nil {
		return err
	}
	may := v.may("fulfillments:write")
	for _, f := range list.Data {
		row := fulfillmentRow{Fulfillment: f, Short: shortID(f.ID), Release: may && slices.Contains(f.Allowed, "release"), tally: tallyOf(&f)}
		p.Release = p.Release || row.Release
		p.Rows = append(p.Rows, row)
	}
	p.Next = v.nextPage(ask, list.NextCursor)
	for _, w := range stages {
		stage := w.Query.Get("stage")
		w.Path, w.Current = p.Path, ask.Get("stage") == stage && stage != "" || stage == "" && ask.Get("stage") == "open"
		if q := query("stage", stage, "location", ask.Get("location")); len(q) > 0 {
			w.Path += "?" + q.Encode()
		}
		p.Stages = append(p.Stages, w)
	}
	var err error
	if p.Places, err = v.places(p.filterBar, "location"); err != nil {
		return err
	}
	p.Filters = p.Filters[2:] // the others are tabs
	standard := p.Stages
	if len(p.query) > 1 { // a stage, and more
		standard = nil
	}
	if p.Own, err = v.kept("fulfillment", p.filterBar, standard); err != nil {
		return err
	}
	return v.page(http.StatusOK, "fulfillments", "Fulfillment orders", "ord", p)
}

// locations are the codes of locations, at most so many, for those who may see them.
func (v *visit) locations(most string) ([]string, error) {
	if !v.may("catalog:read") {
		return nil, nil
	}
	var list api.List[api.Location]
	err := v.get("listLocations", nil, query("limit", most), &list)
	codes := make([]string, len(list.Data))
	for i, l := range list.Data {
		codes[i] = l.Code
	}
	return codes, err
}

// places are tabs by location, beside the other filters of a list.
func (v *visit) places(b filterBar, name string) ([]view, error) {
	codes, err := v.locations("200")
	if err != nil || len(codes) < 2 {
		return nil, err
	}
	var out []view
	for _, code := range append([]string{""}, codes...) {
		w := view{Text: code, Current: b.query.Get(name) == code, Path: b.With(name, code)}
		if code == "" {
			w.Text = v.t("All locations")
			rest := query()
			for n, values := range b.query {
				if n != name {
					rest[n] = values
				}
			}
			w.Path = b.Path + "?" + rest.Encode()
		}
		out = append(out, w)
	}
	return out, nil
}

type fulfillmentPage struct {
	Fulfillment api.Fulfillment
	Short       string
	Order       *api.Order // nil for those who may not see orders
	Names       map[string]string
	Lines       []fulfillmentLine
	Labels      map[string]api.Label // by package, the newest
	Actions     []pageAction
	NoPickList  bool
	NoSlip      bool
	BuyLabels   bool
	tally
}

// fulfillmentLine is a line with its name, and where to say that it is short.
type fulfillmentLine struct {
	api.FulfillmentLine
	Name      string
	ShortPath string // "" where nothing of it is to be picked
}

// fulfillmentOf reads the fulfillment order of a page's path.
func fulfillmentOf(v *visit) (*api.Fulfillment, error) {
	var f api.Fulfillment
	return &f, v.get("getFulfillment", slots("id", v.r.PathValue("id")), nil, &f)
}

// orderBehind reads the order of a fulfillment order; nil for those who may not see it.
func (v *visit) orderBehind(f *api.Fulfillment) (*api.Order, error) {
	if !v.may("orders:read") {
		return nil, nil
	}
	var o api.Order
	return &o, v.get("getOrder", slots("id", f.Order), nil, &o)
}

// lineNames are the names of an order's lines, by id.
func lineNames(o *api.Order) map[string]string {
	out := map[string]string{}
	if o != nil {
		for _, l := range o.Lines {
			out[l.ID] = l.Name
		}
	}
	return out
}

func showFulfillment(v *visit) error {
	f, err := fulfillmentOf(v)
	if err != nil {
		return err
	}
	p := fulfillmentPage{Fulfillment: *f, Short: shortID(f.ID), tally: tallyOf(f), Labels: map[string]api.Label{}, Actions: v.fulfillmentButtons(f)}
	if p.Order, err = v.orderBehind(f); err != nil {
		return err
	}
	p.Names = lineNames(p.Order)
	canPick := v.may("fulfillments:write") && slices.Contains(f.Allowed, "pick")
	for _, l := range f.Lines {
		line := fulfillmentLine{FulfillmentLine: l, Name: p.Names[l.Line]}
		if canPick && l.Picked < l.Quantity {
			line.ShortPath = shortPath(f, l.Line)
		}
		p.Lines = append(p.Lines, line)
	}
	if v.may("shipping:read") {
		var labels api.List[api.Label]
		if err := v.get("listLabels", slots("id", f.ID), nil, &labels); err != nil {
			return err
		}
		for _, l := range labels.Data {
			if l.ID != nil && l.Return == "" {
				p.Labels[l.Package] = l
			}
		}
	}
	ended := slices.Contains([]string{"rejected", "canceled"}, f.Status)
	p.NoPickList, p.NoSlip = ended || p.Units == p.Picked, ended
	p.BuyLabels = v.may("shipping:write") && !f.Pickup && slices.Contains([]string{"picking", "packed"}, f.Status)
	return v.page(http.StatusOK, "fulfillment", v.t("Fulfillment order %s", p.Short), f.Order+","+f.ID, p)
}

// shortPath is where to say that a line is short.
func shortPath(f *api.Fulfillment, line string) string {
	return fulfillmentPath + "/" + f.ID + "/short?line=" + url.QueryEscape(line)
}

// fulfillmentButtons are the actions of a fulfillment order. What people of a warehouse do next comes first, and is the
// page's primary one; what is not possible now has the reason.
func (v *visit) fulfillmentButtons(f *api.Fulfillment) []pageAction {
	at := fulfillmentPath + "/" + f.ID + "/"
	t := tallyOf(f)
	scan := pageAction{Text: "Scan", Path: at + "scan", Key: "s", Page: true}
	if !slices.Contains(f.Allowed, "pick") && !slices.Contains(f.Allowed, "pack") {
		scan.No = v.notStep(f, "pick")
	}
	out := []pageAction{scan}
	for _, b := range []struct {
		pageAction
		step string
		when bool
	}{
		{pageAction{Text: "Release"}, "release", f.Status == "planned" || f.Status == "scheduled"},
		{pageAction{Text: "Accept"}, "accept", !slices.Contains([]string{"shipped", "delivered", "picked_up"}, f.Status)},
		{pageAction{Text: "Pick", Key: "i"}, "pick", true},
		{pageAction{Text: "Pack"}, "pack", true},
		{pageAction{Text: "Ship"}, "ship", !f.Pickup},
		{pageAction{Text: "Ready for pickup"}, "ready-for-pickup", f.Pickup},
		{pageAction{Text: "Hand over"}, "pick-up", f.Pickup},
		{pageAction{Text: "Nobody came"}, "no-show", f.Pickup},
		{pageAction{Text: "Delivered"}, "deliver", f.Status == "shipped"},
		{pageAction{Text: "Resume"}, "resume", f.Status == "on_hold"},
		{pageAction{Text: "Stop"}, "hold", f.Status != "on_hold"},
		{pageAction{Text: "Let it go"}, "cancel-request/accept", f.Status == "cancel_requested"},
		{pageAction{Text: "Go on all the same"}, "cancel-request/refuse", f.Status == "cancel_requested"},
		{pageAction{Text: "Reject", Danger: true}, "reject", true},
	} {
		if !b.when {
			continue
		}
		b.Path, b.No = at+b.step, v.notStep(f, b.step)
		switch {
		case b.No != "":
		case b.step == "pick" && t.Picked == t.Units:
			b.No = v.t("Everything is picked.")
		case b.step == "pack" && f.Status == "picking" && t.Packed == t.Picked:
			b.No = v.t("Nothing is picked that is not packed.")
		}
		out = append(out, b.pageAction)
	}
	primary := primaryStep(f)
	for i := range out {
		if no := v.lacks("fulfillments:write"); no != "" {
			out[i].No = no
		}
		out[i].Primary = out[i].Text == primary && out[i].No == ""
	}
	return out
}

// primaryStep is the button of what comes next.
func primaryStep(f *api.Fulfillment) string {
	if f.Pickup && f.Status == "packed" {
		return "Ready for pickup"
	}
	return map[string]string{
		"planned": "Release", "scheduled": "Release", "released": "Scan", "accepted": "Scan", "picking": "Scan", "packed": "Ship", "ready_for_pickup": "Hand over",
		"on_hold": "Resume", "shipped": "Delivered",
	}[f.Status]
}

// notStep says why a step is not possible, by what is.
func (v *visit) notStep(f *api.Fulfillment, step string) string {
	if slices.Contains(f.Allowed, step) {
		return ""
	}
	return v.t("Not possible now: the fulfillment order is %s.", lower(v.word(f.Status)))
}

// noSuch reports whether an error says that there is no such thing.
func noSuch(err error) bool { return errs.ClassOf(err) == errs.NotFound }
