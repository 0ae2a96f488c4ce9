package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/mail"
)

// MailTemplate is the text of a mail in one language.
type MailTemplate struct {
	Code     string `json:"code" example:"order_shipped.de.web"`
	Version  int64  `json:"version" doc:"0: the text that comes with Ordo"`
	Name     string `json:"name" example:"order_shipped"`
	Language string `json:"language" example:"de"`
	Channel  string `json:"channel,omitzero" doc:"none: all channels"`
	Active   bool   `json:"active"`
	Subject  string `json:"subject"`
	Text     string `json:"text"`
	HTML     string `json:"html,omitzero"`

	BuiltIn *MailText `json:"built_in,omitzero" doc:"the text that comes with Ordo, where one template is read that another is set for"`
}

// MailText is the text of a template.
type MailText struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html,omitzero"`
}

// PutMailTemplate is the body of PUT /v1/mail-templates/{code}.
type PutMailTemplate struct {
	Active  *bool  `json:"active,omitzero" doc:"true when left out; otherwise the next one in line is taken"`
	Subject string `json:"subject" minLength:"1" maxLength:"65536" doc:"a template of Go: names in {{ }} are those of the data, such as {{.order.number}}"`
	Text    string `json:"text" minLength:"1" maxLength:"65536" doc:"likewise; there are {{template \"head\" .}}, {{template \"lines\" .order.lines}}, {{template \"totals\" .order}}, {{template \"foot\" .}}, and the functions money, date, count, link, some"`
	HTML    string `json:"html,omitzero" maxLength:"65536" doc:"likewise; whatever stands in the data is escaped. Without it mails are text only"`
}

// PreviewMail is the body of POST /v1/mail-templates/{code}/preview.
type PreviewMail struct {
	Order   string  `json:"order,omitzero" doc:"id of an order to write about; the sample when left out"`
	Subject *string `json:"subject,omitzero" maxLength:"65536" doc:"instead of the published one"`
	Text    *string `json:"text,omitzero" maxLength:"65536" doc:"instead of the published one"`
	HTML    *string `json:"html,omitzero" maxLength:"65536" doc:"instead of the published one"`
}

// MailPreview is what a mail would say.
type MailPreview struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html,omitzero"`
}

func mailTemplateJSON(t *mail.Template) MailTemplate {
	name, language, channel := mail.SplitCode(t.ID)
	return MailTemplate{Code: t.ID, Version: t.Version, Name: name, Language: language, Channel: channel, Active: t.Active, Subject: t.Subject, Text: t.Text, HTML: t.HTML}
}

// mailTemplateWhole also has the text that was there before another was set.
func mailTemplateWhole(t *mail.Template) MailTemplate {
	out := mailTemplateJSON(t)
	if s, ok := mail.Shipped(out.Name, out.Language); ok && out.Channel == "" && out.Version > 0 {
		out.BuiltIn = &MailText{s.Subject, s.Text, s.HTML}
	}
	return out
}

func putMailTemplate(c *call) error {
	var in PutMailTemplate
	if err := c.decode(&in); err != nil {
		return err
	}
	code := c.r.PathValue("code")
	if _, _, channel := mail.SplitCode(code); len(c.key.Channels) > 0 && (channel == "" || !c.key.Sees(channel)) {
		return c.s.refused(c, errs.New(errs.Forbidden, "channel_forbidden", "the API key may not change mail templates of other channels or of all; end the code with your channel"))
	}
	t := &mail.Template{Meta: doc.Meta{ID: code}, Active: yes(in.Active), Subject: in.Subject, Text: in.Text, HTML: in.HTML}
	return save(c, t, c.s.app.SaveMailTemplate, mailTemplateJSON)
}

func getMailTemplate(c *call) error {
	return read(c, c.r.PathValue("code"), c.s.app.MailTemplate, mailTemplateWhole)
}

func listMailTemplates(c *call) error {
	return list(c, c.s.app.MailTemplatesAfter, mailTemplateJSON, func(t *mail.Template) string { return t.ID })
}

func previewMailTemplate(c *call) error {
	var in PreviewMail
	if err := c.decode(&in); err != nil {
		return err
	}
	if _, err := c.meta(nil); err != nil {
		return err
	}
	p := app.PreviewMail{Code: c.r.PathValue("code"), Subject: in.Subject, Text: in.Text, HTML: in.HTML}
	if in.Order != "" {
		v, err := c.visible(in.Order)
		if err != nil {
			return err
		}
		p.Order = v
	}
	out, err := c.s.app.Preview(c.r.Context(), p)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, MailPreview(out))
}
