package app

import (
	"slices"

	"ordo/internal/fulfillment"
	"ordo/internal/order"
	"ordo/internal/work"
)

// What may become of units that a location does not have (catalog.ShortPicks).
const (
	thenResource  = "resource"
	thenBackorder = "backorder"
	thenCancel    = "cancel"
)

// maxFailures is how many locations may fail with units of a line before a person has to look.
const maxFailures = 3

// fail makes everything follow a step in which a location gives up units that it cannot do, and decides what becomes
// of them; what it can do is not held up by that.
func (c *cluster) fail(u *work.Unit, before, after *fulfillment.Fulfillment, event string, units []fulfillment.LineQuantity, how Fulfill) error {
	defect, then := how.Reason, how.Then
	if err := c.checkParts(how.Parts, units); err != nil {
		return err
	}
	l := lost{reason: defect, defect: defect, parts: how.Parts}
	if then == "" {
		channel, err := Channels.Ref(u, c.Order.Channel)
		if err != nil {
			return err
		}
		if then = thenResource; channel != nil && channel.ShortPick != "" {
			then = channel.ShortPick
		}
	}
	switch {
	case len(units) == 0:
		return c.follow(u, before, after, event, lost{})
	case then == thenCancel:
		l.to, l.reason = toCanceled, "out_of_stock"
	default:
		l.to = toWaiting
	}
	if err := c.follow(u, before, after, event, l); err != nil {
		return err
	}
	if l.to == toWaiting {
		if err := c.elsewhere(u, units, then); err != nil {
			return err
		}
	}
	return c.settleMoney(u)
}

// elsewhere looks for another way for units that wait. What is to be picked up somewhere never moves silently, and
// what several locations could not do is not tried for ever: then a person decides.
func (c *cluster) elsewhere(u *work.Unit, units []fulfillment.LineQuantity, then string) error {
	if c.Order.Pickup != "" {
		return c.park(u, "pickup_rejected")
	}
	var refused []string
	parked := make([]order.Units, len(units))
	for i, l := range units {
		failed := c.failed(l.Line)
		if len(failed) >= maxFailures {
			return c.park(u, "rejected_too_often")
		}
		refused = append(refused, failed...)
		parked[i] = order.Units(l)
	}
	if then == thenBackorder {
		return c.park(u, "rejected")
	}
	return c.resource(u, parked, refused, "", "rejected")
}

// failed lists the locations that could not do units of a line.
func (c *cluster) failed(line string) (locations []string) {
	for _, f := range c.Fulfillments {
		if f.Failed(line) && !slices.Contains(locations, f.Location) {
			locations = append(locations, f.Location)
		}
	}
	return locations
}

// park leaves units waiting at no location, and has the order found by a hold that stops nothing else of it.
func (c *cluster) park(u *work.Unit, reason string) error {
	c.holdParked(u, reason)
	return nil
}
