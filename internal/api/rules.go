package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/order"
	"ordo/internal/workflow"
)

// Rule is a rule as the API shows it.
type Rule struct {
	Code     string        `json:"code"`
	Version  int64         `json:"version"`
	Name     string        `json:"name"`
	Active   bool          `json:"active"`
	On       string        `json:"on" enum:"order.placed"`
	Channels []string      `json:"channels" doc:"empty: all"`
	Priority int64         `json:"priority" doc:"lower runs first"`
	When     string        `json:"when" doc:"condition in CEL" example:"history.first && order.total >= 50000"`
	Hold     RuleHold      `json:"hold"`
	LiftWhen string        `json:"lift_when,omitzero" doc:"condition in CEL; the hold is lifted as soon as it is so"`
	Examples []RuleExample `json:"examples"`
}

// RuleHold is the hold that a rule places.
type RuleHold struct {
	Type           string `json:"type" enum:"awaiting_payment,awaiting_return_items,buyer_remorse,credit_limit,export_compliance,high_risk_of_fraud,incorrect_address,inventory_out_of_stock,manual_review,other,post_purchase_upsell,unknown_delivery_date"`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"for people to read; stored with every hold"`
	ExpiresMinutes int64  `json:"expires_minutes,omitzero" minimum:"0" maximum:"527040" doc:"the hold ends by itself after so long; 0: never"`
}

// RuleExample is a case that tests a rule.
type RuleExample struct {
	Name    string         `json:"name" minLength:"1" maxLength:"200"`
	Facts   workflow.Facts `json:"facts"`
	Matches bool           `json:"matches,omitzero" doc:"whether the rule holds such an order"`
}

// PutRule is the body of PUT /v1/rules/{code}.
type PutRule struct {
	Name     string        `json:"name" minLength:"1" maxLength:"200"`
	Active   *bool         `json:"active,omitzero" doc:"true when left out"`
	On       string        `json:"on,omitzero" enum:"order.placed" doc:"order.placed when left out"`
	Channels []string      `json:"channels,omitzero" maxItems:"100" doc:"codes of sales channels; empty: all"`
	Priority int64         `json:"priority,omitzero" minimum:"0" maximum:"1000000" doc:"lower runs first"`
	When     string        `json:"when" minLength:"1" maxLength:"2000" doc:"condition in CEL over the facts" example:"history.first && order.total >= 50000"`
	Hold     RuleHold      `json:"hold"`
	LiftWhen string        `json:"lift_when,omitzero" maxLength:"2000" doc:"condition in CEL; the hold is lifted as soon as it is so"`
	Examples []RuleExample `json:"examples" minItems:"1" maxItems:"50" doc:"run when the rule is published"`
}

// TestRule is the body of POST /v1/rules/{code}/test.
type TestRule struct {
	Facts *workflow.Facts `json:"facts,omitzero" doc:"facts, as examples have them"`
	Order string          `json:"order,omitzero" doc:"or the id of an order, as it is now"`
}

// RuleTrial is what a rule decides.
type RuleTrial struct {
	Holds       bool       `json:"holds" doc:"the order would be held"`
	Because     string     `json:"because" doc:"the same as parts, in a sentence"`
	Parts       []RulePart `json:"parts,omitzero" doc:"of the condition, that decided; facts about persons are named and not shown"`
	Lifts       bool       `json:"lifts" doc:"the hold would be lifted at once"`
	LiftBecause string     `json:"lift_because,omitzero"`
}

// RuleFiring is an order that a rule held.
type RuleFiring struct {
	Order    string `json:"order" doc:"id of the order" example:"ord_01kas8rz0hefgtq4ty8f7zm6da"`
	Number   string `json:"number,omitzero" doc:"of the order" example:"1042"`
	Channel  string `json:"channel" example:"web"`
	Status   string `json:"status" doc:"of the order now" enum:"draft,pending,open,completed,canceled,rejected"`
	PlacedAt string `json:"placed_at" format:"date-time"`
	Hold     Hold   `json:"hold" doc:"that the rule placed, as it is now"`
}

// RulePart is a part of a condition that decided.
type RulePart struct {
	Text  string     `json:"text" example:"order.total >= 50000"`
	Holds bool       `json:"holds"`
	Facts []RuleFact `json:"facts,omitzero"`
}

// RuleFact is a fact that a decision rests on.
type RuleFact struct {
	Name  string `json:"name" example:"order.total"`
	Value any    `json:"value,omitzero" doc:"left out when it is about a person"`
}

// Field is the definition of a custom field.
type Field struct {
	Code     string   `json:"code" example:"gift_wrap"`
	Version  int64    `json:"version"`
	Name     string   `json:"name"`
	Type     string   `json:"type" enum:"text,number,boolean,date,choice"`
	Choices  []string `json:"choices,omitzero"`
	Required bool     `json:"required" doc:"of every new order"`
	Active   bool     `json:"active"`
}

// PutField is the body of PUT /v1/fields/{code}.
type PutField struct {
	Name     string   `json:"name" minLength:"1" maxLength:"200"`
	Type     string   `json:"type" enum:"text,number,boolean,date,choice"`
	Choices  []string `json:"choices,omitzero" maxItems:"200" doc:"of a field of type choice"`
	Required bool     `json:"required,omitzero" doc:"orders without it are refused"`
	Active   *bool    `json:"active,omitzero" doc:"true when left out; the values of an inactive field stay and cannot be set"`
}

func ruleJSON(r *workflow.Rule) Rule {
	out := Rule{
		Code: r.ID, Version: r.Version, Name: r.Name, Active: r.Active, On: r.On, Channels: append([]string{}, r.Channels...), Priority: r.Priority, When: r.When,
		Hold: RuleHold(r.Hold), LiftWhen: r.LiftWhen, Examples: make([]RuleExample, len(r.Examples)),
	}
	for i, e := range r.Examples {
		out.Examples[i] = RuleExample(e)
	}
	return out
}

func putRule(c *call) error {
	if err := c.allChannels(); err != nil { // all channels share it
		return err
	}
	var in PutRule
	if err := c.decode(&in); err != nil {
		return err
	}
	r := &workflow.Rule{
		Meta: doc.Meta{ID: c.r.PathValue("code")}, Name: in.Name, Active: yes(in.Active), On: in.On, Channels: in.Channels, Priority: in.Priority, When: in.When,
		Hold: workflow.Hold(in.Hold), LiftWhen: in.LiftWhen,
	}
	if r.On == "" {
		r.On = workflow.OrderPlaced
	}
	for _, e := range in.Examples {
		r.Examples = append(r.Examples, workflow.Example(e))
	}
	return save(c, r, c.s.app.PublishRule, ruleJSON)
}

func getRule(c *call) error { return read(c, c.r.PathValue("code"), c.s.app.Rule, ruleJSON) }

func listRules(c *call) error {
	return list(c, c.s.app.Rules, ruleJSON, func(r *workflow.Rule) string { return r.ID })
}

func listRuleFirings(c *call) error {
	code := c.r.PathValue("code")
	before, limit, err := c.idPage("ord")
	if err != nil {
		return err
	}
	held, err := c.s.app.FiredOn(c.r.Context(), code, c.key.Channels, before, limit+1)
	if err != nil {
		return away(err)
	}
	view := func(o *order.Order) RuleFiring { return firingJSON(o, code) }
	return c.reply(http.StatusOK, pageOf(held, limit, view, func(o *order.Order) string { return o.ID }))
}

func firingJSON(o *order.Order, rule string) RuleFiring {
	out := RuleFiring{Order: o.ID, Number: o.Number, Channel: o.Channel, Status: string(o.Status), PlacedAt: o.PlacedAt.String()}
	for _, h := range o.Holds {
		if h.Rule == rule {
			out.Hold = holdJSON(h)
		}
	}
	return out
}

func testRule(c *call) error {
	var in TestRule
	if err := c.decode(&in); err != nil {
		return err
	}
	facts, err := c.factsOf(in)
	if err != nil {
		return err
	}
	t, err := c.s.app.TestRule(c.r.Context(), c.r.PathValue("code"), facts)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, trialJSON(t))
}

// factsOf are the facts that a trial gives, or those of the order that it names.
func (c *call) factsOf(in TestRule) (*workflow.Facts, error) {
	var list errs.List
	switch {
	case (in.Facts == nil) == (in.Order == ""):
		list.Add("/facts", "ambiguous", "give facts, or the id of an order")
	case in.Facts != nil:
		return in.Facts, nil
	case !ids.Valid("ord", in.Order):
		list.Add("/order", "unknown_value", "give the id of an order")
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	v, err := c.visible(in.Order)
	if err != nil {
		return nil, err
	}
	return c.s.app.FactsOf(c.r.Context(), v)
}

func trialJSON(t app.Trial) RuleTrial {
	out := RuleTrial{Holds: t.Hold.Matched, Because: t.Hold.Because(), Lifts: t.Lift.Matched, LiftBecause: t.Lift.Because()}
	for _, p := range t.Hold.Parts {
		part := RulePart{Text: p.Text, Holds: p.Holds}
		for _, f := range p.Facts {
			part.Facts = append(part.Facts, RuleFact(f))
		}
		out.Parts = append(out.Parts, part)
	}
	return out
}

func fieldJSON(f *catalog.Field) Field {
	return Field{f.ID, f.Version, f.Name, f.Type, f.Choices, f.Required, f.Active}
}

func putField(c *call) error {
	if err := c.allChannels(); err != nil { // all channels share it
		return err
	}
	var in PutField
	if err := c.decode(&in); err != nil {
		return err
	}
	f := &catalog.Field{
		Meta: doc.Meta{ID: c.r.PathValue("code")}, Name: in.Name, Type: in.Type, Choices: in.Choices, Required: in.Required, Active: yes(in.Active),
	}
	return save(c, f, c.s.app.SaveField, fieldJSON)
}

func getField(c *call) error { return read(c, c.r.PathValue("code"), c.s.app.Field, fieldJSON) }

func listFields(c *call) error {
	return list(c, c.s.app.Fields, fieldJSON, func(f *catalog.Field) string { return f.ID })
}
