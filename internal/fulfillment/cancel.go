package fulfillment

import (
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Cancel gives it up; its stock is deallocated with it.
func Cancel(f *Fulfillment, now micros.Time) (*Fulfillment, error) { return GiveUp(f, nil, "", now) }

// GiveUp cancels units that nobody has begun to work on; no units means all.
func GiveUp(f *Fulfillment, units []LineQuantity, reason string, now micros.Time) (*Fulfillment, error) {
	return step(f, evCancel, func(f *Fulfillment) error { return drop(f, units, reason, now) })
}

// RequestCancel asks the location to give up units that it has begun to work on; no units means all. Until it answers
// or the time is over, nothing else may happen.
func RequestCancel(f *Fulfillment, units []LineQuantity, reason string, until, now micros.Time) (*Fulfillment, error) {
	return step(f, evRequest, func(f *Fulfillment) error {
		if err := within(f, units, "/lines", func(l *Line) int64 { return l.Quantity }); err != nil {
			return err
		}
		f.Cancellation = &Cancellation{Status: RequestOpen, Reason: reason, Lines: units, From: f.Status, RequestedAt: now, ExpiresAt: until}
		f.Status = CancelRequested
		return nil
	})
}

// AcceptCancel gives up what was asked for; what is left goes on as before.
func AcceptCancel(f *Fulfillment, now micros.Time) (*Fulfillment, error) {
	return step(f, evConsent, func(f *Fulfillment) error {
		r := f.Cancellation
		r.Status, r.DecidedAt = RequestAccepted, now
		f.Status = r.From
		return drop(f, r.Lines, r.Reason, now)
	})
}

// RefuseCancel goes on as before. A request that nobody answered in time is refused with RequestTimedOut.
func RefuseCancel(f *Fulfillment, how string, now micros.Time) (*Fulfillment, error) {
	return step(f, evRefuse, func(f *Fulfillment) error {
		r := f.Cancellation
		r.Status, r.DecidedAt = how, now
		f.Status = r.From
		return nil
	})
}

// drop takes units off: those on the shelf first, then picked ones, then packed ones, out of the last package first.
// When nothing is left it is canceled, and keeps its quantities to tell what it had.
func drop(f *Fulfillment, units []LineQuantity, reason string, now micros.Time) error {
	if err := within(f, units, "/lines", func(l *Line) int64 { return l.Quantity }); err != nil {
		return err
	}
	all := int64(0)
	for _, l := range f.Lines {
		all += l.Quantity
	}
	for _, u := range units {
		all -= u.Quantity
	}
	if len(units) == 0 || all == 0 {
		for _, p := range f.Packages {
			if p.Label != "" {
				return labeled(p)
			}
		}
		f.Status, f.HeldFrom, f.Reason, f.CanceledAt = Canceled, "", reason, now
		return nil
	}
	for _, u := range units {
		l := f.line(u.Line)
		l.Quantity -= u.Quantity
		l.Picked = min(l.Picked, l.Quantity)
		if err := unpack(f, l.Line, l.Packed-min(l.Packed, l.Quantity)); err != nil {
			return err
		}
	}
	tidy(f)
	if f.Status == Picking && f.PickedAt == 0 && len(left(f)) == 0 {
		f.PickedAt = now
	}
	if f.Status == Picking {
		packedAll(f, now)
	}
	return nil
}

// unpack takes units out of packages.
func unpack(f *Fulfillment, line string, n int64) error {
	f.line(line).Packed -= n
	for i := len(f.Packages) - 1; i >= 0 && n > 0; i-- {
		p := &f.Packages[i]
		for k := range p.Lines {
			if p.Lines[k].Line != line {
				continue
			}
			if p.Label != "" {
				return labeled(*p)
			}
			take := min(n, p.Lines[k].Quantity)
			p.Lines[k].Quantity -= take
			n -= take
		}
	}
	return nil
}

func labeled(p Package) error {
	return errs.New(errs.Conflict, "label_active", "package %s has a label; void it first", p.ID)
}

// tidy removes lines without units that never were short, and what is empty of packages.
func tidy(f *Fulfillment) {
	var lines []Line
	for _, l := range f.Lines {
		if l.Quantity > 0 || l.Short > 0 {
			lines = append(lines, l)
		}
	}
	var packages []Package
	for _, p := range f.Packages {
		var in []LineQuantity
		for _, u := range p.Lines {
			if u.Quantity > 0 {
				in = append(in, u)
			}
		}
		if p.Lines = in; len(in) > 0 {
			packages = append(packages, p)
		}
	}
	f.Lines, f.Packages = lines, packages
}
