package api

import (
	"net/http"

	"ordo/internal/errs"
)

func stockRoutes() []route {
	return []route{
		{
			op: "adjustStock", method: http.MethodPost, path: "/v1/stock/adjustments", tag: "Inventory", summary: "Change stock on hand, all lines or none", scope: "stock:write", query: dry,
			in: AdjustStock{}, out: Adjustment{}, status: http.StatusCreated, codes: []string{"insufficient_stock", "quantity_too_large"}, handle: adjustStock,
		},
		{
			op: "listStock", method: http.MethodGet, path: "/v1/stock", tag: "Inventory", summary: "List stock positions", scope: "stock:read",
			query: append([]param{{name: "sku", detail: "stock keeping unit"}, {name: "location", detail: "location code"}}, paged...),
			out:   List[StockPosition]{}, status: 200, handle: listStock,
		},
	}
}

func init() {
	problemKinds = append(problemKinds, []problemKind{
		{"stock_changed", errs.Conflict, "Stock is not what the request compares with.", "Read it again and decide anew.", nil},
		{"not_counted", errs.Conflict, "A SKU of the count has no number yet; sku says which.", "Record it, or reject the count.", nil},
		{"reservation_limit", errs.Conflict, "The reservation has reached its latest end.", "Place the order, or reserve anew.", nil},
	}...)
	findingKinds = append(findingKinds, []findingKind{
		{"not_allowed", "the value makes no sense here; detail says why"},
		{"nested_kit", "a kit contains itself or another kit"},
	}...)
}
