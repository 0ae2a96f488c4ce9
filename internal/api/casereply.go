package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/service"
	"ordo/internal/work"
)

// ReplyCase is the body of POST /v1/cases/{id}/replies.
type ReplyCase struct {
	Text     string `json:"text" minLength:"1" maxLength:"20000" doc:"what the customer reads, between the greeting and the name of the shop"`
	Template string `json:"template,omitzero" maxLength:"64" doc:"name of the mail template, which calls the text message; case_reply when left out"`
	Channel  string `json:"channel,omitzero" maxLength:"64" doc:"code of the sales channel that writes; that of the first order of the case when left out"`
	Status   string `json:"status,omitzero" enum:"open,pending_customer,pending_internal,on_hold,resolved" doc:"where the case goes then"`
}

func replyCase(c *call) error {
	id, err := c.sharedID("case", "case")
	if err != nil {
		return err
	}
	var in ReplyCase
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.ReplyCase{Case: id, Text: in.Text, Template: in.Template, Channel: in.Channel, Status: service.Status(in.Status), By: c.key.ID}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Reply(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryReply(c.r.Context(), cmd, m) },
		rendered(http.StatusOK, c.caseViewJSON))
}
