package console

import (
	"net/url"
	"slices"
	"strings"

	"ordo/internal/api"
	"ordo/internal/jsonx"
)

// stockActions are the forms that change stock. Each shows the buckets before and after.
func stockActions() []action {
	own := []action{
		{path: "/inventory/do/adjust", op: "adjustStock", title: "Adjust stock", verb: "Adjust it", preview: true, begin: adjustForm},
		{path: "/inventory/do/move", op: "moveStock", title: "Set aside, or put back", verb: "Move it", preview: true, begin: setAsideForm},
		{path: "/inventory/do/receive", op: "receiveStock", title: "Receive", verb: "Take it in", preview: true, begin: stockReceiptForm},
		{path: "/inventory/limits/{sku}/{location}", op: "putStockPolicy", title: "Safety stock and limits", verb: "Save", begin: limitsForm},
	}
	return slices.Concat(own, transferActions(), countActions())
}

// typed is what the request says of a field: in the address, or in the form that was sent.
func (v *visit) typed(name string) string { return strings.TrimSpace(v.r.FormValue(name)) }

// stockSubject begins a form about stock. It leads back to the product that it is about.
func (v *visit) stockSubject(sku string) *subject {
	s := &subject{name: sku, back: inventoryPath}
	if sku != "" {
		s.back = stockPath(sku)
	}
	s.effects = func(answer []byte) ([]effect, error) {
		var after api.Adjustment
		if err := jsonx.Unmarshal(answer, &after); err != nil {
			return nil, err
		}
		return v.positionEffects(after.Data)
	}
	return s
}

// positionEffects compares positions with what they are now.
func (v *visit) positionEffects(after []api.StockPosition) (out []effect, err error) {
	for i, p := range after {
		at := func(o api.StockPosition) bool { return o.SKU == p.SKU && o.Location == p.Location }
		if slices.ContainsFunc(after[i+1:], at) {
			continue // the last one has it all
		}
		before, err := v.position(p.SKU, p.Location)
		if err != nil {
			return nil, err
		}
		out = append(out, v.between(before, p)...)
	}
	return out, nil
}

// position reads one position; zeros where there is none yet.
func (v *visit) position(sku, location string) (api.StockPosition, error) {
	var list api.List[api.StockPosition]
	err := v.get("listStock", nil, query("sku", sku, "location", location, "limit", "1"), &list)
	if err != nil || len(list.Data) == 0 {
		return api.StockPosition{SKU: sku, Location: location}, err
	}
	return list.Data[0], nil
}

// between are the buckets of a position that differ, and what is available.
func (v *visit) between(a, b api.StockPosition) (out []effect) {
	for _, x := range []struct {
		name          string
		before, after int64
	}{
		{"on_hand", a.OnHand, b.OnHand},
		{"allocated", a.Allocated, b.Allocated},
		{"reserved", a.Reserved, b.Reserved},
		{"damaged", a.Damaged, b.Damaged},
		{"quality", a.Quality, b.Quality},
		{"in_transit_in", a.InTransitIn, b.InTransitIn},
		{"backordered", a.Backordered, b.Backordered},
		{"available", a.Available, b.Available},
	} {
		if x.before != x.after {
			out = append(out, effect{Text: v.t("%s at %s: %s", b.SKU, b.Location, lower(v.bucket(x.name))), Before: v.number(x.before), After: v.number(x.after)})
		}
	}
	return out
}

// locationField chooses a location, or takes its code from those who may not see the list.
func (v *visit) locationField(name, label string) (field, error) {
	codes, err := v.locations("1000")
	f := field{Name: name, Label: label, Kind: "text", Required: true}
	if len(codes) > 0 {
		f.Kind, f.Options = "select", []option{{}}
		for _, c := range codes {
			f.Options = append(f.Options, option{Value: c, Text: c})
		}
		if len(codes) == 1 {
			f.Value = codes[0]
		}
	}
	return f, err
}

func adjustForm(v *visit) (*subject, error) {
	s := v.stockSubject(v.typed("lines.0.sku"))
	s.about = v.t("Changes what is on hand: below what was promised to orders it cannot fall. What arrives from a supplier is received; what is damaged is set aside.")
	at, err := v.locationField("lines.0.location", "Location")
	s.fields = []field{
		{Name: "lines.0.sku", Label: "SKU", Kind: "text", Required: true},
		at,
		{Name: "lines.0.delta", Label: "Units to add, or to take away with a minus", Kind: "signed", Required: true},
		{Name: "reason", Label: "Reason", Kind: "select", Options: v.optionsOf([]string{"found", "lost", "damaged", "correction", "received"}, ""), Required: true},
		{Name: "note", Label: "Note", Kind: "area", Help: "For colleagues: what happened."},
	}
	s.done = func([]byte) string { return v.t("Stock was adjusted.") }
	return s, err
}

func setAsideForm(v *visit) (*subject, error) {
	s := v.stockSubject(v.typed("lines.0.sku"))
	s.about = v.t("Units stay on hand, but what is damaged or in inspection is not sold.")
	at, err := v.locationField("lines.0.location", "Location")
	shelves := []string{"available", "damaged", "quality"}
	s.fields = []field{
		{Name: "lines.0.sku", Label: "SKU", Kind: "text", Required: true},
		at,
		{Name: "lines.0.from", Label: "From", Kind: "select", Options: v.optionsOf(shelves, "available"), Required: true},
		{Name: "lines.0.to", Label: "To", Kind: "select", Options: v.optionsOf(shelves, "damaged"), Required: true},
		{Name: "lines.0.quantity", Label: "Units", Kind: "number", Required: true},
		{Name: "reason", Label: "Reason", Kind: "select", Options: v.optionsOf([]string{"damaged", "inspection", "repaired", "found", "recalled", "correction"}, ""), Required: true},
		{Name: "note", Label: "Note", Kind: "area", Help: "For colleagues: what happened."},
	}
	s.done = func([]byte) string { return v.t("Stock was moved.") }
	return s, err
}

// stockLine is a SKU with units, as they travel through addresses: "3 MUG".
type stockLine struct {
	SKU   string
	Units int64
}

func (l stockLine) String() string { return digits(l.Units) + " " + l.SKU }

// mostLines bounds what one form takes.
const mostLines = 200

// linesOf reads what was scanned: from the address, or from the rows of a form that was sent.
func linesOf(q url.Values, quantity string) (out []stockLine) {
	add := func(sku string, units int64) {
		if sku == "" || len(out) >= mostLines {
			return
		}
		for i := range out {
			if out[i].SKU == sku {
				out[i].Units += units
				return
			}
		}
		out = append(out, stockLine{sku, units})
	}
	for _, s := range q["got"] {
		units, sku, _ := strings.Cut(s, " ")
		add(sku, min(whole(units), 1_000_000))
	}
	for i := range mostLines {
		at := lineAt(i)
		if !q.Has(at + "sku") {
			break
		}
		add(q.Get(at+"sku"), whole(q.Get(at+quantity)))
	}
	return out
}

// lineFields are the rows of a form for what was scanned; without any, one SKU is typed.
func (v *visit) lineFields(quantity string) ([]field, error) {
	lines := linesOf(v.r.Form, quantity)
	scanned := v.r.Form.Has("got") || v.r.Form.Has("_rows")
	if !scanned {
		return []field{
			{Name: "lines.0.sku", Label: "SKU", Kind: "text", Required: true},
			{Name: "lines.0." + quantity, Label: "Units", Kind: "number", Required: true},
		}, nil
	}
	skus := make([]string, len(lines))
	for i, l := range lines {
		skus[i] = l.SKU
	}
	names, err := v.productNames(skus)
	rows := field{Name: "lines", Label: "Products", Kind: "rows"}
	for i, l := range lines {
		at := lineAt(i)
		row := rowField{Text: l.SKU, About: names[l.SKU], Hidden: map[string]string{at + "sku": l.SKU}, Name: at + quantity, Value: digits(l.Units)}
		rows.Rows = append(rows.Rows, row)
	}
	return []field{{Name: "_rows", Kind: "hidden", Value: "1"}, rows}, err
}

// read makes what an address or a form says available to forms that are begun by it.
func (v *visit) read() { _ = v.r.ParseForm() } // what cannot be read was refused before

func stockReceiptForm(v *visit) (*subject, error) {
	v.read()
	s := v.stockSubject(v.typed("lines.0.sku"))
	if v.r.Form.Has("got") || v.r.Form.Has("_rows") {
		s.name, s.back = "", inventoryPath+"/receive?"+query("location", v.typed("location")).Encode()
	}
	s.about = v.t("What waits for these products is filled at once, oldest order first.")
	at, err := v.locationField("location", "Location")
	if err != nil {
		return nil, err
	}
	if at.Value == "" {
		at.Value = v.typed("lines.0.location")
	}
	lines, err := v.lineFields("quantity")
	s.fields = append([]field{at}, lines...)
	s.fields = append(s.fields,
		field{Name: "reference", Label: "Reference", Kind: "text", Help: "Such as the number on the delivery note."},
		field{Name: "note", Label: "Note", Kind: "area", Help: "For colleagues: what happened."})
	s.done = func([]byte) string { return v.t("The delivery was taken in.") }
	return s, err
}

func limitsForm(v *visit) (*subject, error) {
	sku, location := v.r.PathValue("sku"), v.r.PathValue("location")
	p, err := v.position(sku, location)
	if err != nil {
		return nil, err
	}
	s := v.stockSubject(sku)
	s.name, s.slots = v.t("%s at %s", sku, location), slots("sku", sku, "location", location)
	s.fields = []field{
		{Name: "safety", Label: "Safety stock", Kind: "number", Value: digits(p.Safety), Help: "Units that are not sold."},
		{Name: "reorder_point", Label: "Reorder point", Kind: "number", Value: digits(p.ReorderPoint), Help: "Stock is low when what is available falls to it. 0: never."},
		{Name: "backorder_limit", Label: "Backorder limit", Kind: "number", Value: digits(p.BackorderLimit), Help: "So many units may be sold beyond what is there."},
		{Name: "compare.safety", Kind: "hidden", Value: digits(p.Safety)},
		{Name: "compare.reorder_point", Kind: "hidden", Value: digits(p.ReorderPoint)},
		{Name: "compare.backorder_limit", Kind: "hidden", Value: digits(p.BackorderLimit)},
	}
	s.done = func([]byte) string { return v.t("Saved.") }
	return s, nil
}
