package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/service"
	"ordo/internal/work"
)

// OpenCase is the body of POST /v1/cases.
type OpenCase struct {
	Subject      string      `json:"subject" minLength:"1" maxLength:"300"`
	Text         string      `json:"text,omitzero" maxLength:"20000" doc:"what the customer said; becomes the first entry of the thread"`
	Note         string      `json:"note,omitzero" maxLength:"20000" doc:"instead: a note to colleagues"`
	Origin       string      `json:"origin,omitzero" enum:"phone,api" doc:"phone: somebody called; api when left out"`
	Contact      CaseContact `json:"contact,omitzero" doc:"that of the customer, or of the first order, when left out"`
	Customer     string      `json:"customer,omitzero" maxLength:"64" doc:"id; found by the mail address of the contact when left out, and made if there is none"`
	Orders       []string    `json:"orders,omitzero" maxItems:"100" doc:"ids"`
	Returns      []string    `json:"returns,omitzero" maxItems:"100" doc:"ids"`
	Fulfillments []string    `json:"fulfillments,omitzero" maxItems:"100" doc:"ids"`
	Queue        string      `json:"queue,omitzero" maxLength:"64" doc:"general when left out"`
	Priority     string      `json:"priority,omitzero" enum:"low,normal,high,urgent" doc:"that of the queue when left out"`
	Owner        string      `json:"owner,omitzero" maxLength:"64" doc:"id of an API key"`
	Tags         []string    `json:"tags,omitzero" maxItems:"50" doc:"stored in the journal for good, so nothing about persons"`
}

// ChangeCase is the body of POST /v1/cases/{id}/change.
type ChangeCase struct {
	Owner        *string      `json:"owner,omitzero" maxLength:"64" doc:"id of an API key; empty: nobody"`
	Queue        *string      `json:"queue,omitzero" maxLength:"64"`
	Priority     *string      `json:"priority,omitzero" enum:"low,normal,high,urgent"`
	Subject      *string      `json:"subject,omitzero" minLength:"1" maxLength:"300"`
	Contact      *CaseContact `json:"contact,omitzero"`
	Customer     *string      `json:"customer,omitzero" maxLength:"64"`
	Orders       *[]string    `json:"orders,omitzero" maxItems:"100" doc:"whole"`
	Returns      *[]string    `json:"returns,omitzero" maxItems:"100" doc:"whole"`
	Fulfillments *[]string    `json:"fulfillments,omitzero" maxItems:"100" doc:"whole"`
	Tags         *[]string    `json:"tags,omitzero" maxItems:"50" doc:"whole"`
}

// MoveCase is the body of POST /v1/cases/{id}/status.
type MoveCase struct {
	Status string `json:"status" enum:"open,pending_customer,pending_internal,on_hold,resolved,closed"`
	Note   string `json:"note,omitzero" maxLength:"20000" doc:"to colleagues"`
}

// WriteMessage is the body of POST /v1/cases/{id}/messages.
type WriteMessage struct {
	Text string `json:"text" minLength:"1" maxLength:"20000"`
	Via  string `json:"via,omitzero" enum:"phone,api" doc:"api when left out"`
}

// WriteNote is the body of POST /v1/cases/{id}/notes.
type WriteNote struct {
	Text string `json:"text" minLength:"1" maxLength:"20000"`
}

func openCase(c *call) error {
	var in OpenCase
	if err := c.shared(&in); err != nil {
		return err
	}
	cmd := &app.OpenCase{Case: service.Case{
		Subject: in.Subject, Origin: in.Origin, Contact: service.Contact(in.Contact), Customer: in.Customer, Orders: in.Orders, Returns: in.Returns, Fulfillments: in.Fulfillments,
		Queue: in.Queue, Priority: service.Priority(in.Priority), Owner: in.Owner, Tags: in.Tags,
	}}
	if cmd.Case.Origin == "" {
		cmd.Case.Origin = "api"
	}
	switch {
	case in.Text != "":
		cmd.Entry = service.Entry{Kind: service.Message, Via: cmd.Case.Origin, By: "customer", Words: service.Words{Text: in.Text}}
	case in.Note != "":
		cmd.Entry = service.Entry{Kind: service.Note, Via: cmd.Case.Origin, By: c.key.ID, Words: service.Words{Text: in.Note}}
	}
	return perform(c, cmd, http.StatusCreated, c.caseViewJSON)
}

func getCase(c *call) error {
	id, err := c.sharedID("case", "case")
	if err != nil {
		return err
	}
	return read(c, id, c.s.app.Case, caseJSON)
}

func listCases(c *call) error {
	before, limit, err := c.sharedPage("case")
	if err != nil {
		return err
	}
	q := c.query
	f := app.CaseFilter{
		Status: q.Get("status"), Queue: q.Get("queue"), Owner: q.Get("owner"), Customer: q.Get("customer"), Order: q.Get("order"), Tag: q.Get("tag"), Query: q.Get("q"),
		Open: q.Get("open") == "true", Before: before, Limit: limit + 1,
	}
	if f.DueBefore, err = moment("due_before", q.Get("due_before")); err != nil {
		return errs.New(errs.Malformed, "invalid_parameter", "due_before is a time such as 2026-11-22T08:15:30Z")
	}
	rows, err := c.s.app.ListCases(c.r.Context(), f)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, caseJSON, func(x *service.Case) string { return x.ID }))
}

func getCaseThread(c *call) error {
	id, err := c.sharedID("case", "case")
	if err != nil {
		return err
	}
	after, limit, err := c.seqPage()
	if err != nil {
		return err
	}
	rows, err := c.s.app.Thread(c.r.Context(), id, after, limit+1)
	if err != nil {
		return away(err)
	}
	states, err := c.s.app.MailStates(c.r.Context(), rows)
	if err != nil {
		return away(err)
	}
	entry := func(e *service.Entry) CaseEntry {
		out := caseEntryJSON(e)
		out.Delivery = string(states[e.Mail])
		return out
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, entry, func(e *service.Entry) string { return itoa(e.Number) }))
}

// onCase is the common path of changes of a case: the command is made of its id, after the body was read.
func onCase(c *call, in any, command func(id string) work.Command[*app.CaseView]) error {
	id, err := c.sharedID("case", "case")
	if err != nil {
		return err
	}
	if err := c.decode(in); err != nil {
		return err
	}
	return perform(c, command(id), http.StatusOK, c.caseViewJSON)
}

func changeCase(c *call) error {
	var in ChangeCase
	return onCase(c, &in, func(id string) work.Command[*app.CaseView] {
		cmd := &app.ChangeCase{
			Case: id, Owner: in.Owner, Queue: in.Queue, Subject: in.Subject, Contact: (*service.Contact)(in.Contact), Customer: in.Customer, Orders: in.Orders,
			Returns: in.Returns, Fulfillments: in.Fulfillments, Tags: in.Tags,
		}
		if in.Priority != nil {
			p := service.Priority(*in.Priority)
			cmd.Priority = &p
		}
		return cmd
	})
}

func moveCase(c *call) error {
	var in MoveCase
	return onCase(c, &in, func(id string) work.Command[*app.CaseView] {
		return &app.MoveCase{Case: id, Status: service.Status(in.Status), Note: in.Note, By: c.key.ID}
	})
}

func writeCaseMessage(c *call) error {
	var in WriteMessage
	return onCase(c, &in, func(id string) work.Command[*app.CaseView] {
		via := in.Via
		if via == "" {
			via = "api"
		}
		return &app.WriteEntry{Case: id, Entry: service.Entry{Kind: service.Message, Via: via, By: "customer", Words: service.Words{Text: in.Text}}}
	})
}

func writeCaseNote(c *call) error {
	var in WriteNote
	return onCase(c, &in, func(id string) work.Command[*app.CaseView] {
		return &app.WriteEntry{Case: id, Entry: service.Entry{Kind: service.Note, Via: "api", By: c.key.ID, Words: service.Words{Text: in.Text}}}
	})
}
