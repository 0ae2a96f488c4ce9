package api

import (
	"net/http"

	"ordo/internal/errs"
	"ordo/internal/returns"
)

func returnRoutes() []route {
	const tag = "Returns"
	codes := func(more ...string) []string {
		return append(more, "not_found", "illegal_transition", "version_mismatch")
	}
	step := func(op, path, summary, detail string, in any, handle func(*call) error, more ...string) route {
		return route{
			op: op, method: http.MethodPost, path: "/v1/returns/{id}/" + path, tag: tag, summary: summary, detail: detail, scope: "returns:write", query: dry,
			in: in, out: Return{}, status: 200, etag: true, codes: codes(more...), handle: handle,
		}
	}
	return []route{
		{
			op: "putReturnPolicy", method: http.MethodPut, path: "/v1/return-policies/{code}", tag: tag, summary: "Publish a return policy", scope: "returns:write", query: dry,
			in: PutReturnPolicy{}, out: ReturnPolicy{}, status: 200, etag: true, codes: []string{"version_mismatch", "all_channels_required"}, handle: putReturnPolicy,
			detail: "Whole: what is left out gets its default. Returns keep the version that they were judged by. 201 when it is new. Needs no Idempotency-Key.",
		},
		{
			op: "getReturnPolicy", method: http.MethodGet, path: "/v1/return-policies/{code}", tag: tag, summary: "Read a return policy", scope: "returns:read",
			out: ReturnPolicy{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getReturnPolicy,
		},
		{
			op: "listReturnPolicies", method: http.MethodGet, path: "/v1/return-policies", tag: tag, summary: "List return policies", scope: "returns:read", query: paged,
			out: List[ReturnPolicy]{}, status: 200, handle: listReturnPolicies,
		},
		{
			op: "requestReturn", method: http.MethodPost, path: "/v1/orders/{id}/returns", tag: tag, summary: "Ask for units to come back (RMA)", scope: "returns:write", query: dry,
			in: RequestReturn{}, out: Return{}, status: http.StatusCreated, handle: requestReturn,
			codes: codes("return_limit", "return_denied", "grant_limit", "amount_too_large"),
			detail: "The policy of the channel judges it: findings say why. What needs nobody's consent is approved at once. A dry run shows what would be refunded. " +
				"Staff goes over the policy with override, which needs the scope returns:override and stays on record.",
		},
		{
			op: "listReturns", method: http.MethodGet, path: "/v1/returns", tag: tag, summary: "List returns, exchanges and claims", scope: "returns:read",
			query: append([]param{
				{name: "order", detail: "id of the order"},
				{name: "type", detail: "one of them only", values: texts(returns.Types)},
				{name: "status", detail: "state", values: texts(returns.Statuses)},
				{name: "stage", detail: "what is to be done next; to_refund: something was accepted, and money of the order is on its way, was refused, or is to be paid out by hand", values: returns.StageNames},
				{name: "sort", detail: "oldest when left out: the order of the work", values: []string{"oldest", "newest"}},
			}, paged...),
			out: List[Return]{}, status: 200, codes: []string{"all_channels_required"}, handle: listReturns,
			detail: "A key that is limited to channels names the order.",
		},
		{
			op: "getReturn", method: http.MethodGet, path: "/v1/returns/{id}", tag: tag, summary: "Read a return", scope: "returns:read",
			out: Return{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getReturn,
		},
		{
			op: "getPolicyOfReturn", method: http.MethodGet, path: "/v1/returns/{id}/policy", tag: tag, summary: "Read the policy that judged a return, as it was", scope: "returns:read",
			out: ReturnPolicy{}, status: 200, codes: []string{"not_found"}, handle: policyOfReturn,
			detail: "Its conditions say what becomes of units that are inspected.",
		},
		{
			op: "getPolicyOfOrder", method: http.MethodGet, path: "/v1/orders/{id}/return-policy", tag: tag, summary: "Read the policy that would judge a return of the order now", scope: "returns:read",
			out: ReturnPolicy{}, status: 200, codes: []string{"not_found"}, handle: policyOfOrder,
			detail: "Its reasons are those that a return may give. Where none is published it is the default one, with the code default and version 0.",
		},
		{
			op: "requestExchange", method: http.MethodPost, path: "/v1/orders/{id}/exchanges", tag: tag, summary: "Exchange units for others on the same order", scope: "returns:write", query: dry,
			in: RequestExchange{}, out: Return{}, status: http.StatusCreated, handle: requestExchange,
			codes: codes("return_limit", "return_denied", "insufficient_stock", "grant_limit", "amount_too_large", "insufficient_credit", "payment_declined"),
			detail: "A return with new lines in one. They wait for the units to come back, or ship at once (advance): then they are charged when nothing is back in time. " +
				"What the accepted units are worth pays for them; only the difference is due or goes back. The same SKU costs what it cost. exchange says what it comes to. In advance the answer waits for the provider as placing does: declined is 402, the exchange is canceled and the order as it was; while the provider takes its time it is approved and the order held by awaiting_payment, and the event order.hold_released or exchange.canceled tells. What cannot be had is refused; where the channel takes backorders it is waited for. Is it gone when a person approves it, what comes back is refunded, and replacement says so.",
		},
		{
			op: "fileClaim", method: http.MethodPost, path: "/v1/orders/{id}/claims", tag: tag, summary: "Settle units that are missing, wrong, damaged, lost or defective", scope: "returns:write", query: dry,
			in: FileClaim{}, out: Return{}, status: http.StatusCreated, handle: fileClaim, codes: codes("return_limit", "grant_limit", "amount_too_large"),
			detail: "Nothing has to come back. They are refunded, sent again for nothing, or both; with nothing to send they are refunded.",
		},
		step("approveReturn", "approve", "Let it come back", "", nil, stepReturn[noReturnBody]("approve"), "grant_limit"),
		step("declineReturn", "decline", "Do not take it back", "", DeclineReturn{}, stepReturn[DeclineReturn]("decline")),
		step("cancelReturn", "cancel", "Give it up, until it is under way", "", CancelReturn{}, stepReturn[CancelReturn]("cancel")),
		{
			op: "buyReturnLabel", method: http.MethodPost, path: "/v1/returns/{id}/label", tag: tag, summary: "Buy the label that it comes back with", scope: "shipping:write", query: dry,
			in: BuyReturnLabel{}, out: Label{}, status: http.StatusCreated, handle: buyReturnLabel,
			codes: codes("label_exists", "no_service", "not_shipped", "location_address_required", "carrier_unavailable"),
			detail: "From the customer to the location of the return, by the cheapest service that takes it, or as carrier and service say. The carrier's bill is the merchant's; with label_by customer the policy's label_fee is taken off the refund. " +
				"The answer waits a bounded time for the label; then status is label_pending, and the label comes later. It is printed, voided and tracked like any other: what the carrier says moves the return to in_transit and notes when it arrived. " +
				"That it was unpacked is for people to say. What is given up gives its label back.",
		},
		step("shipReturn", "ship", "Note that the customer has sent it", "With a parcel on own account, give carrier and tracking number where they are known; a label that was bought is given back then.", ShipReturn{}, stepReturn[ShipReturn]("ship"), "label_not_ready"),
		step("loseReturn", "lose", "Note that the parcel will never arrive", "Nothing is refunded; the units may be claimed.", nil, stepReturn[noReturnBody]("lose")),
		step("receiveReturn", "receive", "Unpack what came",
			"By line; in several parts where it comes in several parcels. The units wait in the quality bucket of the location until they are inspected. With last, what is missing is not waited for.",
			ReceiveReturn{}, stepReturn[ReceiveReturn]("receive"), "grant_limit", "insufficient_stock", "quantity_too_large"),
		step("inspectReturn", "inspect", "Say what is accepted, and what becomes of each unit",
			"What is left out follows from the condition, as the policy says. What is accepted is refunded, and nothing else is.",
			InspectReturn{}, stepReturn[InspectReturn]("inspect"), "grant_limit", "insufficient_stock", "quantity_too_large", "amount_too_large"),
		step("disposeReturn", "dispose", "Move units on that were refurbished or quarantined", "", DisposeReturn{}, stepReturn[DisposeReturn]("dispose"), "disposed", "insufficient_stock", "quantity_too_large"),
		step("chargeExchange", "charge", "Charge a replacement of which the other half did not come back", "Once, and never after it was waived.", nil, stepReturn[noReturnBody]("charge")),
		step("waiveExchange", "waive", "Give an overdue replacement away", "", nil, stepReturn[noReturnBody]("waive"), "grant_limit"),
	}
}

func init() {
	problemKinds = append(problemKinds, []problemKind{
		{"return_limit", errs.Conflict, "More would come back or be claimed than has shipped; errors points at the lines.", "Lower the quantities.", nil},
		{"return_denied", errs.Conflict, "The policy does not allow this return; findings say why.", "Explain it to the customer, or let staff override it.", nil},
		{"disposed", errs.Conflict, "The units have their last disposition.", "Move the stock by POST /v1/stock/moves.", nil},
	}...)
	findingKinds = append(findingKinds, []findingKind{
		{"return_limit", "fewer units of the line have shipped and are in no return or claim"},
		{"already_refunded", "the units were refunded when they arrived, as the policy says, and cannot be rejected any more"},
	}...)
}
