package api

import (
	"maps"
	"net/http"

	"ordo/internal/errs"
	"ordo/internal/mail"
)

func mailRoutes() []route {
	const tag = "Mails"
	return []route{
		{
			op: "listMails", method: http.MethodGet, path: "/v1/mails", tag: tag, summary: "List mails, newest first", scope: "mails:read", out: List[Mail]{}, status: 200, handle: listMails,
			query: append([]param{
				{name: "order", detail: "id of the order that they are about"},
				{name: "case", detail: "id of the case that they are about"},
				{name: "status", detail: "what became of them", values: texts(mail.Statuses)},
				{name: "recipient", detail: "address that they were sent to"},
			}, paged...),
		},
		{
			op: "getMail", method: http.MethodGet, path: "/v1/mails/{id}", tag: tag, summary: "Read a mail", scope: "mails:read",
			out: Mail{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getMail,
		},
		{
			op: "resendMail", method: http.MethodPost, path: "/v1/mails/{id}/resend", tag: tag, summary: "Send a mail again", scope: "mails:write", query: dry,
			in: ResendMail{}, out: Mail{}, status: http.StatusCreated, codes: []string{"not_found", "illegal_transition", "mail_erased", "mail_has_links"}, handle: resendMail,
			detail: "As it was written, as a mail of its own, which is the answer. A mail with links goes to the customer of its order only, as the order has it now. A mail that is still on its way is refused: it goes out by itself.",
		},
		{
			op: "putMailTemplate", method: http.MethodPut, path: "/v1/mail-templates/{code}", tag: tag, summary: "Publish a mail template", scope: "mails:write", query: dry,
			in: PutMailTemplate{}, out: MailTemplate{}, status: 200, etag: true, codes: []string{"version_mismatch", "channel_forbidden"}, handle: putMailTemplate,
			detail: "The code is the name of the notification, the language and, for one channel only, that channel: order_shipped.de or order_shipped.de.web. A template that says nothing sensible about the sample is refused. " +
				"Mails that were written keep their text. With active false the next one in line is taken: another language, or the text that comes with Ordo. 201 when it is new. Needs no Idempotency-Key.",
		},
		{
			op: "getMailTemplate", method: http.MethodGet, path: "/v1/mail-templates/{code}", tag: tag, summary: "Read a mail template", scope: "mails:read",
			out: MailTemplate{}, status: 200, codes: []string{"not_found"}, handle: getMailTemplate,
			detail: "Version 0 is the text that comes with Ordo.",
		},
		{op: "listMailTemplates", method: http.MethodGet, path: "/v1/mail-templates", tag: tag, summary: "List mail templates", scope: "mails:read", query: paged, out: List[MailTemplate]{}, status: 200, handle: listMailTemplates},
		{
			op: "previewMailTemplate", method: http.MethodPost, path: "/v1/mail-templates/{code}/preview", tag: tag, summary: "See what a mail would say", scope: "mails:read",
			in: PreviewMail{}, out: MailPreview{}, status: 200, codes: []string{"not_found"}, handle: previewMailTemplate,
			detail: "About an order, or about the sample. Parts that are given take the place of what is published. Nothing is stored or sent.",
		},
	}
}

const (
	exMailID       = "mail_01kas8rz0hefgtq4ty8f7zm6d7"
	exTemplateText = "{{template \"head\" .}}\nwe have it:\n\n{{template \"lines\" .order.lines}}"
)

func init() {
	idSlots["mails"] = idSlot{"mail", "mail", "MAIL"}
	problemKinds = append(
		problemKinds,
		problemKind{"mail_has_links", errs.Conflict, "The links in the mail let whoever has them act on the order; the mail is to go to somebody else than its customer.", "Correct the contact of the order, or write a new mail.", nil},
		problemKind{"mail_erased", errs.Conflict, "The text of the mail was erased together with its recipient.", "Write a new mail, if there is somebody to write to.", nil},
		problemKind{"no_mail_sender", errs.Conflict, "The sales channel has no address that mails come from.", "Set mails.from of the channel, or name a channel that has it.", nil},
		problemKind{"template_failed", errs.Conflict, "The mail template cannot be used for what the mail is about; detail says where.", "Mend the template, or write the mail without it.", nil},
	)
	m := Mail{
		ID: ref(exMailID), Version: 3, Status: "sent", Cause: "event:42", Template: mail.OrderPlaced, Channel: "web", Language: "en", Order: exOrder,
		From: MailAddress{"Web shop", "shop@example.com"}, To: &MailAddress{"Grace Hopper", "grace@example.com"}, Subject: "Your order 1042",
		Text: "Hello Grace Hopper, thank you for your order 1042.\n", MessageID: ref(exMailID + "@example.com"), Attempts: []MailAttempt{{At: exTime, State: "sent", Code: "250"}},
		QueuedAt: exTime, SentAt: exTime,
	}
	again := m
	again.ID, again.MessageID, again.Version, again.Status, again.Cause = ref("mail_01kas8rz0hefgtq4ty8f7zm6d9"), ref("mail_01kas8rz0hefgtq4ty8f7zm6d9@example.com"), 1, "queued", "resend:"+exMailID+":1"
	again.Attempts, again.SentAt = []MailAttempt{}, ""
	maps.Copy(examples, map[string]example{
		"listMails":  {nil, List[Mail]{Data: []Mail{m}}},
		"getMail":    {nil, m},
		"resendMail": {ResendMail{}, again},
	})
	findingKinds = append(
		findingKinds,
		findingKind{"unknown_template", "no mail is made of a template of this name; detail lists those that there are"},
		findingKind{"unknown_placeholder", "the text leaves open what nobody fills in; detail lists what is filled in"},
		findingKind{"invalid_template", "the template cannot be filled; detail says where and why"},
		findingKind{"invalid_language", "not a language tag such as en, de or de-AT"},
	)
	tmpl := MailTemplate{Code: "order_placed.en.web", Version: 1, Name: mail.OrderPlaced, Language: "en", Channel: "web", Active: true, Subject: "Thank you for {{.order.number}}", Text: exTemplateText}
	tmpl.HTML = `{{template "head" .}}<p>We have it.</p>{{template "lines" .order.lines}}{{template "foot" .}}`
	maps.Copy(examples, map[string]example{
		"putMailTemplate":     {PutMailTemplate{Subject: tmpl.Subject, Text: tmpl.Text, HTML: tmpl.HTML}, tmpl},
		"getMailTemplate":     {nil, tmpl},
		"listMailTemplates":   {nil, List[MailTemplate]{Data: []MailTemplate{tmpl}}},
		"previewMailTemplate": {PreviewMail{}, MailPreview{Subject: "Thank you for 10001", Text: "Hello Ada Example,\n\nwe have it:\n\n  2 × Mug, blue: €24.00\n"}},
	})
	slotCodes["mail-templates"] = tmpl.Code
	problemFacts["mail_has_links"] = map[string]any{"order": exOrder}
	exampleQueries["listMails"] = "status=sent"
	aMail := lookup{name: "MAIL", path: "/v1/mails?limit=1", prefix: "mail"}
	lookups["getMail"], lookups["resendMail"] = []lookup{aMail}, []lookup{aMail}
	maps.Copy(abouts, map[string]string{
		"Mail":        "A mail as it was written, and what became of it. In a dry run id and message_id are null.",
		"MailAddress": "A mail address with the name of whose it is.",
		"MailFile":    "A file that a mail carries.",
		"MailAttempt": "One try to hand a mail over to the mail server.",
		"ResendMail":  "Where to send a mail again.",

		"MailText":        "The text of a mail template.",
		"MailTemplate":    "The text of a mail in one language, for one sales channel or for all.",
		"PutMailTemplate": "A mail template, whole.",
		"PreviewMail":     "What to fill a template with.",
		"MailPreview":     "What a mail would say.",
		"Mailing":         "How a sales channel writes to its customers. Without from it does not.",
	})
}
