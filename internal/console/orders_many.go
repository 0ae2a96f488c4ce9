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

// mostChosen is how many orders one form takes: two pages of the list.
const mostChosen = 100

// many is something that is done to each of the orders that were chosen in the list: each by an operation of its own, under
// a key of its own that is made of the form's. What is refused stays as it is, and the page says why.
type many struct {
	step, op    string
	Text        string // on the button of the bar
	title, verb string // the verb takes how many
	Help        string
	danger      bool
	preview     bool // the operation is tried first, for each
	fields      func(v *visit, rows []manyRow) ([]field, error)
	no          func(v *visit, o *api.Order) string // why it is not possible now
	is          func(v *visit, o *api.Order) string // what a row tells before; nil for nothing
	do          func(v *visit, c manyDo) (string, error)
	undo        string // the step that takes it back, by what do notes; "" for none
}

// manyDo is what is done to one order.
type manyDo struct {
	many
	order   *api.Order
	form    url.Values
	body    any
	version int64 // that the person looked at; 0 for none
	dry     bool
	back    url.Values // what the form that takes it back is filled in with
}

// manyRow is an order that was chosen, with what becomes of it.
type manyRow struct {
	ID    string
	Order *api.Order // nil for one that is not seen
	No    string     // why it stays as it is
	Text  string
	Holds []string // ids of those that are open
}

// manyPage is what the template gets.
type manyPage struct {
	actionPage
	List  string // the filters that the list had
	Rows  []manyRow
	N     int    // of those that it is done to
	Sum   string // how many it is done to, and how many not
	Ended bool   // it is done
	Undo  *undo  // nil for what cannot be taken back
}

var manyActions = []many{
	{
		step: "hold", op: "placeHold", Text: "Hold", title: "Hold orders", verb: "Hold %d orders", fields: func(v *visit, _ []manyRow) ([]field, error) { return v.holdFields() },
		Help: "Work on them stops before the steps that the hold blocks, until it is lifted.", no: notHeld, is: statusNow, do: holdOne, undo: "lift",
	},
	{
		step: "lift", op: "liftHold", Text: "Lift holds", title: "Lift holds", verb: "Lift holds of %d orders", fields: liftFields,
		Help: "Only holds that you see here are lifted, none that are placed meanwhile. Work goes on at once.", no: notLifted, do: liftOne, is: openHolds,
	},
	{
		step: "tag", op: "setTags", Text: "Add tags", title: "Add tags", verb: "Tag %d orders", fields: tagFields,
		Help: "The tags that orders have already stay.", do: tagOne, is: tagsNow, undo: "untag",
	},
	{
		step: "untag", op: "setTags", Text: "Remove tags", title: "Remove tags", verb: "Remove tags of %d orders", fields: tagFields,
		Help: "Other tags stay.", do: untagOne, is: tagsNow,
	},
	{
		step: "cancel", op: "cancelOrder", Text: "Cancel", title: "Cancel orders", verb: "Cancel %d orders", danger: true, preview: true, fields: cancelFields,
		Help: "All that has not shipped goes back to stock, and the money back to the customer.", no: func(v *visit, o *api.Order) string { return notNow(v, o, "cancel") }, is: statusNow, do: cancelOne,
	},
}

func manyPath(step string) string { return Root + "/orders/many/" + step }

func (m many) routes() []Route {
	scope, _ := api.Scope(m.op)
	return []Route{
		{Method: http.MethodGet, Path: manyPath(m.step), Scope: scope, handle: m.show},
		{Method: http.MethodPost, Path: manyPath(m.step), Scope: scope, handle: m.send},
	}
}

// manyButtons are the bar of the list: what the person may do with chosen orders.
func (v *visit) manyButtons() []pageAction {
	var out []pageAction
	for _, m := range manyActions {
		if scope, _ := api.Scope(m.op); v.may(scope) {
			out = append(out, pageAction{Text: m.Text, Path: manyPath(m.step), Danger: m.danger})
		}
	}
	return out
}

// begin reads the orders that a form names.
func (m many) begin(v *visit, form url.Values) (*manyPage, error) {
	list, _ := url.ParseQuery(form.Get("_list")) // what cannot be read is left out
	p := &manyPage{List: list.Encode()}
	p.Title, p.About, p.Path, p.Danger, p.CanPreview, p.Key = v.t(m.title), v.t(m.Help), v.r.URL.Path, m.danger, m.preview, form.Get("_key")
	p.Back = strings.TrimSuffix(Root+"/orders?"+p.List, "?")
	if p.Key == "" {
		p.Key = pages.NewKey()
	}
	ids := slices.Compact(slices.Sorted(slices.Values(form["ids"])))
	if len(ids) > mostChosen {
		return nil, errs.New(errs.Invalid, "too_many_orders", "choose at most %d orders at once", mostChosen)
	}
	slices.Reverse(ids) // the newest first, as in the list
	for _, id := range ids {
		row := manyRow{ID: id}
		var o api.Order
		switch err := v.get("getOrder", slots("id", id), nil, &o); {
		case noSuch(err):
			row.No = v.t(pages.Sentence(errs.As(err).Detail))
		case err != nil:
			return nil, err
		default:
			row.Order = &o
			for _, h := range o.Holds {
				if h.Status == "open" {
					row.Holds = append(row.Holds, h.ID)
				}
			}
		}
		p.Rows = append(p.Rows, row)
	}
	var err error
	p.Fields, err = m.fields(v, p.Rows)
	return p, err
}

func (m many) show(v *visit) error {
	q := v.r.URL.Query()
	p, err := m.begin(v, q)
	if err != nil {
		return err
	}
	m.judge(v, p)
	return m.page(v, http.StatusOK, p)
}

// judge finds what is not possible by what the orders are.
func (m many) judge(v *visit, p *manyPage) {
	for i := range p.Rows {
		r := &p.Rows[i]
		if r.Order == nil {
			continue
		}
		if m.no != nil {
			r.No = m.no(v, r.Order)
		}
		if m.is != nil {
			r.Text = m.is(v, r.Order)
		}
	}
}

// page counts the rows and renders them.
func (m many) page(v *visit, code int, p *manyPage) error {
	left := 0
	for _, r := range p.Rows {
		if r.No != "" {
			left++
		}
	}
	p.N = len(p.Rows) - left
	p.Verb = v.t(m.verb, p.N)
	if p.Ended {
		p.Sum = v.t("%d done", p.N)
	} else {
		p.Sum = v.t("%d orders", p.N)
	}
	if left > 0 {
		p.Sum += " · " + v.t("%d stay as they are: the reason stands beside them.", left)
	}
	return v.page(code, "many", m.title, "", p)
}

// send tries or does it, order by order. The API is the judge of each: what was done under the same key before is answered
// as it was then.
func (m many) send(v *visit) error {
	form, err := v.parse()
	if err != nil {
		return err
	}
	p, err := m.begin(v, form)
	if err != nil {
		return err
	}
	var list errs.List
	body := api.NewBody(m.op)
	pages.Fill(body, form, v.lang, &list)
	if m.refused(v, p, form, list.Err()) || len(p.Rows) == 0 {
		m.judge(v, p)
		return m.page(v, http.StatusUnprocessableEntity, p)
	}
	dry := m.preview && form.Get("_step") != "do"
	p.Previewed, p.Ended = dry, !dry
	back := url.Values{}
	for i := range p.Rows {
		r := &p.Rows[i]
		if r.Order == nil {
			continue
		}
		r.Text, err = m.do(v, manyDo{many: m, order: r.Order, form: form, body: body, version: whole(form.Get("_version." + r.ID)), dry: dry, back: back})
		if err != nil {
			r.No = v.why(err)
		}
	}
	if len(back["ids"]) > 0 && m.undo != "" {
		back.Set("_list", p.List)
		p.Undo = &undo{Path: manyPath(m.undo), Fields: back, Key: pages.NewKey()}
	}
	return m.page(v, http.StatusOK, p)
}

// refused notes at the fields what is missing or cannot be read.
func (m many) refused(v *visit, p *manyPage, form url.Values, err error) bool {
	found := pages.Findings(err)
	for i := range p.Fields {
		f := &p.Fields[i]
		f.Take(form)
		if f.Error = v.t(found[f.Name]); f.Error == "" && f.Required && strings.TrimSpace(f.Value) == "" {
			f.Error = v.t("This is needed.")
		}
		if f.Error != "" {
			p.Errors = append(p.Errors, *f)
		}
	}
	return len(p.Errors) > 0 || err != nil
}

// why says why something was refused. What is not meant for people stays in the log.
func (v *visit) why(err error) string {
	e := errs.As(err)
	switch {
	case e == nil || e.Class == errs.Internal:
		v.s.log.Error("one of many failed", "err", err, "path", v.r.URL.Path, "request_id", v.w.Header().Get("X-Request-Id"))
		return v.t("It is not known whether this was done. Send the form again: nothing is done twice.")
	case e.Code == "version_mismatch":
		return v.t("Somebody changed the order meanwhile. Look at it again.")
	case len(e.Problems) > 0:
		return v.t(pages.Sentence(e.Problems[0].Detail))
	}
	return v.t(pages.Sentence(e.Detail))
}

// act carries the operation out for the order, under a key that the form's key and what it is done to make up.
func (c manyDo) act(v *visit, body any, out any, more ...string) error {
	at := slots(append([]string{"id", number0(c.order.ID)}, more...)...)
	key := c.form.Get("_key") + "." + number0(c.order.ID)
	if len(more) > 1 {
		key += "." + more[1]
	}
	_, err := v.act(api.Act{Op: c.op, Slots: at, Body: body, Key: key, Version: c.version, DryRun: c.dry}, out)
	return err
}

func holdOne(v *visit, c manyDo) (string, error) {
	c.version = 0 // it stops what is the case now, whatever that is
	var after api.Order
	err := c.act(v, c.body, &after)
	if id := v.placed(c.order, &after, c.form.Get("type")); err == nil && id != "" {
		c.undone("_holds", id)
		c.back.Set("_type", "all")
	}
	return v.t("Held."), err
}

// liftFields choose among the types of holds that are open.
func liftFields(v *visit, rows []manyRow) ([]field, error) {
	which := field{Name: "_type", Label: "Which", Kind: "select", Options: []option{{Value: "all", Text: v.t("Every open hold")}}}
	var types []string
	for _, r := range rows {
		for _, id := range r.Holds {
			for _, h := range r.Order.Holds {
				if h.ID == id && !slices.Contains(types, h.Type) {
					types = append(types, h.Type)
				}
			}
		}
	}
	slices.Sort(types)
	for _, t := range types {
		which.Options = append(which.Options, option{Value: t, Text: v.word(t)})
	}
	return []field{which, {Name: "note", Label: "Note", Kind: "area", Help: "Why it may go on."}}, nil
}

func notLifted(v *visit, o *api.Order) string {
	if openHolds(v, o) == "" {
		return v.t("Nothing holds it.")
	}
	return ""
}

func statusNow(v *visit, o *api.Order) string { return v.word(o.Status) }

// openHolds are what holds an order.
func openHolds(v *visit, o *api.Order) string {
	var out []string
	for _, h := range o.Holds {
		if h.Status == "open" {
			out = append(out, v.word(h.Type))
		}
	}
	return strings.Join(out, ", ")
}

// liftOne lifts the holds that stood in the form. Those that ended since are asked for again, which changes nothing: sent
// twice, the form has the same answer.
func liftOne(v *visit, c manyDo) (string, error) {
	c.version = 0
	n := int64(0)
	for _, h := range c.order.Holds {
		if kind := c.form.Get("_type"); !slices.Contains(c.form["_holds"], h.ID) || kind != "all" && kind != h.Type {
			continue
		}
		if err := c.act(v, c.body, nil, "hold", h.ID); err != nil {
			return "", err
		}
		n++
	}
	if n == 0 {
		return "", errs.New(errs.Conflict, "nothing_to_lift", "no such hold is open")
	}
	return v.t("%d lifted.", n), nil
}

func tagFields(*visit, []manyRow) ([]field, error) {
	return []field{{Name: "tags", Label: "Tags", Kind: "list", Required: true, Help: "Separated by commas. They stay in the journal for good: nothing about persons."}}, nil
}

// tagOne adds to the tags as they are now; an order that has them already is left alone.
func tagOne(v *visit, c manyDo) (string, error) {
	more, tags := c.body.(*api.SetTags), slices.Clone(c.order.Tags)
	for _, t := range more.Tags {
		if !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	if len(tags) == len(c.order.Tags) {
		return v.t("It has them."), nil
	}
	c.version = c.order.Version // of what was read just now
	var after api.Order
	err := c.act(v, &api.SetTags{Tags: tags}, &after)
	if err == nil {
		id := number0(c.order.ID)
		c.undone("_tags."+id, tags[len(c.order.Tags):]...)
		c.back.Set("_version."+id, strconv.FormatInt(after.Version, 10))
		c.back.Set("tags", strings.Join(more.Tags, ", "))
	}
	return v.t("Tagged."), err
}

func tagsNow(_ *visit, o *api.Order) string { return strings.Join(o.Tags, ", ") }

// untagOne takes tags away, from the order that the person looked at: those that were typed, or those that undoing names of
// it.
func untagOne(v *visit, c manyDo) (string, error) {
	drop := c.body.(*api.SetTags).Tags
	if own := c.form["_tags."+number0(c.order.ID)]; len(own) > 0 {
		drop = own
	}
	tags := slices.DeleteFunc(slices.Clone(c.order.Tags), func(t string) bool { return slices.Contains(drop, t) })
	if len(tags) == len(c.order.Tags) {
		return v.t("It has none of them."), nil
	}
	return v.t("Untagged."), c.act(v, &api.SetTags{Tags: tags}, nil)
}

func cancelFields(v *visit, _ []manyRow) ([]field, error) {
	return []field{{Name: "reason", Label: "Reason", Kind: "select", Options: v.optionsOf(cancelReasons, ""), Required: true}}, nil
}

// cancelOne cancels a whole order, as it was when the person looked at it.
func cancelOne(v *visit, c manyDo) (string, error) {
	body := &api.CancelOrder{Reason: c.body.(*api.CancelOrder).Reason}
	var after api.Order
	if err := c.act(v, body, &after); err != nil || !c.dry {
		return v.t("Canceled."), err
	}
	var out []string
	for _, e := range v.orderEffects(c.order, &after) {
		text := e.Text + ": "
		if e.Before != "" {
			text += e.Before + " → "
		}
		out = append(out, text+e.After)
	}
	return strings.Join(out, " · "), nil
}
