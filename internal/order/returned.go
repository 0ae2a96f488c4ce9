package order

import (
	"slices"
	"strconv"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

// ReturnDelta is by how much the counters of a line change with a step of a return or a claim.
type ReturnDelta struct {
	Line      string
	Requested int64
	Accepted  int64
	Rejected  int64
	Claimed   int64
}

// Returnable is how many units of the line may still be sent back or claimed (R1): those that have shipped and that no
// return or claim names.
func (l Line) Returnable() int64 {
	u := l.Units
	return u.Shipped - u.ReturnRequested - u.ReturnedAccepted - u.ReturnedRejected - u.WrittenOff
}

// ReturnNumber is what people call a return, an exchange or a claim of the order: its number and which of its returns it
// is, such as 1042-R1. It never changes: returns are only added.
func ReturnNumber(o *Order, id string) string {
	if i := slices.Index(o.Returns, id); i >= 0 {
		return o.Number + "-R" + strconv.Itoa(i+1)
	}
	return ""
}

// Refusal says why a step that people ask for is not allowed now.
type Refusal struct{ Step, Code, Detail string }

// NotAllowed says why steps are missing in Steps that the status of the order would allow.
func NotAllowed(o *Order) []Refusal {
	if n := o.ShippedUnits(); n > 0 && slices.Contains(transitions[o.Status], "return") && o.Returnable() == 0 {
		what := "the " + errs.Count(n, "unit") + " that have shipped are in returns or claims already"
		if n == 1 {
			what = "the 1 unit that has shipped is in a return or a claim already"
		}
		return []Refusal{{"return", "nothing_to_return", what}}
	}
	return nil
}

// Returnable is how many units of the order may still be sent back or claimed (R1).
func (o *Order) Returnable() (n int64) {
	for _, l := range o.Lines {
		n += l.Returnable()
	}
	return n
}

// CheckReturnable refuses units that cannot be sent back, all at once.
func CheckReturnable(o *Order, units []Units) error {
	if err := check(o, "return"); err != nil {
		return err
	}
	if _, err := gather(o, units); err != nil {
		return err
	}
	var problems []errs.Problem
	for i, u := range units {
		if left := o.Line(u.Line).Returnable(); u.Quantity > left {
			detail := "only " + errs.Count(left, "unit") + " of line " + u.Line + " can come back: what has shipped and is in no return or claim"
			if left == 0 {
				detail = "no units of line " + u.Line + " are left that can come back: what has shipped is in returns or claims already"
			}
			problems = append(problems, errs.Problem{
				Pointer: "/lines/" + strconv.Itoa(i) + "/quantity", Code: "return_limit", Detail: detail,
			})
		}
	}
	if len(problems) == 0 {
		return nil
	}
	e := errs.New(errs.Conflict, "return_limit", "%s", problems[0].Detail)
	e.Problems = problems
	return e
}

// Returned makes the counters of the lines follow a step of a return or a claim (R1, L3).
func Returned(o *Order, deltas []ReturnDelta, now micros.Time) (*Order, error) {
	return change(o, "return", now, func(o *Order) error {
		for _, d := range deltas {
			l := o.Line(d.Line)
			if l == nil {
				return errs.Unknown("line", d.Line)
			}
			u := &l.Units
			u.ReturnRequested += d.Requested
			u.ReturnedAccepted += d.Accepted
			u.ReturnedRejected += d.Rejected
			u.WrittenOff += d.Claimed
			if l.Returnable() < 0 {
				return errs.New(errs.Conflict, "return_limit", "more units of line %s would come back than have shipped", l.ID)
			}
		}
		return nil
	})
}

// ReturnStatusOf derives the return axis from the line counters. Claimed units do not come back and do not count.
func ReturnStatusOf(o *Order) string {
	var shipped, requested, accepted, kept int64
	for _, l := range o.Lines {
		kept += l.Kept()
		shipped += l.Units.Shipped
		requested += l.Units.ReturnRequested
		accepted += l.Units.ReturnedAccepted
	}
	switch {
	case accepted > 0 && accepted == shipped && shipped == kept:
		return "returned"
	case accepted > 0:
		return "partially_returned"
	case requested > 0:
		return "requested"
	}
	return "none"
}

// AllGrants is what was granted back in all, by refunds, as store credit, or against the price of replacements.
func (o *Order) AllGrants() (n int64) {
	for _, g := range o.Grants {
		n += g.Amount
	}
	return n
}

// Offset is the part of grants that pays for replacements on the same order instead of going back to the customer.
func (o *Order) Offset() (n int64) {
	for _, g := range o.Grants {
		n += g.Offset
	}
	return n
}

// CaptureWorth is ShippedWorth as far as it is to be captured: without what grants pay for of replacements that have
// shipped, and without those that were sent in advance.
func CaptureWorth(o *Order) int64 {
	sum := ShippedWorth(o)
	paid := map[string]int64{} // by return: what its shipped replacements are worth
	for _, l := range o.Lines {
		if l.Units.Shipped == 0 || l.Return == "" {
			continue
		}
		if worth := l.Worth(l.Units.Shipped); l.Advance {
			sum -= worth
		} else {
			paid[l.Return] += worth
		}
	}
	for _, g := range o.Grants {
		if g.Offset > 0 {
			part := min(g.Offset, paid[g.Return])
			paid[g.Return] -= part
			sum -= part
		}
	}
	return max(0, sum)
}

// Reopened is the order as one that something may be added to: an exchange or a claim adds lines to an order of which
// everything has shipped.
func Reopened(o *Order) *Order {
	c := Clone(o)
	if c.Status == Completed {
		c.Status, c.ClosedAt = Open, 0
	}
	return c
}

// Replacement marks lines of an order that is being edited: units of the return are replaced by them.
func Replacement(o *Order, lines []string, ret string, advance bool) {
	for _, id := range lines {
		l := o.Line(id)
		l.Return, l.Advance = ret, advance
	}
}

// ReplacementWorth is what the replacements of a return cost the customer, as far as they are still wanted.
func ReplacementWorth(o *Order, ret string) (n int64) {
	for _, l := range o.Lines {
		if l.Return == ret {
			n += l.Worth(l.Kept())
		}
	}
	return n
}

// SettleAdvance lets the money of replacements that were sent in advance follow like that of any other line.
func SettleAdvance(o *Order, ret string, now micros.Time) (*Order, error) {
	return change(o, "return", now, func(o *Order) error {
		for i := range o.Lines {
			if o.Lines[i].Return == ret {
				o.Lines[i].Advance = false
			}
		}
		return nil
	})
}

// DiscountOf is the discount of the first n units of the line.
func (l Line) DiscountOf(n int64) int64 { return l.share(l.Discount, min(n, l.Quantity)) }
