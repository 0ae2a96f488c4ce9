package api

import (
	"net/http"

	"ordo/internal/fulfillment"
)

func fulfillmentRoutes() []route {
	return append([]route{
		{
			op: "listFulfillments", method: http.MethodGet, path: "/v1/fulfillments", tag: "Fulfillment", summary: "List fulfillment orders, oldest first", scope: "fulfillments:read",
			query: append([]param{
				{name: "location", detail: "location code"},
				{name: "status", detail: "state", values: texts(fulfillment.Statuses)},
				{name: "stage", detail: "what is to be done next with it; open: any of it, or it is on hold", values: fulfillment.StageNames},
				{name: "order", detail: "id of the order"},
			}, paged...),
			out: List[Fulfillment]{}, status: 200, codes: []string{"all_channels_required"}, handle: listFulfillments,
		},
		{
			op: "getFulfillment", method: http.MethodGet, path: "/v1/fulfillments/{id}", tag: "Fulfillment", summary: "Read a fulfillment order", scope: "fulfillments:read",
			out: Fulfillment{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getFulfillment,
		},
		{
			op: "releaseFulfillments", method: http.MethodPost, path: "/v1/fulfillment-releases", tag: "Fulfillment", summary: "Release many at once", scope: "fulfillments:write",
			in: ReleaseMany{}, out: ReleasedMany{}, status: 200, codes: []string{"all_channels_required"}, handle: releaseMany,
			detail: "Each of them by itself: data says of each whether it is released now, and otherwise why not.",
		},
	}, fulfillmentSteps()...)
}

// fulfillmentSteps are the routes that take a fulfillment order on or back.
func fulfillmentSteps() []route {
	step := func(op, path, summary, detail string, in any, handle func(*call) error, codes ...string) route {
		return route{
			op: op, method: http.MethodPost, path: "/v1/fulfillments/{id}/" + path, tag: "Fulfillment", summary: summary, detail: detail, scope: "fulfillments:write",
			query: dry, in: in, out: Fulfillment{}, status: 200, etag: true, codes: append(codes, transitionCodes...), handle: handle,
		}
	}
	gated := "on_hold"
	return []route{
		step("scheduleFulfillment", "schedule", "Release it at a later time", "A hold that is open then puts it off until it is lifted.", ScheduleFulfillment{}, fulfill[ScheduleFulfillment]("schedule"), gated),
		step("releaseFulfillment", "release", "Release to the location's staff", "", nil, fulfill[noBody]("release"), gated),
		step("acceptFulfillment", "accept", "Say that the location does it", "From here on canceling it takes the location's consent. May be left out: picking, packing and shipping accept it too.", nil, fulfill[noBody]("accept")),
		step(
			"rejectFulfillment", "reject", "Say that the location does not do it, or some of it",
			"The reason corrects the stock. The units go to another location, wait for stock or are canceled; what a customer would pick up never moves by itself.",
			RejectFulfillment{}, fulfill[RejectFulfillment]("reject"), "insufficient_stock",
		),
		step(
			"pickFulfillment", "pick", "Note what was taken from the shelf",
			"In one step or in several. With short, what is still missing of the lines that are named (of all where none is) is given up here and done elsewhere; what was picked goes on, and other lines are still to be picked.",
			PickFulfillment{}, fulfill[PickFulfillment]("pick"), "insufficient_stock",
		),
		step("packFulfillment", "pack", "Put what is picked into packages", "When all is packed it is ready to leave. Where picking is not tracked, packing does it. A label that was bought before goes on the package, if there is one with everything.", PackFulfillment{}, fulfill[PackFulfillment]("pack"), "label_active"),
		step(
			"shipFulfillment", "ship", "Ship it; captures what has shipped", "Everything that is not given up leaves. Where picking and packing are not tracked, shipping does them.",
			Ship{}, fulfill[Ship]("ship"), gated, "label_voided", "label_not_ready",
		),
		step("deliverFulfillment", "deliver", "Note the delivery", "", nil, fulfill[noBody]("deliver")),
		step("readyForPickup", "ready-for-pickup", "Tell the customer to come", "For orders with pickup. When nobody comes in time, it goes back to the shelf and the money back to the customer.", ReadyForPickup{}, fulfill[ReadyForPickup]("ready_for_pickup"), gated),
		step("pickUpFulfillment", "pick-up", "Hand it over to the customer", "It ships and is delivered in one.", nil, fulfill[noBody]("pick_up"), gated),
		step("noShowFulfillment", "no-show", "Give up what nobody came for", "Back to the shelf, canceled, and the money back to the customer.", nil, fulfill[noBody]("no_show")),
		step("holdFulfillment", "hold", "Stop the work until it is resumed", "", HoldFulfillment{}, fulfill[HoldFulfillment]("hold")),
		step("resumeFulfillment", "resume", "Go on after a stop", "", nil, fulfill[noBody]("resume")),
		step(
			"requestCancelFulfillment", "cancel-request", "Give up a fulfillment order, or some of it",
			"At once while the location has not accepted it; then it is a request that the location answers within a day, or it is refused.",
			RequestCancel{}, fulfill[RequestCancel]("cancel_request"), "label_active",
		),
		step("acceptCancelFulfillment", "cancel-request/accept", "Let units go that the location works on", "", nil, fulfill[noBody]("cancel_accept"), "label_active"),
		step("refuseCancelFulfillment", "cancel-request/refuse", "Go on with the work all the same", "", nil, fulfill[noBody]("cancel_refuse")),
	}
}
