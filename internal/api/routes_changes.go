package api

import (
	"net/http"

	"ordo/internal/app"
)

func changeRoutes() []route {
	return []route{
		{
			op: "changeOrderDetails", method: http.MethodPost, path: "/v1/orders/{id}/details", tag: "Orders", summary: "Change address, contact or shipping method", scope: "orders:write", query: dry,
			in: OrderDetails{}, out: Order{}, status: 200, etag: true, codes: append([]string{"already_packed", "amount_too_large", "label_exists"}, transitionCodes...), handle: changeDetails,
			detail: "Until something is packed. What is left out stays. Another country or region computes taxes and the price of the shipping method anew from the channel's tables; " +
				"taxes and charges that were given with the order stay.",
		},
		{
			op: "createDraft", method: http.MethodPost, path: "/v1/drafts", tag: "Orders", summary: "Draft an order", scope: "orders:write", query: dry,
			in: DraftOrder{}, out: Order{}, status: http.StatusCreated, etag: true, codes: []string{"channel_forbidden", "amount_too_large"}, handle: createDraft,
			detail: "An order that is still being written, with the totals that it would have now. It holds no stock, asks for no money and has no number; missing says what it lacks. " +
				"List drafts with GET /v1/orders?status=draft; give one up with POST /v1/orders/{id}/cancel.",
		},
		{
			op: "replaceDraft", method: http.MethodPut, path: "/v1/drafts/{id}", tag: "Orders", summary: "Replace the content of a draft", scope: "orders:write", query: dry,
			in: DraftOrder{}, out: Order{}, status: 200, etag: true, codes: append([]string{"channel_forbidden", "amount_too_large"}, transitionCodes...), handle: replaceDraft, detail: "Whole: what is left out is gone, but for tags, fields, notes and holds.",
		},
		{
			op: "placeDraft", method: http.MethodPost, path: "/v1/orders/{id}/place", tag: "Orders", summary: "Place a draft", scope: "orders:write", query: dry,
			in: PlaceDraft{}, out: Order{}, status: http.StatusCreated, etag: true, codes: append([]string{"not_found", "version_mismatch"}, placeCodes...), handle: placeDraft,
			detail: "The draft becomes the order, under its id, as if its content were placed now: with the prices of now where it gives none, the same checks, stock and payment.",
		},
		{
			op: "proposeChange", method: http.MethodPost, path: "/v1/orders/{id}/changes", tag: "Orders", summary: "Preview a change of an order", scope: "orders:write", query: dry,
			in: ProposeChange{}, out: OrderChange{}, status: http.StatusCreated, etag: true, codes: append([]string{"amount_too_large"}, transitionCodes...), handle: proposeChange,
			detail: "Tells what the order would cost, where added units would come from, and what would be due or given back. Nothing changes until it is confirmed. " +
				"It takes the place of a change of the order that is not confirmed yet. Amounts of one's own and the end of discounts need scope orders:price. " +
				"Where the state of the order speaks against it, violations says so and the change stays open.",
		},
		{
			op: "listChanges", method: http.MethodGet, path: "/v1/orders/{id}/changes", tag: "Orders", summary: "List the changes of an order, newest first", scope: "orders:read", query: paged,
			out: List[OrderChange]{}, status: 200, codes: []string{"not_found"}, handle: listChanges,
		},
		{
			op: "getChange", method: http.MethodGet, path: "/v1/changes/{id}", tag: "Orders", summary: "Read an order change", scope: "orders:read",
			out: OrderChange{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getChange,
		},
		{
			op: "previewChange", method: http.MethodPost, path: "/v1/changes/{id}/preview", tag: "Orders", summary: "Judge a change anew", scope: "orders:write", query: dry,
			out: OrderChange{}, status: 200, etag: true, codes: append([]string{"amount_too_large"}, transitionCodes...), handle: stepChange(app.StepPreview), detail: "By the order, the stock and the prices as they are now.",
		},
		{
			op: "confirmChange", method: http.MethodPost, path: "/v1/changes/{id}/confirm", tag: "Orders", summary: "Make a change", scope: "orders:write", query: dry,
			out: OrderChange{}, status: 200, etag: true, codes: append([]string{"change_outdated", "change_has_violations", "amount_too_large", "discount_limit"}, transitionCodes...), handle: stepChange(app.StepConfirm),
			detail: "Order, stock and work change together. It is made as it was previewed or not at all: when the order has moved since, the answer is 409 with a fresh preview. " +
				"Who confirms needs the rights of who proposes: orders:price for amounts of one's own, discounts as far as discount_percent of the roles of now says. A second person with a higher limit can confirm what the first may not. " +
				"What is given back is refunded. What is due more is asked for by itself: pay it with POST /v1/orders/{id}/payments or a payment link; until then the order is held. On manual terms it is owed on the same terms.",
		},
		{
			op: "cancelChange", method: http.MethodPost, path: "/v1/changes/{id}/cancel", tag: "Orders", summary: "Give up a change", scope: "orders:write", query: dry,
			out: OrderChange{}, status: 200, etag: true, codes: transitionCodes, handle: stepChange(app.StepCancel), detail: "The order stays as it is.",
		},
	}
}
