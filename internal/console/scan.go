package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/pages"
)

// Scan pages are for handhelds: a field that always has the focus takes what the scanner types. Each scan is a form of its
// own, so that they work without a script. What is picked is noted at once; what goes into a box is kept in the page's
// address until the box is closed, so that Back takes the last scan out of it.

func scanRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: fulfillmentPath + "/scan", Scope: "fulfillments:write", handle: beginScan},
		{Method: http.MethodGet, Path: fulfillmentPath + "/{id}/scan", Scope: "fulfillments:write", handle: showScan},
		{Method: http.MethodPost, Path: fulfillmentPath + "/{id}/scan", Scope: "fulfillments:write", handle: takeScan},
	}
}

type scanPage struct {
	ID, Short string // "" while none was scanned
	Location  string
	Status    string
	Number    string // of the order
	Step      string // pick, pack, or "" when nothing is left
	Other     string // the other step, where that is possible too
	Lines     []scanLine
	Box       string
	InBox     int64
	Boxes     int
	Said      string
	Error     string
	Key       string
	Release   bool // it has to be released before anything can be scanned
}

// scanLine is a line with how far it is.
type scanLine struct {
	Line, SKU, Name string
	Done, Of        int64
	Row             int // in the form of the package
	Last            bool
	Complete        bool
	Short           string // where to say that the rest was not found
}

// place is where a line stands on a small screen: what was scanned last, what is open, what is done.
func (l scanLine) place() int {
	switch {
	case l.Last:
		return 0
	case l.Complete:
		return 2
	}
	return 1
}

// beginScan waits for the id on a pick list, or the number of an order.
func beginScan(v *visit) error {
	code := strings.TrimSpace(v.r.URL.Query().Get("code"))
	if code == "" {
		return v.page(http.StatusOK, "scan", "Scan", "", scanPage{})
	}
	if strings.HasPrefix(strings.ToLower(code), "ful_") {
		code = strings.ToLower(code)
		err := v.get("getFulfillment", slots("id", code), nil, nil)
		if err == nil {
			v.redirect(fulfillmentPath + "/" + code + "/scan")
			return nil
		}
		if !noSuch(err) {
			return err
		}
	} else if v.may("orders:read") {
		var list api.List[api.Order]
		if err := v.get("listOrders", nil, query("q", strings.TrimPrefix(code, "#"), "limit", "1"), &list); err != nil {
			return err
		}
		if len(list.Data) == 1 {
			return v.scanOrder(number0(list.Data[0].ID))
		}
	}
	return v.page(http.StatusNotFound, "scan", "Scan", "", scanPage{Error: v.t("There is no fulfillment order and no order with %q.", errs.Clip(code))})
}

// scanOrder goes to the one fulfillment order that is open of an order, or to the list of them.
func (v *visit) scanOrder(id string) error {
	var open api.List[api.Fulfillment]
	if err := v.get("listFulfillments", nil, query("order", id, "stage", "open", "limit", "2"), &open); err != nil {
		return err
	}
	if len(open.Data) == 1 {
		v.redirect(fulfillmentPath + "/" + open.Data[0].ID + "/scan")
		return nil
	}
	v.redirect(fulfillmentPath + "?order=" + url.QueryEscape(id))
	return nil
}

// box is what was scanned into the open package: units by line.
type box map[string]int64

// boxOf reads a box from an address: 1:2,3:1. What is not there to be packed any more is left out.
func boxOf(s string, f *api.Fulfillment) box {
	out, open := box{}, unpacked(f)
	for part := range strings.SplitSeq(s, ",") {
		line, n, _ := strings.Cut(part, ":")
		for _, l := range f.Lines {
			if l.Line == line {
				if units := min(whole(n), open(l)); units > 0 {
					out[line] = units
				}
			}
		}
	}
	return out
}

func (b box) String() string {
	var parts []string
	for line, n := range b {
		parts = append(parts, line+":"+strconv.FormatInt(n, 10))
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

// scanStep is what scans mean now: what was asked for if that is possible, else what comes next.
func scanStep(f *api.Fulfillment, asked string) (step, other string) {
	var can []string
	for _, s := range []struct {
		name string
		open func(api.FulfillmentLine) int64
	}{{"pick", unpicked}, {"pack", unpacked(f)}} {
		if slices.Contains(f.Allowed, s.name) && slices.ContainsFunc(f.Lines, func(l api.FulfillmentLine) bool { return s.open(l) > 0 }) {
			can = append(can, s.name)
		}
	}
	if len(can) == 2 && asked == can[1] {
		slices.Reverse(can)
	}
	can = append(can, "", "")
	return can[0], can[1]
}

func showScan(v *visit) error {
	f, err := fulfillmentOf(v)
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	return v.scanPage(http.StatusOK, f, q.Get("step"), q.Get("box"), q.Get("last"), "")
}

// scanPage shows how far a fulfillment order is.
func (v *visit) scanPage(code int, f *api.Fulfillment, step, boxed, last, problem string) error {
	p := scanPage{ID: f.ID, Short: shortID(f.ID), Location: f.Location, Status: f.Status, Boxes: len(f.Packages), Error: problem, Key: pages.NewKey()}
	p.Step, p.Other = scanStep(f, step)
	p.Release = p.Step == "" && slices.Contains(f.Allowed, "release")
	o, err := v.orderBehind(f)
	if err != nil {
		return err
	}
	if o != nil {
		p.Number = number0(o.Number)
	}
	names, in := lineNames(o), box{}
	if p.Step == "pack" {
		in = boxOf(boxed, f)
		p.Box = in.String()
	}
	open := unpacked(f)
	for i, l := range f.Lines {
		line := scanLine{Line: l.Line, SKU: l.SKU, Name: names[l.Line], Row: i, Done: l.Picked, Of: l.Quantity, Last: l.Line == last && problem == ""}
		if line.Last && step == "pick" && p.Step != "pick" { // that pick was the last one, and the page went on
			p.Said = v.t("%s: %d of %d picked.", line.SKU, line.Done, line.Of)
			if p.Step == "pack" {
				p.Said += " " + v.t("Now pack.")
			}
		}
		switch p.Step {
		case "pick":
			if l.Picked < l.Quantity {
				line.Short = shortPath(f, l.Line)
			}
		case "pack":
			line.Done, line.Of = in[l.Line], open(l)
			p.InBox += line.Done
			if line.Of == 0 {
				continue
			}
		default:
			line.Done = l.Packed
		}
		line.Complete = line.Done >= line.Of
		if line.Last && p.Said == "" {
			p.Said = v.t("%s: %d of %d", line.SKU, line.Done, line.Of)
		}
		p.Lines = append(p.Lines, line)
	}
	slices.SortStableFunc(p.Lines, func(a, b scanLine) int { return a.place() - b.place() })
	return v.page(code, "scan", "Scan", "", p)
}

// takeScan counts one scan. Sending it twice counts once.
func takeScan(v *visit) error {
	form, err := v.parse()
	if err != nil {
		return err
	}
	f, err := fulfillmentOf(v)
	if err != nil {
		return err
	}
	code, boxed := strings.TrimSpace(form.Get("code")), form.Get("_box")
	if strings.HasPrefix(strings.ToLower(code), "ful_") && !strings.EqualFold(code, f.ID) { // the next pick list
		v.redirect(fulfillmentPath + "/scan?code=" + url.QueryEscape(code))
		return nil
	}
	again := func(last string, b box) error {
		v.redirect(fulfillmentPath + "/" + f.ID + "/scan?" + query("step", form.Get("_step"), "last", last, "box", b.String()).Encode())
		return nil
	}
	if code == "" || strings.EqualFold(code, f.ID) {
		return again("", boxOf(boxed, f))
	}
	refused := func(text string) error {
		return v.scanPage(http.StatusUnprocessableEntity, f, form.Get("_step"), boxed, "", text)
	}
	units := max(1, whole(form.Get("units")))
	step, _ := scanStep(f, form.Get("_step"))
	switch asked := form.Get("_step"); {
	case asked == "pick" || asked == "" && step == "pick":
		line, text, err := v.pickScanned(f, code, units, form.Get("_key"))
		if err != nil || text != "" {
			if err == nil {
				err = refused(text)
			}
			return err
		}
		form.Set("_step", "pick")
		return again(line, nil)
	case step != "pack":
		return refused(v.t("Nothing is to be picked or packed here: it is %s.", lower(v.word(f.Status))))
	}
	b, open := boxOf(boxed, f), unpacked(f)
	l, text := v.scanned(f, code, units, func(l api.FulfillmentLine) int64 { return open(l) - b[l.Line] })
	if l == nil {
		return refused(text)
	}
	b[l.Line] += units
	return again(l.Line, b)
}

// pickScanned notes a scan as picked; text says why it does not count. A scan that was sent twice is asked for again even
// when it was the last one: by its key, it counts once and is no mistake.
func (v *visit) pickScanned(f *api.Fulfillment, code string, units int64, key string) (line, text string, err error) {
	l, text := v.scanned(f, code, units, unpicked)
	var lines []api.FulfillmentLine
	if l != nil {
		lines = append(lines, *l)
	} else {
		lines = slices.DeleteFunc(slices.Clone(f.Lines), func(l api.FulfillmentLine) bool { return !strings.EqualFold(l.SKU, code) })
	}
	for _, l := range lines {
		body := &api.PickFulfillment{Lines: []api.PickedLine{{Line: l.Line, Quantity: units}}}
		_, err := v.act(api.Act{Op: "pickFulfillment", Slots: slots("id", f.ID), Body: body, Key: key}, nil)
		if err == nil {
			return l.Line, "", nil
		}
		e := errs.As(err)
		if e == nil || e.Class == errs.Internal {
			return "", "", err
		}
		if text == "" {
			text = v.t(pages.Sentence(e.Detail))
		}
	}
	return "", text, nil
}

// scanned finds the line that a code counts for; otherwise it says why none does.
func (v *visit) scanned(f *api.Fulfillment, code string, units int64, open func(api.FulfillmentLine) int64) (*api.FulfillmentLine, string) {
	var known *api.FulfillmentLine
	most := int64(0)
	for i, l := range f.Lines {
		if strings.EqualFold(l.SKU, code) {
			if open(l) >= units {
				return &f.Lines[i], ""
			}
			known, most = &f.Lines[i], max(most, open(l))
		}
	}
	switch {
	case known == nil:
		return nil, v.notHere(f, code)
	case most == 0:
		return nil, v.t("All units of %s are here already. Put this one back.", known.SKU)
	}
	return nil, v.t("Only %d more of %s.", most, known.SKU)
}

// notHere says what is wrong with a code: it may be a part of a kit.
func (v *visit) notHere(f *api.Fulfillment, code string) string {
	if v.may("catalog:read") {
		for _, l := range f.Lines {
			var p api.Product
			if v.get("getProduct", slots("sku", l.SKU), nil, &p) != nil {
				continue
			}
			for _, part := range p.Components {
				if strings.EqualFold(part.SKU, code) {
					return v.t("%s is a part of the kit %s: put the kit together, then type its SKU.", part.SKU, l.SKU)
				}
			}
		}
	}
	return v.t("%q is not in this fulfillment order.", errs.Clip(code))
}
