package verify

import (
	"ordo/internal/app"
	"ordo/internal/mail"
	"ordo/internal/service"
	"ordo/internal/work"
)

// eraseStory: a customer of whom nothing personal is left.
func (s *shop) eraseStory() {
	s.t.Helper()
	ctx := s.t.Context()
	p := placement("manual", "", line("A", 1))
	p.Customer.Email, p.Customer.Name = "emil@example.com", "Emil"
	s.place("erased", p)
	s.ok(s.app.Cancel(ctx, s.ids["erased"], "customer", meta))
	s.ids["erased case"] = s.opened(service.Case{Subject: "Emil's mug", Contact: service.Contact{Email: "emil@example.com"}, Orders: []string{s.ids["erased"]}, Origin: "phone"}, "Emil asks")
	replied := s.app.Reply(ctx, app.ReplyCase{Case: s.ids["erased case"], Text: "Dear Emil", By: "tester"}, meta)
	s.must(replied.Err)
	s.ids["erased mail"] = replied.Value.(*app.CaseView).Mails[0].ID
	s.mailIs(s.ids["erased mail"], mail.Sent)
	s.must(app.Submit(ctx, s.app, &app.MoveCase{Case: s.ids["erased case"], Status: service.Resolved}, meta).Err)
	c, err := s.app.Case(ctx, s.ids["erased case"])
	s.must(err)
	s.ids["emil"] = c.Customer
	s.quiet()
	s.must(s.app.EraseCustomer(ctx, s.ids["emil"], meta).Err)
}

func init() {
	damages = append(damages, []damage{
		{"an erased order has its customer again", func(h *hurt) {
			h.edit("orders", h.ids["erased"], func(m dict) { m["shipping_address"].(dict)["line1"] = "1 Road" })
		}, []string{"orders.personal"}, "order {erased}"},
		{"an erased customer has a name again", func(h *hurt) {
			h.edit("customers", h.ids["emil"], func(m dict) { m["name"] = "Emil" })
		}, []string{"customers.journal", "documents.customers"}, "customer {emil}"},
		{"an erased case has its subject again", func(h *hurt) {
			h.edit("cases", h.ids["erased case"], func(m dict) { m["subject"] = "Emil's mug" })
		}, []string{"cases.journal"}, "case {erased case}"},
		{"an erased entry has its words again", func(h *hurt) {
			h.edit("case_entries", h.text("SELECT id FROM case_entries WHERE case_id = $1", h.ids["erased case"]), func(m dict) { m["text"] = "Emil asks" })
		}, []string{"cases.journal"}, "entry cen_"},
		{"a mail of an erased case is there", func(h *hurt) {
			h.edit("mails", h.ids["erased mail"], func(m dict) { delete(m, "erased") })
		}, []string{"cases.erased", "mails.journal", "mails.rules"}, "mail {erased mail}"},
		{"an answer about an erased order is there", func(h *hurt) {
			h.exec("INSERT INTO idempotency (id, fingerprint, state, status, body, subject, created_at) VALUES ($1, $1, 'done', 200, $2, $3, 1)", []byte("x"), work.Compress([]byte("{}")), h.ids["erased"])
		}, []string{"answers.stored"}, "answer 78"},
		{"an answer also about an erased case is there", func(h *hurt) {
			h.exec("INSERT INTO idempotency (id, fingerprint, state, status, body, subject, created_at) VALUES ($1, $1, 'done', 200, $2, 'mail_x', 1)", []byte("x"), work.Compress([]byte("{}")))
			h.exec("INSERT INTO answer_subjects (subject, id) VALUES ($1, $2)", h.ids["erased case"], []byte("x"))
		}, []string{"answers.stored"}, "answer 78"},
		{"what was erased is in the journal again", func(h *hurt) {
			h.exec("UPDATE journal SET salt = digest WHERE seq = $1", h.seq("order.placed", h.ids["erased"]))
		}, []string{"journal.personal"}, "journal "},
	}...)
}
