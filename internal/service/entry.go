package service

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// EntryKind says what an entry of a thread is.
type EntryKind string

// The kinds of entries.
const (
	Message EntryKind = "message" // the customer's words
	Reply   EntryKind = "reply"   // an agent's words to the customer
	Note    EntryKind = "note"    // an agent's words to colleagues
	System  EntryKind = "system"  // what Ordo says: an exception, a macro that was run
)

// Entry is one contribution to a case. It is never changed.
type Entry struct {
	doc.Meta
	Case   string      `json:"case"`
	Number int64       `json:"number"` // 1, 2, 3, … within the case
	Kind   EntryKind   `json:"kind"`
	Via    string      `json:"via"` // how it came or goes: mail, form, phone, api; system
	By     string      `json:"by"`  // actor; `customer` for messages
	At     micros.Time `json:"at"`
	Code   string      `json:"code,omitzero"` // of a system entry: what happened, for programs
	Facts  *Facts      `json:"facts,omitzero"`

	Words        // personal
	Mail  string `json:"mail,omitzero"` // id of the mail that carries a reply, whose state is the mail's own

	Erased bool `json:"erased,omitzero"`
}

// Words are what somebody wrote. All of it is personal.
type Words struct {
	From      string `json:"from,omitzero"` // mail address
	Subject   string `json:"subject,omitzero"`
	Text      string `json:"text,omitzero"`
	MessageID string `json:"message_id,omitzero"`
}

// Facts are what a system entry is about, for programs.
type Facts struct {
	Seq    int64  `json:"seq,omitzero"`    // of the journal
	Event  string `json:"event,omitzero"`  // its type
	Order  string `json:"order,omitzero"`  // id
	Part   string `json:"part,omitzero"`   // id of a payment, label, fulfillment order or job
	Reason string `json:"reason,omitzero"` // code
	Macro  *Ran   `json:"macro,omitzero"`  // what a macro did
}

// PublicEntry is the entry without what is personal.
func PublicEntry(e *Entry) Entry {
	p := *e
	p.Words = Words{}
	return p
}

// EraseEntry takes the words out of an entry.
func EraseEntry(e *Entry) *Entry {
	n := PublicEntry(e)
	n.Erased = true
	return &n
}

// Check adds to the list what is wrong with the words of an entry; at is the pointer of its text.
func (e *Entry) Check(list *errs.List, at string) {
	if strings.TrimSpace(e.Text) == "" && e.Kind != System {
		list.Add(at, "required", "write something")
	}
	if utf8.RuneCountInString(e.Text) > MaxText {
		list.Add(at, "too_long", "at most %d characters", MaxText)
	}
}

// Cut shortens what came by mail to what is kept, whole characters, and says so.
func Cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	const mark = " […]"
	runes := []rune(s)
	return string(runes[:limit-utf8.RuneCountInString(mark)]) + mark
}

// Line makes one printable line of a text.
func Line(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)), " ")
}

// Tag is how a case's number stands in the subjects of its mails.
func Tag(number string) string { return "[" + number + "]" }

var tagged = regexp.MustCompile(`\[(C[0-9]{4,15})\]`)

// NumberIn finds the number of a case in the subject of a mail; "" for none.
func NumberIn(subject string) string {
	m := tagged.FindStringSubmatch(subject)
	if m == nil {
		return ""
	}
	return m[1]
}

// PlainSubject is the subject of a case as a reply repeats it: without what mail programs put in front, and without the
// number, which replies have anyway.
func PlainSubject(c *Case) string {
	s := strings.TrimSpace(strings.ReplaceAll(c.Subject, Tag(c.Number), ""))
	for len(s) >= 3 && strings.EqualFold(s[:3], "re:") {
		s = strings.TrimSpace(s[3:])
	}
	return s
}

func days(n int64) time.Duration { return time.Duration(n) * 24 * time.Hour }
