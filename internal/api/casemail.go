package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/work"
)

// MailIn is the body of POST /v1/webhooks/mail.
type MailIn struct {
	From          string   `json:"from" maxLength:"500" example:"Grace Hopper <grace@example.com>"`
	To            string   `json:"to,omitzero" maxLength:"2000"`
	Subject       string   `json:"subject,omitzero" maxLength:"2000"`
	Text          string   `json:"text,omitzero" doc:"longer than 20,000 characters is cut"`
	MessageID     string   `json:"message_id" minLength:"1" maxLength:"998" doc:"of the mail; the same again changes nothing"`
	InReplyTo     string   `json:"in_reply_to,omitzero" maxLength:"998" doc:"message id of the mail that it answers"`
	References    []string `json:"references,omitzero" maxItems:"100" doc:"message ids, oldest first"`
	AutoSubmitted bool     `json:"auto_submitted,omitzero" doc:"nobody wrote it: kept in the thread, and no case is opened again for it"`
}

// ContactForm is the body of POST /v1/contact.
type ContactForm struct {
	Name        string `json:"name,omitzero" maxLength:"200"`
	Email       string `json:"email" maxLength:"254"`
	Subject     string `json:"subject,omitzero" maxLength:"300"`
	Text        string `json:"text" minLength:"1" maxLength:"20000"`
	OrderNumber string `json:"order_number,omitzero" maxLength:"64"`
}

// TakenMail says where a mail went.
type TakenMail struct {
	Case      string `json:"case" example:"case_01kas8rz0hefgtq4ty8f7zm6dj"`
	Number    string `json:"number" example:"C1001"`
	Opened    bool   `json:"opened" doc:"it is a new case"`
	Duplicate bool   `json:"duplicate,omitzero" doc:"it was taken before"`
}

// TakenForm is the answer to the open form.
type TakenForm struct {
	Number string `json:"number" doc:"of the case, for the writer" example:"C1001"`
}

// mailIn takes a mail from whoever hands mails in: signed with the shared secret, or with an API key that may write
// cases.
func mailIn(c *call) error {
	actor, err := c.mailHandler()
	if err != nil {
		return err
	}
	var in MailIn
	if err := c.decode(&in); err != nil {
		return err
	}
	taken, err := c.s.app.MailIn(c.r.Context(), app.InMail{
		From: in.From, To: in.To, Subject: in.Subject, Text: in.Text, MessageID: in.MessageID, InReplyTo: in.InReplyTo, References: in.References, Robot: in.AutoSubmitted,
	}, work.Meta{Actor: actor, RequestID: requestID(c.r)})
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, TakenMail(taken))
}

// mailSignature is the header with the signature of a mail that is handed in.
const mailSignature = "Ordo-Signature"

func (c *call) mailHandler() (string, error) {
	if signature := c.r.Header.Get(mailSignature); signature != "" {
		ok := c.s.app.SignsMail(signature, func(secret string) string {
			h := hmac.New(sha256.New, []byte(secret))
			h.Write(c.body)
			return "sha256=" + hex.EncodeToString(h.Sum(nil))
		})
		if !ok {
			return "", c.s.refused(c, errs.New(errs.Unauthenticated, "invalid_signature", "the signature does not fit the body and the secret %s", app.MailSecret))
		}
		return app.System, nil
	}
	needs := *c.route
	needs.scope = "cases:write"
	c.route = &needs
	if err := c.s.authorize(c); err != nil {
		return "", err
	}
	return c.key.ID, c.allChannels()
}

// The open form takes so many requests per minute: from one address, and on this node in all.
const (
	formsEach = 6
	formsAll  = 120
)

// fromOutside counts a request of an open form.
func (c *call) fromOutside() error {
	now := time.Now()
	if err := c.s.limits.take(c.w.Header(), "form", formsAll, time.Minute, now); err != nil {
		return err
	}
	return c.s.limits.take(c.w.Header(), "form "+hostOf(c.r.RemoteAddr), formsEach, time.Minute, now)
}

func contactForm(c *call) error {
	if err := c.fromOutside(); err != nil {
		return err
	}
	var in ContactForm
	if err := c.decode(&in); err != nil {
		return err
	}
	taken, err := c.s.app.Form(c.r.Context(), app.FormIn(in), work.Meta{Actor: "customer", RequestID: requestID(c.r)})
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, TakenForm{taken.Number})
}
