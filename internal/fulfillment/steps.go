package fulfillment

import "ordo/internal/micros"

// Schedule has it released at a later time.
func Schedule(f *Fulfillment, at micros.Time) (*Fulfillment, error) {
	return step(f, evSchedule, func(f *Fulfillment) error {
		f.Status, f.ReleaseAt = Scheduled, at
		return nil
	})
}

// Release hands it to the location's staff.
func Release(f *Fulfillment, now micros.Time) (*Fulfillment, error) {
	return step(f, evRelease, func(f *Fulfillment) error {
		f.Status, f.ReleasedAt = Released, now
		return nil
	})
}

// Accept notes that the location will do it. From here on, giving it up takes the location's consent.
func Accept(f *Fulfillment, now micros.Time) (*Fulfillment, error) {
	return step(f, evAccept, func(f *Fulfillment) error {
		f.Status, f.AcceptedAt = Accepted, now
		return nil
	})
}

// Hold stops the work until Resume.
func Hold(f *Fulfillment, reason string) (*Fulfillment, error) {
	return step(f, evHold, func(f *Fulfillment) error {
		f.HeldFrom, f.Status, f.Reason = f.Status, OnHold, reason
		return nil
	})
}

// Resume goes on where Hold stopped.
func Resume(f *Fulfillment) (*Fulfillment, error) {
	return step(f, evResume, func(f *Fulfillment) error {
		f.Status, f.HeldFrom, f.Reason = f.HeldFrom, "", ""
		return nil
	})
}

// Ready says that the customer may come for it until a time. Where picking and packing are not tracked they are done
// by it.
func Ready(f *Fulfillment, until, now micros.Time) (*Fulfillment, error) {
	return step(f, evReady, func(f *Fulfillment) error {
		packRest(f, now)
		f.Status, f.ReadyAt, f.PickupUntil = ReadyForPickup, now, until
		return nil
	})
}

// Collect hands it over to the customer: it leaves and arrives in one.
func Collect(f *Fulfillment, now micros.Time) (*Fulfillment, error) {
	return step(f, evCollect, func(f *Fulfillment) error {
		f.Status, f.ShippedAt, f.DeliveredAt = PickedUp, now, now
		return nil
	})
}

// NoShow gives up what nobody came for.
func NoShow(f *Fulfillment, now micros.Time) (*Fulfillment, error) {
	return step(f, evNoShow, func(f *Fulfillment) error {
		f.Status, f.Reason, f.CanceledAt = Canceled, "no_show", now
		return nil
	})
}

// Ship lets everything leave. Where picking and packing are not tracked they are done by it. The tracking number is for
// packages that have none of their own.
func Ship(f *Fulfillment, carrier, tracking string, now micros.Time) (*Fulfillment, error) {
	return step(f, evShip, func(f *Fulfillment) error {
		packRest(f, now)
		for i := range f.Packages {
			if p := &f.Packages[i]; p.TrackingNumber == "" {
				p.Carrier, p.TrackingNumber = carrier, tracking
			}
		}
		f.Carrier, f.TrackingNumber = f.Packages[0].Carrier, f.Packages[0].TrackingNumber
		f.Status, f.ShippedAt = Shipped, now
		return nil
	})
}

// Tracked reports whether all packages have a tracking number, so that shipping needs none.
func Tracked(f *Fulfillment) bool {
	for _, p := range f.Packages {
		if p.TrackingNumber == "" {
			return false
		}
	}
	return len(f.Packages) > 0
}

// Deliver notes that it has arrived.
func Deliver(f *Fulfillment, now micros.Time) (*Fulfillment, error) {
	return step(f, evDeliver, func(f *Fulfillment) error {
		f.Status, f.DeliveredAt = Delivered, now
		return nil
	})
}
