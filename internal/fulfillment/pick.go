package fulfillment

import (
	"slices"
	"strconv"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Pick notes what was taken from the shelf; no units means all that is left. With a reason, what is still on the shelf
// of the lines that are named is short, of all lines where none is: the location does not have it, and it is somebody
// else's from now on. A line of which nothing was found is named with no units. Nothing left at all is a rejection.
func Pick(f *Fulfillment, units []LineQuantity, reason string, now micros.Time) (after *Fulfillment, short []LineQuantity, err error) {
	after, err = step(f, evPick, func(f *Fulfillment) error {
		if len(units) == 0 && reason == "" {
			if units = left(f); len(units) == 0 {
				return nothing(f, "everything is picked; pack it")
			}
		}
		least := int64(1)
		if reason != "" {
			least = 0
		}
		if err := from(f, least, units, "/lines", func(l *Line) int64 { return l.Quantity - l.Picked }); err != nil {
			return err
		}
		taken := int64(0)
		for _, u := range units {
			f.line(u.Line).Picked += u.Quantity
			taken += u.Quantity
		}
		if reason != "" {
			if short = missing(f, units); len(short) == 0 && taken == 0 {
				return nothing(f, "everything of these lines is picked; nothing is short")
			}
		}
		begin(f, now)
		if len(short) > 0 {
			lose(f, short, reason, now)
		}
		if f.Status == Picking && len(left(f)) == 0 {
			f.PickedAt = now
			packedAll(f, now)
		}
		return nil
	})
	return after, short, err
}

// Reject says that the location will not do it, or some of it; no units means all. What it answers with is theirs
// who have to do it now.
func Reject(f *Fulfillment, units []LineQuantity, reason string, now micros.Time) (after *Fulfillment, rejected []LineQuantity, err error) {
	after, err = step(f, evReject, func(f *Fulfillment) error {
		if len(units) == 0 {
			units = left(f)
		}
		if err := within(f, units, "/lines", func(l *Line) int64 { return l.Quantity }); err != nil {
			return err
		}
		rejected = units
		lose(f, units, reason, now)
		return nil
	})
	return after, rejected, err
}

// Reasons are why a location rejects, or finds less than it was asked for.
var Reasons = []string{"not_in_stock", "mismatch", "damaged", "no_variance", "other"}

// left is what is still on the shelf.
func left(f *Fulfillment) []LineQuantity {
	out := []LineQuantity{}
	for _, l := range f.Lines {
		if n := l.Quantity - l.Picked; n > 0 {
			out = append(out, LineQuantity{l.Line, n})
		}
	}
	return out
}

// missing is what is still on the shelf of the named lines; of all where none is named.
func missing(f *Fulfillment, named []LineQuantity) []LineQuantity {
	return slices.DeleteFunc(left(f), func(l LineQuantity) bool {
		return len(named) > 0 && !slices.ContainsFunc(named, func(u LineQuantity) bool { return u.Line == l.Line })
	})
}

// lose takes units off that the location does not have. When nothing is left, it is rejected, and keeps its quantities
// to tell what it had.
func lose(f *Fulfillment, units []LineQuantity, reason string, now micros.Time) {
	all := int64(0)
	for _, l := range f.Lines {
		all += l.Quantity
	}
	for _, u := range units {
		all -= u.Quantity
	}
	if all == 0 {
		f.Status, f.Reason, f.RejectedAt = Rejected, reason, now
		return
	}
	for _, u := range units {
		l := f.line(u.Line)
		l.Quantity -= u.Quantity
		l.Short += u.Quantity
	}
}

// begin notes that the work has begun, for places that do not say so.
func begin(f *Fulfillment, now micros.Time) {
	if f.AcceptedAt == 0 {
		f.AcceptedAt = now
	}
	f.Status = Picking
}

// Pack puts picked units into packages; without packages, all of them into one with the id. Where picking is not
// tracked, packing does it. When all is packed, it is ready to leave.
func Pack(f *Fulfillment, packages []Package, id string, now micros.Time) (*Fulfillment, error) {
	return step(f, evPack, func(f *Fulfillment) error {
		tracked := f.Status == Picking
		open := func(l *Line) int64 {
			if tracked {
				return l.Picked - l.Packed
			}
			return l.Quantity - l.Packed
		}
		begin(f, now)
		if len(packages) == 0 {
			all := one(f, id, open)
			if len(all.Lines) == 0 {
				return nothing(f, "nothing is picked that is not packed; pick first")
			}
			packages = []Package{all}
		}
		if err := fits(f, packages, open); err != nil {
			return err
		}
		for _, p := range packages {
			put(f, p)
		}
		if len(left(f)) == 0 && f.PickedAt == 0 {
			f.PickedAt = now
		}
		packedAll(f, now)
		return nil
	})
}

func nothing(f *Fulfillment, text string) error {
	return errs.New(errs.Conflict, "illegal_transition", "%s", text).With("state", string(f.Status), "allowed", Allowed(f))
}

// packRest packs everything into one package, for places that do not track it: it gets the fulfillment order's own id
// with another prefix.
func packRest(f *Fulfillment, now micros.Time) {
	if f.Status == Packed {
		return
	}
	begin(f, now)
	put(f, one(f, "pkg_"+strings.TrimPrefix(f.ID, "ful_"), func(l *Line) int64 { return l.Quantity }))
	if f.PickedAt == 0 {
		f.PickedAt = now
	}
	packedAll(f, now)
}

// one is a package of everything that is open.
func one(f *Fulfillment, id string, open func(*Line) int64) Package {
	p := Package{ID: id}
	for i := range f.Lines {
		if n := open(&f.Lines[i]); n > 0 {
			p.Lines = append(p.Lines, LineQuantity{f.Lines[i].Line, n})
		}
	}
	return p
}

func put(f *Fulfillment, p Package) {
	for _, u := range p.Lines {
		l := f.line(u.Line)
		l.Packed += u.Quantity
		l.Picked = max(l.Picked, l.Packed)
	}
	f.Packages = append(f.Packages, p)
}

func packedAll(f *Fulfillment, now micros.Time) {
	for _, l := range f.Lines {
		if l.Packed < l.Quantity {
			return
		}
	}
	f.Status, f.PackedAt = Packed, now
}

// Limits of a package: a hundred tons, a hundred meters.
const (
	maxWeight = 100_000_000
	maxLength = 100_000
)

// fits checks packages against what is open, all of them together.
func fits(f *Fulfillment, packages []Package, open func(*Line) int64) error {
	var list errs.List
	sums := map[string]int64{}
	for i, p := range packages {
		at := "/packages/" + strconv.Itoa(i)
		if len(p.Lines) == 0 {
			list.Add(at+"/lines", "required", "say what is in the package")
		}
		if p.WeightGrams < 0 || p.WeightGrams > maxWeight {
			list.Add(at+"/weight_grams", "out_of_range", "give the weight in grams, from 0 to %d", maxWeight)
		}
		d := p.Dimensions
		if d != (Dimensions{}) && (min(d.Length, d.Width, d.Height) < 1 || max(d.Length, d.Width, d.Height) > maxLength) {
			list.Add(at+"/dimensions", "out_of_range", "give length, width and height in millimeters, from 1 to %d each", maxLength)
		}
		checkUnits(&list, f, 1, p.Lines, at+"/lines", open, sums)
	}
	return list.Err()
}

// within checks units against what each line has open.
func within(f *Fulfillment, units []LineQuantity, at string, open func(*Line) int64) error {
	return from(f, 1, units, at, open)
}

// from is within, with the least units that a line may be named with.
func from(f *Fulfillment, least int64, units []LineQuantity, at string, open func(*Line) int64) error {
	var list errs.List
	checkUnits(&list, f, least, units, at, open, map[string]int64{})
	return list.Err()
}

// checkUnits adds to sums what it has seen of each line.
func checkUnits(list *errs.List, f *Fulfillment, least int64, units []LineQuantity, at string, open func(*Line) int64, sums map[string]int64) {
	for i, u := range units {
		at := at + "/" + strconv.Itoa(i)
		l := f.line(u.Line)
		if l == nil {
			list.Add(at+"/line", "unknown_line", "the fulfillment order has no line %q", errs.Clip(u.Line))
			continue
		}
		if slices.ContainsFunc(units[:i], func(o LineQuantity) bool { return o.Line == u.Line }) {
			list.Add(at+"/line", "duplicate", "line %s is there already", l.Line)
			continue
		}
		rest := max(0, open(l)-sums[l.Line])
		if u.Quantity < least || u.Quantity > rest {
			list.Add(at+"/quantity", "out_of_range", "give a number from %d to %d: that many units of line %s are open", least, rest, l.Line)
			continue
		}
		sums[l.Line] += u.Quantity
	}
}
