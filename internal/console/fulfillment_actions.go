package console

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/pages"
	"ordo/internal/shipping"
)

// plainStep is a step of a fulfillment order that needs to know nothing.
type plainStep struct {
	step, op   string
	Text, Help string
	danger     bool
}

var plainSteps = []plainStep{
	{step: "release", op: "releaseFulfillment", Text: "Release", Help: "The location's staff see it from then on."},
	{step: "accept", op: "acceptFulfillment", Text: "Accept", Help: "From then on giving it up takes the location's consent."},
	{step: "deliver", op: "deliverFulfillment", Text: "Delivered", Help: "The customer has it."},
	{step: "resume", op: "resumeFulfillment", Text: "Resume", Help: "Work goes on where it stopped."},
	{step: "cancel-request/accept", op: "acceptCancelFulfillment", Text: "Let it go", Help: "The units that were asked for go back to the shelf."},
	{step: "cancel-request/refuse", op: "refuseCancelFulfillment", Text: "Go on all the same", Help: "The request is refused, and the work goes on."},
	{step: "pick-up", op: "pickUpFulfillment", Text: "Hand over", Help: "The customer has come: it ships and is delivered in one."},
	{step: "no-show", op: "noShowFulfillment", Text: "Nobody came", Help: "The units go back to the shelf, and the money back to the customer.", danger: true},
}

// fulfillmentActions are the forms of a fulfillment order's page.
func fulfillmentActions() []action {
	at := func(path string) string { return "/fulfillment/{id}/" + path }
	out := []action{
		{path: "/fulfillment/release", op: "releaseFulfillments", title: "Release together", verb: "Release them", begin: releaseManyForm},
		{path: at("pick"), op: "pickFulfillment", title: "Pick", verb: "Note as picked", preview: true, begin: pickForm},
		{path: at("short"), op: "pickFulfillment", title: "Short pick", verb: "Give the rest up here", danger: true, preview: true, begin: shortForm},
		{path: at("pack"), op: "packFulfillment", title: "Pack", verb: "Close the package", preview: true, begin: packForm},
		{path: at("ship"), op: "shipFulfillment", title: "Ship", verb: "Ship it", preview: true, begin: shipForm},
		{path: at("reject"), op: "rejectFulfillment", title: "Reject", verb: "Reject it", danger: true, preview: true, begin: rejectForm},
		{path: at("hold"), op: "holdFulfillment", title: "Stop the work", verb: "Stop the work", begin: holdWorkForm},
		{path: at("ready-for-pickup"), op: "readyForPickup", title: "Ready for pickup", verb: "Tell the customer", begin: readyForm},
		{path: at("labels/buy"), op: "buyLabel", title: "Buy a label", verb: "Buy it", preview: true, begin: buyForm},
		{path: at("labels/{label}/void"), op: "voidLabel", title: "Void label", verb: "Give it back to the carrier", danger: true, begin: voidForm},
	}
	for _, p := range plainSteps {
		out = append(out, action{path: at(p.step), op: p.op, title: p.Text, verb: p.Text, danger: p.danger, preview: true, begin: p.begin})
	}
	return out
}

// fulfillmentSubject begins every form of a fulfillment order.
func fulfillmentSubject(v *visit, step string) (*subject, *api.Fulfillment, error) {
	f, err := fulfillmentOf(v)
	if err != nil {
		return nil, nil, err
	}
	s := &subject{
		name: v.t("Fulfillment order %s", shortID(f.ID)), slots: slots("id", f.ID), version: f.Version, back: fulfillmentPath + "/" + f.ID, no: v.notStep(f, step),
		effects: func(answer []byte) ([]effect, error) {
			var after api.Fulfillment
			err := jsonx.Unmarshal(answer, &after)
			return v.fulfillmentEffects(f, &after), err
		},
		done: func(answer []byte) string {
			var after api.Fulfillment
			if jsonx.Unmarshal(answer, &after) != nil || after.Status == f.Status {
				return v.t("Done.")
			}
			return v.t("It is %s now.", lower(v.word(after.Status)))
		},
	}
	return s, f, nil
}

func (p plainStep) begin(v *visit) (*subject, error) {
	s, _, err := fulfillmentSubject(v, p.step)
	if err == nil {
		s.about = v.t(p.Help)
	}
	return s, err
}

// fulfillmentEffects are the differences of a fulfillment order before and after a step, with what leaves the shelves.
func (v *visit) fulfillmentEffects(a, b *api.Fulfillment) []effect {
	var out []effect
	if a.Status != b.Status {
		out = append(out, effect{Text: v.t("Status"), Before: v.word(a.Status), After: v.word(b.Status)})
	}
	units := func(text string, n int64) {
		if n > 0 {
			out = append(out, effect{Text: text, After: v.format.Number(n)})
		}
	}
	left := func(f *api.Fulfillment) bool {
		return slices.Contains([]string{"shipped", "delivered", "picked_up"}, f.Status)
	}
	for i, y := range b.Lines {
		if i >= len(a.Lines) {
			break
		}
		x := a.Lines[i]
		gone := x.Quantity - y.Quantity
		if b.Status == "rejected" || b.Status == "canceled" {
			gone = y.Quantity
		}
		units(v.t("%s: units picked", y.SKU), y.Picked-x.Picked)
		units(v.t("%s: units packed", y.SKU), y.Packed-x.Packed)
		units(v.t("%s: units given up at %s", y.SKU, b.Location), gone)
		if left(b) && !left(a) {
			units(v.t("%s: units that leave %s", y.SKU, b.Location), y.Quantity)
		}
	}
	units(v.t("New packages"), int64(len(b.Packages)-len(a.Packages)))
	return out
}

// releaseManyForm offers what can be released; the list sends its selection here.
func releaseManyForm(v *visit) (*subject, error) {
	location := v.r.FormValue("_location")
	s := &subject{name: location, back: fulfillmentPath + "?" + query("stage", "release", "location", location).Encode()}
	var list api.List[api.Fulfillment]
	if err := v.get("listFulfillments", nil, query("stage", "release", "location", location, "limit", "200"), &list); err != nil {
		return nil, err
	}
	choices := field{Name: "ids", Label: "Fulfillment orders", Kind: "choices"}
	for _, f := range list.Data {
		choices.Options = append(choices.Options, option{Value: f.ID, Text: shortID(f.ID) + " · " + f.Location + " · " + v.t("%d units", tallyOf(&f).Units)})
	}
	if len(choices.Options) == 0 {
		s.no = v.t("Nothing waits to be released.")
	}
	s.about = v.t("Each of them by itself: what cannot be released stays, and you are told why.")
	s.fields = []field{{Name: "_location", Kind: "hidden", Value: location}, choices}
	s.done = func(answer []byte) string {
		var many api.ReleasedMany
		if jsonx.Unmarshal(answer, &many) != nil {
			return v.t("Done.")
		}
		return v.released(&many)
	}
	return s, nil
}

// released says how many were, and why others were not; each reason once.
func (v *visit) released(many *api.ReleasedMany) string {
	var n, not int
	var why []string
	for _, r := range many.Data {
		if r.Released {
			n++
			continue
		}
		not++
		if text := pages.Sentence(r.Detail); !slices.Contains(why, text) && len(why) < 3 {
			why = append(why, text)
		}
	}
	text := v.t("%d released.", n)
	if not > 0 {
		text += " " + v.t("%d not:", not) + " " + strings.Join(why, " ")
	}
	return text
}

// unitRows are a table of lines with a quantity to type, below a place in the body; of each line what is open.
func (v *visit) unitRows(f *api.Fulfillment, at, label string, filled bool, open func(api.FulfillmentLine) int64) (field, error) {
	o, err := v.orderBehind(f)
	if err != nil {
		return field{}, err
	}
	names := lineNames(o)
	rows := field{Name: at, Label: label, Kind: "rows"}
	for i, l := range f.Lines {
		n := open(l)
		if n <= 0 {
			continue
		}
		place := at + "." + strconv.Itoa(i) + "."
		r := rowField{Text: l.SKU, About: names[l.Line], Hidden: map[string]string{place + "line": l.Line}, Name: place + "quantity", Most: n}
		if filled {
			r.Value = strconv.FormatInt(n, 10)
		}
		rows.Rows = append(rows.Rows, r)
	}
	return rows, nil
}

func unpicked(l api.FulfillmentLine) int64 { return l.Quantity - l.Picked }

func pickForm(v *visit) (*subject, error) {
	s, f, err := fulfillmentSubject(v, "pick")
	if err != nil {
		return nil, err
	}
	rows, err := v.unitRows(f, "lines", v.t("Taken from the shelf"), false, unpicked)
	if err != nil {
		return nil, err
	}
	if s.no == "" && len(rows.Rows) == 0 {
		s.no = v.t("Everything is picked.")
	}
	s.about = v.t("Type what was taken from the shelf; leave all empty for everything that is left.")
	s.fields = []field{rows}
	return s, nil
}

// shortForm gives up what a line lacks. The row is kept when nothing of it was found: without it, the operation would give
// up the rest of all lines.
func shortForm(v *visit) (*subject, error) {
	s, f, err := fulfillmentSubject(v, "pick")
	if err != nil {
		return nil, err
	}
	line := v.r.FormValue("line")
	if line == "" {
		line = v.r.FormValue("lines.0.line")
	}
	i := slices.IndexFunc(f.Lines, func(l api.FulfillmentLine) bool { return l.Line == line })
	if i < 0 {
		return nil, errNoPage
	}
	l := f.Lines[i]
	open := unpicked(l)
	if s.no == "" && open == 0 {
		s.no = v.t("Everything of this line is picked.")
	}
	s.about = v.t("%s: %d units are still to be picked. What is not found is given up here, and done elsewhere.", l.SKU, open)
	s.fields = []field{
		{Name: "_keep", Kind: "hidden", Value: "lines.0"},
		{Name: "lines.0.line", Kind: "hidden", Value: line},
		{Name: "lines.0.quantity", Label: "Found of it", Kind: "number", Value: "0", Required: true},
		{Name: "short", Label: "Why", Kind: "select", Required: true, Options: v.optionsOf([]string{"not_in_stock", "mismatch", "damaged", "no_variance", "other"}, ""), Help: "Not in stock: nothing is left. Mismatch: only these are not there. Damaged: they are there and cannot be sold. No variance and other leave the stock as it is."},
		v.thenField(),
	}
	return s, nil
}

func (v *visit) thenField() field {
	f := field{Name: "then", Label: "What becomes of the units", Kind: "select", Options: []option{{}}, Help: "Empty: as the sales channel has it."}
	for _, o := range []struct{ value, Text string }{
		{value: "resource", Text: "Another location does it"}, {value: "backorder", Text: "They wait for stock"}, {value: "cancel", Text: "They are canceled"},
	} {
		f.Options = append(f.Options, option{Value: o.value, Text: v.t(o.Text)})
	}
	return f
}

func packForm(v *visit) (*subject, error) {
	s, f, err := fulfillmentSubject(v, "pack")
	if err != nil {
		return nil, err
	}
	if v.r.PostFormValue("_scan") != "" { // it was packed by scanning: on with the next box
		s.back += "/scan"
	}
	rows, err := v.unitRows(f, "packages.0.lines", v.t("In this package"), true, unpacked(f))
	if err != nil {
		return nil, err
	}
	if s.no == "" && len(rows.Rows) == 0 {
		s.no = v.t("Nothing is picked that is not packed.")
	}
	s.fields = []field{
		rows,
		{Name: "packages.0.weight_grams", Label: "Weight in grams", Kind: "number", Help: "Empty: not weighed."},
		// A package without a weight is one all the same: without it, the operation would pack everything.
		{Name: "packages.0.weight_grams", Kind: "hidden", Value: "0"},
		{Name: "packages.0.dimensions.length", Label: "Length in millimeters", Kind: "number"},
		{Name: "packages.0.dimensions.width", Label: "Width in millimeters", Kind: "number"},
		{Name: "packages.0.dimensions.height", Label: "Height in millimeters", Kind: "number"},
	}
	return s, nil
}

// unpacked is what can go into a package: what is picked, or everything where picking was not noted.
func unpacked(f *api.Fulfillment) func(api.FulfillmentLine) int64 {
	tracked := f.Status == "picking"
	return func(l api.FulfillmentLine) int64 {
		if tracked {
			return l.Picked - l.Packed
		}
		return l.Quantity - l.Packed
	}
}

func shipForm(v *visit) (*subject, error) {
	s, f, err := fulfillmentSubject(v, "ship")
	if err != nil {
		return nil, err
	}
	s.about = v.t("Everything that is not given up leaves %s, and what was authorized for it is captured.", f.Location)
	s.fields = []field{
		{Name: "carrier", Label: "Carrier", Kind: "text", Value: f.Carrier},
		{Name: "tracking_number", Label: "Tracking number", Kind: "text", Value: f.TrackingNumber, Help: "Not needed where each package has a label."},
	}
	return s, nil
}

func rejectForm(v *visit) (*subject, error) {
	s, f, err := fulfillmentSubject(v, "reject")
	if err != nil {
		return nil, err
	}
	rows, err := v.unitRows(f, "lines", v.t("Units to reject"), false, func(l api.FulfillmentLine) int64 { return l.Quantity })
	if err != nil {
		return nil, err
	}
	s.about = v.t("Type quantities to reject only some units; leave them empty for all of it. The reason corrects the stock.")
	s.fields = []field{
		{Name: "reason", Label: "Reason", Kind: "select", Required: true, Options: v.optionsOf([]string{"not_in_stock", "mismatch", "damaged", "no_variance", "other"}, "")},
		rows, v.thenField(),
	}
	return s, nil
}

func holdWorkForm(v *visit) (*subject, error) {
	s, _, err := fulfillmentSubject(v, "hold")
	if err != nil {
		return nil, err
	}
	s.about = v.t("The work stops until somebody resumes it.")
	s.fields = []field{{Name: "reason", Label: "Reason", Kind: "select", Required: true, Options: v.optionsOf(order.HoldTypeNames(), "")}}
	return s, nil
}

func readyForm(v *visit) (*subject, error) {
	s, _, err := fulfillmentSubject(v, "ready-for-pickup")
	if err != nil {
		return nil, err
	}
	s.fields = []field{{Name: "days", Label: "Days that it waits for the customer", Kind: "number", Help: "Empty: 7."}}
	return s, nil
}

// buyForm chooses a carrier, or leaves the choice to the rules; the preview has what it would cost.
func buyForm(v *visit) (*subject, error) {
	s, f, err := fulfillmentSubject(v, "pack")
	if err != nil {
		return nil, err
	}
	s.version, s.no = 0, ""
	if len(f.Packages) == 0 {
		s.no = v.t("There is no package yet: pack first.")
	}
	boxes := field{Name: "package", Label: "Package", Kind: "select"}
	for i, p := range f.Packages {
		text := v.t("Package %d", i+1)
		if p.WeightGrams > 0 {
			text += " · " + v.t("%d g", p.WeightGrams)
		}
		boxes.Options = append(boxes.Options, option{Value: p.ID, Text: text})
	}
	carrier := field{Name: "carrier", Label: "Carrier", Kind: "select", Options: []option{{}}, Help: "Empty: as the shipping method says, or the cheapest that keeps the promise."}
	service := field{Name: "service", Label: "Service", Kind: "select", Options: []option{{}}}
	var known []api.Carrier
	if v.may("shipping:read") {
		var list api.List[api.Carrier]
		if err := v.get("listCarriers", nil, query("limit", "100"), &list); err != nil {
			return nil, err
		}
		known = list.Data
		for _, c := range known {
			if !c.Active {
				continue
			}
			carrier.Options = append(carrier.Options, option{Value: c.Code, Text: c.Name})
			for _, x := range c.Services {
				if !slices.ContainsFunc(service.Options, func(o option) bool { return o.Value == x.Code }) {
					service.Options = append(service.Options, option{Value: x.Code, Text: x.Name})
				}
			}
		}
	}
	s.fields = []field{boxes, carrier, service}
	s.effects, s.explain = v.labelEffects, func(e *errs.Error) (string, []string) { return v.noService(e, known) }
	s.done = func(answer []byte) string {
		var l api.Label
		if jsonx.Unmarshal(answer, &l) != nil || l.Status != "labeled" {
			return v.t("The carrier was asked. The label follows on this page.")
		}
		return v.t("The label is here: %s.", strings.TrimSpace(l.Carrier+" "+l.TrackingNumber))
	}
	return s, nil
}

// refusals are why a service does not take a package, in words; other reasons stand there as their codes' words.
var refusals = map[string]string{
	shipping.NotServed: "it does not go to this address", shipping.TooHeavy: "the package is too heavy", shipping.TooLong: "the package is too long",
	shipping.TooLarge: "the package is too large", shipping.POBox: "it does not deliver to post office boxes",
	shipping.NoRate: "it has no price: give the carrier rates for it", "no_answer": "the carrier did not answer",
	"not_requested": "you asked for another one", "other_currency": "its price is in another currency",
}

// noService lists what speaks against each service where none can be had; the carriers give the names.
func (v *visit) noService(e *errs.Error, known []api.Carrier) (text string, out []string) {
	refused, ok := e.Fields["refused"].(map[string]string)
	if !ok {
		return "", nil
	}
	for _, at := range slices.Sorted(maps.Keys(refused)) {
		carrier, service, _ := strings.Cut(at, "/")
		for _, c := range known {
			if c.Code != carrier {
				continue
			}
			carrier = c.Name
			for _, x := range c.Services {
				if x.Code == service {
					service = x.Name
				}
			}
		}
		why := refusals[refused[at]]
		if why == "" {
			why = lower(v.word(refused[at]))
		}
		out = append(out, v.t("%s, %s: %s.", carrier, service, v.t(why)))
	}
	return v.t("No service of any active carrier takes this package."), out
}

// labelEffects tell what a label would cost, and what others ask.
func (v *visit) labelEffects(answer []byte) ([]effect, error) {
	var l api.Label
	if err := jsonx.Unmarshal(answer, &l); err != nil {
		return nil, err
	}
	out := []effect{{Text: v.t("Label of %s, %s", l.Carrier, lower(v.word(l.Service))), After: v.money(l.Quoted)}, {Text: v.t("Why this one"), After: v.word(l.Chosen)}}
	for _, q := range l.Quotes {
		switch {
		case q.Carrier == l.Carrier && q.Service == l.Service:
		case q.Refused != "":
			out = append(out, effect{Text: v.t("Not taken: %s, %s", q.Carrier, lower(v.word(q.Service))), After: v.word(q.Refused)})
		default:
			out = append(out, effect{Text: v.t("Not taken: %s, %s", q.Carrier, lower(v.word(q.Service))), After: v.money(q.Cost)})
		}
	}
	return out, nil
}

func voidForm(v *visit) (*subject, error) {
	s, f, err := fulfillmentSubject(v, "pack")
	if err != nil {
		return nil, err
	}
	var l api.Label
	id := v.r.PathValue("label")
	if err := v.get("getLabel", slots("id", id), nil, &l); err != nil {
		return nil, err
	}
	if l.Fulfillment != f.ID {
		return nil, errNoPage
	}
	s.slots, s.version, s.no = slots("id", id), l.Version, ""
	if !slices.Contains(l.Allowed, "void") {
		s.no = v.t("Not possible now: the label is %s.", lower(v.word(l.Status)))
	}
	s.about = v.t("The label of %s, %s, cannot be used afterwards.", l.Carrier, l.TrackingNumber)
	s.done = func([]byte) string { return v.t("The carrier was asked to take the label back.") }
	return s, nil
}
