// Package smtp hands mails to a mail server.
//
// What lives here: the message as it goes over the wire, the conversation with the server, and what its answers mean.
// What does not: trying again (app).
// The one idea: a mail is the server's from its answer to the end of the text on. Before the end of the text it is
// certainly not, and the mail is tried again; between the two nobody can know, and it is not.
package smtp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	netmail "net/mail"
	"net/textproto"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"ordo/internal/mail"
)

// How a connection is protected.
const (
	STARTTLS = "starttls" // required, not only where it is offered
	TLS      = "tls"      // from the first byte
	Plain    = "none"     // for a server on the same machine
)

// ports are those of the modes where none is set.
var ports = map[string]int{STARTTLS: 587, TLS: 465, Plain: 25}

// Options say which server to use.
type Options struct {
	Host     string
	Port     int    // 0: that of the mode
	User     string // "" for a server that asks for none
	Password string
	Mode     string // STARTTLS, TLS or Plain; "" for STARTTLS
	Bounces  string // where the server returns mails to (MAIL FROM); "" for the sender of each mail

	Config *tls.Config   // for tests; nil takes the system's roots
	Wait   time.Duration // for all of one mail; 0 takes 30 s
}

// Sender talks to one mail server, one connection per mail.
type Sender struct{ o Options }

// New makes a sender. It does not connect.
func New(o Options) *Sender {
	if o.Mode == "" {
		o.Mode = STARTTLS
	}
	if o.Port == 0 {
		o.Port = ports[o.Mode]
	}
	if o.Wait == 0 {
		o.Wait = 30 * time.Second
	}
	if o.Config == nil {
		o.Config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	o.Config = o.Config.Clone()
	o.Config.ServerName = o.Host
	return &Sender{o}
}

// Send implements the interface.
func (s *Sender) Send(ctx context.Context, m *mail.Mail, begin func() error) (mail.Outcome, error) {
	text, err := Message(m)
	if err != nil { // what stands in it can be no mail, now and later
		return mail.Outcome{State: mail.Dead, Code: "invalid_message", Detail: err.Error()}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Wait)
	defer cancel()
	c, err := s.connect(ctx, m)
	if err != nil {
		if ctx.Err() == context.Canceled { // the program stops: the mail server has no part in it
			return mail.Outcome{}, err
		}
		return outcome(err, false), nil // a server that is set up wrongly can be set right
	}
	defer func() { _ = c.Close() }()
	if err := c.Rcpt("<" + m.To.Email + ">"); err != nil {
		return outcome(err, true), nil
	}
	if err := begin(); err != nil {
		return mail.Outcome{}, err
	}
	return handOver(c, text), nil
}

// handOver sends the text. Until its end has left, the server has no mail.
func handOver(c *smtp.Client, text []byte) mail.Outcome {
	w, err := c.Data()
	if err != nil {
		return outcome(err, true)
	}
	if _, err := w.Write(text); err != nil {
		return outcome(err, true)
	}
	err = w.Close()
	var answer *textproto.Error
	switch {
	case err == nil:
		_ = c.Quit()
		return mail.Outcome{State: mail.Sent, Code: "250"}
	case errors.As(err, &answer):
		return outcome(err, true)
	}
	return mail.Outcome{State: mail.Unknown, Code: "no_answer", Detail: err.Error()}
}

// connect comes as far as the recipient.
func (s *Sender) connect(ctx context.Context, m *mail.Mail) (*smtp.Client, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(s.o.Host, strconv.Itoa(s.o.Port)))
	if err != nil {
		return nil, err
	}
	until, _ := ctx.Deadline()
	_ = conn.SetDeadline(until)
	context.AfterFunc(ctx, func() { _ = conn.Close() }) // after Send it is closed anyway
	if s.o.Mode == TLS {
		conn = tls.Client(conn, s.o.Config)
	}
	c, err := smtp.NewClient(conn, s.o.Host)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	if err := s.introduce(c, m); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

func (s *Sender) introduce(c *smtp.Client, m *mail.Mail) error {
	if err := c.Hello(helloName(m)); err != nil {
		return err
	}
	if s.o.Mode == STARTTLS {
		if err := c.StartTLS(s.o.Config); err != nil {
			return err
		}
	}
	if s.o.User != "" {
		if err := c.Auth(s.auth(c)); err != nil {
			return err
		}
	}
	c.SkipSMTPUTF8(ascii(m.To.Email) && ascii(m.From.Email)) // servers on the way may not know it: only where it is needed
	from := s.o.Bounces
	if from == "" {
		from = m.From.Email
	}
	return c.Mail("<" + from + ">")
}

// auth takes PLAIN where the server has it, and LOGIN otherwise; a password leaves on a protected connection, or to this
// machine.
func (s *Sender) auth(c *smtp.Client) smtp.Auth {
	if _, offered := c.Extension("AUTH"); strings.Contains(offered, "LOGIN") && !strings.Contains(offered, "PLAIN") {
		return smtp.LoginAuth(s.o.User, s.o.Password, s.o.Host, false)
	}
	return smtp.PlainAuth("", s.o.User, s.o.Password, s.o.Host, false)
}

// helloName is what the server is told that this machine is called.
func helloName(m *mail.Mail) string {
	if name, err := os.Hostname(); err == nil && strings.Contains(name, ".") {
		return name
	}
	if _, domain, ok := strings.Cut(m.From.Email, "@"); ok {
		return domain
	}
	return "localhost"
}

var enhanced = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

// outcome says what an answer means. A refusal of the recipient or the text can be for good; anything else that is
// wrong, with the server or the way to it, passes or is set right.
func outcome(err error, final bool) mail.Outcome {
	var answer *textproto.Error
	if !errors.As(err, &answer) {
		return mail.Outcome{State: mail.Failed, Code: "no_connection", Detail: err.Error()}
	}
	out := mail.Outcome{State: mail.Failed, Code: strconv.Itoa(answer.Code), Detail: answer.Msg}
	if code := enhanced.FindString(answer.Msg); code != "" {
		out.Code = code
	}
	if final && answer.Code >= 500 {
		out.State = mail.Dead
	}
	return out
}

// Message is a mail as it goes over the wire.
func Message(m *mail.Mail) ([]byte, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	from, err := address(m.From)
	if err != nil {
		return nil, err
	}
	to, err := address(m.To)
	if err != nil {
		return nil, err
	}
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	if m.ReplyTo != "" {
		reply, err := address(mail.Address{Email: m.ReplyTo})
		if err != nil {
			return nil, err
		}
		msg.ReplyToMailAddress(reply)
	}
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(m.MessageID)
	msg.SetDateWithValue(m.QueuedAt.Std())
	if m.InReplyTo != "" {
		msg.SetGenHeaderPreformatted(gomail.HeaderInReplyTo, "<"+header(m.InReplyTo)+">")
	}
	if len(m.References) > 0 {
		ids := make([]string, len(m.References))
		for i, r := range m.References {
			ids[i] = "<" + header(r) + ">"
		}
		msg.SetGenHeaderPreformatted(gomail.HeaderReferences, strings.Join(ids, "\r\n "))
	}
	if m.Template != "" || len(m.Files) > 0 { // so that no absence notice answers it
		msg.SetGenHeader("Auto-Submitted", "auto-generated")
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	for _, f := range m.Files {
		if err := msg.AttachReader(f.Name, bytes.NewReader(f.Content), gomail.WithFileContentType(gomail.ContentType(f.Type))); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	_, err = msg.WriteTo(&b)
	return b.Bytes(), err
}

// address joins a name, whatever it contains, with an address.
func address(a mail.Address) (*netmail.Address, error) {
	parsed, err := netmail.ParseAddress(a.Email)
	if err != nil {
		return nil, err
	}
	return &netmail.Address{Name: mail.Subject(a.Name), Address: parsed.Address}, nil
}

// header keeps what came from outside within its header.
func header(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || r == '<' || r == '>' {
			return -1
		}
		return r
	}, s)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
