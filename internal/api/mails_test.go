package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"ordo/internal/app"
	"ordo/internal/mail"
	"ordo/internal/project"
	"ordo/internal/provider/mail/sink"
	"ordo/internal/provider/mail/smtp"
	"ordo/internal/storetest"
	"ordo/internal/work"
)

func init() {
	exampleOrder += " listMails putMailTemplate getMailTemplate listMailTemplates previewMailTemplate"
	unready["getMail"], unready["resendMail"] = true, true // an example world sends none
}

// withPost runs a scenario on both engines, with a mail server of its own.
func withPost(t *testing.T, f func(t *testing.T, f *fixture, post *sink.Server), change ...func(*setup)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) {
		post, err := sink.Start(nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(post.Close)
		f(t, start(t, url, append([]func(*setup){func(o *setup) {
			o.mailer = smtp.New(smtp.Options{Host: post.Host, Port: post.Port, Mode: smtp.Plain})
			o.settings.MailRetry = 10 * time.Millisecond
		}}, change...)...), post)
	})
}

// queueMail writes a mail as commands of other areas do.
type queueMail struct {
	app *app.App
	in  app.MailIntent
}

func (c queueMail) Needs(*work.Needs) {}

func (c queueMail) Run(u *work.Unit) (string, error) {
	m, _, err := c.app.QueueMail(u, c.in)
	if err != nil {
		return "", err
	}
	return m.ID, nil
}

// queued is a mail to an address about the seeded order.
func (f *fixture) queued(to string, change func(*app.MailIntent)) string {
	f.t.Helper()
	in := app.MailIntent{
		Cause: mail.Cause("order", f.vars["order"], "1"), Template: mail.OrderPlaced, Data: mail.Sample(mail.OrderPlaced), Channel: "web",
		To: mail.Address{Name: "Ada", Email: to + "@example.com"}, Order: f.vars["order"],
	}
	if change != nil {
		change(&in)
	}
	id, err := work.Do(f.t.Context(), f.app.Committer, queueMail{f.app, in}, work.Meta{Actor: app.System})
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}

// mailed waits for what becomes of a mail.
func (f *fixture) mailed(id string, want mail.Status) reply {
	f.t.Helper()
	var r reply
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if r = f.get("/v1/mails/" + id); r.str("status") == string(want) {
			return r
		}
		if time.Now().After(end) {
			f.t.Fatalf("%s is %s, not %s", id, r.body, want)
		}
	}
}

// taken counts what the mail server took for an address.
func taken(post *sink.Server, to string) (n int) {
	for _, m := range post.Taken() {
		if m.To == to+"@example.com" {
			n++
		}
	}
	return n
}

const mailingWeb = `{"name":"Web shop","mails":{"from":"shop@example.com"}}`

// TestMails walks mails to each of their ends, with a mail server that fails as real ones do.
func TestMails(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, post *sink.Server) {
		f.mailing().fields("mails.from", "shop@example.com")
		id := f.queued("ada", nil)
		if again := f.queued("ada", nil); again != id {
			t.Errorf("one cause made two mails, %s and %s", id, again)
		}
		f.mailed(id, mail.Sent).fields("to.email", "ada@example.com", "from.name", "Web shop", "message_id", id+"@example.com", "attempts.0.code", "250", "order", f.vars["order"])
		for _, c := range []struct {
			to    string
			want  mail.Status
			tries int
			taken int
		}{
			{sink.RefusedOnce, mail.Sent, 2, 1},
			{sink.Greylisted, mail.Sent, 2, 1},
			{sink.LostAtData, mail.Sent, 2, 1},
			{sink.NoSuchUser, mail.Dead, 1, 0},
			{sink.TextRefused, mail.Dead, 1, 0},
			{sink.Lost, mail.Unknown, 1, 1},
		} {
			r := f.mailed(f.queued(c.to, nil), c.want)
			if n := len(r.list("attempts")); n != c.tries || taken(post, c.to) != c.taken {
				t.Errorf("%s: %d tries, %d taken: %s", c.to, n, taken(post, c.to), r.body)
			}
		}
		f.vars["dead"] = f.mailed(f.queued(sink.NoSuchUser, nil), mail.Dead).str("id")
		r := f.get("/v1/mails?status=dead&order={order}&limit=1")
		if r.str("data.0.status") != "dead" || r.str("next_cursor") == "" {
			t.Errorf("dead mails: %s", r.body)
		}
		if r = f.get("/v1/mails?recipient=ADA@example.com"); len(r.list("data")) != 1 {
			t.Errorf("to Ada: %s", r.body)
		}
		if n := taken(post, "ada"); n != 1 {
			t.Errorf("Ada got %d mails", n)
		}
		f.resent(t, post)
		f.refusedMails()
		f.mailEvents("mail.queued", "mail.sending", "mail.sent", "mail.failed", "mail.unknown", "mail.resent")
	})
}

// resent sends a dead mail to another address, and a lost one again.
func (f *fixture) resent(t *testing.T, post *sink.Server) {
	f.post("/v1/mails/{dead}/resend?dry_run=true", `{"to":"bob@example.com"}`).want(200).fields("id", "null", "message_id", "null", "to.email", "bob@example.com")
	body := `{"to":"bob@example.com"}`
	one := f.post("/v1/mails/{dead}/resend", body, "Idempotency-Key", "again").want(201)
	two := f.post("/v1/mails/{dead}/resend", body, "Idempotency-Key", "again").want(201)
	if one.str("id") != two.str("id") || two.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("resent twice: %s and %s", one.body, two.body)
	}
	f.mailed(one.str("id"), mail.Sent).fields("cause", "resend:"+f.vars["dead"]+":1", "text", f.get("/v1/mails/{dead}").str("text"))
	f.get("/v1/mails/{dead}").fields("status", "dead", "resent", "1")
	if n := taken(post, "bob"); n != 1 {
		t.Errorf("Bob got %d mails", n)
	}
	lost := f.queued(sink.Lost, nil)
	f.mailed(f.post("/v1/mails/"+lost+"/resend", `{}`).want(201).str("id"), mail.Unknown)
	if n := taken(post, sink.Lost); n != 2 {
		t.Errorf("after a person sent it again %d were taken", n)
	}
}

// refusedMails asks for what does not go.
func (f *fixture) refusedMails() {
	f.t.Helper()
	f.post("/v1/mails/{dead}/resend", `{}`, "If-Match", `"1"`).refused(400, "unsupported_condition")
	f.post("/v1/mails/{dead}/resend", `{"to":"nobody"}`).refused(422, "validation_failed").fields("errors.0.pointer", "/to", "errors.0.code", "invalid_email")
	f.post("/v1/mails/mail_{unknown}/resend", `{}`).refused(404, "not_found")
	f.send(request{do: "GET /v1/mails/x"}).refused(404, "not_found")
	f.send(request{do: "GET /v1/mails?status=lost"}).refused(400, "invalid_parameter")
	f.send(request{do: "GET /v1/mails?cursor=x"}).refused(400, "invalid_cursor")
	f.send(request{do: "GET /v1/mails", key: "{reader}"}).refused(403, "missing_scope")
	f.send(request{do: "POST /v1/mails/{dead}/resend", body: `{}`, key: "{reader}"}).refused(403, "missing_scope")
	other := f.key(`"scopes":["mails:read"],"channels":["phone"]`)
	f.send(request{do: "GET /v1/mails/{dead}", key: other}).refused(404, "not_found")
	if r := f.send(request{do: "GET /v1/mails", key: other}).want(200); len(r.list("data")) != 0 {
		f.t.Errorf("a key of another channel sees %s", r.body)
	}
	f.put("/v1/channels/web", `{"name":"Web","mails":{"from":"Web <a@b>"}}`).refused(422, "validation_failed").fields("errors.0.pointer", "/mails/from")
}

// mailEvents checks that each type is in the journal, and that no address stands in a body.
func (f *fixture) mailEvents(types ...string) {
	f.t.Helper()
	rows, err := f.app.Events(f.t.Context(), 0, 100_000)
	if err != nil {
		f.t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range rows {
		seen[r.Type] = true
		if strings.HasPrefix(r.Type, "mail.") && (strings.Contains(string(r.Body), "Ada") || strings.Contains(string(r.Body), sink.NoSuchUser)) {
			f.t.Errorf("%s says %s", r.Type, r.Body)
		}
	}
	for _, want := range types {
		if !seen[want] {
			f.t.Errorf("there is no event %s", want)
		}
	}
}

// TestWrittenMail: what a person wrote goes out as it is, in its conversation.
func TestWrittenMail(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, post *sink.Server) {
		f.mailing()
		id := f.queued("ada", func(in *app.MailIntent) {
			in.Template, in.Subject, in.Text = "", "Re: My\r\nBcc: x@example.com mug", "Dear Ada,\n{{.order.number}} <b>is</b> on its way.\n"
			in.ReplyTo, in.InReplyTo, in.References = "case+7@example.com", "abc@mail.example.com", []string{"first@mail.example.com", "abc@mail.example.com"}
		})
		f.mailed(id, mail.Sent).fields("subject", "Re: My Bcc: x@example.com mug", "in_reply_to", "abc@mail.example.com", "reply_to", "case+7@example.com", "template", "")
		m := post.Taken()[0]
		for name, want := range map[string]string{
			"In-Reply-To": "<abc@mail.example.com>", "References": "<first@mail.example.com> <abc@mail.example.com>", "Reply-To": "<case+7@example.com>", "Bcc": "", "Auto-Submitted": "",
		} {
			if got := m.Message.Header.Get(name); got != want {
				t.Errorf("%s is %q, not %q", name, got, want)
			}
		}
		if !strings.Contains(m.Raw, "{{.order.number}} <b>is</b>") || strings.Contains(m.Raw, "text/html") {
			t.Errorf("the mail is\n%s", m.Raw)
		}
	})
}

// TestSuppressedMail: without a sender a mail is written and kept, and goes out when a person sends it later.
func TestSuppressedMail(t *testing.T) {
	withPost(t, func(t *testing.T, f *fixture, _ *sink.Server) {
		f.mailing()
		id := f.queued("ada", nil)
		f.mailed(id, mail.Suppressed).fields("reason", "no_sender")
		f.post("/v1/mails/"+id+"/resend", `{}`).want(201).fields("status", "suppressed")
		f.mailEvents("mail.suppressed")
	}, func(o *setup) { o.mailer = nil })
}

// mailing lets the channel send mails, once the notifications of what happened before are decided: there are none.
func (f *fixture) mailing() reply {
	f.t.Helper()
	head, err := f.app.Head(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	eventually(f.t, "what was before is read", func() bool {
		at, err := project.Position(f.t.Context(), f.db, app.NotificationsName)
		return err == nil && at >= head.Seq
	})
	return f.put("/v1/channels/web", mailingWeb).want(200)
}

// crashing is a sender that dies with the process: after it has begun, or before.
type crashing struct {
	mu   sync.Mutex
	died map[string]bool
	sent map[string]int
}

func (c *crashing) Send(_ context.Context, m *mail.Mail, begin func() error) (mail.Outcome, error) {
	c.mu.Lock()
	first := !c.died[m.To.Email]
	c.died[m.To.Email] = true
	c.mu.Unlock()
	if first && strings.HasPrefix(m.To.Email, "before") {
		return mail.Outcome{}, errors.New("killed")
	}
	if err := begin(); err != nil {
		return mail.Outcome{}, err
	}
	c.mu.Lock()
	c.sent[m.To.Email]++
	c.mu.Unlock()
	if first && strings.HasPrefix(m.To.Email, "after") {
		return mail.Outcome{}, errors.New("killed")
	}
	return mail.Outcome{State: mail.Sent}, nil
}

// TestKilledWhileSending: the job runs again, and no mail goes out twice.
func TestKilledWhileSending(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		sender := &crashing{died: map[string]bool{}, sent: map[string]int{}}
		f := start(t, url, func(o *setup) { o.mailer = sender })
		f.mailing()
		f.mailed(f.queued("before", nil), mail.Sent)
		f.mailed(f.queued("after", nil), mail.Unknown).fields("attempts.0.code", "interrupted")
		f.mailed(f.queued("never", nil), mail.Sent)
		sender.mu.Lock()
		defer sender.mu.Unlock()
		if got := fmt.Sprint(sender.sent); got != "map[after@example.com:1 before@example.com:1 never@example.com:1]" {
			t.Errorf("sent %s", got)
		}
	})
}
