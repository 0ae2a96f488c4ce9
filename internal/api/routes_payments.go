package api

import (
	"net/http"

	"ordo/internal/payment"
)

func paymentRoutes() []route {
	below := func(op, path, summary, detail string, in any, status int, handle func(*call) error, codes ...string) route {
		return route{
			op: op, method: http.MethodPost, path: "/v1/orders/{id}" + path, tag: "Payments", summary: summary, detail: detail, scope: "payments:write", query: dry,
			in: in, out: Order{}, status: status, etag: true, codes: append(codes, "not_found", "version_mismatch"), handle: handle,
		}
	}
	routes := []route{
		below("addPayment", "/payments", "Pay an order anew, or the rest of it",
			"For what is due and not authorized yet: after a payment was declined, an edit raised the total, or an authorization expired. Waits for the provider as placing does.",
			PlaceTender{}, http.StatusCreated, addPayment, "payment_declined", "payment_limit", "insufficient_credit", "illegal_transition"),
		below("capturePayment", "/payments/{payment}/captures", "Capture an authorization, or a part of it",
			"Channels capture by their policy; this is for policy manual, and to try again after a capture was declined. The outcome follows: read the order.",
			MoveMoney{}, http.StatusOK, moveMoney(payment.Capture), "payment_limit", "manual_payment", "illegal_transition", "on_hold"),
		below("voidPayment", "/payments/{payment}/voids", "Give up an authorization, or a part of it", "", MoveMoney{}, http.StatusOK, moveMoney(payment.Void), "payment_limit"),
		below("refundPayment", "/payments/{payment}/refunds", "Refund on one payment",
			"What is not owed already is granted with it. On manual, and with recorded, it notes that a person paid it out.",
			Refund{}, http.StatusOK, refundPayment, "payment_limit", "grant_limit", "illegal_transition"),
		below("grantRefund", "/grants", "Grant money back",
			"The decision; refunds carry it out over the payments, last in first out. A refund that fails leaves the grant owed.",
			GrantMoney{}, http.StatusCreated, grantRefund, "grant_limit", "illegal_transition"),
		below("retryGrant", "/grants/{grant}/retry", "Refund a grant again that was refused",
			"Under a new key. A refund whose outcome is not known yet is left alone: it keeps its key.", nil, http.StatusOK, retryGrant, "illegal_transition"),
	}
	routes[len(routes)-1].query = nil // retryGrant has no dry run
	return append(routes, storeCreditRoutes()...)
}

func storeCreditRoutes() []route {
	const path = "/v1/store-credits"
	return []route{
		{
			op: "openStoreCredit", method: http.MethodPost, path: path, tag: "Store credit", summary: "Open an account", scope: "payments:write", query: dry,
			in: OpenStoreCredit{}, out: StoreCredit{}, status: http.StatusCreated, codes: []string{"all_channels_required", "amount_too_large"}, handle: openStoreCredit,
			detail: "Its id is the token of payments with provider store_credit.",
		},
		{
			op: "listStoreCredits", method: http.MethodGet, path: path, tag: "Store credit", summary: "List accounts", scope: "orders:read",
			query: append([]param{{name: "email", detail: "mail address of the owner"}}, paged...),
			out:   List[StoreCredit]{}, status: 200, codes: []string{"all_channels_required"}, handle: listStoreCredits,
		},
		{
			op: "getStoreCredit", method: http.MethodGet, path: path + "/{id}", tag: "Store credit", summary: "Read an account with its ledger", scope: "orders:read",
			out: StoreCredit{}, status: 200, etag: true, codes: []string{"not_found", "all_channels_required"}, handle: getStoreCredit,
		},
		{
			op: "changeStoreCredit", method: http.MethodPost, path: path + "/{id}/entries", tag: "Store credit", summary: "Issue more, or take back what expired", scope: "payments:write", query: dry,
			in: ChangeStoreCredit{}, out: StoreCredit{}, status: http.StatusCreated, etag: true,
			codes: []string{"not_found", "all_channels_required", "insufficient_credit", "version_mismatch", "amount_too_large"}, handle: changeStoreCredit,
		},
	}
}

func jobRoutes() []route {
	return []route{
		{
			op: "listJobs", method: http.MethodGet, path: "/v1/jobs", tag: "Jobs", summary: "List jobs that gave up, or that wait", scope: "jobs:manage",
			query: append([]param{{name: "state", detail: "dead when left out", values: []string{"dead", "ready"}}}, paged...),
			out:   List[Job]{}, status: 200, codes: []string{"all_channels_required"}, handle: listJobs,
		},
		{
			op: "retryJob", method: http.MethodPost, path: "/v1/jobs/{id}/retry", tag: "Jobs", summary: "Let a dead job run again", scope: "jobs:manage",
			out: Job{}, status: 200, codes: []string{"not_found", "all_channels_required", "illegal_transition"}, handle: retryJob,
			detail: "As a new job with an id of its own. Jobs ask before they act: nothing happens twice.",
		},
	}
}
