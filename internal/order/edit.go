package order

import (
	"fmt"
	"slices"
	"strconv"

	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

// Edited is an order as the actions of a change would leave it, before stock is found for what they add: the added
// lines are unallocated. Settle completes it.
type Edited struct {
	Order      *Order
	Added      []string // ids of lines that need stock
	Taken      []Taken  // units that are given up
	Violations []errs.Problem
	origin     map[string]string // of the added lines: where the request asks for them, as a JSON pointer
	before     *Order
	tables     Tables
	list       errs.List // findings about the request
}

// Edit applies the actions of a change to a copy of the order (E1, E3). What the request has wrong is an error; what
// the state of the order speaks against is a violation, and the rest is applied all the same, so that a preview shows
// everything at once.
//
// The quantity of a line never changes: fewer units are canceled ones, more are a line of their own that names the
// first in AddsTo. Lines that no action names keep price, discount and tax.
func Edit(o *Order, actions []Action, t Tables) (*Edited, error) {
	if err := check(o, "change"); err != nil {
		return nil, err
	}
	if err := checkActions(o, actions); err != nil {
		return nil, err
	}
	e := &Edited{Order: editable(o), before: o, tables: t, origin: map[string]string{}}
	for i, a := range actions {
		if err := e.apply(a, "/actions/"+strconv.Itoa(i)); err != nil {
			return nil, err
		}
	}
	if len(e.Order.Lines) > MaxLines {
		e.list.Add("/actions", "too_many", "an order has at most %d lines", MaxLines)
	}
	if err := e.list.Err(); err != nil {
		return nil, err
	}
	e.keepsUnits(0)
	var err error
	e.Order.Totals, err = Total(e.Order)
	return e, err
}

// keepsUnits holds the change to leaving a unit wanted when so many of the added ones cannot be had.
func (e *Edited) keepsUnits(missing int64) {
	if wanted(e.Order) == missing {
		e.Violate("/actions", "nothing_left", "no unit would be left; cancel the order instead")
	}
}

// Lose notes the added units that are given up because nobody has them.
func (e *Edited) Lose(units []Units) {
	missing := int64(0)
	for _, u := range units {
		missing += u.Quantity
	}
	if missing > 0 {
		e.keepsUnits(missing)
	}
}

// Lack notes that stock is missing for an added line.
func (e *Edited) Lack(line string, available, wanted int64, sku string) {
	e.Violate(e.origin[line], "insufficient_stock", "only %d of %s available, %d wanted", available, sku, wanted)
}

// editable copies all that edits change.
func editable(o *Order) *Order {
	c := Clone(o)
	c.Discounts = slices.Clone(o.Discounts)
	for i := range c.Discounts {
		c.Discounts[i].Parts = slices.Clone(c.Discounts[i].Parts)
	}
	for i := range c.Lines {
		c.Lines[i].TaxLines = slices.Clone(c.Lines[i].TaxLines)
	}
	c.Shipping.TaxLines = slices.Clone(o.Shipping.TaxLines)
	return c
}

// Violate notes that the state of things speaks against the change.
func (e *Edited) Violate(at, code, format string, args ...any) {
	e.Violations = append(e.Violations, errs.Problem{Pointer: at, Code: code, Detail: fmt.Sprintf(format, args...)})
}

func (e *Edited) apply(a Action, at string) error {
	if a.Line != "" && e.Order.Line(a.Line) == nil {
		e.list.Add(at+"/line", "unknown_line", "the order has no line %q", errs.Clip(a.Line))
		return nil
	}
	switch a.Type {
	case ItemAdd:
		return e.addItem(a, at)
	case ItemQuantity:
		return e.setQuantity(a.Line, *a.Quantity, at)
	case ItemRemove:
		return e.setQuantity(a.Line, 0, at)
	case PriceOverride:
		return e.override(a, at)
	case DiscountAdd:
		return e.addDiscount(a, at)
	case DiscountRemove:
		return e.removeDiscount(a, at)
	}
	return e.changeShipping(a, at)
}

func (e *Edited) addItem(a Action, at string) error {
	item, known := e.tables.item(a.SKU)
	if !known {
		e.list.Add(at+"/sku", "unknown_sku", "there is no active product %q", errs.Clip(a.SKU))
		return nil
	}
	price := item.Price
	if a.UnitPrice != nil {
		price = *a.UnitPrice
	} else if !e.Order.agree(price.Currency, at+"/sku", &e.list) {
		return nil
	}
	worth, err := money.Mul(price.Amount, *a.Quantity)
	if err != nil {
		e.list.Add(at, "amount_too_large", "price times quantity is over %d", money.Max)
		return nil
	}
	l := Line{
		SKU: a.SKU, Name: item.Name, Quantity: *a.Quantity, UnitPrice: price.Amount, TaxClass: item.TaxClass, WeightGrams: item.WeightGrams,
		Components: slices.Clone(item.Components),
	}
	if l.TaxLines, err = e.tables.tax(l.TaxClass, worth); err != nil {
		return err
	}
	e.add(l, at)
	return nil
}

// add appends a line. Discounts given before do not spread to it (E3).
func (e *Edited) add(l Line, at string) {
	o := e.Order
	l.ID = strconv.Itoa(len(o.Lines) + 1)
	o.Lines = append(o.Lines, l)
	for i := range o.Discounts {
		o.Discounts[i].Parts = append(o.Discounts[i].Parts, 0)
	}
	e.Added = append(e.Added, l.ID)
	e.origin[l.ID] = at
}

// setQuantity makes n units of the line wanted, together with the lines that add to it.
func (e *Edited) setQuantity(line string, n int64, at string) error {
	if l := e.Order.Line(line); l.AddsTo != "" && n != 0 {
		e.list.Add(at+"/line", "line_adds_to", "line %s adds to line %s: give the quantity of that one", l.ID, l.AddsTo)
		return nil
	}
	family := []int{}
	have := int64(0)
	for i := range e.Order.Lines {
		if l := &e.Order.Lines[i]; l.ID == line || l.AddsTo == line {
			family = append(family, i)
			have += l.Kept()
		}
	}
	if n > have {
		return e.raise(line, n-have, at)
	}
	less := have - n
	for _, i := range slices.Backward(family) {
		less -= e.lower(i, less)
	}
	if less > 0 { // E1
		e.Violate(at, "below_released", "line %s cannot have fewer than %s: the rest is released to a location or has left", line, errs.Count(n+less, "unit"))
	}
	return nil
}

// raise adds units at the price that the line has (E3: nothing is priced anew).
func (e *Edited) raise(line string, more int64, at string) error {
	from := *e.Order.Line(line)
	worth, err := money.Mul(from.UnitPrice, more)
	if err != nil || from.Quantity+more > MaxQuantity {
		e.list.Add(at+"/quantity", "amount_too_large", "the line would be too large")
		return nil
	}
	l := Line{
		SKU: from.SKU, Name: from.Name, Quantity: more, UnitPrice: from.UnitPrice, TaxClass: from.TaxClass, WeightGrams: from.WeightGrams,
		Components: slices.Clone(from.Components), AddsTo: line, TaxGiven: from.TaxGiven, TaxLines: slices.Clone(from.TaxLines),
	}
	if err := retax(l.TaxLines, from.base(), worth); err != nil {
		e.Violate(at, "tax_unknown", "%s", err)
		return nil
	}
	e.add(l, at)
	return nil
}

// lower gives up at most n units of line i that no location works on, and returns how many.
func (e *Edited) lower(i int, n int64) int64 {
	l := &e.Order.Lines[i]
	added := slices.Contains(e.Added, l.ID)
	t := l.take(n, 0)
	if t.Units() == 0 {
		return 0
	}
	e.Order.giveUp([]Taken{t})
	if !added { // else no stock was taken for it
		e.Taken = append(e.Taken, t)
	}
	return t.Units()
}

// untouchable explains why the money of a line cannot change, or is empty.
func untouchable(l *Line) string {
	if l.Units.Shipped > 0 {
		return "units of line " + l.ID + " have shipped: what they cost is charged. Grant a refund instead"
	}
	return ""
}

func (e *Edited) override(a Action, at string) error {
	l := e.Order.Line(a.Line)
	if why := untouchable(l); why != "" {
		e.Violate(at, "line_shipped", "%s", why)
		return nil
	}
	worth, err := money.Mul(a.UnitPrice.Amount, l.Quantity)
	if err != nil {
		e.list.Add(at+"/unit_price/amount", "amount_too_large", "price times quantity is over %d", money.Max)
		return nil
	}
	if l.Discount > worth {
		e.Violate(at, "discount_too_large", "line %s has a discount of %d, more than it would cost", l.ID, l.Discount)
		return nil
	}
	old := l.base()
	l.UnitPrice = a.UnitPrice.Amount
	return e.retaxLine(l, old, at)
}

func (l *Line) base() int64 { return l.UnitPrice*l.Quantity - l.Discount }

// retaxLine computes the taxes of a line anew from their stored rates.
func (e *Edited) retaxLine(l *Line, old int64, at string) error {
	if err := retax(l.TaxLines, old, l.base()); err != nil {
		e.Violate(at, "tax_unknown", "line %s: %s", l.ID, err)
	}
	return nil
}

// retax sets the amounts of taxes to those of a new base: by their rates where they have one that can be read, and
// else in proportion. An amount on nothing says nothing about an amount on something.
func retax(taxes []TaxLine, old, base int64) error {
	for i := range taxes {
		t := &taxes[i]
		rate, err := money.ParseRate(t.Rate)
		switch {
		case err == nil && t.Included:
			t.Amount = rate.Within(base)
		case err == nil:
			t.Amount = rate.Of(base)
		case t.Amount == 0 || old == base:
		case old == 0:
			return fmt.Errorf("the tax %q was given without a rate, so what it comes to cannot be computed", t.Name)
		default:
			if t.Amount, err = money.Scale(t.Amount, base, old); err != nil {
				return err
			}
		}
	}
	return nil
}

// whole reports whether a discount on the line counts in full: a discount belongs to all units that were ordered, so
// that the share of canceled units would be lost.
func (l *Line) whole() bool { return l.Units.Canceled == 0 }

func (e *Edited) addDiscount(a Action, at string) error {
	o := e.Order
	if len(o.Discounts) >= maxDiscounts {
		e.list.Add(at, "too_many", "at most %d discounts", maxDiscounts)
		return nil
	}
	if a.Line != "" {
		l := o.Line(a.Line)
		if why := untouchable(l); why != "" {
			e.Violate(at, "line_shipped", "%s", why)
			return nil
		}
		if !l.whole() {
			e.Violate(at, "line_reduced", "%s of line %s already canceled, and a discount belongs to all of its units: change its price instead", errs.Count(l.Units.Canceled, "unit"), l.ID)
			return nil
		}
	}
	old := e.bases()
	room := o.spread(PlacementDiscount{Code: a.Code, Amount: *a.Amount, Line: a.Line}, func(l *Line) bool { return untouchable(l) == "" && l.whole() })
	if room < a.Amount.Amount {
		e.Violate(at, "discount_too_large", "only %s is left to take a discount from, on lines of which nothing has shipped or is canceled", money.Money{Amount: room, Currency: o.Currency})
		return nil
	}
	return e.retaxChanged(old, at)
}

func (e *Edited) bases() []int64 {
	out := make([]int64, len(e.Order.Lines))
	for i := range e.Order.Lines {
		out[i] = e.Order.Lines[i].base()
	}
	return out
}

func (e *Edited) retaxChanged(old []int64, at string) error {
	for i := range e.Order.Lines {
		if l := &e.Order.Lines[i]; l.base() != old[i] {
			if err := e.retaxLine(l, old[i], at); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *Edited) removeDiscount(a Action, at string) error {
	o := e.Order
	old := e.bases()
	found := false
	for _, d := range o.Discounts {
		if d.Code != a.Code {
			continue
		}
		found = true
		for i, part := range d.Parts {
			if why := untouchable(&o.Lines[i]); part != 0 && why != "" {
				e.Violate(at, "line_shipped", "%s", why)
				return nil
			}
		}
	}
	if !found {
		e.list.Add(at+"/code", "unknown_discount", "the order has no discount %q", errs.Clip(a.Code))
		return nil
	}
	o.Discounts = slices.DeleteFunc(o.Discounts, func(d Discount) bool {
		if d.Code != a.Code {
			return false
		}
		for i, part := range d.Parts {
			o.Lines[i].Discount -= part
		}
		return true
	})
	if len(o.Discounts) == 0 {
		o.Discounts = nil // as it is where there never was one
	}
	return e.retaxChanged(old, at)
}

func (e *Edited) changeShipping(a Action, at string) error {
	o := e.Order
	if o.ShippedUnits() > 0 {
		e.Violate(at, "line_shipped", "shipping was charged with the first shipment. Grant a refund instead")
		return nil
	}
	s := Shipping{Method: o.Shipping.Method, Amount: o.Shipping.Amount}
	switch {
	case a.Amount != nil:
		s.Amount, s.Given = a.Amount.Amount, true
		if a.Method != "" {
			s.Method = a.Method
		}
	default:
		price, ok := e.tables.shipping(a.Method)
		if !ok {
			e.list.Add(at+"/method", "unknown_shipping_method", "the channel has no shipping method %q for this country", errs.Clip(a.Method))
			return nil
		}
		if !o.agree(price.Currency, at+"/method", &e.list) {
			return nil
		}
		s.Method, s.Amount = a.Method, price.Amount
	}
	if s.Method != o.Shipping.Method {
		if l := packedLine(o); l != nil {
			e.Violate(at, "already_packed", "%s of line %s already packed; how the order goes cannot be changed any more", errs.Count(packedOrGone(*l), "unit"), l.ID)
		}
	}
	o.Shipping = s
	return o.taxShipping(e.tables)
}

// Settle puts the added units where sourcing says and makes the order whole again: what was found is reserved for a
// pending order and allocated to an open one. The change is over with it.
func (e *Edited) Settle(s Sourced, now micros.Time) (*Order, error) {
	return change(e.before, "change", now, func(o *Order) error {
		*o = *editable(e.Order)
		o.Change = ""
		return o.put(s)
	})
}

// Lines compares the lines that the change touches; after is the order with the change.
func (e *Edited) Lines(after *Order) []PreviewLine {
	var out []PreviewLine
	for i := range after.Lines {
		l := after.Lines[i]
		p := PreviewLine{
			Line: l.ID, AddsTo: l.AddsTo, SKU: l.SKU, After: l.Kept(), UnitPrice: l.UnitPrice,
			Discount: l.share(l.Discount, l.Kept()), Total: l.Worth(l.Kept()),
		}
		p.Waiting = l.Units.Backordered
		p.Tax = p.Total - l.UnitPrice*l.Kept() + p.Discount
		if i < len(e.before.Lines) {
			was := e.before.Lines[i]
			p.Before = was.Kept()
			if was.Kept() == l.Kept() && was.UnitPrice == l.UnitPrice && was.Discount == l.Discount && slices.Equal(was.TaxLines, l.TaxLines) {
				continue
			}
		}
		out = append(out, p)
	}
	return out
}
