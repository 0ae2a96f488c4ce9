package verify

import (
	"time"

	"ordo/internal/app"
	"ordo/internal/customer"
	"ordo/internal/service"
	"ordo/internal/work"
)

// serviceStory: a customer, a case that waits, one that is resolved, and one of nobody.
func (s *shop) serviceStory() {
	s.t.Helper()
	ctx := s.t.Context()
	made := app.Submit(ctx, s.app, &app.SaveCustomer{Customer: customer.Customer{Email: "Grace@Example.com", Name: "Grace Hopper", Tags: []string{"vip"}}}, meta)
	s.must(made.Err)
	s.ids["grace"] = made.Value.(app.SavedCustomer).ID
	s.must(app.Submit(ctx, s.app, &app.NoteCustomer{Customer: s.ids["grace"], Text: "Call her", By: "tester"}, meta).Err)
	s.ids["case"] = s.opened(service.Case{Subject: "Where is it?", Orders: []string{s.ids["open"]}, Origin: "phone"}, "It should have come")
	s.must(app.Submit(ctx, s.app, &app.WriteEntry{Case: s.ids["case"], Entry: service.Entry{Kind: service.Note, Via: "api", By: "tester", Words: service.Words{Text: "Looking"}}}, meta).Err)
	s.ids["resolved"] = s.opened(service.Case{Subject: "Thanks", Customer: s.ids["grace"], Origin: "api", Queue: "payments", Tags: []string{"praise"}}, "Thanks!")
	s.must(app.Submit(ctx, s.app, &app.MoveCase{Case: s.ids["resolved"], Status: service.Resolved}, meta).Err)
	mailed, err := s.app.MailIn(ctx, app.InMail{From: "Hedy <hedy@example.com>", Subject: "Hello", Text: "Is anybody there?", MessageID: "<1@example.com>"}, meta)
	s.must(err)
	s.ids["mailed"] = mailed.Case
	s.appeased()
	s.exception()
}

// appeased gives away money and store credit for an order that was paid.
func (s *shop) appeased() {
	s.t.Helper()
	s.ids["sorry"] = s.opened(service.Case{Subject: "Late", Orders: []string{s.ids["paid"]}, Origin: "api"}, "Too late!")
	out := s.app.RunMacro(s.t.Context(), app.RunMacro{Case: s.ids["sorry"], By: "tester", May: func(string) bool { return true }, Steps: []service.Step{
		{Do: "appease", Tender: "refund", Amount: 100, Reason: "late"},
	}}, meta)
	s.must(out.Err)
	p := placement("manual", "", line("A", 1))
	p.Customer.Email = "mary@example.com" // who has no account yet
	s.place("mary", p)
	s.ids["mary's"] = s.opened(service.Case{Subject: "Late", Orders: []string{s.ids["mary"]}, Origin: "api"}, "Too late!")
	s.must(s.app.RunMacro(s.t.Context(), app.RunMacro{Case: s.ids["mary's"], By: "tester", May: func(string) bool { return true }, Steps: []service.Step{
		{Do: "appease", Tender: "store_credit", Amount: 50},
	}}, meta).Err)
	s.settle(1) // one waits for good
}

// exception waits for the cases that the order whose capture was refused has opened.
func (s *shop) exception() {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); s.ids["exception"] == ""; time.Sleep(10 * time.Millisecond) {
		cases, err := s.app.ListCases(s.t.Context(), app.CaseFilter{Order: s.ids["refused"], Limit: 1})
		s.must(err)
		for _, c := range cases {
			s.ids["exception"] = c.ID
		}
		if time.Now().After(deadline) {
			s.t.Fatal("a refused capture opens no case")
		}
	}
}

func (s *shop) opened(c service.Case, text string) string {
	s.t.Helper()
	out := app.Submit[*app.CaseView](s.t.Context(), s.app, &app.OpenCase{Case: c, Entry: service.Entry{Kind: service.Message, Via: "phone", By: "customer", Words: service.Words{Text: text}}}, work.Meta{Actor: "tester", RequestID: "req"})
	s.must(out.Err)
	return out.Value.(*app.CaseView).ID
}

func (h *hurt) entry(number int64) string {
	h.t.Helper()
	return h.text("SELECT id FROM case_entries WHERE case_id = $1 AND number = $2", h.ids["case"], number)
}

func init() {
	damages = append(damages, []damage{
		{"a customer's column differs", func(h *hurt) {
			h.exec("UPDATE customers SET phone = '+441' WHERE id = $1", h.ids["grace"])
		}, []string{"documents.customers"}, "customer {grace}"},
		{"a customer is not found by a tag", func(h *hurt) {
			h.exec("DELETE FROM customer_terms WHERE field = 'tag' AND id = $1", h.ids["grace"])
		}, []string{"documents.customers"}, "customer {grace}"},
		{"a customer's tag is changed", func(h *hurt) {
			h.edit("customers", h.ids["grace"], func(m dict) { m["tags"] = []any{"rich"} })
		}, []string{"documents.customers", "customers.journal"}, "customer {grace}"},
		{"a customer's name is changed", func(h *hurt) {
			h.edit("customers", h.ids["grace"], func(m dict) { m["name"] = "Hopper Grace" })
		}, []string{"customers.journal"}, "customer {grace}"},
		{"a customer's mail address belongs to nobody", func(h *hurt) {
			h.exec("DELETE FROM unique_keys WHERE scope = 'customer_email' AND owner = $1", h.ids["grace"])
		}, []string{"keys"}, "customer {grace}"},
		{"a customer is gone", func(h *hurt) {
			h.exec("DELETE FROM customers WHERE id = $1", h.ids["grace"])
		}, []string{"journal.events", "cases.references", "keys"}, "case {resolved}"},
		{"a case's column differs", func(h *hurt) {
			h.exec("UPDATE cases SET due_at = 0 WHERE id = $1", h.ids["case"])
		}, []string{"documents.cases"}, "case {case}"},
		{"a case is not found by its order", func(h *hurt) {
			h.exec("DELETE FROM case_terms WHERE field = 'order' AND id = $1", h.ids["case"])
		}, []string{"documents.cases"}, "case {case}"},
		{"a case is taken from its owner", func(h *hurt) {
			h.edit("cases", h.ids["case"], func(m dict) { m["reopened"] = 3 })
		}, []string{"cases.journal"}, "case {case}"},
		{"a case's subject is changed", func(h *hurt) {
			h.edit("cases", h.ids["case"], func(m dict) { m["subject"] = "Nothing" })
		}, []string{"cases.journal"}, "case {case}"},
		{"what a customer said is changed", func(h *hurt) {
			h.edit("case_entries", h.entry(1), func(m dict) { m["text"] = "All is well" })
		}, []string{"cases.journal"}, "entry "},
		{"an entry is gone", func(h *hurt) {
			h.exec("DELETE FROM case_entries WHERE id = $1", h.entry(1))
		}, []string{"cases.journal"}, "case {case}"},
		{"an entry belongs to another case", func(h *hurt) {
			h.exec("UPDATE case_entries SET case_id = 'case_x' WHERE id = $1", h.entry(2))
		}, []string{"cases.journal", "cases.references"}, "entry "},
		{"a case names an order that does not exist", func(h *hurt) {
			edit := func(m dict) { m["orders"] = []any{"ord_x"} }
			h.edit("cases", h.ids["case"], edit)
			h.exec("UPDATE case_terms SET value = 'ord_x' WHERE field = 'order' AND id = $1", h.ids["case"])
			h.editBody(h.number("SELECT MAX(seq) FROM journal WHERE aggregate = $1", h.ids["case"]), func(m dict) { edit(m["case"].(dict)) })
		}, []string{"cases.references", "facts.cases"}, "case {case}"},
		{"nobody looks at a case", func(h *hurt) {
			h.exec("DELETE FROM jobs WHERE kind = 'case'")
		}, []string{"cases.timers"}, "case case_"},
		{"a case's version is ahead", func(h *hurt) {
			h.edit("cases", h.ids["case"], func(m dict) { m["version"] = 9 })
			h.exec("UPDATE cases SET version = 9 WHERE id = $1", h.ids["case"])
		}, []string{"journal.versions"}, "case {case}"},
		{"a case's cause belongs to nobody", func(h *hurt) {
			h.exec("DELETE FROM unique_keys WHERE scope = 'case_cause' AND owner = $1", h.ids["exception"])
		}, []string{"keys"}, "case {exception}"},
		{"a mail of a case could be taken again", func(h *hurt) {
			h.exec("DELETE FROM unique_keys WHERE scope = 'case_message' AND owner = $1", h.ids["mailed"])
		}, []string{"keys"}, "entry "},
		{"more was given away than the agent's day says", func(h *hurt) {
			h.exec("DELETE FROM agent_days")
		}, []string{"appeasements"}, "day tester/"},
		{"an appeasement is raised", func(h *hurt) {
			h.edit("appeasements", service.AppeasementID(h.ids["paid"]), func(m dict) { list(m, "entries", 0)["amount"] = 999_999 })
		}, []string{"appeasements"}, "appeasement apz_"},
		{"an appeasement is gone", func(h *hurt) {
			h.exec("DELETE FROM appeasements")
		}, []string{"appeasements", "journal.events"}, "day tester/"},
		{"a case's number belongs to nobody", func(h *hurt) {
			h.exec("DELETE FROM unique_keys WHERE scope = 'case_number' AND owner = $1", h.ids["case"])
		}, []string{"keys"}, "case {case}"},
	}...)
}
