package api

import (
	"net/http"
	"regexp"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/mail"
	"ordo/internal/work"
)

// Mail is a mail as it was written, and what became of it. In a dry run id and message_id are null.
type Mail struct {
	ID              *string       `json:"id" doc:"null in a dry run"`
	Version         int64         `json:"version"`
	Status          string        `json:"status" enum:"queued,sending,sent,failed,dead,suppressed,unknown" doc:"failed: refused for the moment, and tried again; dead: refused for good; suppressed: no sender is set up; unknown: handed over, and the answer was lost: it is not sent again by itself"`
	Reason          string        `json:"reason,omitzero" doc:"why it was suppressed"`
	Cause           string        `json:"cause" doc:"what it was sent for: a cause sends a template to a recipient once" example:"event:42"`
	Template        string        `json:"template,omitzero" doc:"name; none when a person wrote it" example:"order_placed"`
	TemplateCode    string        `json:"template_code,omitzero" doc:"the template of yours that it was made of; none for the one that comes with Ordo" example:"order_placed.de.web"`
	TemplateVersion int64         `json:"template_version,omitzero" doc:"and its version"`
	TemplateFailed  bool          `json:"template_failed,omitzero" doc:"your template could not be used for this mail; the one of Ordo was"`
	Channel         string        `json:"channel,omitzero"`
	Language        string        `json:"language,omitzero"`
	Order           string        `json:"order,omitzero"`
	Case            string        `json:"case,omitzero"`
	From            MailAddress   `json:"from"`
	To              *MailAddress  `json:"to,omitzero" doc:"gone when it was erased"`
	ReplyTo         string        `json:"reply_to,omitzero"`
	Subject         string        `json:"subject"`
	Text            string        `json:"text" doc:"as it was written, but for the tokens of the customer's links, which the customer alone gets"`
	HTML            string        `json:"html,omitzero"`
	MessageID       *string       `json:"message_id" doc:"as mail programs know it; null in a dry run"`
	InReplyTo       string        `json:"in_reply_to,omitzero"`
	References      []string      `json:"references,omitzero"`
	Files           []MailFile    `json:"files,omitzero" doc:"that it carries"`
	Attempts        []MailAttempt `json:"attempts"`
	Resent          int64         `json:"resent" doc:"how often it was sent again, each time as a mail of its own"`
	Erased          bool          `json:"erased,omitzero"`
	QueuedAt        string        `json:"queued_at" format:"date-time"`
	SentAt          string        `json:"sent_at,omitzero" format:"date-time"`
	NextAt          string        `json:"next_at,omitzero" format:"date-time" doc:"when it is tried again"`
}

// MailAddress is a mail address with the name of whose it is.
type MailAddress struct {
	Name  string `json:"name,omitzero"`
	Email string `json:"email"`
}

// MailFile is a file that a mail carries.
type MailFile struct {
	Name   string `json:"name" example:"sales-2026-11-16-2026-11-22.pdf"`
	Type   string `json:"type" example:"application/pdf"`
	Size   int64  `json:"size" doc:"bytes"`
	SHA256 string `json:"sha256"`
}

// MailAttempt is one try to hand a mail over.
type MailAttempt struct {
	At     string `json:"at" format:"date-time"`
	State  string `json:"state" enum:"sending,sent,failed,dead,unknown"`
	Code   string `json:"code,omitzero" doc:"what the mail server answered, or a word where it answered nothing" example:"5.1.1"`
	Detail string `json:"detail,omitzero"`
}

// ResendMail is the body of POST /v1/mails/{id}/resend.
type ResendMail struct {
	To string `json:"to,omitzero" maxLength:"254" doc:"another address; the same one when left out"`
}

// mailToken is the token in a customer's link: who may read mails may not do what the customer may.
var mailToken = regexp.MustCompile("(" + regexp.QuoteMeta(app.CustomerLinkPath) + ")[0-9A-Za-z._~-]+")

// hideLinks takes the tokens out of a text.
func hideLinks(text string) string { return mailToken.ReplaceAllString(text, "${1}…") }

func mailJSON(m *mail.Mail) Mail {
	out := Mail{
		ID: orNull(m.ID), Version: m.Version, Status: string(m.Status), Reason: m.Reason, Cause: m.Cause, Template: m.Template, TemplateCode: m.TemplateCode,
		TemplateVersion: m.TemplateVersion, TemplateFailed: m.TemplateFailed, Channel: m.Channel, Language: m.Language, Order: m.Order, Case: m.Case,
		From: MailAddress(m.From), ReplyTo: m.ReplyTo, Subject: m.Subject, Text: hideLinks(m.Text), HTML: hideLinks(m.HTML), InReplyTo: m.InReplyTo, References: m.References,
		Attempts: []MailAttempt{}, Resent: m.Resent, Erased: m.Erased, QueuedAt: m.QueuedAt.String(), SentAt: m.SentAt.String(), NextAt: m.NextAt.String(),
	}
	for _, f := range m.Files {
		out.Files = append(out.Files, MailFile{f.Name, f.Type, f.Size, f.SHA256})
	}
	if m.ID != "" {
		out.MessageID = &m.MessageID
	}
	if !m.Erased {
		to := MailAddress(m.To)
		out.To = &to
	}
	for _, a := range m.Attempts {
		out.Attempts = append(out.Attempts, MailAttempt{a.At.String(), string(a.State), a.Code, a.Detail})
	}
	return out
}

func listMails(c *call) error {
	q := c.query
	f := app.MailFilter{Order: q.Get("order"), Case: q.Get("case"), Status: q.Get("status"), Recipient: q.Get("recipient"), Channels: c.key.Channels, Before: q.Get("cursor")}
	limit, err := c.limit()
	if err != nil {
		return err
	}
	if f.Before != "" && !ids.Valid("mail", f.Before) {
		return invalidCursor()
	}
	f.Limit = limit + 1
	mails, err := c.s.app.ListMails(c.r.Context(), f)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(mails, limit, mailJSON, func(m *mail.Mail) string { return m.ID }))
}

// mailID checks the id in the path and whether the key sees the mail's channel.
func (c *call) mailID() (*mail.Mail, error) {
	id := c.r.PathValue("id")
	if !ids.Valid("mail", id) {
		return nil, errs.Unknown("mail", id)
	}
	m, err := c.s.app.Mail(c.r.Context(), id)
	if err != nil {
		return nil, away(err)
	}
	if !c.key.Sees(m.Channel) {
		return nil, c.s.refused(c, errs.Unknown("mail", id))
	}
	return m, nil
}

func getMail(c *call) error {
	m, err := c.mailID()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, mailJSON(m))
}

func resendMail(c *call) error {
	m, err := c.mailID()
	if err != nil {
		return err
	}
	var in ResendMail
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.ResendMail{Mail: m.ID, To: in.To}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.ResendMail(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryResendMail(c.r.Context(), cmd, m) },
		rendered(http.StatusCreated, mailJSON))
}
