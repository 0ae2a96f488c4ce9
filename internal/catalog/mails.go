package catalog

import (
	"net/mail"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/errs"
)

// Mailing is how a channel writes to its customers. Without From it does not: no notification is made.
type Mailing struct {
	From     string   `json:"from,omitzero" maxLength:"254" example:"shop@example.com" doc:"address that mails of the channel come from; without it customers get no notifications"`
	Name     string   `json:"name,omitzero" maxLength:"200" doc:"of the sender; the name of the channel when left out"`
	ReplyTo  string   `json:"reply_to,omitzero" maxLength:"254" doc:"where answers go, instead of from"`
	Language string   `json:"language,omitzero" maxLength:"35" example:"de" doc:"of mails about orders that name none; en when left out"`
	Off      []string `json:"off,omitzero" maxItems:"20" doc:"names of notifications that customers do not get"`
}

// maxMail is the longest mail address (RFC 5321).
const maxMail = 254

// check looks at what can be judged here; whether languages and notifications exist is known to mails alone.
func (m *Mailing) check(list *errs.List) {
	for _, a := range [][2]string{{"/mails/from", m.From}, {"/mails/reply_to", m.ReplyTo}} {
		if a[1] == "" {
			continue
		}
		if p, err := mail.ParseAddress(a[1]); err != nil || p.Address != a[1] || len(a[1]) > maxMail {
			list.Add(a[0], "invalid_email", "give an address such as shop@example.com")
		}
	}
	if utf8.RuneCountInString(m.Name) > address.MaxText {
		list.Add("/mails/name", "too_long", "at most %d characters", address.MaxText)
	}
}
