package console

import (
	"net/http"
	"net/url"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/pages"
)

// Mail templates: what customers are written, in each language, for all sales channels or for one.

const templatesPath = Root + "/settings/mail-templates"

func templateRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: templatesPath, Scope: "mails:read", handle: listTemplates},
		{Method: http.MethodGet, Path: templatesPath + "/{code}", Scope: "mails:read", handle: showTemplate},
		{Method: http.MethodGet, Path: templatesPath + "/{code}/html", Scope: "mails:read", handle: showTemplateHTML},
		{Method: http.MethodGet, Path: templatesPath + "/{code}/other", Scope: "mails:write", handle: otherTemplate},
	}
}

func templateActions() []action {
	at := "/settings/mail-templates/{code}"
	return []action{
		{path: at + "/edit", op: "putMailTemplate", title: "Mail template", verb: "Publish it", preview: true, look: "mailedit", begin: templateForm},
		{path: at + "/reset", op: "putMailTemplate", title: "Back to the built-in text", verb: "Use the built-in text", danger: true, preview: true, look: "mailedit", begin: resetTemplateForm},
	}
}

type templatesPage struct {
	Rows []templateRow
	Next string
}

// templateRow is a template in a list. Its state is built_in, changed or inactive.
type templateRow struct {
	api.MailTemplate
	Path, State string
}

func templateRowOf(t api.MailTemplate) templateRow {
	r := templateRow{t, templatesPath + "/" + url.PathEscape(t.Code), "changed"}
	switch {
	case t.Version == 0:
		r.State = "built_in"
	case !t.Active:
		r.State = "inactive"
	}
	return r
}

func listTemplates(v *visit) error {
	ask := query("limit", "100", "cursor", v.r.URL.Query().Get("cursor"))
	var list api.List[api.MailTemplate]
	if err := v.get("listMailTemplates", nil, ask, &list); err != nil {
		return err
	}
	p := templatesPage{Next: v.nextPage(ask, list.NextCursor)}
	for _, t := range list.Data {
		p.Rows = append(p.Rows, templateRowOf(t))
	}
	return v.page(http.StatusOK, "mailtemplates", "Mail templates", "", p)
}

type templatePage struct {
	Row     templateRow
	Others  []view // of the same mail, in other languages and for other channels
	Try     *ruleTry
	Mail    *api.MailPreview
	Problem string // why there is no preview
	Write   bool   // the person may write one for another language
	Actions []pageAction
}

func (v *visit) mailTemplate(code string) (*api.MailTemplate, error) {
	var t api.MailTemplate
	err := v.get("getMailTemplate", slots("code", code), nil, &t)
	return &t, err
}

// mailOf is what a template says about the sample, or about an order, with what is typed in place of what is published.
func (v *visit) mailOf(code string, in api.PreviewMail) (*api.MailPreview, error) {
	var out api.MailPreview
	_, err := v.act(api.Act{Op: "previewMailTemplate", Key: pages.NewKey(), Slots: slots("code", code), Body: &in}, &out)
	return &out, err
}

func showTemplate(v *visit) error {
	code := v.r.PathValue("code")
	t, err := v.mailTemplate(code)
	if err != nil {
		return err
	}
	p := templatePage{Row: templateRowOf(*t), Write: v.may("mails:write")}
	var list api.List[api.MailTemplate]
	if err := v.get("listMailTemplates", nil, query("limit", "1000"), &list); err != nil {
		return err
	}
	for _, o := range list.Data {
		if o.Name == t.Name {
			text := o.Language
			if o.Channel != "" {
				text += " · " + o.Channel
			}
			p.Others = append(p.Others, view{Text: text, Path: templatesPath + "/" + url.PathEscape(o.Code), Current: o.Code == code})
		}
	}
	var about api.PreviewMail
	if v.may("orders:read") {
		o, try, err := v.tried()
		if err != nil {
			return err
		}
		if p.Try = try; o != nil {
			about.Order = number0(o.ID)
		}
	}
	if p.Mail, err = v.mailOf(code, about); err != nil { // such as a part that this order does not have
		if errs.ClassOf(err) == errs.Internal {
			return err
		}
		p.Mail, p.Problem = nil, strings.Join(sentences(err), " ")
	}
	reset := pageAction{Text: "Back to the built-in text", Path: p.Row.Path + "/reset", Page: true, Danger: true}
	if t.BuiltIn == nil {
		reset.No = v.t("It is the built-in text.")
		if t.Version > 0 {
			reset.No = v.t("There is no built-in text for this.")
		}
	}
	p.Actions = v.only("mails:write", []pageAction{reset, {Text: "Change", Path: p.Row.Path + "/edit", Page: true, Primary: true}})
	return v.page(http.StatusOK, "mailtemplate", "Mail template", "", p)
}

// sentences are what an error says, with its findings.
func sentences(err error) (out []string) {
	for _, text := range findingsOf(err) {
		out = append(out, text)
	}
	return out
}

// htmlPolicy lets a mail show itself and do nothing else: no script, no form, nothing from elsewhere.
const htmlPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// showTemplateHTML shows the part in HTML as a mail program would, about the sample.
func showTemplateHTML(v *visit) error {
	m, err := v.mailOf(v.r.PathValue("code"), api.PreviewMail{})
	if err != nil {
		return err
	}
	if m.HTML == "" {
		return errNoPage
	}
	h := v.w.Header()
	h.Set("Content-Security-Policy", htmlPolicy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = v.w.Write([]byte(m.HTML)) // who has left does not read it
	return nil
}

// otherTemplate leads to the form of the same mail in another language or for one sales channel.
func otherTemplate(v *visit) error {
	name, _, _ := strings.Cut(v.r.PathValue("code"), ".")
	q := v.r.URL.Query()
	code := name + "." + strings.TrimSpace(q.Get("language"))
	if channel := strings.TrimSpace(q.Get("channel")); channel != "" {
		code += "." + channel
	}
	v.redirect(templatesPath + "/" + url.PathEscape(code) + "/edit?from=" + url.QueryEscape(v.r.PathValue("code")))
	return nil
}

// templateSubject begins the forms of a template. One that there is not yet begins with the text that it is made from.
func templateSubject(v *visit) (*subject, *api.MailTemplate, error) {
	code := v.r.PathValue("code")
	t, err := v.mailTemplate(code)
	if errs.ClassOf(err) == errs.NotFound {
		t, err = &api.MailTemplate{Active: true}, nil
		if from := v.r.URL.Query().Get("from"); from != "" {
			if t, err = v.mailTemplate(from); err == nil {
				t.Version, t.Active = 0, true
			}
		}
	}
	if err != nil {
		return nil, nil, err
	}
	s := &subject{name: code, slots: slots("code", code), version: t.Version, back: templatesPath + "/" + url.PathEscape(code)}
	s.place = func(finding string) string {
		if finding == "code" { // there is no field for it
			return "subject"
		}
		return finding
	}
	s.effects = func(answer []byte) (out []effect, err error) {
		var after api.MailTemplate
		if err := jsonx.Unmarshal(answer, &after); err != nil {
			return nil, err
		}
		return []effect{{Text: v.t("Version"), Before: v.number(t.Version), After: v.number(after.Version)}}, nil
	}
	s.done = func([]byte) string {
		return v.t("Mails from now on are written so. Those that were written keep their text.")
	}
	return s, t, nil
}

func templateForm(v *visit) (*subject, error) {
	s, t, err := templateSubject(v)
	if err != nil {
		return nil, err
	}
	s.about = v.t("What stands in {{ }} is filled in. A name that there is not is refused, with what there is.")
	s.fields = []field{
		{Name: "subject", Label: "Subject", Kind: "text", Value: t.Subject, Required: true},
		{Name: "text", Label: "Text", Kind: "area", Value: t.Text, Required: true},
		{Name: "html", Label: "HTML", Kind: "area", Value: t.HTML, Help: "Empty: mails are text only."},
		activeField(v, t.Active),
	}
	s.look = func(form url.Values) (any, error) {
		in := api.PreviewMail{Subject: &t.Subject, Text: &t.Text, HTML: &t.HTML}
		if form.Has("subject") {
			subject, text, html := form.Get("subject"), form.Get("text"), form.Get("html")
			in = api.PreviewMail{Subject: &subject, Text: &text, HTML: &html}
		}
		m, err := v.mailOf(v.r.PathValue("code"), in)
		if errs.ClassOf(err) == errs.Invalid && len(form) == 0 { // nothing is typed yet
			return nil, nil
		}
		return m, err
	}
	return s, nil
}

func resetTemplateForm(v *visit) (*subject, error) {
	s, t, err := templateSubject(v)
	if err != nil {
		return nil, err
	}
	s.about = v.t("The text that comes with Ordo is published again. The one that is there now stays in the journal.")
	if t.BuiltIn == nil {
		s.no = v.t("There is no built-in text for this.")
		return s, nil
	}
	b := t.BuiltIn
	s.fill = func(_ url.Values, body any, _ *errs.List) {
		*body.(*api.PutMailTemplate) = api.PutMailTemplate{Subject: b.Subject, Text: b.Text, HTML: b.HTML}
	}
	s.look = func(url.Values) (any, error) {
		return v.mailOf(v.r.PathValue("code"), api.PreviewMail{Subject: &b.Subject, Text: &b.Text, HTML: &b.HTML})
	}
	return s, nil
}
