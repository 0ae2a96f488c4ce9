package console

import (
	"net/http"
	"slices"
	"strconv"

	"ordo/internal/api"
	"ordo/internal/jsonx"
)

func countRoutes() []Route {
	at := inventoryPath + "/counts"
	return []Route{
		{Method: http.MethodGet, Path: at, Scope: "stock:read", handle: listCounts},
		{Method: http.MethodGet, Path: at + "/{id}", Scope: "stock:read", handle: showCount},
	}
}

// countActions are the forms of a count's page, and the one that begins it.
func countActions() []action {
	at := "/inventory/counts/{id}/"
	return []action{
		{path: "/inventory/counts/new", op: "createCount", title: "New count", verb: "Make the count", begin: newCountForm},
		{path: at + "start", op: "startCount", title: "Begin to count", verb: "Begin", begin: countStep("start")},
		{path: at + "record", op: "recordCount", title: "What was counted", verb: "Note it", preview: true, begin: recordForm},
		{path: at + "submit", op: "submitCount", title: "End the counting", verb: "End it", preview: true, begin: countStep("submit")},
		{path: at + "approve", op: "approveCount", title: "Accept the differences", verb: "Accept them", preview: true, begin: countStep("approve")},
		{path: at + "recount", op: "recountCount", title: "Count again", verb: "Count again", danger: true, begin: countStep("recount")},
		{path: at + "post", op: "postCount", title: "Book the differences", verb: "Book them", preview: true, begin: countStep("post")},
		{path: at + "reject", op: "rejectCount", title: "Give the count up", verb: "Give it up", danger: true, begin: countStep("reject")},
	}
}

type countRow struct {
	api.Count
	ID, Path, Short     string
	Counted, Off, Units int64 // lines that were counted, that differ, and by how many units
}

func countRowOf(c api.Count) countRow {
	r := countRow{Count: c, ID: number0(c.ID)}
	r.Path, r.Short = inventoryPath+"/counts/"+r.ID, shortStock(r.ID)
	for _, l := range c.Lines {
		if l.Counted != nil {
			r.Counted++
		}
		if l.Variance != 0 {
			r.Off, r.Units = r.Off+1, r.Units+l.Variance
		}
	}
	return r
}

type countsPage struct {
	filterBar
	Areas, Views []view
	Rows         []countRow
	Next         string
	Actions      []pageAction
}

func listCounts(v *visit) error {
	codes, err := v.locations("1000")
	if err != nil {
		return err
	}
	p := countsPage{filterBar: v.filters([]string{"status", "location"}, map[string][]string{"location": codes}), Areas: inventoryAreas("Counts")}
	p.Views = p.stateViews(v, "listCounts")
	p.Filters = p.Filters[1:] // status stands in the tabs
	ask := p.ask(v, "50")
	var list api.List[api.Count]
	if err := v.get("listCounts", nil, ask, &list); err != nil {
		return err
	}
	p.Next = v.nextPage(ask, list.NextCursor)
	for _, c := range list.Data {
		p.Rows = append(p.Rows, countRowOf(c))
	}
	p.Actions = v.only("stock:write", []pageAction{{Text: "New count", Path: inventoryPath + "/counts/new", Primary: true}})
	return v.page(http.StatusOK, "counts", "Counts", "cnt", p)
}

type countPage struct {
	Row     countRow
	Lines   []countLineRow
	Actions []pageAction
}

type countLineRow struct {
	api.CountLine
	Name, Path string
	Done       bool
	Number     int64 // that was counted
}

func showCount(v *visit) error {
	c, err := v.count()
	if err != nil {
		return err
	}
	p := countPage{Row: countRowOf(*c)}
	skus := make([]string, len(c.Lines))
	for i, l := range c.Lines {
		skus[i] = l.SKU
	}
	names, err := v.productNames(skus)
	if err != nil {
		return err
	}
	for _, l := range c.Lines {
		row := countLineRow{CountLine: l, Name: names[l.SKU], Path: stockPath(l.SKU), Done: l.Counted != nil}
		if row.Done {
			row.Number = *l.Counted
		}
		p.Lines = append(p.Lines, row)
	}
	at := p.Row.Path + "/"
	all := p.Row.Counted == int64(len(c.Lines))
	for _, b := range []struct {
		step string
		pageAction
	}{
		{"reject", pageAction{Text: "Give up", Path: at + "reject", Danger: true}},
		{"recount", pageAction{Text: "Count again", Path: at + "recount"}},
		{"start", pageAction{Text: "Begin", Path: at + "start", Primary: c.Status == "draft"}},
		{"record", pageAction{Text: "Type numbers", Path: at + "record", Key: "n"}},
		{"record", pageAction{Text: "Scan", Path: at + "scan", Page: true, Key: "s", Primary: c.Status == "counting" && !all}},
		{"submit", pageAction{Text: "End", Path: at + "submit", Primary: c.Status == "counting" && all}},
		{"approve", pageAction{Text: "Accept", Path: at + "approve", Primary: c.Status == "pending_review"}},
		{"post", pageAction{Text: "Book", Path: at + "post", Primary: c.Status == "approved"}},
	} {
		switch {
		case !slices.Contains(c.Allowed, b.step):
			b.No = v.t("Not possible now: the count is %s.", lower(v.word(c.Status)))
		case b.step == "submit" && !all:
			b.No = v.t("Not everything was counted yet.")
		}
		p.Actions = append(p.Actions, b.pageAction)
	}
	p.Actions = v.only("stock:write", p.Actions)
	return v.page(http.StatusOK, "count", v.t("Count %s", p.Row.Short), p.Row.ID, p)
}

// count reads the count in the path.
func (v *visit) count() (*api.Count, error) {
	var c api.Count
	err := v.get("getCount", slots("id", v.r.PathValue("id")), nil, &c)
	return &c, err
}

func newCountForm(v *visit) (*subject, error) {
	v.read()
	s := &subject{back: inventoryPath + "/counts"}
	at, err := v.locationField("location", "Location")
	if at.Value == "" {
		at.Value = v.typed("lines.0.location")
	}
	s.fields = []field{
		at,
		{Name: "skus", Label: "SKUs", Kind: "area", Value: v.typed("lines.0.sku"), Required: true, Help: "One on each line: scan them, or type."},
		{Name: "reason", Label: "Reason", Kind: "select", Options: v.optionsOf([]string{"cycle_count", "shrinkage", "audit", "correction"}, "cycle_count"), Required: true},
		{Name: "tolerance", Label: "Tolerance", Kind: "number", Help: "So many units a product may differ by without somebody who accepts it."},
		{Name: "reference", Label: "Reference", Kind: "text"},
	}
	s.next = func(answer []byte) string {
		var c api.Count
		_ = jsonx.Unmarshal(answer, &c) // an answer of ours
		return inventoryPath + "/counts/" + number0(c.ID)
	}
	s.done = func([]byte) string { return v.t("The count was made. Begin when you stand at the shelf.") }
	return s, err
}

// countSubject begins every form of a count.
func (v *visit) countSubject(step string) (*subject, *api.Count, error) {
	v.read()
	c, err := v.count()
	if err != nil {
		return nil, nil, err
	}
	id := v.r.PathValue("id")
	s := &subject{name: v.t("Count at %s", c.Location), slots: slots("id", id), version: c.Version, back: inventoryPath + "/counts/" + id}
	if !slices.Contains(c.Allowed, step) {
		s.no = v.t("Not possible now: the count is %s.", lower(v.word(c.Status)))
	}
	s.effects = func(answer []byte) ([]effect, error) {
		var after api.Count
		if err := jsonx.Unmarshal(answer, &after); err != nil {
			return nil, err
		}
		return v.countEffects(c, &after, step)
	}
	return s, c, nil
}

// countEffects are the differences that were found, and what booking them makes of the buckets.
func (v *visit) countEffects(a, b *api.Count, step string) (out []effect, err error) {
	if a.Status != b.Status {
		out = append(out, effect{Text: v.t("Status"), Before: v.word(a.Status), After: v.word(b.Status)})
	}
	shown := 0
	for i, l := range b.Lines {
		if shown++; shown > shownLines {
			out = append(out, effect{Text: v.t("and %d more", len(b.Lines)-i)})
			break
		}
		switch {
		case step == "post" && l.Variance != 0:
			out, err = v.shifted(out, l.SKU, b.Location, func(p *api.StockPosition) { p.OnHand, p.Available = p.OnHand+l.Variance, p.Available+l.Variance })
		case step == "record" && l.Counted != nil && (a.Lines[i].Counted == nil || *a.Lines[i].Counted != *l.Counted):
			out = append(out, effect{Text: v.t("%s: by the books, counted", l.SKU), Before: v.number(l.Expected + l.Moved), After: v.number(*l.Counted), Tone: toneOf(l.Variance)})
		case (step == "submit" || step == "approve") && l.Variance != 0 && l.Counted != nil:
			out = append(out, effect{Text: v.t("%s: by the books, counted", l.SKU), Before: v.number(l.Expected + l.Moved), After: v.number(*l.Counted), Tone: "bad"})
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func toneOf(variance int64) string {
	if variance == 0 {
		return "good"
	}
	return "bad"
}

// countStep is a form of nothing but a question.
func countStep(step string) func(*visit) (*subject, error) {
	return func(v *visit) (*subject, error) {
		s, c, err := v.countSubject(step)
		if err != nil {
			return nil, err
		}
		switch step {
		case "start":
			s.about = v.t("The books of now are noted. Orders may go on shipping meanwhile: each number is compared with the books of the moment in which it is noted.")
		case "submit":
			s.about = v.t("Within the tolerance of %d units it is accepted at once; otherwise somebody looks at the differences.", c.Tolerance)
		case "recount":
			s.about = v.t("What was counted is thrown away.")
		case "post":
			s.about = v.t("The differences are booked, not the numbers: what moved since the counting stays true.")
			s.done = func([]byte) string { return v.t("The differences were booked.") }
		case "reject":
			s.about = v.t("Stock stays as it is.")
		}
		return s, nil
	}
}

func recordForm(v *visit) (*subject, error) {
	s, c, err := v.countSubject("record")
	if err != nil {
		return nil, err
	}
	s.about = v.t("Count everything in the building, also what is damaged, picked or packed. What is left empty is not noted.")
	got := linesOf(v.r.Form, "counted")
	f := field{Name: "lines", Label: "Products", Kind: "rows"}
	var skus []string
	for _, l := range c.Lines {
		skus = append(skus, l.SKU)
	}
	names, err := v.productNames(skus)
	for i, l := range c.Lines {
		row := rowField{Text: l.SKU, About: names[l.SKU], Hidden: map[string]string{lineAt(i) + "sku": l.SKU}, Name: lineAt(i) + "counted"}
		for _, g := range got {
			if g.SKU == l.SKU {
				row.Value = digits(g.Units)
			}
		}
		f.Rows = append(f.Rows, row)
	}
	s.fields = []field{f}
	s.done = func([]byte) string { return v.t("The numbers were noted.") }
	return s, err
}

// lineAt is where a line stands in a body.
func lineAt(i int) string { return "lines." + strconv.Itoa(i) + "." }

// digits writes a number for a field.
func digits(n int64) string { return strconv.FormatInt(n, 10) }
