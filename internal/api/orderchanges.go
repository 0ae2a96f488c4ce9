package api

import (
	"net/http"
	"slices"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/work"
)

// ProposeChange is the body of POST /v1/orders/{id}/changes.
type ProposeChange struct {
	Actions []ChangeAction `json:"actions" minItems:"1" maxItems:"200" doc:"done one after the other"`
}

// ChangeAction is one step of a change.
type ChangeAction struct {
	Type      string       `json:"type" enum:"item_add,item_quantity,item_remove,price_override,discount_add,discount_remove,shipping_change" doc:"item_add takes sku and quantity; item_quantity line and quantity; item_remove line; price_override line, unit_price and reason; discount_add code and amount, perhaps line; discount_remove code; shipping_change method or amount"`
	SKU       string       `json:"sku,omitzero" maxLength:"64" doc:"of item_add"`
	Line      string       `json:"line,omitzero" doc:"id of the line" example:"1"`
	Quantity  *int64       `json:"quantity,omitzero" minimum:"0" maximum:"1000000" doc:"of item_add how many more; of item_quantity how many are wanted in all"`
	UnitPrice *money.Money `json:"unit_price,omitzero" doc:"needs scope orders:price"`
	Reason    string       `json:"reason,omitzero" enum:"price_match,promised,goodwill,correction,other" doc:"of price_override"`
	Code      string       `json:"code,omitzero" maxLength:"200" doc:"of the discount"`
	Amount    *money.Money `json:"amount,omitzero" doc:"of the discount, or the shipping charge; needs scope orders:price, but people may give discounts up to discount_percent of their roles"`
	Method    string       `json:"method,omitzero" maxLength:"200" doc:"a method of the channel's table"`
}

// OrderChange is a change of an order with what it would come to.
type OrderChange struct {
	ID        *string        `json:"id" doc:"null in a dry run"`
	Version   int64          `json:"version" doc:"rises by one with every step; send it as If-Match"`
	Order     string         `json:"order" doc:"id of the order"`
	Status    string         `json:"status" enum:"open,previewed,confirmed,canceled,superseded" doc:"open while something speaks against it, previewed when it can be confirmed"`
	Actions   []ChangeAction `json:"actions"`
	Preview   ChangePreview  `json:"preview"`
	Allowed   []string       `json:"allowed" doc:"what may be done with the change now"`
	CreatedAt string         `json:"created_at" format:"date-time"`
	ClosedAt  string         `json:"closed_at,omitzero" format:"date-time" doc:"when it was confirmed, canceled or superseded"`
}

// ChangePreview is what a change would come to.
type ChangePreview struct {
	Base       int64         `json:"base" doc:"version of the order that it was judged by; once the order is at another one the change has to be previewed again"`
	Before     Totals        `json:"before"`
	After      Totals        `json:"after"`
	Lines      []ChangeLine  `json:"lines" doc:"those that change"`
	Stock      []ChangeStock `json:"stock" doc:"where units come from and where they go"`
	AmountDue  money.Money   `json:"amount_due" doc:"what the change adds to what is neither captured nor authorized"`
	RefundDue  money.Money   `json:"refund_due" doc:"what the change adds to what is owed to the customer"`
	Violations Findings      `json:"violations" doc:"what speaks against it; pointers lead into actions"`
}

// ChangeLine is a line before and after.
type ChangeLine struct {
	Line      string      `json:"line" doc:"id of the line; a new one for units that are added"`
	AddsTo    string      `json:"adds_to,omitzero" doc:"id of the line of which these are more units"`
	SKU       string      `json:"sku"`
	Before    int64       `json:"before" doc:"units that are wanted"`
	After     int64       `json:"after"`
	Waiting   int64       `json:"waiting,omitzero" doc:"of these, units that wait for stock"`
	UnitPrice money.Money `json:"unit_price"`
	Discount  money.Money `json:"discount"`
	Tax       money.Money `json:"tax" doc:"added to the prices"`
	Total     money.Money `json:"total" doc:"price less discount plus added tax of what is wanted"`
}

// ChangeStock is units of a line that are taken somewhere, or given back.
type ChangeStock struct {
	Line     string `json:"line"`
	SKU      string `json:"sku"`
	Location string `json:"location,omitzero" doc:"left out for units that wait for stock"`
	Units    int64  `json:"units" doc:"taken; below zero: given back"`
}

func changeJSON(v *app.ChangeView) OrderChange {
	c := v.Change
	out := OrderChange{
		ID: orNull(c.ID), Version: c.Version, Order: c.Order, Status: string(c.Status), Actions: make([]ChangeAction, len(c.Actions)), Preview: changePreviewJSON(c.Preview, v.Order.Currency),
		Allowed: order.ChangeSteps(c), CreatedAt: c.At.String(), ClosedAt: c.ClosedAt.String(),
	}
	for i, a := range c.Actions {
		out.Actions[i] = ChangeAction{string(a.Type), a.SKU, a.Line, a.Quantity, a.UnitPrice, a.Reason, a.Code, a.Amount, a.Method}
	}
	return out
}

func changePreviewJSON(p order.Preview, currency string) ChangePreview {
	in := func(n int64) money.Money { return money.Money{Amount: n, Currency: currency} }
	out := ChangePreview{
		Base: p.Base, Before: totalsJSON(p.Before, in), After: totalsJSON(p.After, in), AmountDue: in(p.AmountDue), RefundDue: in(p.RefundDue),
		Lines: make([]ChangeLine, len(p.Lines)), Stock: make([]ChangeStock, len(p.Stock)), Violations: make(Findings, len(p.Violations)),
	}
	for i, l := range p.Lines {
		out.Lines[i] = ChangeLine{l.Line, l.AddsTo, l.SKU, l.Before, l.After, l.Waiting, in(l.UnitPrice), in(l.Discount), in(l.Tax), in(l.Total)}
	}
	for i, s := range p.Stock {
		out.Stock[i] = ChangeStock(s)
	}
	for i, v := range p.Violations {
		out.Violations[i] = Finding(v)
	}
	return out
}

func changeAnswer(code int) func(any) work.Answer { return rendered(code, changeJSON) }

func proposeChange(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	var in ProposeChange
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.ProposeChange{Order: id, Actions: make([]order.Action, len(in.Actions))}
	for i, a := range in.Actions {
		cmd.Actions[i] = order.Action{Type: order.ActionType(a.Type), SKU: a.SKU, Line: a.Line, Quantity: a.Quantity, UnitPrice: a.UnitPrice, Reason: a.Reason, Code: a.Code, Amount: a.Amount, Method: a.Method}
	}
	if cmd.MaxDiscount, err = c.mayPrice(cmd.Actions); err != nil {
		return err
	}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Propose(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryPropose(c.r.Context(), cmd, m) },
		changeAnswer(http.StatusCreated))
}

// mayPrice refuses amounts that the key may not set, of who proposes a change and of who confirms it. What it returns is
// how much all discounts may come to, in percent of the items: as far as the roles say of who has no orders:price; nil
// for any.
func (c *call) mayPrice(actions []order.Action) (*int64, error) {
	if c.key.Allows("orders:price") || !slices.ContainsFunc(actions, order.Action.Priced) {
		return nil, nil
	}
	other := func(a order.Action) bool { return a.Priced() && a.Type != order.DiscountAdd }
	if c.key.Discount == 0 || slices.ContainsFunc(actions, other) {
		return nil, c.s.refused(c, errs.New(errs.Forbidden, "missing_scope",
			"amounts of one's own and the end of discounts need the scope orders:price of who proposes them and of who confirms them; ask somebody who has it").With("scope", "orders:price"))
	}
	return &c.key.Discount, nil
}

func listChanges(c *call) error {
	v, err := c.visible(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	before, limit, err := c.idPage("chg")
	if err != nil {
		return err
	}
	rows, err := c.s.app.ChangesOf(c.r.Context(), v.Order.ID, before, limit+1)
	if err != nil {
		return away(err)
	}
	view := func(x *order.Change) OrderChange { return changeJSON(&app.ChangeView{Change: x, Order: v.Order}) }
	return c.reply(http.StatusOK, pageOf(rows, limit, view, func(x *order.Change) string { return x.ID }))
}

// change reads the change in the path, which looks like one that does not exist to keys that do not see its order.
func (c *call) change() (*app.ChangeView, error) {
	id := c.r.PathValue("id")
	if !ids.Valid("chg", id) {
		return nil, errs.Unknown("order change", id)
	}
	v, err := c.s.app.OrderChange(c.r.Context(), id)
	if err != nil {
		return nil, away(err)
	}
	if !c.key.Sees(v.Order.Channel) {
		return nil, c.s.refused(c, errs.Unknown("order change", id))
	}
	return v, nil
}

func getChange(c *call) error {
	v, err := c.change()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, changeJSON(v))
}

func stepChange(step string) func(*call) error {
	return func(c *call) error {
		v, err := c.change()
		if err != nil {
			return err
		}
		if err := c.decode(&struct{}{}); err != nil {
			return err
		}
		cmd := app.StepChange{Change: v.Change.ID, Step: step}
		if step == app.StepConfirm {
			if cmd.MaxDiscount, err = c.mayPrice(v.Change.Actions); err != nil {
				return err
			}
		}
		return c.run(
			func(m work.Meta) work.Outcome {
				out := c.s.app.Change(c.r.Context(), cmd, m)
				out.Err = outdated(out.Err)
				return out
			},
			func(m work.Meta) (any, error) {
				v, err := c.s.app.TryChange(c.r.Context(), cmd, m)
				return v, outdated(err)
			},
			changeAnswer(http.StatusOK))
	}
}

// outdated shows the fresh preview of a refusal as previews look.
func outdated(err error) error {
	e := errs.As(err)
	if e == nil {
		return err
	}
	if now, ok := e.Fields["preview"].(app.Outdated); ok {
		return e.With("preview", changePreviewJSON(now.Preview, now.Currency))
	}
	return err
}
