package portal

import (
	"net/http"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/pages"
)

// startPage is the form for those who have no link at hand.
type startPage struct {
	formPage
	Asked bool // it was sent: what came of it is not told
}

func (v *visit) startPage() startPage {
	p := startPage{formPage: v.formOf("", nil)}
	p.Path, p.Heading, p.Verb = v.s.base+Root, v.t("Find your order"), v.t("Mail me the link")
	p.About = v.t("We mail you the link to your order.")
	p.Fields = []pages.Field{
		{Name: "order_number", Label: "Order number", Required: true},
		{Name: "email", Label: "Mail address of the order", Kind: "email", Required: true, Auto: "email"},
	}
	return p
}

// askStart is the page without a link. Where nobody can be mailed one, it is that of a link which opens nothing.
func askStart(v *visit) error {
	if !v.s.mails {
		return errGone
	}
	p := v.startPage()
	return v.show(http.StatusOK, "start", p.Heading, p)
}

// doStart has the link mailed. Its answer is the same whether there is such an order or not.
func doStart(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	p := v.startPage()
	for i := range p.Fields {
		p.Fields[i].Take(form)
	}
	var list errs.List
	var body api.AskLink
	pages.Fill(&body, form, v.lang, &list)
	if _, err := v.act(api.Act{Op: "askLink", Body: body}, nil); err != nil {
		code, err := v.refused(&p.formPage, err)
		if err != nil {
			return err
		}
		return v.show(code, "start", p.Heading, p)
	}
	p.Asked = true
	return v.show(http.StatusAccepted, "start", p.Heading, p)
}
