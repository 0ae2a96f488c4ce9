package api

import (
	"net/http"
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/work"
)

// Hold is a hold as the API shows it.
type Hold struct {
	ID        string   `json:"id" example:"hld_01kas8rz0hefgtq4ty8f7zm6dj"`
	Type      string   `json:"type" enum:"awaiting_payment,awaiting_return_items,buyer_remorse,credit_limit,export_compliance,high_risk_of_fraud,incorrect_address,inventory_out_of_stock,manual_review,other,post_purchase_upsell,unknown_delivery_date"`
	Scope     string   `json:"scope" enum:"order,line,fulfillment"`
	Target    string   `json:"target,omitzero" doc:"id of the line or fulfillment order"`
	Handle    string   `json:"handle,omitzero" doc:"your name for it"`
	Reason    string   `json:"reason,omitzero" doc:"a code, or the reason of the rule"`
	Rule      string   `json:"rule,omitzero" doc:"code of the rule that placed it"`
	Because   string   `json:"because,omitzero" doc:"what the rule found; facts about persons are named and not shown"`
	Blocks    []string `json:"blocks" doc:"the steps that it stops while it is open"`
	Status    string   `json:"status" enum:"open,lifted,expired"`
	PlacedBy  string   `json:"placed_by" doc:"id of the API key, or system"`
	PlacedAt  string   `json:"placed_at" format:"date-time"`
	ExpiresAt string   `json:"expires_at,omitzero" format:"date-time"`
	EndedBy   string   `json:"ended_by,omitzero" doc:"id of the API key, system, or order when it ended with the order"`
	EndedAt   string   `json:"ended_at,omitzero" format:"date-time"`
}

// HoldType is a type of holds.
type HoldType struct {
	Type   string   `json:"type" enum:"awaiting_payment,awaiting_return_items,buyer_remorse,credit_limit,export_compliance,high_risk_of_fraud,incorrect_address,inventory_out_of_stock,manual_review,other,post_purchase_upsell,unknown_delivery_date"`
	Blocks []string `json:"blocks" doc:"steps that an open hold stops: accept, release, capture, ship"`
	Lift   string   `json:"lift" doc:"scope that lifts it, whoever placed it" example:"holds:write"`
	Orders int64    `json:"orders" doc:"how many orders it holds now"`
}

// Note is a remark on an order.
type Note struct {
	ID   string `json:"id"`
	At   string `json:"at" format:"date-time"`
	By   string `json:"by" doc:"id of the API key"`
	Text string `json:"text"`
}

// PlaceHold is the body of POST /v1/orders/{id}/holds.
type PlaceHold struct {
	Type           string `json:"type" enum:"awaiting_payment,awaiting_return_items,buyer_remorse,credit_limit,export_compliance,high_risk_of_fraud,incorrect_address,inventory_out_of_stock,manual_review,other,post_purchase_upsell,unknown_delivery_date"`
	Scope          string `json:"scope,omitzero" enum:"order,line,fulfillment" doc:"order when left out"`
	Target         string `json:"target,omitzero" maxLength:"64" doc:"id of the line or fulfillment order"`
	Handle         string `json:"handle,omitzero" maxLength:"128" doc:"your name for it: only one hold with it is open at a time on the same target"`
	Reason         string `json:"reason,omitzero" pattern:"^[a-z0-9_]{0,64}$" doc:"a code; what is to be read goes into note"`
	Note           string `json:"note,omitzero" maxLength:"5000" doc:"a remark, which becomes a note of the order; it may name persons"`
	ExpiresMinutes int64  `json:"expires_minutes,omitzero" minimum:"0" maximum:"527040" doc:"it ends by itself after so long"`
	ExpiresAt      string `json:"expires_at,omitzero" format:"date-time" doc:"instead of expires_minutes"`
}

// LiftHold is the body of POST /v1/orders/{id}/holds/{hold}/lift.
type LiftHold struct {
	Note string `json:"note,omitzero" maxLength:"5000" doc:"a remark, which becomes a note of the order"`
}

// AddNote is the body of POST /v1/orders/{id}/notes.
type AddNote struct {
	Text string `json:"text" minLength:"1" maxLength:"5000"`
}

// SetTags is the body of PUT /v1/orders/{id}/tags.
type SetTags struct {
	Tags []string `json:"tags" maxItems:"50" doc:"of at most 64 characters; stored in the journal for good, so nothing about persons"`
}

// SetFields is the body of PUT /v1/orders/{id}/fields.
type SetFields struct {
	Fields map[string]any `json:"fields" doc:"values by the code of the field; stored in the journal for good, so nothing about persons"`
}

func holdJSON(h order.Hold) Hold {
	return Hold{
		ID: h.ID, Type: h.Type, Scope: h.Scope, Target: h.Target, Handle: h.Handle, Reason: h.Reason, Rule: h.Rule, Because: h.Because,
		Blocks: texts(order.HoldTypes[h.Type]), Status: h.Status, PlacedBy: h.PlacedBy, PlacedAt: h.PlacedAt.String(), ExpiresAt: h.ExpiresAt.String(),
		EndedBy: h.EndedBy, EndedAt: h.EndedAt.String(),
	}
}

func placeHold(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	var in PlaceHold
	if err := c.decode(&in); err != nil {
		return err
	}
	h := order.Hold{Type: in.Type, Scope: in.Scope, Target: in.Target, Handle: in.Handle, Reason: in.Reason}
	if h.Scope == "" {
		h.Scope = order.HoldOrder
	}
	if h.ExpiresAt, err = moment("/expires_at", in.ExpiresAt); err != nil {
		return err
	}
	cmd := app.PlaceHold{Order: id, Hold: h, Minutes: in.ExpiresMinutes, Note: in.Note, By: c.key.ID}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Hold(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryHold(c.r.Context(), cmd, m) },
		orderAnswer(http.StatusOK))
}

// moment reads a time of a body; 0 for none.
func moment(at, text string) (micros.Time, error) {
	if text == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		var list errs.List
		list.Add(at, "invalid_time", "give a time as RFC 3339 has it, such as 2026-11-22T08:15:30Z")
		return 0, list.Err()
	}
	return micros.Of(t), nil
}

func liftHold(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	if !ids.Valid("hld", c.r.PathValue("hold")) {
		return errs.Unknown("hold", c.r.PathValue("hold"))
	}
	var in LiftHold
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.LiftHold{Order: id, Hold: c.r.PathValue("hold"), Note: in.Note, By: c.key.ID, May: c.key.Allows}
	err = c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Lift(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryLift(c.r.Context(), cmd, m) },
		orderAnswer(http.StatusOK))
	if errs.Is(err, "missing_scope") {
		return c.s.refused(c, errs.As(err))
	}
	return err
}

func listHoldTypes(c *call) error {
	held, err := c.s.app.HeldOrders(c.r.Context(), c.key.Channels)
	if err != nil {
		return away(err)
	}
	var out List[HoldType]
	for _, name := range order.HoldTypeNames() {
		out.Data = append(out.Data, HoldType{name, texts(order.HoldTypes[name]), order.LiftScope(name), held[name]})
	}
	return c.reply(http.StatusOK, out)
}

// remark is the common path of what people add to an order.
func remark(c *call, in any, command func() app.Remark) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	if err := c.decode(in); err != nil {
		return err
	}
	cmd := command()
	cmd.Order, cmd.By = id, c.key.ID
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Remark(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryRemark(c.r.Context(), cmd, m) },
		orderAnswer(http.StatusOK))
}

func addNote(c *call) error {
	var in AddNote
	return remark(c, &in, func() app.Remark { return app.Remark{Note: &in.Text} })
}

func setTags(c *call) error {
	var in SetTags
	return remark(c, &in, func() app.Remark { return app.Remark{Tags: &in.Tags} })
}

func setFields(c *call) error {
	var in SetFields
	return remark(c, &in, func() app.Remark { return app.Remark{Fields: &in.Fields} })
}
