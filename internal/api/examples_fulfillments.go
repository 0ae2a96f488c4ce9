package api

import (
	"maps"

	"ordo/internal/errs"
)

// Examples of fulfillment orders. Each makes what it needs: a fresh order, brought to where the step begins.

var (
	aPickupOrder = lookup{name: "ORDER", prefix: "ord", post: "placeOrder", in: exPickup()}
	isReleased   = lookup{name: "FULFILLMENT", prefix: "ful", post: "releaseFulfillment"}
	isAccepted   = lookup{name: "FULFILLMENT", prefix: "ful", post: "acceptFulfillment"}
	isHeld       = lookup{name: "FULFILLMENT", prefix: "ful", post: "holdFulfillment"}
	isReady      = lookup{name: "FULFILLMENT", prefix: "ful", post: "readyForPickup"}
	isAsked      = lookup{name: "FULFILLMENT", prefix: "ful", post: "requestCancelFulfillment"}
	isPicked     = lookup{name: "FULFILLMENT", prefix: "ful", post: "pickFulfillment"}
)

func exPickup() PlaceOrder {
	return PlaceOrder{
		Channel: "web", Customer: exCustomer, Pickup: "HULL", Lines: []PlaceLine{{SKU: "MUG", Quantity: 2}}, Payment: PlacePayment{Provider: "manual"},
	}
}

func init() {
	two := []LineQuantity{{Line: "1", Quantity: 2}}
	one := []LineQuantity{{Line: "1", Quantity: 1}}
	maps.Copy(examples, map[string]example{
		"releaseFulfillments":      {ReleaseMany{IDs: []string{"$FULFILLMENT"}}, ReleasedMany{Data: []ReleasedOne{{ID: exFulfillment, Released: true, Status: "released"}}}},
		"scheduleFulfillment":      {ScheduleFulfillment{ReleaseAt: "2100-01-04T06:00:00Z"}, exStep(2, "scheduled")},
		"releaseFulfillment":       {nil, exStep(2, "released")},
		"acceptFulfillment":        {nil, exStep(3, "accepted")},
		"rejectFulfillment":        {RejectFulfillment{Reason: "no_variance", Then: "backorder"}, exStep(3, "rejected")},
		"pickFulfillment":          {PickFulfillment{Lines: []PickedLine{{Line: "1", Quantity: 2}}}, exStep(4, "picking")},
		"packFulfillment":          {PackFulfillment{Packages: []PackPackage{{Lines: two, WeightGrams: 820, Dimensions: &Dimensions{300, 200, 100}}}}, exStep(5, "packed")},
		"shipFulfillment":          {Ship{Carrier: "Royal Mail", TrackingNumber: "RM123456785GB"}, exStep(3, "shipped")},
		"deliverFulfillment":       {nil, exStep(4, "delivered")},
		"readyForPickup":           {ReadyForPickup{Days: 5}, exStep(3, "ready_for_pickup")},
		"pickUpFulfillment":        {nil, exStep(4, "picked_up")},
		"noShowFulfillment":        {nil, exStep(4, "canceled")},
		"holdFulfillment":          {HoldFulfillment{Reason: "manual_review"}, exStep(2, "on_hold")},
		"resumeFulfillment":        {nil, exStep(3, "planned")},
		"requestCancelFulfillment": {RequestCancel{Reason: "customer", Lines: one}, exStep(4, "cancel_requested")},
		"acceptCancelFulfillment":  {nil, exStep(5, "accepted")},
		"refuseCancelFulfillment":  {nil, exStep(5, "accepted")},
	})
	fresh := func(more ...lookup) []lookup { return append([]lookup{aFreshOrder, aFulfillment}, more...) }
	pickup := func(more ...lookup) []lookup { return append([]lookup{aPickupOrder, aFulfillment}, more...) }
	maps.Copy(lookups, map[string][]lookup{
		"releaseFulfillments": fresh(), "scheduleFulfillment": fresh(), "acceptFulfillment": fresh(isReleased), "rejectFulfillment": fresh(isReleased),
		"pickFulfillment": fresh(isReleased), "packFulfillment": fresh(isReleased, isPicked), "holdFulfillment": fresh(), "resumeFulfillment": fresh(isHeld),
		"readyForPickup": pickup(isReleased), "pickUpFulfillment": pickup(isReleased, isReady), "noShowFulfillment": pickup(isReleased, isReady),
		"requestCancelFulfillment": fresh(isReleased, isAccepted), "acceptCancelFulfillment": fresh(isReleased, isAccepted, isAsked),
		"refuseCancelFulfillment": fresh(isReleased, isAccepted, isAsked),
	})
	maps.Copy(abouts, map[string]string{
		"Package":             "A parcel with what is in it.",
		"LineQuantity":        "A number of units of an order line.",
		"Dimensions":          "How large a package is, in millimeters.",
		"DeliveryRisk":        "A reason to believe that a delivery is late.",
		"Cancellation":        "The last request to give up units that the location has begun to work on.",
		"ScheduleFulfillment": "When a fulfillment order is to be released.",
		"RejectFulfillment":   "Why a location does not do it, and what becomes of the units.",
		"MissingPart":         "Units of a component that a location does not have for the kits of a line.",
		"PickFulfillment":     "What was taken from the shelf.",
		"PackFulfillment":     "What was put into which package.",
		"PackPackage":         "A parcel as it was packed.",
		"ReadyForPickup":      "How long it waits for the customer.",
		"PickedLine":          "Units of an order line that were found.",
		"HoldFulfillment":     "Why the work stops.",
		"RequestCancel":       "What is to be given up, and why.",
		"ReleaseMany":         "Fulfillment orders to be released.",
		"ReleasedMany":        "What became of each of them.",
		"ReleasedOne":         "One of many that were to be released.",
	})
	problemKinds = append(problemKinds, problemKind{
		"label_active", errs.Conflict, "A package that would be opened, given up or divided has a label, which is paid for.", "Void the label, then try again.", nil,
	})
}

// exStep is the fulfillment order of the examples after a step.
func exStep(version int64, status string) Fulfillment {
	f := exShipment
	f.Version, f.Status, f.Allowed = version, status, []string{}
	switch status {
	case "released":
		f.Allowed = []string{"ship"}
	case "shipped":
		f.Allowed = []string{"deliver"}
		fallthrough
	case "delivered":
		f.Carrier, f.TrackingNumber, f.ShippedAt = "Royal Mail", "RM123456785GB", exTime
	}
	switch status {
	case "planned", "scheduled", "on_hold":
		return f
	case "delivered":
		f.DeliveredAt = exTime
	case "canceled":
		f.CanceledAt = exTime
	}
	f.ReleasedAt = exTime
	return f
}
