package api

import (
	"maps"
	"net/http"

	"ordo/internal/errs"
	"ordo/internal/mail"
)

func caseMailRoutes() []route {
	const cases = "Cases"
	key := []string{"all_channels_required"}
	changed := []string{"not_found", "version_mismatch", "all_channels_required"}
	return []route{
		{
			op: "replyCase", method: http.MethodPost, path: "/v1/cases/{id}/replies", tag: cases, summary: "Write to the customer", scope: "cases:write", query: dry,
			in: ReplyCase{}, out: Case{}, status: 200, etag: true, codes: append([]string{"no_address", "no_mail_sender", "template_failed", "illegal_transition"}, changed...), handle: replyCase,
			detail: "A mail to the contact of the case, made of a template in the customer's language, and an entry of the thread that tells what became of it. The clock of the response ends. " +
				"The mail names those before it, and has the number of the case in its subject: the answer finds its case by either. The dry run shows the mail as it would be.",
		},
		{
			op: "runMacro", method: http.MethodPost, path: "/v1/cases/{id}/macros", tag: cases, summary: "Carry out a macro on an order of a case", scope: "cases:write", query: dry,
			in: RunMacro{}, out: MacroRun{}, status: 200, codes: append([]string{
				"missing_scope", "illegal_transition", "units_not_cancelable", "appeasement_limit", "grant_limit", "insufficient_credit", "insufficient_stock", "nothing_to_reship",
				"reopen_over", "amount_too_large", "on_hold", "no_address", "no_mail_sender", "no_mail", "mail_has_links",
			}, changed...), handle: runMacro,
			detail: "All of its steps or none, by the same rules as each of them alone. The dry run shows what would happen to money and stock, and what would be sent. Each step needs the scopes of what it does: " +
				"cancel and change_address orders:write, reship orders:write and orders:price, refund and appease payments:write, resend_mail mails:write. What it did stands in the thread.",
		},
		{
			op: "putMacro", method: http.MethodPut, path: "/v1/macros/{code}", tag: cases, summary: "Make or replace a macro", scope: "service:write", query: dry,
			in: PutMacro{}, out: Macro{}, status: 200, etag: true, codes: append([]string{"version_mismatch"}, key...), handle: putMacro,
			detail: "Whole. 201 when it is new. Needs no Idempotency-Key.",
		},
		{
			op: "getMacro", method: http.MethodGet, path: "/v1/macros/{code}", tag: cases, summary: "Read a macro", scope: "service:read",
			out: Macro{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getMacro,
		},
		{op: "listMacros", method: http.MethodGet, path: "/v1/macros", tag: cases, summary: "List macros", scope: "service:read", query: paged, out: List[Macro]{}, status: 200, handle: listMacros},
		{
			op: "mailIn", method: http.MethodPost, path: "/v1/webhooks/mail", tag: cases, summary: "For mail services: hand in what a customer wrote", open: true,
			in: MailIn{}, out: TakenMail{}, status: 200, codes: []string{"invalid_signature", "unauthenticated", "missing_scope", "all_channels_required"}, handle: mailIn,
			detail: "Signed: Ordo-Signature: sha256= and the HMAC-SHA-256 of the body in hexadecimal, with the secret ORDO_SECRET_MAIL_IN; or with an API key that has cases:write. " +
				"An answer finds its case by the mails that it names, or by the number in its subject if the contact of the case wrote it; anything else opens a case.",
		},
		{
			op: "contactForm", method: http.MethodPost, path: "/v1/contact", tag: cases, summary: "For everybody: write to customer service", open: true,
			in: ContactForm{}, out: TakenForm{}, status: 200, codes: []string{"not_found", "rate_limited"}, handle: contactForm,
			detail: "Open only where a queue has web_form. Six a minute from one address. Whether an order number exists is not told; the order is linked if the mail address is its.",
		},
	}
}

func exMacro() Macro {
	return Macro{Code: "sorry", Version: 1, Name: "Sorry: ten percent as store credit", Active: true, Steps: []MacroStep{
		{Do: "appease", Tender: "store_credit", Percent: 10, Reason: "goodwill"}, {Do: "tag", Tag: "appeased"}, {Do: "status", Status: "resolved"},
	}}
}

func init() {
	problemKinds = append(problemKinds, []problemKind{
		{"appeasement_limit", errs.Conflict, "More is given away than is left of what was captured, than the queue allows for an order as store credit, or than you may in a day; available says how much that is.", "Lower it, or ask somebody who may.", nil},
		{"no_address", errs.Conflict, "The contact of the case has no mail address.", "Add one to the contact of the case, or call.", nil},
		{"no_mail", errs.Conflict, "The order has no such mail that was sent before.", "Name the template of a mail that the order has, or write a reply.", nil},
		{"nothing_to_reship", errs.Conflict, "Nothing of the order has left yet.", "Release it instead.", nil},
	}...)
	macro := exMacro()
	resolved := exCaseWith(2, func(c *Case) {
		c.Status, c.Tags, c.DueAt, c.ResolvedAt, c.CloseAt, c.Allowed, c.Entries = "resolved", []string{"appeased"}, "", exTime, "2026-11-29T08:15:30.123456Z", []string{"closed", "open"}, 2
		c.Entry = &CaseEntry{ID: exEntryID(4), Number: 2, Kind: "system", Via: "system", By: exKey, At: exTime, Code: "macro_run", Facts: &CaseFacts{Order: exOrder}}
		c.Clocks[0] = CaseClock{Target: "first_response", LimitSeconds: 28800, GivenUpAt: exTime}
		c.Clocks[1] = CaseClock{Target: "resolution", LimitSeconds: 144000, MetAt: exTime}
	})
	replied := exCaseWith(2, func(c *Case) {
		c.Status, c.RepliedAt, c.Entries, c.Allowed = "pending_customer", exTime, 2, []string{"on_hold", "open", "pending_internal", "resolved"}
		c.Clocks, c.DueAt = []CaseClock{{Target: "first_response", LimitSeconds: 28800, MetAt: exTime}, {Target: "resolution", LimitSeconds: 144000}}, ""
		sent := Mail{
			ID: ref("mail_01kas8rz0hefgtq4ty8f7zm6da"), Version: 1, Status: "queued", Cause: "case:" + exCase + ":2", Template: mail.CaseReply, Channel: "web", Language: "en", Order: exOrder, Case: exCase,
			From: MailAddress{"Web shop", "shop@example.com"}, To: &MailAddress{"Grace Hopper", "grace@example.com"}, Subject: "Re: [C1001] Where is my mug?",
			Text: "Hello Grace Hopper,\n\nwe have asked the carrier.\n\nWeb shop\n", MessageID: ref("mail_01kas8rz0hefgtq4ty8f7zm6da@example.com"), Attempts: []MailAttempt{}, QueuedAt: exTime,
		}
		c.Mails = []Mail{sent}
		c.Entry = &CaseEntry{ID: exEntryID(5), Number: 2, Kind: "reply", Via: "mail", By: exKey, At: exTime, Subject: sent.Subject, Text: "we have asked the carrier.", Mail: *sent.ID, Delivery: "queued"}
	})
	sender := examples["putChannel"].in.(PutChannel)
	sender.Mails = Mailing{From: "shop@example.com", Language: "en"}
	amount := pounds(250)
	order := exPlaced()
	maps.Copy(examples, map[string]example{
		"replyCase": {ReplyCase{Text: "we have asked the carrier.", Status: "pending_customer"}, replied},
		"runMacro": {RunMacro{Macro: "sorry"}, MacroRun{
			Case: resolved, Steps: []MacroDone{{Do: "appease", Reason: "goodwill", Amount: &amount, Tender: "store_credit", Made: exStoreCredit}, {Do: "tag", Tag: "appeased"}, {Do: "status", Status: "resolved"}},
			Money: &MacroMoney{pounds(0), pounds(0), pounds(0), pounds(0), amount, pounds(0), pounds(0)}, Stock: []MacroStock{}, Order: &order,
		}},
		"putMacro":   {PutMacro{Name: macro.Name, Steps: macro.Steps}, macro},
		"getMacro":   {nil, macro},
		"listMacros": {nil, List[Macro]{Data: []Macro{macro}}},
		"mailIn": {
			MailIn{From: "Grace Hopper <grace@example.com>", Subject: "Where is my mug?", Text: "It should have come on Friday.", MessageID: "<4711@example.com>"},
			TakenMail{Case: exCase, Number: "C1001", Opened: true},
		},
		"contactForm": {ContactForm{Name: "Grace Hopper", Email: "grace@example.com", Subject: "My mug", Text: "Where is it?", OrderNumber: "1042"}, TakenForm{"C1001"}},
	})
	onCase := []lookup{aOrder, aCase}
	maps.Copy(lookups, map[string][]lookup{"runMacro": onCase, "replyCase": append([]lookup{{name: "CHANNEL", put: "/v1/channels/web", in: sender}}, onCase...)})
	slotCodes["macros"] = "sorry"
	maps.Copy(problemFacts, map[string]map[string]any{
		"appeasement_limit": {"requested": 5000, "available": 2500}, "nothing_to_reship": {"order": exOrder}, "no_mail": {"order": exOrder}, "no_mail_sender": {"channel": "web"},
	})
	maps.Copy(abouts, map[string]string{
		"ReplyCase":   "What an agent writes to the customer.",
		"MailIn":      "A mail as it came in.",
		"ContactForm": "What somebody wrote into the open form.",
		"TakenMail":   "Where a mail went.",
		"TakenForm":   "The number of the case, for the writer.",
		"Macro":       "A named row of steps on an order and a case.",
		"MacroStep":   "One thing that a macro does.",
		"PutMacro":    "A macro, whole.",
		"RunMacro":    "Which macro to carry out on which order.",
		"MacroRun":    "What a macro did, or would do.",
		"MacroDone":   "What one step did.",
		"MacroMoney":  "What changed of an order's money.",
		"MacroStock":  "Units that moved at a position.",
	})
}
