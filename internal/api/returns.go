package api

import (
	"context"
	"net/http"

	"ordo/internal/app"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/order"
	"ordo/internal/returns"
	"ordo/internal/work"
)

// RequestReturn is the body of POST /v1/orders/{id}/returns.
type RequestReturn struct {
	Lines       []ReturnWish `json:"lines" minItems:"1" maxItems:"1000"`
	RefundTo    string       `json:"refund_to,omitzero" enum:"tender,store_credit" doc:"tender when left out: back to the payments of the order"`
	StoreCredit string       `json:"store_credit,omitzero" maxLength:"64" doc:"id of the customer's account; left out, one is opened with the first refund"`
	Location    string       `json:"location,omitzero" maxLength:"64" doc:"code of the location it goes to; left out: as the policy says, else where it shipped from"`
	Override    string       `json:"override,omitzero" enum:"goodwill,policy_error,promised,legal,other" doc:"staff lets it pass whatever the policy says"`
	Note        string       `json:"note,omitzero" maxLength:"5000" doc:"of the customer; becomes a note of the order"`
}

// ReturnWish is what is to come back of a line.
type ReturnWish struct {
	Line      string `json:"line" doc:"id of the order line" example:"1"`
	Quantity  int64  `json:"quantity" minimum:"1" maximum:"1000000" example:"1"`
	Reason    string `json:"reason" maxLength:"64" doc:"a code of the policy" example:"unwanted"`
	Condition string `json:"condition,omitzero" maxLength:"64" doc:"as the customer says; a code of the policy" example:"opened"`
}

// DeclineReturn is the body of POST /v1/returns/{id}/decline.
type DeclineReturn struct {
	Reason string `json:"reason" enum:"policy,window_over,final_sale,condition,abuse,other"`
}

// CancelReturn is the body of POST /v1/returns/{id}/cancel.
type CancelReturn struct {
	Reason string `json:"reason" enum:"customer,kept,mistake,other"`
}

// ShipReturn is the body of POST /v1/returns/{id}/ship.
type ShipReturn struct {
	Carrier        string `json:"carrier,omitzero" maxLength:"100"`
	TrackingNumber string `json:"tracking_number,omitzero" maxLength:"100"`
	Prepaid        bool   `json:"prepaid,omitzero" doc:"with a label that the merchant paid for: the policy may take a fee off for it"`
}

// ReceiveReturn is the body of POST /v1/returns/{id}/receive.
type ReceiveReturn struct {
	Lines      []ReturnUnits `json:"lines,omitzero" maxItems:"1000" doc:"what came, by line"`
	Unexpected []StrayUnits  `json:"unexpected,omitzero" maxItems:"100" doc:"what came and the return does not name; noted, and no stock moves"`
	Last       bool          `json:"last,omitzero" doc:"nothing more will come"`
}

// ReturnUnits is a number of units of an order line.
type ReturnUnits struct {
	Line     string `json:"line" doc:"id of the order line" example:"1"`
	Quantity int64  `json:"quantity" minimum:"1" maximum:"1000000" example:"1"`
}

// StrayUnits is something that nobody expected.
type StrayUnits struct {
	SKU      string `json:"sku" minLength:"1" maxLength:"64"`
	Quantity int64  `json:"quantity" minimum:"1" maximum:"1000000"`
}

// InspectReturn is the body of POST /v1/returns/{id}/inspect.
type InspectReturn struct {
	Units []InspectUnits `json:"units" minItems:"1" maxItems:"1000"`
}

// InspectUnits is what was found of units of a line.
type InspectUnits struct {
	Line        string `json:"line" doc:"id of the order line" example:"1"`
	Quantity    int64  `json:"quantity" minimum:"1" maximum:"1000000" example:"1"`
	Condition   string `json:"condition" maxLength:"64" doc:"a code of the policy" example:"new"`
	Accepted    *bool  `json:"accepted,omitzero" doc:"left out: as the policy says of the condition"`
	Reason      string `json:"reason,omitzero" enum:"wrong_item,used,damaged_by_customer,incomplete,not_ours,condition,other" doc:"why units are rejected"`
	Disposition string `json:"disposition,omitzero" enum:"restock,refurbish,quarantine,scrap,return_to_vendor,return_to_customer" doc:"left out: as the policy says of the condition; of rejected units return_to_customer"`
	Location    string `json:"location,omitzero" maxLength:"64" doc:"of a restock: code of another location"`
	Bucket      string `json:"bucket,omitzero" enum:"available,damaged,quality" doc:"of a restock"`
}

// DisposeReturn is the body of POST /v1/returns/{id}/dispose.
type DisposeReturn struct {
	Piece       string `json:"piece" maxLength:"16" doc:"id of the piece" example:"1"`
	Quantity    int64  `json:"quantity,omitzero" minimum:"1" maximum:"1000000" doc:"left out: all of it"`
	Disposition string `json:"disposition" enum:"restock,refurbish,quarantine,scrap,return_to_vendor,return_to_customer" example:"restock"`
	Location    string `json:"location,omitzero" maxLength:"64" doc:"of a restock: code of another location"`
	Bucket      string `json:"bucket,omitzero" enum:"available,damaged,quality" doc:"of a restock"`
}

func (w ReturnWish) wish() returns.Wish {
	return returns.Wish{Line: w.Line, Quantity: w.Quantity, Reason: w.Reason, Condition: w.Condition}
}

func requestReturn(c *call) error {
	var in RequestReturn
	id, err := c.ordered(&in)
	if err != nil {
		return err
	}
	cmd := app.RequestReturn{
		Order: id, Type: returns.Plain, RefundTo: in.RefundTo, Account: in.StoreCredit, Location: in.Location, Override: in.Override, Note: in.Note,
		By: c.key.ID, May: c.key.Allows,
	}
	for _, w := range in.Lines {
		cmd.Lines = append(cmd.Lines, w.wish())
	}
	return c.askReturn(cmd)
}

// RequestExchange is the body of POST /v1/orders/{id}/exchanges.
type RequestExchange struct {
	Lines     []ReturnWish   `json:"lines" minItems:"1" maxItems:"1000" doc:"what comes back"`
	Items     []ExchangeItem `json:"items" minItems:"1" maxItems:"100" doc:"what is wanted instead"`
	Advance   bool           `json:"advance,omitzero" doc:"it ships at once, and is charged when the units are not back in time"`
	Backorder bool           `json:"backorder,omitzero" doc:"what is missing is waited for, within the backorder limits of stock, also where the channel does not take backorders"`
	Payment   *PlaceTender   `json:"payment,omitzero" doc:"in advance: has the worth authorized, to be captured then"`
	Location  string         `json:"location,omitzero" maxLength:"64" doc:"code of the location it goes to; left out: as the policy says, else where it shipped from"`
	Override  string         `json:"override,omitzero" enum:"goodwill,policy_error,promised,legal,other" doc:"staff lets it pass whatever the policy says"`
	Note      string         `json:"note,omitzero" maxLength:"5000" doc:"of the customer; becomes a note of the order"`
}

func requestExchange(c *call) error {
	var in RequestExchange
	id, err := c.ordered(&in)
	if err != nil {
		return err
	}
	cmd := app.RequestReturn{
		Order: id, Type: returns.Exchange, Location: in.Location, Override: in.Override, Note: in.Note, By: c.key.ID, May: c.key.Allows,
		Swap: &app.SwapWish{Advance: in.Advance, Wait: in.Backorder},
	}
	for _, w := range in.Lines {
		cmd.Lines = append(cmd.Lines, w.wish())
	}
	for _, item := range in.Items {
		cmd.Swap.Items = append(cmd.Swap.Items, returns.SwapItem(item))
	}
	if in.Payment != nil {
		if !c.key.Allows("payments:write") {
			return c.s.refused(c, errs.New(errs.Forbidden, "missing_scope", "a payment needs the scope payments:write").With("scope", "payments:write"))
		}
		t := order.Tender(*in.Payment)
		cmd.Swap.Tender = &t
	}
	return c.askReturn(cmd)
}

// FileClaim is the body of POST /v1/orders/{id}/claims.
type FileClaim struct {
	Reason      string        `json:"reason" enum:"missing,wrong,damaged,lost,defective"`
	Lines       []ReturnUnits `json:"lines" minItems:"1" maxItems:"1000"`
	Remedy      string        `json:"remedy" enum:"refund,reship,both"`
	RefundTo    string        `json:"refund_to,omitzero" enum:"tender,store_credit" doc:"tender when left out: back to the payments of the order"`
	StoreCredit string        `json:"store_credit,omitzero" maxLength:"64" doc:"id of the customer's account; left out, one is opened"`
	Note        string        `json:"note,omitzero" maxLength:"5000" doc:"the evidence; becomes a note of the order"`
}

func fileClaim(c *call) error {
	var in FileClaim
	id, err := c.ordered(&in)
	if err != nil {
		return err
	}
	cmd := app.FileClaim{Order: id, Reason: in.Reason, Remedy: in.Remedy, RefundTo: in.RefundTo, Account: in.StoreCredit, Note: in.Note, By: c.key.ID}
	for _, u := range in.Lines {
		cmd.Lines = append(cmd.Lines, order.Units{Line: u.Line, Quantity: u.Quantity})
	}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Claim(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryClaim(c.r.Context(), cmd, m) },
		rendered(http.StatusCreated, returnJSON))
}

func (c *call) askReturn(cmd app.RequestReturn) error {
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.AskReturn(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryAskReturn(c.r.Context(), cmd, m) },
		rendered(http.StatusCreated, returnJSON))
}

// returnID checks the id in the path and whether the key sees its order.
func (c *call) returnID() (*app.ReturnView, error) {
	id := c.r.PathValue("id")
	if !ids.Valid("ret", id) {
		return nil, errs.Unknown("return", id)
	}
	v, err := c.s.app.Return(c.r.Context(), id)
	if err != nil {
		return nil, away(err)
	}
	if !c.key.Sees(v.Order.Channel) {
		return nil, c.s.refused(c, errs.Unknown("return", id))
	}
	return v, nil
}

func getReturn(c *call) error {
	v, err := c.returnID()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, returnJSON(v))
}

func listReturns(c *call) error {
	owner := c.query.Get("order")
	if owner == "" {
		if err := c.allChannels(); err != nil {
			return err
		}
	} else if _, err := c.visible(owner); err != nil {
		if errs.ClassOf(err) == errs.NotFound {
			return c.reply(http.StatusOK, List[Return]{Data: []Return{}})
		}
		return err
	}
	after, limit, err := c.idPage("ret")
	if err != nil {
		return err
	}
	rows, err := c.s.app.ListReturns(c.r.Context(), app.ReturnFilter{
		Order: owner, Type: c.query.Get("type"), Status: c.query.Get("status"), Stage: c.query.Get("stage"), Newest: c.query.Get("sort") == "newest", After: after, Limit: limit + 1,
	})
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, returnJSON, func(v *app.ReturnView) string { return v.Return.ID }))
}

// returnBody is the body of a step.
type returnBody interface{ into(*app.MoveReturn) }

type noReturnBody struct{}

func (noReturnBody) into(*app.MoveReturn) {}

func (b DeclineReturn) into(c *app.MoveReturn) { c.Reason = b.Reason }

func (b CancelReturn) into(c *app.MoveReturn) { c.Reason = b.Reason }

func (b ShipReturn) into(c *app.MoveReturn) {
	c.Carrier, c.Tracking, c.Prepaid = b.Carrier, b.TrackingNumber, b.Prepaid
}

func (b ReceiveReturn) into(c *app.MoveReturn) {
	c.Arrival.Last = b.Last
	for _, u := range b.Lines {
		c.Arrival.Lines = append(c.Arrival.Lines, returns.Units(u))
	}
	for _, s := range b.Unexpected {
		c.Arrival.Unexpected = append(c.Arrival.Unexpected, returns.Stray(s))
	}
}

func (b InspectReturn) into(c *app.MoveReturn) {
	for _, u := range b.Units {
		c.Looks = append(c.Looks, returns.Look{
			Line: u.Line, Quantity: u.Quantity, Condition: u.Condition, Accepted: u.Accepted, Reason: u.Reason,
			Disposition: returns.Disposition(u.Disposition), Location: u.Location, Bucket: u.Bucket,
		})
	}
}

func (b DisposeReturn) into(c *app.MoveReturn) {
	c.Piece, c.Quantity = b.Piece, b.Quantity
	c.Look = returns.Look{Disposition: returns.Disposition(b.Disposition), Location: b.Location, Bucket: b.Bucket}
}

// stepReturn handles all steps: one command, and a body that says how.
func stepReturn[B returnBody](step string) func(*call) error {
	return func(c *call) error {
		v, err := c.returnID()
		if err != nil {
			return err
		}
		var in B
		if err := c.decode(&in); err != nil {
			return err
		}
		cmd := app.MoveReturn{Return: v.Return.ID, Step: step, By: c.key.ID}
		in.into(&cmd)
		return c.run(
			func(m work.Meta) work.Outcome { return c.s.app.StepReturn(c.r.Context(), cmd, m) },
			func(m work.Meta) (any, error) { return c.s.app.TryStepReturn(c.r.Context(), cmd, m) },
			rendered(http.StatusOK, returnJSON))
	}
}

func putReturnPolicy(c *call) error {
	if err := c.allChannels(); err != nil { // all channels share it
		return err
	}
	var in PutReturnPolicy
	if err := c.decode(&in); err != nil {
		return err
	}
	p := in.policy()
	p.Meta = doc.Meta{ID: c.r.PathValue("code")}
	return save(c, p, c.s.app.SaveReturnPolicy, returnPolicyJSON)
}

func getReturnPolicy(c *call) error {
	return read(c, c.r.PathValue("code"), c.s.app.ReturnPolicy, returnPolicyJSON)
}

// policyOfReturn shows the policy as it was when it judged the return.
func policyOfReturn(c *call) error {
	v, err := c.returnID()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, returnPolicyJSON(&v.Return.Policy))
}

// policyOfOrder shows the policy that would judge a return of the order now.
func policyOfOrder(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	v, err := c.s.app.Order(c.r.Context(), id)
	if err != nil {
		return away(err)
	}
	p, err := c.s.app.ReturnPolicyOf(c.r.Context(), v.Order.Channel)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, returnPolicyJSON(p))
}

func listReturnPolicies(c *call) error {
	return list(c, func(ctx context.Context, after string, limit int) ([]*returns.Policy, error) {
		return c.s.app.ReturnPolicies(ctx, after, limit)
	}, returnPolicyJSON, func(p *returns.Policy) string { return p.ID })
}
