package console

import (
	"net/http"
	"net/url"
	"slices"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/pages"
)

// An action is a form for one operation of the API, at its own address: it works without a script, opens as a dialog with
// one, shows what it will do before it does it, and does it once however often it is sent.
type action struct {
	path    string // below Root
	op      string
	title   string
	verb    string // on the button
	danger  bool
	preview bool   // the operation takes dry_run, and subject.effects tells what it would do
	look    string // name of the template, where it has one of its own
	// begin loads what the form is about. It runs for every request of the form.
	begin func(v *visit) (*subject, error)
}

// subject is what an action is about.
type subject struct {
	name     string            // as people call it: Order 1042
	about    string            // a sentence above the fields
	slots    map[string]string // of the operation's path
	version  int64             // 0: the operation takes none
	back     string            // where to go afterwards
	no       string            // why it is not possible now; "" when it is
	fix      string            // address of the page where that is mended
	fields   []field
	effects  func(answer []byte) ([]effect, error) // of a dry run
	done     func(answer []byte) string            // what to say afterwards; nil for "Done."
	check    func(form url.Values) error           // before it is done: what the operation does not ask for, such as a typed confirmation
	next     func(answer []byte) string            // where to go afterwards, if the answer says it; nil for back
	once     func(answer []byte) (template string, data any, err error)
	shown    []effect                                         // what it comes to, where that is known before
	fill     func(form url.Values, body any, list *errs.List) // puts into the body what its fields do not say by their names
	place    func(finding string) string                      // the field of what is found there
	findings func(e *errs.Error) map[string]string            // instead of pages.Findings
	explain  func(e *errs.Error) (string, []string)           // why it was refused, in more words than the error has; "" to leave it
	undo     func(answer []byte) *undo                        // takes it back, where that is safe; nil for nothing
	nothing  string                                           // what a preview says that has no effects
	look     func(form url.Values) (any, error)               // what else the action's own template shows of what was typed
}

type (
	field    = pages.Field
	option   = pages.Option
	rowField = pages.Row
)

// effect is one thing that an action changes: what it is before and after.
type effect struct {
	Text, Before, After string
	Tone                string // good, bad, or none
	Long                string // in place of After: a text of several lines
}

// actionPage is what the template of actions gets.
type actionPage struct {
	Title, Name, About, Verb, Back, No, Fix, Path string
	Danger, CanPreview                            bool
	Fields                                        []field
	Key                                           string
	Version                                       int64
	Error                                         string
	Errors                                        []field // those with an error, for the summary
	Reasons                                       []string
	Effects                                       []effect
	Previewed                                     bool
	Look                                          any
	Nothing                                       string
	Table                                         bool // a field has rows: one can be added
}

// template is the name of the page.
func (a action) template() string {
	if a.look != "" {
		return a.look
	}
	return "action"
}

func (a action) routes() []Route {
	scope, _ := api.Scope(a.op)
	return []Route{
		{Method: http.MethodGet, Path: Root + a.path, Scope: scope, handle: a.show},
		{Method: http.MethodPost, Path: Root + a.path, Scope: scope, handle: a.send},
	}
}

func (a action) show(v *visit) error {
	s, err := a.begin(v)
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	for i := range s.fields { // links may fill fields in
		if f := &s.fields[i]; q.Has(f.Name) {
			f.Take(q)
		}
	}
	p := a.page(v, s, url.Values{})
	if s.look != nil {
		if p.Look, err = s.look(url.Values{}); err != nil {
			return err
		}
	}
	return v.page(http.StatusOK, a.template(), a.title, "", p)
}

func (a action) page(v *visit, s *subject, form url.Values) actionPage {
	p := actionPage{
		Title: v.t(a.title), Name: s.name, About: s.about, Verb: v.t(a.verb), Back: s.back, No: s.no, Fix: s.fix, Path: v.r.URL.Path, Danger: a.danger, CanPreview: a.preview,
		Fields: s.fields, Key: form.Get("_key"), Version: s.version,
		Effects: s.shown, Previewed: len(s.shown) > 0, Nothing: s.nothing,
		Table: slices.ContainsFunc(s.fields, func(f field) bool { return f.Kind == "table" }),
	}
	if p.Key == "" {
		p.Key = pages.NewKey()
	}
	return p
}

// send previews or does what a form says. What was typed comes back with every refusal.
func (a action) send(v *visit) error {
	form, err := v.parse()
	if err != nil {
		return err
	}
	s, err := a.begin(v)
	if err != nil {
		return err
	}
	for i := range s.fields {
		if s.fields[i].Kind == "table" {
			s.fields[i].Tidy(form)
		}
	}
	if form.Get("_step") == "row" {
		for i := range s.fields {
			s.fields[i].Take(form)
		}
		return v.page(http.StatusOK, a.template(), a.title, "", a.page(v, s, form))
	}
	act, err := a.asked(v, s, form)
	if err == nil && s.check != nil && !act.DryRun {
		err = s.check(form)
	}
	var acted *api.Acted
	if err == nil {
		acted, err = v.act(act, nil)
	}
	switch {
	case err != nil:
		return a.refused(v, s, form, err)
	case act.DryRun:
		return a.previewed(v, s, form, act.Version, acted.Body)
	}
	return a.finished(v, s, acted.Body)
}

// asked is what a form asks of the operation. The fields take what was typed, also where it is not possible.
func (a action) asked(v *visit, s *subject, form url.Values) (api.Act, error) {
	var list errs.List
	body := api.NewBody(a.op)
	if body != nil {
		pages.Fill(body, form, v.lang, &list)
	}
	if s.fill != nil {
		s.fill(form, body, &list)
	}
	for i := range s.fields {
		s.fields[i].Take(form)
	}
	act := api.Act{Op: a.op, Slots: s.slots, Body: body, Key: form.Get("_key"), DryRun: a.preview && form.Get("_step") == "preview"}
	if s.version > 0 && form.Get("_version") != "" {
		act.Version = s.version
		if typed := whole(form.Get("_version")); typed > 0 {
			act.Version = typed // what the person looked at
		}
	}
	return act, list.Err()
}

// previewed shows the form again, with what it would do.
func (a action) previewed(v *visit, s *subject, form url.Values, version int64, answer []byte) (err error) {
	p := a.page(v, s, form)
	if p.Effects, err = s.effects(answer); err != nil {
		return err
	}
	p.Previewed, p.Version = true, version
	if s.look != nil {
		if p.Look, err = s.look(form); err != nil {
			return a.refused(v, s, form, err)
		}
	}
	return v.page(http.StatusOK, a.template(), a.title, "", p)
}

// finished says what was done, and goes on.
func (a action) finished(v *visit, s *subject, answer []byte) error {
	if s.once != nil {
		name, data, err := s.once(answer)
		if err != nil {
			return err
		}
		return v.page(http.StatusOK, name, a.title, "", data)
	}
	text := v.t("Done.")
	if s.done != nil {
		text = s.done(answer)
	}
	var back *undo
	if s.undo != nil {
		back = s.undo(answer)
	}
	v.flashUndo(text, back)
	if s.next != nil {
		s.back = s.next(answer)
	}
	v.redirect(s.back)
	return nil
}

// refused shows the form again, with the findings at their fields. The key stays: sending the same again is the same.
// After a refusal nothing is stored under it.
func (a action) refused(v *visit, s *subject, form url.Values, err error) error {
	e := errs.As(err)
	if e == nil || e.Class == errs.Internal {
		return err
	}
	p := a.page(v, s, form)
	found := pages.Findings(err)
	if s.findings != nil {
		found = s.findings(e)
	}
	for name, text := range found {
		found[name] = v.t(text)
	}
	same := s.place
	if same == nil {
		same = func(finding string) string { return finding }
	}
	for i := range s.fields {
		p.Errors = append(p.Errors, s.fields[i].Place(found, same)...)
	}
	switch {
	case e.Code == "version_mismatch":
		p.Error = v.t("Somebody changed this while you were typing. Look at it again below; what you typed is still here, and the next click goes by the new state.")
	case len(found) > 0:
		for name, text := range found {
			p.Error += name + ": " + text + " "
		}
	case len(p.Errors) == 0:
		p.Error = v.t(pages.Sentence(e.Detail))
	}
	if s.explain != nil {
		if text, reasons := s.explain(e); text != "" {
			p.Error, p.Reasons = text, reasons
		}
	}
	return v.page(api.Status(e.Class), a.template(), a.title, "", p)
}

// whole reads a number that a form carries; 0 for anything else.
func whole(s string) (n int64) {
	for _, c := range s {
		if c < '0' || c > '9' || n > 1<<50 {
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// actions lists all of them.
func actions() []action {
	var all []action
	for _, part := range [][]action{orderActions(), changeActions(), caseActions(), caseOpenActions(), returnActions(), customerActions(), fulfillmentActions(), stockActions(), productActions(), peopleActions(), settingsActions(), ruleActions(), templateActions(), savedReportActions()} {
		all = append(all, part...)
	}
	return append(all, setupActions()...)
}
