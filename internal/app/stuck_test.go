package app

import (
	"testing"

	"ordo/internal/fulfillment"
	"ordo/internal/inventory"
	"ordo/internal/order"
	"ordo/internal/returns"
	"ordo/internal/service"
	"ordo/internal/shipping"
	"ordo/internal/stuck"
)

// Every state that is not final has a row that says what is expected next, and no final one has.
func TestEveryStateHasAnExpectation(t *testing.T) {
	row := func(kind stuck.Kind, state string, final bool) {
		t.Helper()
		if (stuck.Of(kind, state) == nil) != final {
			t.Errorf("%s %s: final is %v, and the table says otherwise", kind, state, final)
		}
	}
	for _, s := range order.Statuses {
		row(stuck.Order, string(s), (&order.Order{Status: s}).Ended())
	}
	for _, s := range order.ChangeStatuses {
		row(stuck.Change, string(s), !(&order.Change{Status: s}).Pending())
	}
	for _, s := range fulfillment.Statuses {
		kind := stuck.Fulfillment
		if s == fulfillment.Shipped {
			kind = stuck.Parcel
		}
		f := &fulfillment.Fulfillment{Status: s, HeldFrom: fulfillment.Planned, Pickup: s == fulfillment.ReadyForPickup}
		row(kind, string(s), len(fulfillment.Allowed(f)) == 0)
	}
	for _, s := range shipping.LabelStatuses {
		row(stuck.Label, string(s), s == shipping.Labeled || s == shipping.Voided)
	}
	for _, s := range inventory.ReservationStatuses {
		row(stuck.Reservation, string(s), s != inventory.ReservationActive)
	}
	for _, s := range inventory.TransferStatuses {
		row(stuck.Transfer, string(s), s == inventory.TransferReceived || s == inventory.TransferCanceled)
	}
	for _, s := range returns.Statuses {
		row(stuck.Return, string(s), (&returns.Return{Status: s}).Over())
	}
	row(stuck.Return, string(returns.SwapOverdue), false)
	for _, s := range service.Statuses {
		row(stuck.Case, string(s), s == service.Closed)
	}
	for _, s := range inventory.CountStatuses {
		row(stuck.Count, string(s), s == inventory.CountPosted || s == inventory.CountRejected)
	}
}

// Every automatic repair is one that the command knows how to run.
func TestAutomaticRepairsAreRun(t *testing.T) {
	for _, r := range stuck.Repairs {
		if (ofThings[r.Code] != nil || ofOrders[r.Code] != nil) != r.Automatic {
			t.Errorf("%s: automatic is %v", r.Code, r.Automatic)
		}
	}
}
