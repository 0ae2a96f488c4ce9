package console

import (
	"net/http"
	"slices"
	"strings"

	"ordo/internal/api"
	"ordo/internal/jsonx"
)

func transferRoutes() []Route {
	at := inventoryPath + "/transfers"
	return []Route{
		{Method: http.MethodGet, Path: at, Scope: "stock:read", handle: listTransfers},
		{Method: http.MethodGet, Path: at + "/{id}", Scope: "stock:read", handle: showTransfer},
	}
}

// transferActions are the forms of a transfer's page, and the one that begins it.
func transferActions() []action {
	at := "/inventory/transfers/{id}/"
	return []action{
		{path: "/inventory/transfers/new", op: "createTransfer", title: "New transfer", verb: "Make the transfer", preview: true, begin: newTransferForm},
		{path: at + "lines", op: "putTransfer", title: "Change what is sent", verb: "Save", begin: transferLinesForm},
		{path: at + "ready", op: "readyTransfer", title: "Ready to send", verb: "It is ready", preview: true, begin: transferStep("ready")},
		{path: at + "dispatch", op: "dispatchTransfer", title: "Send the transfer", verb: "Send it", preview: true, begin: transferStep("dispatch")},
		{path: at + "receive", op: "receiveTransfer", title: "Receive the transfer", verb: "Take it in", preview: true, begin: transferReceiveForm},
		{path: at + "missing", op: "receiveTransfer", title: "Something did not arrive", verb: "Write it off", danger: true, preview: true, begin: transferMissingForm},
		{path: at + "cancel", op: "cancelTransfer", title: "Give the transfer up", verb: "Give it up", danger: true, preview: true, begin: transferCancelForm},
	}
}

type transferRow struct {
	api.Transfer
	ID, Path, Short  string
	Units, InTransit int64
}

func transferRowOf(t api.Transfer) transferRow {
	r := transferRow{Transfer: t, ID: number0(t.ID)}
	r.Path, r.Short = inventoryPath+"/transfers/"+r.ID, shortStock(r.ID)
	for _, l := range t.Lines {
		r.Units, r.InTransit = r.Units+l.Quantity, r.InTransit+l.InTransit
	}
	return r
}

// shortStock is an id as people say it: its end tells documents apart.
func shortStock(id string) string {
	kind, rest, _ := strings.Cut(id, "_")
	return strings.ToUpper(kind + "-" + rest[max(0, len(rest)-6):])
}

type transfersPage struct {
	filterBar
	Areas, Views []view
	Rows         []transferRow
	Next         string
	Actions      []pageAction
}

// stateViews are the lists by status: all, and each one.
func (b filterBar) stateViews(v *visit, op string) []view {
	out := []view{{Text: "All", Path: b.Path, Current: b.query.Get("status") == ""}}
	for _, s := range api.Values(op, "status") {
		out = append(out, view{Text: v.word(s), Path: b.Path + "?status=" + s, Current: b.query.Get("status") == s})
	}
	return out
}

func listTransfers(v *visit) error {
	p := transfersPage{filterBar: v.filters([]string{"status"}, nil), Areas: inventoryAreas("Transfers")}
	p.Views = p.stateViews(v, "listTransfers")
	ask := p.ask(v, "50")
	var list api.List[api.Transfer]
	if err := v.get("listTransfers", nil, ask, &list); err != nil {
		return err
	}
	p.Next = v.nextPage(ask, list.NextCursor)
	for _, t := range list.Data {
		p.Rows = append(p.Rows, transferRowOf(t))
	}
	p.Actions = v.only("stock:write", []pageAction{
		{Text: "Scan what is sent", Path: inventoryPath + "/transfers/scan", Page: true},
		{Text: "New transfer", Path: inventoryPath + "/transfers/new", Primary: true},
	})
	return v.page(http.StatusOK, "transfers", "Transfers", "trf", p)
}

type transferPage struct {
	Row     transferRow
	Lines   []transferLineRow
	Actions []pageAction
}

type transferLineRow struct {
	api.TransferLineUnits
	Name, Path string
	Gone       int64 // missing, or lost on the way
}

func showTransfer(v *visit) error {
	t, err := v.transfer()
	if err != nil {
		return err
	}
	p := transferPage{Row: transferRowOf(*t)}
	skus := make([]string, len(t.Lines))
	for i, l := range t.Lines {
		skus[i] = l.SKU
	}
	names, err := v.productNames(skus)
	if err != nil {
		return err
	}
	for _, l := range t.Lines {
		p.Lines = append(p.Lines, transferLineRow{l, names[l.SKU], stockPath(l.SKU), l.Missing + l.WrittenOff})
	}
	at := p.Row.Path + "/"
	buttons := []struct {
		step string
		pageAction
	}{
		{"cancel", pageAction{Text: "Give up", Path: at + "cancel", Danger: true}},
		{"edit", pageAction{Text: "Change", Path: at + "lines"}},
		{"receive", pageAction{Text: "Did not arrive", Path: at + "missing"}},
		{"receive", pageAction{Text: "Scan", Path: at + "scan", Page: true, Key: "s"}},
		{"ready", pageAction{Text: "Ready", Path: at + "ready", Primary: t.Status == "draft"}},
		{"dispatch", pageAction{Text: "Send", Path: at + "dispatch", Primary: t.Status == "ready"}},
		{"receive", pageAction{Text: "Receive", Path: at + "receive", Key: "r", Primary: slices.Contains(t.Allowed, "receive")}},
	}
	for _, b := range buttons {
		if !slices.Contains(t.Allowed, b.step) {
			b.No = v.t("Not possible now: the transfer is %s.", lower(v.word(t.Status)))
		}
		p.Actions = append(p.Actions, b.pageAction)
	}
	p.Actions = v.only("stock:write", p.Actions)
	return v.page(http.StatusOK, "transfer", v.t("Transfer %s", p.Row.Short), p.Row.ID, p)
}

// transfer reads the transfer in the path.
func (v *visit) transfer() (*api.Transfer, error) {
	var t api.Transfer
	err := v.get("getTransfer", slots("id", v.r.PathValue("id")), nil, &t)
	return &t, err
}

func newTransferForm(v *visit) (*subject, error) {
	v.read()
	s := &subject{back: inventoryPath + "/transfers"}
	s.about = v.t("A draft: nothing moves before it is sent.")
	from, err := v.locationField("from", "From")
	if err != nil {
		return nil, err
	}
	from.Value = v.typed("lines.0.location")
	to, err := v.locationField("to", "To")
	if err != nil {
		return nil, err
	}
	to.Value = ""
	lines, err := v.lineFields("quantity")
	s.fields = append([]field{from, to}, lines...)
	s.fields = append(s.fields, field{Name: "reference", Label: "Reference", Kind: "text"})
	s.effects = func(answer []byte) ([]effect, error) {
		var t api.Transfer
		if err := jsonx.Unmarshal(answer, &t); err != nil {
			return nil, err
		}
		var out []effect
		for _, l := range t.Lines {
			p, err := v.position(l.SKU, t.From)
			if err != nil {
				return nil, err
			}
			e := effect{Text: v.t("%s: units to be sent", l.SKU), After: v.number(l.Quantity)}
			if p.Available < l.Quantity {
				e.Text, e.Tone = v.t("%s: units to be sent, of which %d are available now", l.SKU, max(0, p.Available)), "bad"
			}
			out = append(out, e)
		}
		return out, nil
	}
	s.next = func(answer []byte) string {
		var t api.Transfer
		_ = jsonx.Unmarshal(answer, &t) // an answer of ours
		return inventoryPath + "/transfers/" + number0(t.ID)
	}
	s.done = func([]byte) string { return v.t("The transfer was made. Send it when it is packed.") }
	return s, err
}

// transferSubject begins every form of a transfer.
func (v *visit) transferSubject(step string) (*subject, *api.Transfer, error) {
	v.read()
	t, err := v.transfer()
	if err != nil {
		return nil, nil, err
	}
	id := v.r.PathValue("id")
	s := &subject{name: v.t("%s to %s", t.From, t.To), slots: slots("id", id), version: t.Version, back: inventoryPath + "/transfers/" + id}
	if !slices.Contains(t.Allowed, step) {
		s.no = v.t("Not possible now: the transfer is %s.", lower(v.word(t.Status)))
	}
	s.effects = func(answer []byte) ([]effect, error) {
		var after api.Transfer
		if err := jsonx.Unmarshal(answer, &after); err != nil {
			return nil, err
		}
		return v.transferEffects(t, &after)
	}
	return s, t, nil
}

// shownLines is how many products a preview tells of one by one.
const shownLines = 40

// transferEffects are the buckets at both ends, before and after.
func (v *visit) transferEffects(a, b *api.Transfer) (out []effect, err error) {
	if a.Status != b.Status {
		out = append(out, effect{Text: v.t("Status"), Before: v.word(a.Status), After: v.word(b.Status)})
	}
	for i, y := range b.Lines {
		if i >= len(a.Lines) || i >= shownLines {
			break
		}
		x := a.Lines[i]
		arrived, damaged := y.Received+y.Damaged-x.Received-x.Damaged, y.Damaged-x.Damaged
		sent := int64(0)
		if a.DispatchedAt == "" && b.DispatchedAt != "" {
			sent = y.Quantity
		}
		if n := y.Restored - x.Restored - sent; n != 0 {
			out, err = v.shifted(out, y.SKU, b.From, func(p *api.StockPosition) { p.OnHand, p.Available = p.OnHand+n, p.Available+n })
		}
		if n := y.InTransit - x.InTransit; n != 0 && err == nil {
			out, err = v.shifted(out, y.SKU, b.To, func(p *api.StockPosition) {
				p.InTransitIn += n
				p.OnHand, p.Damaged, p.Available = p.OnHand+arrived, p.Damaged+damaged, p.Available+arrived-damaged
			})
		}
		if err != nil {
			return nil, err
		}
	}
	if n := len(b.Lines) - shownLines; n > 0 {
		out = append(out, effect{Text: v.t("and %d more", n)})
	}
	return out, nil
}

// shifted adds what a change makes of a position.
func (v *visit) shifted(out []effect, sku, location string, change func(*api.StockPosition)) ([]effect, error) {
	before, err := v.position(sku, location)
	if err != nil {
		return nil, err
	}
	after := before
	change(&after)
	return append(out, v.between(before, after)...), nil
}

// transferStep is a form of nothing but a question.
func transferStep(step string) func(*visit) (*subject, error) {
	return func(v *visit) (*subject, error) {
		s, _, err := v.transferSubject(step)
		if err != nil {
			return nil, err
		}
		if step == "dispatch" {
			s.done = func([]byte) string { return v.t("The transfer is on its way.") }
		}
		return s, nil
	}
}

func transferLinesForm(v *visit) (*subject, error) {
	s, t, err := v.transferSubject("edit")
	if err != nil {
		return nil, err
	}
	var rows []rowField
	for i, l := range t.Lines {
		at := lineAt(i)
		rows = append(rows, rowField{Text: l.SKU, Hidden: map[string]string{at + "sku": l.SKU}, Name: at + "quantity", Value: digits(l.Quantity)})
	}
	more := lineAt(len(t.Lines))
	s.about = v.t("A product with 0 units is taken out.")
	s.fields = []field{
		{Name: "lines", Label: "Products", Kind: "rows", Rows: rows},
		{Name: more + "sku", Label: "One more SKU", Kind: "text"},
		{Name: more + "quantity", Label: "Units of it", Kind: "number"},
	}
	s.done = func([]byte) string { return v.t("Saved.") }
	return s, nil
}

// arrivals are the rows of what is still under way; got are units that were scanned.
func (v *visit) arrivals(t *api.Transfer, name string, prefill bool) (field, error) {
	got := linesOf(v.r.Form, name)
	f := field{Name: "lines", Label: "Products", Kind: "rows"}
	var skus []string
	for _, l := range t.Lines {
		skus = append(skus, l.SKU)
	}
	names, err := v.productNames(skus)
	for i, l := range t.Lines {
		if l.InTransit == 0 {
			continue
		}
		at := lineAt(i)
		row := rowField{Text: l.SKU, About: names[l.SKU], Hidden: map[string]string{at + "sku": l.SKU}, Name: at + name, Most: l.InTransit}
		if prefill {
			row.Value = digits(l.InTransit)
			if len(got) > 0 {
				row.Value = ""
			}
			for _, g := range got {
				if g.SKU == l.SKU {
					row.Value = digits(g.Units)
				}
			}
		}
		f.Rows = append(f.Rows, row)
	}
	return f, err
}

func transferReceiveForm(v *visit) (*subject, error) {
	s, t, err := v.transferSubject("receive")
	if err != nil {
		return nil, err
	}
	s.about = v.t("What arrived in good order. What is left out stays under way.")
	rows, err := v.arrivals(t, "quantity", true)
	s.fields = []field{rows}
	s.done = func([]byte) string { return v.t("What arrived was taken in.") }
	return s, err
}

func transferMissingForm(v *visit) (*subject, error) {
	s, t, err := v.transferSubject("receive")
	if err != nil {
		return nil, err
	}
	s.about = v.t("Units that came damaged are put aside at %s; units that are missing are written off.", t.To)
	var options []option
	for _, l := range t.Lines {
		if l.InTransit > 0 {
			options = append(options, option{Value: l.SKU, Text: v.t("%s: %d under way", l.SKU, l.InTransit)})
		}
	}
	s.fields = []field{
		{Name: "lines.0.sku", Label: "Product", Kind: "select", Options: options, Required: true},
		{Name: "lines.0.damaged", Label: "Came damaged", Kind: "number"},
		{Name: "lines.0.missing", Label: "Missing", Kind: "number"},
		{Name: "lines.0.reason", Label: "Reason", Kind: "select", Options: v.optionsOf([]string{"lost", "damaged", "short_shipped", "miscounted", "other"}, ""), Help: "Of what is missing."},
	}
	return s, nil
}

func transferCancelForm(v *visit) (*subject, error) {
	s, t, err := v.transferSubject("cancel")
	if err != nil {
		return nil, err
	}
	s.fields = []field{{Name: "reason", Label: "Reason", Kind: "select", Options: v.optionsOf([]string{"not_needed", "returned", "lost", "damaged", "mistake", "other"}, ""), Required: true}}
	if t.Status == "in_transit" {
		s.fields = append(s.fields, field{Name: "outcome", Label: "What became of the units", Kind: "select", Required: true, Options: []option{
			{}, {Value: "restore", Text: v.t("Back at %s", t.From)}, {Value: "write_off", Text: v.t("Lost: written off")},
		}})
	}
	s.done = func([]byte) string { return v.t("The transfer was given up.") }
	return s, nil
}
