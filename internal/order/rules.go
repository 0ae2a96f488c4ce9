package order

import (
	"slices"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

// transitions lists what may happen in each status. Cancel has one more condition: nothing has shipped.
var transitions = map[Status][]string{
	Draft:     {"place", "replace", "cancel"},
	Pending:   {"accept", "reject", "cancel", "cancel_lines", "change", "change_details"},
	Open:      {"fulfill", "deliver", "cancel", "cancel_lines", "change", "change_details", "return"},
	Completed: {"deliver", "return"},
	Canceled:  {},
	Rejected:  {},
}

// CancelReasons are the reasons that a new installation knows.
var CancelReasons = []string{"customer", "out_of_stock", "fraud", "payment", "expired", "other"}

// Allowed lists what may happen to the order now.
func Allowed(o *Order) []string {
	out := []string{}
	for _, e := range transitions[o.Status] {
		if e == "cancel" && o.ShippedUnits() > 0 || e == "return" && o.ShippedUnits() == 0 {
			continue
		}
		out = append(out, e)
	}
	return out
}

// asked are the events that somebody asks for; the others follow from what happens to payments and fulfillment orders.
var asked = []string{"place", "replace", "cancel", "cancel_lines", "change", "change_details", "return"}

// Steps are those of Allowed that somebody can ask for: what documents show and refusals name.
func Steps(o *Order) []string {
	return slices.DeleteFunc(Allowed(o), func(e string) bool {
		return !slices.Contains(asked, e) || e == "return" && o.Returnable() == 0
	})
}

func check(o *Order, event string) error {
	if slices.Contains(Allowed(o), event) {
		return nil
	}
	what := string(o.Status)
	if o.Status == Open && o.ShippedUnits() > 0 {
		what = "open with units shipped"
	}
	return errs.IllegalTransition("the order", what, event, Steps(o)).With("state", string(o.Status))
}

// Accept turns the reservation of a pending order into an allocation.
func Accept(o *Order, now micros.Time) (*Order, error) {
	return change(o, "accept", now, func(o *Order) error {
		o.Status, o.AcceptedAt, o.Reservations = Open, now, nil
		for i := range o.Lines {
			o.Lines[i].Units.Allocated = o.Lines[i].Kept() - o.Lines[i].Units.Backordered
		}
		return nil
	})
}

// Reject ends a pending order that could not be paid for or was refused; its totals stay as they were offered.
func Reject(o *Order, reason string, now micros.Time) (*Order, error) {
	return change(o, "reject", now, func(o *Order) error {
		o.Status, o.Reason, o.ClosedAt, o.Reservations, o.Backorders = Rejected, reason, now, nil, nil
		for i := range o.Lines {
			o.Lines[i].Units.Backordered = 0
		}
		return nil
	})
}

// Cancel gives up the whole order, of which nothing has shipped. The total falls to zero; what was paid is owed.
func Cancel(o *Order, reason string, now micros.Time) (*Order, error) {
	return change(o, "cancel", now, func(o *Order) error {
		o.Status, o.Reason, o.ClosedAt, o.Reservations, o.Backorders = Canceled, reason, now, nil, nil
		for i := range o.Lines {
			o.Lines[i].Units = Quantities{Canceled: o.Lines[i].Quantity}
		}
		return nil
	})
}

// Units is a quantity of one line.
type Units struct {
	Line     string
	Quantity int64
}

// change runs f on a copy of the order if the event is allowed now, and derives what follows: totals, completion, the
// fulfillment axis. On any error it returns the order as it was.
func change(before *Order, event string, now micros.Time, f func(*Order) error) (*Order, error) {
	if err := check(before, event); err != nil {
		return before, err
	}
	return apply(before, now, f)
}

// apply is change for what follows from something else that was allowed.
func apply(before *Order, now micros.Time, f func(*Order) error) (*Order, error) {
	o := Clone(before)
	if err := f(o); err != nil {
		return before, err
	}
	var err error
	if o.Totals, err = Total(o); err != nil {
		return before, err
	}
	if o.Status == Open && allShipped(o) {
		o.Status, o.ClosedAt = Completed, now
	}
	if o.Ended() {
		endHolds(o, now)
	}
	o.FulfillmentStatus, o.ReturnStatus = FulfillmentStatusOf(o), ReturnStatusOf(o)
	if err := Check(o); err != nil {
		return before, err
	}
	return o, nil
}

func allShipped(o *Order) bool {
	for _, l := range o.Lines {
		if l.Units.Shipped < l.Kept() {
			return false
		}
	}
	return true
}
