package api

import "net/http"

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
