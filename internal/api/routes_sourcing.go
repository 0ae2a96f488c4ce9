package api

import "net/http"

func sourcingRoutes() []route {
	const path = "/v1/sourcing-rules"
	return []route{
		{
			op: "putSourcingRule", method: http.MethodPut, path: path + "/{code}", tag: "Sourcing", summary: "Publish a sourcing rule", scope: "catalog:write", query: dry,
			in: PutSourcingRule{}, out: SourcingRule{}, status: 200, etag: true, codes: []string{"version_mismatch", "all_channels_required"}, handle: putSourcingRule,
			detail: "The condition is compiled and every example is run; a rule whose examples do not come out as they say is refused, with the facts that decided. " +
				"Of the active rules the first one whose condition holds decides, by priority, then code. 201 when it is new. Needs no Idempotency-Key.",
		},
		{
			op: "getSourcingRule", method: http.MethodGet, path: path + "/{code}", tag: "Sourcing", summary: "Read a sourcing rule", scope: "catalog:read",
			out: SourcingRule{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getSourcingRule,
		},
		{
			op: "listSourcingRules", method: http.MethodGet, path: path, tag: "Sourcing", summary: "List sourcing rules", scope: "catalog:read",
			query: paged, out: List[SourcingRule]{}, status: 200, handle: listSourcingRules,
		},
		{
			op: "previewSourcing", method: http.MethodPost, path: "/v1/sourcing/preview", tag: "Sourcing", summary: "See where a basket would ship from", scope: "stock:read",
			in: PreviewSourcing{}, out: SourcingPreview{}, status: 200, codes: []string{"channel_forbidden"}, handle: previewSourcing,
			detail: "Decides as an order would be decided now, and takes nothing.",
		},
		{
			op: "sourceOrder", method: http.MethodPost, path: "/v1/orders/{id}/source", tag: "Sourcing", summary: "Find places for the parked units of an order", scope: "orders:write", query: dry,
			in: SourceOrder{}, out: Order{}, status: 200, etag: true, codes: append([]string{"insufficient_stock"}, transitionCodes...), handle: sourceOrder,
			detail: "Ordo does it by itself when stock arrives. An order that has not been accepted waits until all of it can be filled, unless shortage says what is to become of the rest.",
		},
		{
			op: "listSourcingDecisions", method: http.MethodGet, path: "/v1/orders/{id}/sourcing", tag: "Sourcing", summary: "Why an order ships from where it does", scope: "orders:read",
			out: List[SourcingDecision]{}, status: 200, codes: []string{"not_found"}, handle: sourcingDecisions,
		},
	}
}
