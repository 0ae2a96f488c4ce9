package order

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/address"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

// ChangeStatus is the state of an order change.
type ChangeStatus string

// The states of an order change. It is open while something speaks against it, previewed when it can be confirmed.
const (
	ChangeOpen       ChangeStatus = "open"
	ChangePreviewed  ChangeStatus = "previewed"
	ChangeConfirmed  ChangeStatus = "confirmed"
	ChangeCanceled   ChangeStatus = "canceled"
	ChangeSuperseded ChangeStatus = "superseded"
)

// ChangeStatuses lists all of them.
var ChangeStatuses = []ChangeStatus{ChangeOpen, ChangePreviewed, ChangeConfirmed, ChangeCanceled, ChangeSuperseded}

var changeTransitions = map[ChangeStatus][]string{
	ChangeOpen:       {"preview", "cancel", "supersede"},
	ChangePreviewed:  {"preview", "confirm", "cancel", "supersede"},
	ChangeConfirmed:  {},
	ChangeCanceled:   {},
	ChangeSuperseded: {},
}

var changeTargets = map[string]ChangeStatus{"confirm": ChangeConfirmed, "cancel": ChangeCanceled, "supersede": ChangeSuperseded}

// Change is an order change: what is to be done, and what it would come to. An order has at most one that is not closed.
type Change struct {
	doc.Meta
	Order    string       `json:"order"`
	Status   ChangeStatus `json:"status"`
	Actions  []Action     `json:"actions"`
	Preview  Preview      `json:"preview"`
	At       micros.Time  `json:"at"`
	ClosedAt micros.Time  `json:"closed_at,omitzero"`
}

// Pending reports whether it still may be confirmed.
func (c *Change) Pending() bool { return c.Status == ChangeOpen || c.Status == ChangePreviewed }

// AllowedChange lists what may happen to the change.
func AllowedChange(c *Change) []string { return append([]string{}, changeTransitions[c.Status]...) }

// ChangeSteps are those of AllowedChange that somebody can ask for: a change is superseded by the next one.
func ChangeSteps(c *Change) []string {
	return slices.DeleteFunc(AllowedChange(c), func(e string) bool { return e == "supersede" })
}

// CheckChange refuses an event that the change's state does not allow.
func CheckChange(c *Change, event string) error {
	if slices.Contains(changeTransitions[c.Status], event) {
		return nil
	}
	if event == "confirm" && c.Status == ChangeOpen {
		e := errs.New(errs.Conflict, "change_has_violations", "the change cannot be made as it stands; see errors").With("state", string(c.Status), "allowed", ChangeSteps(c))
		e.Problems = c.Preview.Violations
		return e
	}
	return errs.IllegalTransition("the order change", string(c.Status), event, ChangeSteps(c))
}

// EndChange confirms, cancels or supersedes a change.
func EndChange(c *Change, event string, now micros.Time) (*Change, error) {
	if err := CheckChange(c, event); err != nil {
		return c, err
	}
	n := *c
	n.Status, n.ClosedAt = changeTargets[event], now
	return &n, nil
}

// Previewed stores a preview with the change: with violations it is open, without it can be confirmed.
func Previewed(c *Change, p Preview) (*Change, error) {
	if c.Status != "" {
		if err := CheckChange(c, "preview"); err != nil {
			return c, err
		}
	}
	n := *c
	n.Preview, n.Status = p, ChangePreviewed
	if len(p.Violations) > 0 {
		n.Status = ChangeOpen
	}
	return &n, nil
}

// CheckStoredChange is what must hold of a stored change, whatever its order.
func CheckStoredChange(c *Change) error {
	_, known := changeTransitions[c.Status]
	against := len(c.Preview.Violations)
	switch {
	case !known:
		return fmt.Errorf("E1: order change %s is %q", c.ID, c.Status)
	case c.Pending() != (c.ClosedAt == 0):
		return fmt.Errorf("E1: order change %s is %s and was closed at %q", c.ID, c.Status, c.ClosedAt)
	case c.Status == ChangeOpen && against == 0, (c.Status == ChangePreviewed || c.Status == ChangeConfirmed) && against > 0:
		return fmt.Errorf("E1: order change %s is %s with %d violations", c.ID, c.Status, against)
	case len(c.Actions) == 0 || c.Preview.Base < 1:
		return fmt.Errorf("E1: order change %s has %d actions, judged against version %d", c.ID, len(c.Actions), c.Preview.Base)
	case c.Preview.AmountDue < 0 || c.Preview.RefundDue < 0:
		return fmt.Errorf("E4: order change %s asks for %d and gives back %d", c.ID, c.Preview.AmountDue, c.Preview.RefundDue)
	case c.Preview.Before == c.Preview.After && c.Preview.AmountDue+c.Preview.RefundDue != 0:
		return fmt.Errorf("E5: order change %s changes no total and moves money", c.ID)
	}
	return nil
}

// Preview is what a change would come to, judged against one version of the order.
type Preview struct {
	Base       int64          `json:"base"` // version of the order
	Before     Totals         `json:"before"`
	After      Totals         `json:"after"`
	Lines      []PreviewLine  `json:"lines,omitzero"` // those that change
	Stock      []StockEffect  `json:"stock,omitzero"`
	AmountDue  int64          `json:"amount_due,omitzero"` // what the change adds to what is neither captured nor authorized (E4)
	RefundDue  int64          `json:"refund_due,omitzero"` // what it adds to what is owed to the customer (E4)
	Violations []errs.Problem `json:"violations,omitzero"`
}

// Same reports whether two previews come to the same for the customer: totals and lines.
func (p Preview) Same(o Preview) bool {
	return p.Before == o.Before && p.After == o.After && slices.Equal(p.Lines, o.Lines)
}

// PreviewLine is one line before and after.
type PreviewLine struct {
	Line      string `json:"line"`
	AddsTo    string `json:"adds_to,omitzero"`
	SKU       string `json:"sku"`
	Before    int64  `json:"before"` // units that are wanted
	After     int64  `json:"after"`
	UnitPrice int64  `json:"unit_price"`
	Discount  int64  `json:"discount,omitzero"`
	Tax       int64  `json:"tax,omitzero"`     // exclusive
	Total     int64  `json:"total"`            // price less discount plus exclusive tax of what is wanted
	Waiting   int64  `json:"waiting,omitzero"` // of the units after, those that wait for stock
}

// StockEffect is how many units of a line a change takes at a location (positive) or gives back (negative).
type StockEffect struct {
	Line     string `json:"line"`
	SKU      string `json:"sku"`
	Location string `json:"location,omitzero"` // empty: they wait for stock
	Units    int64  `json:"units"`
}

// ActionType is what an action does.
type ActionType string

// The actions of order changes.
const (
	ItemAdd        ActionType = "item_add"
	ItemQuantity   ActionType = "item_quantity"
	ItemRemove     ActionType = "item_remove"
	PriceOverride  ActionType = "price_override"
	DiscountAdd    ActionType = "discount_add"
	DiscountRemove ActionType = "discount_remove"
	ShippingChange ActionType = "shipping_change"
)

// PriceReasons say why a price differs from the one the order was placed with.
var PriceReasons = []string{"price_match", "promised", "goodwill", "correction", "other"}

// MaxActions bounds one change.
const MaxActions = 200

// Action is one step of a change; which fields it takes depends on its type.
type Action struct {
	Type      ActionType   `json:"type"`
	SKU       string       `json:"sku,omitzero"`
	Line      string       `json:"line,omitzero"`
	Quantity  *int64       `json:"quantity,omitzero"`
	UnitPrice *money.Money `json:"unit_price,omitzero"`
	Reason    string       `json:"reason,omitzero"`
	Code      string       `json:"code,omitzero"`
	Amount    *money.Money `json:"amount,omitzero"`
	Method    string       `json:"method,omitzero"`
}

// actionFields names, per type, the fields that an action needs and those that it may have.
var actionFields = map[ActionType]struct{ needs, may []string }{
	ItemAdd:        {[]string{"sku", "quantity"}, []string{"unit_price"}},
	ItemQuantity:   {[]string{"line", "quantity"}, nil},
	ItemRemove:     {[]string{"line"}, nil},
	PriceOverride:  {[]string{"line", "unit_price", "reason"}, nil},
	DiscountAdd:    {[]string{"code", "amount"}, []string{"line"}},
	DiscountRemove: {[]string{"code"}, nil},
	ShippingChange: {nil, []string{"method", "amount"}},
}

// ActionTypes lists all types.
var ActionTypes = []ActionType{ItemAdd, ItemQuantity, ItemRemove, PriceOverride, DiscountAdd, DiscountRemove, ShippingChange}

// Priced reports whether the action sets an amount itself, which needs more rights than the rest.
func (a Action) Priced() bool {
	return a.UnitPrice != nil || a.Amount != nil || a.Type == DiscountRemove
}

// LimitDiscounts holds the discounts of an order as a change would leave it to a share of its items, and those of a line to
// that share of the line: else more units, a discount on another line, and then without those units would give anything
// away. A change that adds none is not held to it: what others gave stays.
func (o *Order) LimitDiscounts(actions []Action, after Totals, percent int64) error {
	var list errs.List
	lines := map[string]int64{}
	for i, a := range actions {
		if a.Type != DiscountAdd {
			continue
		}
		at := "/actions/" + strconv.Itoa(i) + "/amount"
		if l := o.Line(a.Line); a.Line != "" && a.Amount != nil {
			items, given := int64(0), int64(0) // of a line that the change adds
			if l != nil {
				items, given = l.UnitPrice*l.Kept(), l.Discount
			}
			lines[a.Line] += a.Amount.Amount
			overLimit(&list, at, items, given+lines[a.Line], percent, o.Currency)
		}
		if list.Empty() {
			overLimit(&list, at, after.Items, after.Discount, percent, o.Currency)
		}
	}
	return list.Err()
}

// MayGive is what LimitDiscounts found of a change that is about to be made: nothing in what was sent is wrong, but who
// confirms may give less than who proposed it could.
func MayGive(found error) error {
	e := errs.As(found)
	if e == nil || len(e.Problems) == 0 {
		return found
	}
	return errs.New(errs.Forbidden, "discount_limit", "you may not give the discounts of this change: %s to confirm it, or propose a change that gives less", e.Problems[0].Detail)
}

// check adds what is wrong with the form of the action, whatever the order.
func (a Action) check(o *Order, at string, list *errs.List) {
	f, known := actionFields[a.Type]
	if !known {
		list.Add(at+"/type", "unknown_value", "give one of %s", joined(ActionTypes))
		return
	}
	given := map[string]bool{
		"sku": a.SKU != "", "line": a.Line != "", "quantity": a.Quantity != nil, "unit_price": a.UnitPrice != nil, "reason": a.Reason != "",
		"code": strings.TrimSpace(a.Code) != "", "amount": a.Amount != nil, "method": a.Method != "",
	}
	for _, name := range []string{"sku", "line", "quantity", "unit_price", "reason", "code", "amount", "method"} {
		needs := slices.Contains(f.needs, name)
		switch {
		case needs && !given[name]:
			list.Add(at+"/"+name, "required", "%s needs it", a.Type)
		case given[name] && !needs && !slices.Contains(f.may, name):
			list.Add(at+"/"+name, "unknown_field", "%s does not take it", a.Type)
		}
	}
	if a.Type == ShippingChange && a.Method == "" && a.Amount == nil {
		list.Add(at+"/method", "required", "give a method of the channel's table, or an amount")
	}
	if q := a.Quantity; q != nil {
		least := int64(0)
		if a.Type == ItemAdd {
			least = 1
		}
		if *q < least || *q > MaxQuantity {
			list.Add(at+"/quantity", "out_of_range", "give a whole number from %d to %d", least, MaxQuantity)
		}
	}
	if a.UnitPrice != nil {
		o.checkAmount(list, at+"/unit_price", *a.UnitPrice)
	}
	if a.Amount != nil {
		o.checkAmount(list, at+"/amount", *a.Amount)
	}
	if a.Type == PriceOverride && a.Reason != "" && !slices.Contains(PriceReasons, a.Reason) {
		list.Add(at+"/reason", "unknown_value", "give one of %s", strings.Join(PriceReasons, ", "))
	}
	checkText(list, at+"/code", a.Code, address.MaxText)
	checkText(list, at+"/method", a.Method, address.MaxText)
}

func joined[S ~string](values []S) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return strings.Join(out, ", ")
}

// checkActions reports all that is wrong with the form of a change.
func checkActions(o *Order, actions []Action) error {
	var list errs.List
	if len(actions) == 0 || len(actions) > MaxActions {
		list.Add("/actions", "out_of_range", "give 1 to %d actions", MaxActions)
		return list.Err()
	}
	for i, a := range actions {
		a.check(o, "/actions/"+strconv.Itoa(i), &list)
	}
	return list.Err()
}
