package verify

import (
	"time"

	"ordo/internal/app"
	"ordo/internal/mail"
	"ordo/internal/provider/mail/sandbox"
	"ordo/internal/work"
)

// queueMails writes mails as commands of other areas do.
type queueMails struct {
	app     *app.App
	intents []app.MailIntent
}

func (c queueMails) Needs(*work.Needs) {}

func (c queueMails) Run(u *work.Unit) (ids []string, err error) {
	for _, in := range c.intents {
		m, _, err := c.app.QueueMail(u, in)
		if err != nil {
			return nil, err
		}
		ids = append(ids, m.ID)
	}
	return ids, nil
}

// mailStory writes mails that come to every end.
func (s *shop) mailStory() {
	s.t.Helper()
	ctx := s.t.Context()
	web, err := s.app.Channel(ctx, "web")
	s.must(err)
	web.Mails.From = "shop@example.com"
	s.must(second(s.app.SaveChannel(ctx, web, meta)))
	c := queueMails{app: s.app}
	names := []string{"sent", "failing", "lost", "gone", "sent"}
	for _, to := range []string{"ada", sandbox.Refused, sandbox.Lost, sandbox.NoSuchUser, "ada"} {
		c.intents = append(c.intents, app.MailIntent{
			Cause: mail.Cause("order", s.ids["open"], "1"), Template: mail.OrderPlaced, Data: mail.Sample(mail.OrderPlaced),
			Channel: "web", To: mail.Address{Name: "Ada", Email: to + "@example.com"}, Order: s.ids["open"],
		})
	}
	ids, err := work.Do(ctx, s.app.Committer, c, meta)
	s.must(err)
	if ids[0] != ids[4] {
		s.t.Fatalf("the same mail was written twice: %v", ids)
	}
	for i, want := range []mail.Status{mail.Sent, mail.Failed, mail.Unknown, mail.Dead} {
		s.ids["mail "+names[i]] = ids[i]
		s.mailIs(ids[i], want)
	}
	again := s.app.ResendMail(ctx, app.ResendMail{Mail: ids[3], To: "bob@example.com"}, meta)
	s.must(again.Err)
	s.ids["mail again"] = again.Value.(*mail.Mail).ID
	s.mailIs(s.ids["mail again"], mail.Sent)
	replied := s.app.Reply(ctx, app.ReplyCase{Case: s.ids["case"], Text: "We look for it.", By: "tester"}, meta)
	s.must(replied.Err)
	s.ids["mail reply"] = replied.Value.(*app.CaseView).Mails[0].ID
	s.mailIs(s.ids["mail reply"], mail.Sent)
}

func (s *shop) mailIs(id string, want mail.Status) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		m, err := s.app.Mail(s.t.Context(), id)
		s.must(err)
		if m.Status == want {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("mail %s is %s, not %s", id, m.Status, want)
		}
	}
}

func init() {
	id := func(h *hurt, name string) string { return h.ids["mail "+name] }
	damages = append(damages, []damage{
		{"a mail's column differs", func(h *hurt) {
			h.exec("UPDATE mails SET recipient = 'x@example.com' WHERE id = $1", id(h, "sent"))
		}, []string{"mails.documents"}, "mail {mail sent}"},
		{"a mail says something else", func(h *hurt) {
			h.edit("mails", id(h, "sent"), func(m dict) { m["text"] = "Pay again." })
		}, []string{"mails.journal"}, "mail {mail sent}"},
		{"a mail that failed passes for sent", func(h *hurt) {
			h.edit("mails", id(h, "gone"), func(m dict) { m["status"] = "sent"; m["sent_at"] = 1 })
			h.exec("UPDATE mails SET status = 'sent' WHERE id = $1", id(h, "gone"))
		}, []string{"mails.rules", "mails.journal"}, "mail {mail gone}"},
		{"a mail was tried again after it may have gone out", func(h *hurt) {
			h.edit("mails", id(h, "lost"), func(m dict) { m["attempts"] = append(m["attempts"].([]any), m["attempts"].([]any)[0]) })
		}, []string{"mails.rules", "mails.journal"}, "mail {mail lost}"},
		{"a cause has sent the same mail twice", func(h *hurt) {
			h.exec("UPDATE unique_keys SET owner = $1 WHERE scope = 'mail' AND owner = $2", id(h, "again"), id(h, "sent"))
		}, []string{"mails.rules", "keys"}, "mail {mail sent}"},
		{"a mail has no cause", func(h *hurt) {
			h.edit("mails", id(h, "gone"), func(m dict) { delete(m, "resent") })
		}, []string{"mails.causes", "mails.journal"}, "mail {mail again}"},
		{"what an agent wrote never went out", func(h *hurt) {
			h.edit("mails", id(h, "reply"), func(m dict) { delete(m, "case") })
			h.exec("UPDATE mails SET case_id = '' WHERE id = $1", id(h, "reply"))
		}, []string{"cases.replies", "mails.journal"}, "entry cen_"},
		{"a mail was written for an entry that another one passes for", func(h *hurt) {
			h.edit("case_entries", h.entry(3), func(m dict) { m["mail"] = id(h, "sent") })
		}, []string{"cases.replies", "cases.journal"}, "entry cen_"},
		{"nobody sends a mail", func(h *hurt) {
			h.exec("DELETE FROM jobs WHERE kind = 'send_mail'")
		}, []string{"mails.jobs"}, "mail {mail failing}"},
		{"an event is about a mail that does not exist", func(h *hurt) {
			h.addEvent(h.seq("mail.sent", id(h, "sent")), "mail.sent", "mail_00000000000000000000000000", 1)
		}, []string{"journal.events"}, "journal "},
		{"a mail is ahead of its events", func(h *hurt) {
			h.edit("mails", id(h, "sent"), func(m dict) { m["version"] = 9 })
			h.exec("UPDATE mails SET version = 9 WHERE id = $1", id(h, "sent"))
		}, []string{"journal.versions", "mails.journal"}, "mail {mail sent}"},
	}...)
}
