package api

import "ordo/internal/errs"

// The codes of changing orders.
func init() {
	problemKinds = append(
		problemKinds,
		problemKind{"units_not_cancelable", errs.Conflict, "Some of the units have left, or a location has begun to work on them; fulfillments names where. errors says how many of each line can be canceled.", "Cancel fewer, or ask the location to give them up: request the cancellation of the fulfillment order.", nil},
		problemKind{"already_packed", errs.Conflict, "Units of the order are packed or have left, so where they go is decided.", "Unpack them first, or ship another order.", nil},
		problemKind{"change_has_violations", errs.Conflict, "The state of the order speaks against the change; errors says what.", "Make another change, which takes the place of this one.", nil},
	)
	findingKinds = append(
		findingKinds,
		findingKind{"line_adds_to", "the line adds units to another line, whose quantity is meant"},
		findingKind{"unknown_discount", "the order has no discount with this code"},
		findingKind{"cannot_change", "the value stays as it was first given"},
		findingKind{"units_not_cancelable", "more units than can still be canceled"},
	)
	problemFacts["units_not_cancelable"] = map[string]any{
		"fulfillments": []string{exShipment.ID}, "errors": []Finding{{"/lines/0/quantity", "units_not_cancelable", "only 1 units of line 1 can be canceled"}},
	}
	problemFacts["change_has_violations"] = map[string]any{
		"state": "open", "errors": []Finding{{"/actions/0", "below_released", "line 1 cannot have fewer than 2 units: the rest is released to a location or has left"}},
	}
}

// The examples of changing orders.
func init() {
	moved := exPlaced()
	moved.Version = 2
	examples["changeOrderDetails"] = example{OrderDetails{ShippingAddress: ref(exAddress)}, moved}
	lookups["changeOrderDetails"] = []lookup{aFreshOrder}
	abouts["OrderDetails"] = "What changes of an order's address, contact and shipping method. What is left out stays."
	abouts["LineUnit"] = "A quantity of an order line."
}
