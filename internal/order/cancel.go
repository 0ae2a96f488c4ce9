package order

import (
	"strconv"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Taken says where the canceled units of one line were: the first three left without anybody being asked, the released
// ones leave a fulfillment order that its location has not accepted.
type Taken struct {
	Line        string
	Waiting     int64 // of a pending order: reserved, or not taken anywhere yet
	Backordered int64
	Allocated   int64
	Released    int64
}

// Units is how many that are.
func (t Taken) Units() int64 { return t.Waiting + t.Backordered + t.Allocated + t.Released }

// Cancelable splits units of lines into those that can be given up now (free says, by line, how many released units no
// location has accepted) and the rest. Rows of the same line are summed.
func Cancelable(o *Order, units []Units, free map[string]int64) (now, rest []Units, err error) {
	if err := check(o, "cancel_lines"); err != nil {
		return nil, nil, err
	}
	sums, err := gather(o, units)
	if err != nil {
		return nil, nil, err
	}
	for _, u := range units {
		n, first := sums[u.Line]
		if !first {
			continue // summed up with an earlier row
		}
		delete(sums, u.Line)
		can := o.Line(u.Line).take(n, free[u.Line]).Units()
		if can > 0 {
			now = append(now, Units{u.Line, can})
		}
		if can < n {
			rest = append(rest, Units{u.Line, n - can})
		}
	}
	return now, rest, nil
}

// CancelLines gives up units of lines, all of which must be cancelable: first those that hold no stock, then allocated
// ones, then released ones. When nothing is wanted any more the order is canceled; when all that is wanted has shipped
// it is completed.
func CancelLines(o *Order, units []Units, free map[string]int64, reason string, now micros.Time) (*Order, []Taken, error) {
	can, rest, err := Cancelable(o, units, free)
	if err != nil {
		return o, nil, err
	}
	if len(rest) > 0 {
		return o, nil, errs.New(errs.Conflict, "units_not_cancelable", "%s of line %s cannot be canceled", errs.Count(rest[0].Quantity, "unit"), rest[0].Line)
	}
	taken := make([]Taken, len(can))
	for i, u := range can {
		taken[i] = o.Line(u.Line).take(u.Quantity, free[u.Line])
	}
	c, err := change(o, "cancel_lines", now, func(o *Order) error {
		o.giveUp(taken)
		if wanted(o) == 0 {
			o.Status, o.Reason, o.ClosedAt = Canceled, reason, now
		}
		return nil
	})
	if err != nil {
		return o, nil, err
	}
	return c, taken, nil
}

// gather sums the units per line, and reports all that is wrong with them.
func gather(o *Order, units []Units) (map[string]int64, error) {
	var list errs.List
	if len(units) == 0 || len(units) > MaxLines {
		list.Add("/lines", "out_of_range", "give 1 to %d lines", MaxLines)
		return nil, list.Err()
	}
	sum := make(map[string]int64, len(units))
	for i, u := range units {
		at := "/lines/" + strconv.Itoa(i)
		if o.Line(u.Line) == nil {
			list.Add(at+"/line", "unknown_line", "the order has no line %q", errs.Clip(u.Line))
		}
		if u.Quantity < 1 || u.Quantity > MaxQuantity {
			list.Add(at+"/quantity", "out_of_range", "give a whole number from 1 to %d", MaxQuantity)
		}
		sum[u.Line] += u.Quantity
	}
	return sum, list.Err()
}

// take chooses n units of the line, of the released ones at most free; it takes fewer when there are fewer.
func (l Line) take(n, free int64) Taken {
	t := Taken{Line: l.ID}
	for _, from := range []struct {
		to   *int64
		have int64
	}{
		{&t.Waiting, l.Unallocated()}, {&t.Backordered, l.Units.Backordered}, {&t.Allocated, l.Units.Allocated}, {&t.Released, min(free, l.Units.Released)},
	} {
		*from.to = min(n, max(from.have, 0))
		n -= *from.to
	}
	return t
}

// giveUp cancels the units; of a pending order the reservations shrink with them, the last ones first.
func (o *Order) giveUp(taken []Taken) {
	for _, t := range taken {
		u := &o.Line(t.Line).Units
		u.Canceled += t.Units()
		u.Backordered -= t.Backordered
		u.Allocated -= t.Allocated
		u.Released -= t.Released
	}
	o.Reservations = shrink(o, o.Reservations, Line.Unallocated)
	o.Backorders = shrink(o, o.Backorders, func(l Line) int64 { return l.Units.Backordered })
}

// shrink leaves of each line as many units as there are, the earlier ones first.
func shrink(o *Order, list []Reservation, units func(Line) int64) (kept []Reservation) {
	left := map[string]int64{}
	for i := range o.Lines {
		left[o.Lines[i].ID] = units(o.Lines[i])
	}
	for _, r := range list {
		if r.Quantity = min(r.Quantity, left[r.Line]); r.Quantity > 0 {
			left[r.Line] -= r.Quantity
			kept = append(kept, r)
		}
	}
	return kept
}

// Lost returns what reservations or backorders lost from before to after, which giveUp left of them.
func Lost(before, after []Reservation) (lost []Reservation) {
	type key struct{ line, location string }
	left := map[key]int64{}
	for _, r := range after {
		left[key{r.Line, r.Location}] += r.Quantity
	}
	for _, r := range before {
		k := key{r.Line, r.Location}
		n := min(r.Quantity, left[k])
		left[k] -= n
		if r.Quantity -= n; r.Quantity > 0 {
			lost = append(lost, r)
		}
	}
	return lost
}
