// Package mail holds mails to customers: what they say, in which language, and what became of them.
//
// What lives here: the mail with its states, the templates, and making the one of the other. What does not: sending
// (provider/mail), and what a mail is sent about (app).
// The one idea: a mail is decided, written and kept once, under the cause that asked for it; sending is a matter of its
// own, and where it is not known whether a mail went out, that is a state and not a second try.
package mail

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Status is where a mail is on its way.
type Status string

// The statuses of a mail.
const (
	Queued     Status = "queued"     // a job will send it
	Sending    Status = "sending"    // its text is being handed over: from here on it may have gone out
	Sent       Status = "sent"       // the mail server took it
	Failed     Status = "failed"     // refused for the moment; a job will try again
	Dead       Status = "dead"       // refused for good, or too often
	Suppressed Status = "suppressed" // written and not sent: no sender is set up
	Unknown    Status = "unknown"    // handed over, and the answer was lost: a person decides
)

// Statuses lists all of them.
var Statuses = []Status{Queued, Sending, Sent, Failed, Dead, Suppressed, Unknown}

// Address is who a mail is for.
type Address struct {
	Name  string `json:"name,omitzero"`
	Email string `json:"email"`
}

// Mail is one mail to one recipient, as it was written. To, Subject, Text, HTML, the ids of the mails that it answers
// and what mail servers said are personal data.
type Mail struct {
	doc.Meta
	Status          Status      `json:"status"`
	Cause           string      `json:"cause"`                     // what asked for it: see the Cause functions
	Template        string      `json:"template,omitzero"`         // name; "" when a person wrote it
	TemplateVersion int64       `json:"template_version,omitzero"` // of the template that was set; 0: the one that comes with Ordo
	TemplateCode    string      `json:"template_code,omitzero"`    // the template that was set; "" for one that comes with Ordo
	TemplateFailed  bool        `json:"template_failed,omitzero"`  // the template that was set could not be used; the one of Ordo was
	Channel         string      `json:"channel,omitzero"`          // code of the sales channel that it is sent for
	Language        string      `json:"language,omitzero"`         // BCP 47
	Order           string      `json:"order,omitzero"`            // id
	Case            string      `json:"case,omitzero"`             // id
	From            Address     `json:"from"`                      // the shop
	ReplyTo         string      `json:"reply_to,omitzero"`         // where answers go, instead of From
	MessageID       string      `json:"message_id"`                // with the mail's id, without angle brackets
	Attempts        []Attempt   `json:"attempts,omitzero"`         // each try to hand it over
	Resent          int64       `json:"resent,omitzero"`           // how often it was sent again, each as a mail of its own
	Reason          string      `json:"reason,omitzero"`           // why it was suppressed, as a code
	QueuedAt        micros.Time `json:"queued_at"`                 //
	SentAt          micros.Time `json:"sent_at,omitzero"`          //
	NextAt          micros.Time `json:"next_at,omitzero"`          // of the next try
	Key             string      `json:"key,omitzero"`              // the unique value that it holds: see Key
	Erased          bool        `json:"erased,omitzero"`           // its personal data is gone
	To              Address     `json:"to,omitzero"`               //
	Subject         string      `json:"subject,omitzero"`          //
	Text            string      `json:"text,omitzero"`             //
	HTML            string      `json:"html,omitzero"`             // "" for a mail that is text only
	InReplyTo       string      `json:"in_reply_to,omitzero"`      // message id of the mail that it answers, without angle brackets
	References      []string    `json:"references,omitzero"`       // message ids of the conversation, oldest first
	Files           []File      `json:"files,omitzero"`            // that it carries; they stand with the files of imports, not in the journal
}

// File is a file that a mail carries.
type File struct {
	Name   string `json:"name"` // for the recipient
	Type   string `json:"type"` // media type
	Stored string `json:"stored"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`

	Content []byte `json:"-"` // read when the mail is handed over
}

// Attempt is one try to hand a mail over. Code is what the mail server answered ("550", "5.1.1"), or a word where it
// answered nothing.
type Attempt struct {
	At     micros.Time `json:"at"`
	State  Status      `json:"state"` // sending, sent, failed, dead or unknown
	Code   string      `json:"code,omitzero"`
	Detail string      `json:"detail,omitzero"` // what the server said: it may name the recipient
}

// Outcome is what became of a try.
type Outcome struct {
	State  Status // Sent, Failed, Dead or Unknown
	Code   string
	Detail string
}

// Personal is what of a mail travels in the erasable part of its events. Digest stands for text and HTML, which stand in
// the document alone.
type Personal struct {
	To         Address  `json:"to,omitzero"`
	Subject    string   `json:"subject,omitzero"`
	Digest     string   `json:"digest,omitzero"`
	InReplyTo  string   `json:"in_reply_to,omitzero"`
	References []string `json:"references,omitzero"`
	Detail     string   `json:"detail,omitzero"` // of the last attempt
}

// maxTries is how often a mail is tried that is refused for the moment: with FirstDelay a day.
const maxTries = 10

// FirstDelay is how long the second try waits; each later one waits three times as long, at most maxDelay.
const (
	FirstDelay = time.Minute
	maxDelay   = 6 * time.Hour
)

// delay is how long the next try waits after so many.
func delay(tries int, first time.Duration) time.Duration {
	d := first
	for range tries - 1 {
		if d *= 3; d > maxDelay {
			return maxDelay
		}
	}
	return d
}

// allowed lists what a person can do to a mail.
var allowed = map[Status][]string{
	Sent: {"resend"}, Dead: {"resend"}, Suppressed: {"resend"}, Unknown: {"resend"},
}

// Open reports whether a job has to do with the mail.
func (m *Mail) Open() bool { return m.Status == Queued || m.Status == Sending || m.Status == Failed }

// Begin notes that the text is about to be handed over. From then on the mail may have gone out, and is never tried
// again by itself unless the server says that it did not take it: SMTP has no way to ask.
func Begin(m *Mail, now micros.Time) (*Mail, error) {
	if m.Status != Queued && m.Status != Failed {
		return nil, errs.IllegalTransition("the mail", string(m.Status), "send", allowed[m.Status])
	}
	c := clone(m)
	c.Status, c.NextAt = Sending, 0
	c.Attempts = append(c.Attempts, Attempt{At: now, State: Sending})
	return c, nil
}

// Settle records what became of a try: the one that Begin noted, by its number, or with begun 0 one that failed before
// anything was handed over. It reports whether the mail changed: what is settled stays, but for an unknown outcome that
// becomes known after all.
func Settle(m *Mail, begun int, out Outcome, now micros.Time, first time.Duration) (*Mail, bool) {
	c := clone(m)
	switch {
	case begun == 0 && (m.Status == Queued || m.Status == Failed):
		c.Attempts = append(c.Attempts, Attempt{At: now})
	case begun == 0 || begun != len(m.Attempts) || m.Status != Sending && m.Status != Unknown || m.Status == out.State:
		return m, false
	}
	last := &c.Attempts[len(c.Attempts)-1]
	if out.State == Failed && len(c.Attempts) >= maxTries {
		out.State = Dead
	}
	last.State, last.Code, last.Detail = out.State, out.Code, clip(out.Detail, maxDetail)
	c.Status, c.NextAt = out.State, 0
	switch out.State {
	case Sent:
		c.SentAt = now
	case Failed:
		c.NextAt = now.Add(delay(len(c.Attempts), first))
	}
	return c, true
}

// Suppress ends a mail that nobody can send.
func Suppress(m *Mail, reason string) *Mail {
	c := clone(m)
	c.Status, c.Reason, c.NextAt = Suppressed, reason, 0
	return c
}

// Again makes the mail that sends another one once more, to the same recipient or to another address, and the old one
// with its counter.
func Again(m *Mail, id, to string, now micros.Time) (fresh, old *Mail, err error) {
	switch {
	case m.Open():
		return nil, nil, errs.IllegalTransition("the mail", string(m.Status), "resend", allowed[m.Status])
	case m.Erased:
		return nil, nil, errs.New(errs.Conflict, "mail_erased", "the text of the mail was erased with its recipient")
	}
	old = clone(m)
	old.Resent++
	fresh = clone(m)
	fresh.ID, fresh.Version, fresh.Status, fresh.Cause = id, 0, Queued, ResendCause(m.ID, old.Resent)
	fresh.MessageID = MessageID(id, m.From.Email)
	fresh.Attempts, fresh.Resent, fresh.Reason = nil, 0, ""
	fresh.QueuedAt, fresh.SentAt, fresh.NextAt = now, 0, 0
	if to != "" {
		fresh.To.Email = to
	}
	fresh.Key = Key(fresh.Cause, fresh.Template, fresh.To.Email)
	return fresh, old, nil
}

// Erase takes all that is personal out of a mail.
func Erase(m *Mail) *Mail {
	c := *Public(m)
	c.Key, c.Erased = m.Key, true
	return &c
}

// Public is a mail without what is personal: what its events say.
func Public(m *Mail) *Mail {
	c := *m
	c.To, c.Subject, c.Text, c.HTML, c.InReplyTo, c.References, c.Key = Address{}, "", "", "", "", nil, ""
	c.Attempts = slices.Clone(m.Attempts)
	for i := range c.Attempts {
		c.Attempts[i].Detail = ""
	}
	return &c
}

// PersonalOf is the rest of what a mail says.
func PersonalOf(m *Mail) Personal {
	return Personal{To: m.To, Subject: m.Subject, Digest: Digest(m), InReplyTo: m.InReplyTo, References: m.References}
}

// Digest stands for the text and the HTML of a mail.
func Digest(m *Mail) string {
	h := sha256.Sum256([]byte(m.Text + "\x00" + m.HTML))
	return hex.EncodeToString(h[:])
}

// EventCause names a row of the journal as the cause of a mail, ResendCause the n-th resend of another mail. Any other
// cause is a word, an aggregate that has events, and what tells its mails apart, with colons between: "case:case_01…:3".
func EventCause(seq int64) string                { return "event:" + itoa(seq) }
func ResendCause(mail string, n int64) string    { return "resend:" + mail + ":" + itoa(n) }
func Cause(word, aggregate, which string) string { return word + ":" + aggregate + ":" + which }

// Key is the unique value of a mail: a cause sends a template to a recipient once. The address is hashed, since keys
// outlive an erasure.
func Key(cause, template, to string) string {
	h := sha256.Sum256([]byte(cause + "\x00" + template + "\x00" + Fold(to)))
	return hex.EncodeToString(h[:16])
}

// MessageID is what mail programs know a mail by. It follows from the mail's id, so that a mail that does go out twice
// is recognized.
func MessageID(id, from string) string {
	_, domain, _ := strings.Cut(from, "@")
	if domain == "" {
		domain = "ordo.invalid"
	}
	return id + "@" + domain
}

// Fold makes addresses comparable.
func Fold(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// maxDetail bounds what is kept of a server's words.
const maxDetail = 300

func clone(m *Mail) *Mail {
	c := *m
	c.Attempts = slices.Clone(m.Attempts)
	return &c
}

// Check says what is wrong with a stored mail by itself; "" for nothing.
func Check(m *Mail) string {
	last := Attempt{}
	for i, a := range m.Attempts {
		if last.State != "" && last.State != Failed {
			return fmt.Sprintf("was tried again after a try that was %s", last.State)
		}
		if i > 0 && a.At < last.At {
			return "has tries that are not in their order"
		}
		last = a
	}
	want := m.Status
	switch m.Status {
	case Queued:
		want = ""
	case Suppressed:
		want = last.State
		if last.State != "" && last.State != Failed {
			return fmt.Sprintf("is suppressed after a try that was %s", last.State)
		}
	}
	switch {
	case last.State != want:
		return fmt.Sprintf("is %s, its last try was %q", m.Status, last.State)
	case (m.Status == Sent) != (m.SentAt != 0):
		return fmt.Sprintf("is %s and was sent at %q", m.Status, m.SentAt)
	case (m.Status == Failed) != (m.NextAt != 0):
		return fmt.Sprintf("is %s and tried again at %q", m.Status, m.NextAt)
	case m.MessageID != MessageID(m.ID, m.From.Email):
		return "has a message id that is not its own"
	case m.Erased && (m.To != Address{} || m.Subject+m.Text+m.HTML != ""):
		return "is erased, and what it said is there"
	case !m.Erased && m.Key != Key(m.Cause, m.Template, m.To.Email):
		return "has a key that is not that of its cause, template and recipient"
	}
	return ""
}

// clip cuts a text to so many characters.
func clip(s string, most int) string {
	r := []rune(strings.ToValidUTF8(s, "�"))
	if len(r) > most {
		r = append(r[:most-1], '…')
	}
	return string(r)
}
