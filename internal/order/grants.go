package order

import (
	"slices"
	"strconv"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

// GrantReasons are the reasons for giving money back that a new installation knows. What is granted for units that came
// back is for the return, whose lines say why; what is granted for a claim has the code of the claim, with its meaning
// (package returns), so that reports of both add up.
var GrantReasons = []string{"return", "missing", "wrong", "damaged", "lost", "defective", "late", "price", "goodwill", "other"}

// GrantWish is what somebody wants to give back: units that have shipped, shipping, or any amount. Amount with lines
// or shipping is instead of what they are worth, less a fee; without them it is an appeasement.
type GrantWish struct {
	Reason   string
	Lines    []Units
	Shipping int64
	Amount   *int64
	Offset   int64  // part of the amount that pays for replacements on this order
	Credit   string // account of store credit, instead of refunds
	Return   string // id of the return that it is for
}

// Granted is what was granted back of the order's money. What was given as store credit stays paid.
func (o *Order) Granted() (n int64) {
	for _, g := range o.Grants {
		if g.Credit == "" {
			n += g.Amount
		}
	}
	return n
}

// GrantedUnits is how many units of a line money was granted back for.
func (o *Order) GrantedUnits(line string) (n int64) {
	for _, g := range o.Grants {
		for _, l := range g.Lines {
			if l.Line == line {
				n += l.Quantity
			}
		}
	}
	return n
}

// ShippingWorth is what the delivery costs the customer: the charge and its exclusive taxes.
func ShippingWorth(o *Order) int64 {
	sum := o.Totals.Shipping
	for _, t := range o.Shipping.TaxLines {
		if !t.Included {
			sum += t.Amount
		}
	}
	return sum
}

// AddGrant decides to give money back (P8): no unit twice, none that has not shipped, shipping once, and no more than
// the order costs. The units of a line are worth what Worth says of the next ones, so that the parts of any split add
// up to the whole.
func AddGrant(before *Order, id string, w GrantWish, now micros.Time) (*Order, Grant, error) {
	if before.Status != Open && before.Status != Completed {
		return before, Grant{}, errs.IllegalTransition("the order", string(before.Status), "grant", Steps(before)).With("state", string(before.Status))
	}
	if err := w.check(before); err != nil {
		return before, Grant{}, err
	}
	g := Grant{ID: id, Reason: w.Reason, Shipping: w.Shipping, Amount: w.Shipping, Offset: w.Offset, Credit: w.Credit, Return: w.Return, At: now}
	for _, u := range w.Lines {
		l, done := before.Line(u.Line), before.GrantedUnits(u.Line)
		upTo := min(done+u.Quantity, l.Units.Shipped) // more is refused below
		line := GrantLine{Line: u.Line, Quantity: u.Quantity, Amount: l.Worth(upTo) - l.Worth(done)}
		g.Lines = append(g.Lines, line)
		g.Amount += line.Amount
	}
	if err := w.limits(before, g); err != nil {
		return before, Grant{}, err
	}
	if w.Amount != nil {
		g.Amount = *w.Amount
	}
	o := Clone(before)
	o.Grants = append(o.Grants, g)
	return o, g, nil
}

// check looks at the wish by itself.
func (w GrantWish) check(o *Order) error {
	var list errs.List
	if !slices.Contains(GrantReasons, w.Reason) {
		list.Add("/reason", "unknown_value", "give one of %s", strings.Join(GrantReasons, ", "))
	}
	if len(w.Lines) == 0 && w.Shipping == 0 && w.Amount == nil {
		list.Add("", "required", "give lines, shipping or an amount")
	}
	if w.Shipping < 0 {
		list.Add("/shipping/amount", "out_of_range", "an amount may not be negative")
	}
	if w.Amount != nil && (*w.Amount < 1 || *w.Amount > money.Max) {
		list.Add("/amount/amount", "out_of_range", "give an amount from 1 to %d", int64(money.Max))
	}
	seen := map[string]bool{}
	for i, u := range w.Lines {
		at := "/lines/" + strconv.Itoa(i)
		switch {
		case o.Line(u.Line) == nil:
			list.Add(at+"/line", "unknown_line", "the order has no line %q", errs.Clip(u.Line))
		case seen[u.Line]:
			list.Add(at+"/line", "duplicate", "line %s stands here twice; add up its quantities", u.Line)
		}
		if u.Quantity < 1 || u.Quantity > MaxQuantity {
			list.Add(at+"/quantity", "out_of_range", "give a quantity from 1 to %d", int64(MaxQuantity))
		}
		seen[u.Line] = true
	}
	return list.Err()
}

// limits compares the grant, as its parts are worth, with what is left to grant.
func (w GrantWish) limits(o *Order, g Grant) error {
	var problems []errs.Problem
	add := func(pointer, code, detail string) {
		problems = append(problems, errs.Problem{Pointer: pointer, Code: code, Detail: detail})
	}
	text := func(n int64) string { return strconv.FormatInt(n, 10) }
	for i, u := range w.Lines {
		if left := o.Line(u.Line).Units.Shipped - o.GrantedUnits(u.Line); u.Quantity > left {
			add("/lines/"+strconv.Itoa(i)+"/quantity", "grant_limit", "only "+text(left)+" units of line "+u.Line+" have shipped and are not granted yet")
		}
	}
	shipping := ShippingWorth(o)
	for _, before := range o.Grants {
		shipping -= before.Shipping
	}
	if g.Shipping > max(0, shipping) {
		add("/shipping", "grant_limit", "only "+text(max(0, shipping))+" of the shipping charge is left to grant")
	}
	left, amount := max(0, o.Totals.GrandTotal-o.AllGrants()), g.Amount
	if w.Amount != nil {
		amount = *w.Amount
	}
	switch {
	case w.Amount != nil && (len(w.Lines) > 0 || w.Shipping > 0) && amount > g.Amount:
		add("/amount", "grant_limit", "lines and shipping are worth "+text(g.Amount)+"; grant the rest without lines")
	case amount > left:
		add("/amount", "grant_limit", "only "+text(left)+" of the order's total is left to grant")
	case amount == 0:
		add("", "grant_limit", "it is worth nothing")
	}
	if len(problems) == 0 {
		return nil
	}
	e := errs.New(errs.Conflict, "grant_limit", "%s", problems[0].Detail)
	e.Problems = problems
	return e
}
