package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/inventory"
)

func stockRoutes() []route {
	change := func(op, path, summary string, in any, handle func(*call) error, codes ...string) route {
		return route{
			op: op, method: http.MethodPost, path: "/v1/stock/" + path, tag: "Inventory", summary: summary, scope: "stock:write", query: dry,
			in: in, out: Adjustment{}, status: http.StatusCreated, codes: append(codes, "insufficient_stock", "quantity_too_large", "all_channels_required"), handle: handle,
		}
	}
	return append([]route{
		change("adjustStock", "adjustments", "Change stock on hand, all lines or none", AdjustStock{}, adjustStock, "stock_changed"),
		change("receiveStock", "receipts", "Take a delivery into a location", ReceiveStock{}, receiveStock),
		change("moveStock", "moves", "Move units between available, damaged and quality", MoveStock{}, moveStock),
		{
			op: "putStockPolicy", method: http.MethodPut, path: "/v1/stock/{sku}/{location}/policy", tag: "Inventory", summary: "Set safety stock, backorder limit and reorder point",
			scope: "stock:write", in: PutStockPolicy{}, out: StockPosition{}, status: 200,
			codes: []string{"not_found", "stock_changed", "backordered_over_limit", "insufficient_stock", "all_channels_required"}, handle: putStockPolicy,
			detail: "Whole: what is left out is 0. Needs no Idempotency-Key.",
		},
		{
			op: "listStock", method: http.MethodGet, path: "/v1/stock", tag: "Inventory", summary: "List stock positions", scope: "stock:read",
			query: append([]param{
				{name: "sku", detail: "stock keeping unit"},
				{name: "location", detail: "location code"},
				{name: "q", detail: "words of the product, as listProducts takes them"},
				{
					name: "state", values: app.PositionStates,
					detail: "low: available at or below the reorder point; negative: less than nothing available; set_aside: damaged or in inspection; inbound: on the way here",
				},
				{name: "as_of", detail: "a time: stock as it was then, without its limits"},
			}, paged...),
			out: List[StockPosition]{}, status: 200, codes: []string{"not_caught_up"}, handle: listStock,
		},
		{
			op: "getStockCard", method: http.MethodGet, path: "/v1/stock/{sku}/card", tag: "Inventory", summary: "Everything that moved a SKU, with the running balance", scope: "stock:read",
			query: append([]param{
				{name: "location", detail: "location code"}, {name: "order", detail: "journal when left out; newest: what happened last first, whatever the location", values: []string{"journal", "newest"}},
			}, paged...),
			out: StockCard{}, status: 200, handle: stockCard,
			detail: "Location by location, each in the order of the journal.",
		},
		{
			op: "getStockHistory", method: http.MethodGet, path: "/v1/stock/{sku}/history", tag: "Inventory", summary: "What there was of a SKU at the end of each day", scope: "stock:read",
			query: []param{
				{name: "location", detail: "location code; all of them together when left out"},
				{name: "days", detail: "how many, with today", number: true, least: 1, most: 366, otherwise: 30},
			},
			out: StockHistory{}, status: 200, handle: stockHistory, detail: "Days are those of UTC; the last one is as of now. A day before the first movement has zeros.",
		},
		{
			op: "listStockHolders", method: http.MethodGet, path: "/v1/stock/{sku}/holders", tag: "Inventory", summary: "Orders and carts that hold a SKU, oldest first", scope: "orders:read",
			query: append([]param{{name: "location", detail: "location code"}}, paged...), out: List[StockHolder]{}, status: 200, handle: stockHolders,
			detail: "What is allocated, reserved and backordered of it, by who has it. Of a kit it is asked by component. A page may have fewer entries than the limit, and another one after it.",
		},
		{
			op: "getAvailability", method: http.MethodGet, path: "/v1/availability", tag: "Inventory", summary: "What can be promised of many SKUs, and when it would arrive", scope: "stock:read",
			query: []param{
				{name: "skus", detail: "SKUs with commas between them, at most 200"},
				{name: "quantities", detail: "units of each, with commas between them; 1 of each when left out"},
				{name: "channel", detail: "sales channel; web when left out"},
				{name: "country", detail: "of the destination: then each shipping method is answered for"},
				{name: "region", detail: "of the destination"},
				{name: "postal_code", detail: "of the destination"},
				{name: "shipping_method", detail: "only this method of the channel"},
			},
			out: Offer{}, status: 200, codes: []string{"not_found", "channel_forbidden"}, handle: availability,
			detail: "Kits are resolved into their components. With a country it is decided as placement would decide, by the same rules and stock, from which locations an order would ship, and when that arrives: " +
				"processing days, cut-off and calendar of the location, transit of the service, holidays on both sides, buffer. Rules see list prices and the price of the method as the total. Nothing is held: reserve, or place an order.",
		},
	}, append(reservationRoutes(), append(transferRoutes(), countRoutes()...)...)...)
}

func reservationRoutes() []route {
	steps := []string{"not_found", "illegal_transition", "version_mismatch"}
	return []route{
		{
			op: "createReservation", method: http.MethodPost, path: "/v1/reservations", tag: "Inventory", summary: "Hold stock for a cart", scope: "orders:write", query: dry,
			in: CreateReservation{}, out: Reservation{}, status: http.StatusCreated, etag: true, codes: []string{"insufficient_stock", "channel_forbidden"}, handle: createReservation,
			detail: "At the locations that an order would ship from. It ends by itself; placing an order with it in reservation takes its units over.",
		},
		{
			op: "getReservation", method: http.MethodGet, path: "/v1/reservations/{id}", tag: "Inventory", summary: "Read a reservation", scope: "orders:read",
			out: Reservation{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getReservation,
		},
		{
			op: "extendReservation", method: http.MethodPost, path: "/v1/reservations/{id}/extend", tag: "Inventory", summary: "Hold it longer", scope: "orders:write", query: dry,
			in: ExtendReservation{}, out: Reservation{}, status: 200, etag: true, codes: append(steps, "reservation_limit"), handle: extendReservation,
			detail: "Only while it is active, and not beyond latest_at. It never becomes shorter.",
		},
		{
			op: "releaseReservation", method: http.MethodPost, path: "/v1/reservations/{id}/release", tag: "Inventory", summary: "Give the stock back", scope: "orders:write", query: dry,
			out: Reservation{}, status: 200, etag: true, codes: steps, handle: releaseReservation,
		},
	}
}

func transferRoutes() []route {
	codes := []string{"not_found", "illegal_transition", "version_mismatch", "all_channels_required"}
	step := func(name, summary, detail string, in any, handle func(*call) error, more ...string) route {
		return route{
			op: name + "Transfer", method: http.MethodPost, path: "/v1/transfers/{id}/" + name, tag: "Inventory", summary: summary, detail: detail, scope: "stock:write", query: dry,
			in: in, out: Transfer{}, status: 200, etag: true, codes: append(more, codes...), handle: handle,
		}
	}
	return []route{
		{
			op: "createTransfer", method: http.MethodPost, path: "/v1/transfers", tag: "Inventory", summary: "Draft a transfer between two locations", scope: "stock:write", query: dry,
			in: CreateTransfer{}, out: Transfer{}, status: http.StatusCreated, etag: true, codes: []string{"all_channels_required"}, handle: createTransfer,
			detail: "Nothing moves before it is dispatched.",
		},
		{
			op: "putTransfer", method: http.MethodPut, path: "/v1/transfers/{id}", tag: "Inventory", summary: "Replace the lines of a draft", scope: "stock:write",
			in: PutTransfer{}, out: Transfer{}, status: 200, etag: true, codes: codes, handle: putTransfer,
		},
		{
			op: "getTransfer", method: http.MethodGet, path: "/v1/transfers/{id}", tag: "Inventory", summary: "Read a transfer", scope: "stock:read",
			out: Transfer{}, status: 200, etag: true, codes: []string{"not_found", "all_channels_required"}, handle: getTransfer,
		},
		{
			op: "listTransfers", method: http.MethodGet, path: "/v1/transfers", tag: "Inventory", summary: "List transfers, oldest first", scope: "stock:read",
			query: append([]param{{name: "status", detail: "state", values: texts(inventory.TransferStatuses)}}, paged...),
			out:   List[Transfer]{}, status: 200, codes: []string{"all_channels_required"}, handle: listTransfers,
		},
		step("ready", "End the drafting", "", nil, readyTransfer),
		step("dispatch", "Let the units leave the source", "On hand falls at the source, in_transit_in rises at the destination, in one commit. Units that were promised cannot be sent away.",
			nil, dispatchTransfer, "insufficient_stock"),
		step("receive", "Take what arrived into the destination", "What is neither received nor said to be missing stays under way.", ReceiveTransfer{}, receiveTransfer, "quantity_too_large"),
		step("cancel", "Give it up", "Once it is under way, outcome says what became of the units: back at the source, or lost.", CancelTransfer{}, cancelTransfer, "quantity_too_large"),
	}
}

func countRoutes() []route {
	codes := []string{"not_found", "illegal_transition", "version_mismatch", "all_channels_required"}
	step := func(name, summary, detail string, in any, handle func(*call) error, more ...string) route {
		return route{
			op: name + "Count", method: http.MethodPost, path: "/v1/counts/{id}/" + name, tag: "Inventory", summary: summary, detail: detail, scope: "stock:write", query: dry,
			in: in, out: Count{}, status: 200, etag: true, codes: append(more, codes...), handle: handle,
		}
	}
	plain := func(name, summary, detail string, more ...string) route {
		return step(name, summary, detail, nil, countStep(name), more...)
	}
	return []route{
		{
			op: "createCount", method: http.MethodPost, path: "/v1/counts", tag: "Inventory", summary: "Draft a cycle count", scope: "stock:write", query: dry,
			in: CreateCount{}, out: Count{}, status: http.StatusCreated, etag: true, codes: []string{"all_channels_required"}, handle: createCount,
		},
		{
			op: "getCount", method: http.MethodGet, path: "/v1/counts/{id}", tag: "Inventory", summary: "Read a count", scope: "stock:read",
			out: Count{}, status: 200, etag: true, codes: []string{"not_found", "all_channels_required"}, handle: getCount,
		},
		{
			op: "listCounts", method: http.MethodGet, path: "/v1/counts", tag: "Inventory", summary: "List counts, oldest first", scope: "stock:read",
			query: append([]param{{name: "location", detail: "location code"}, {name: "status", detail: "state", values: texts(inventory.CountStatuses)}}, paged...),
			out:   List[Count]{}, status: 200, codes: []string{"all_channels_required"}, handle: listCounts,
		},
		plain("start", "Begin to count", "Takes a snapshot of on hand. Orders may go on shipping."),
		step("record", "Note what was counted just now", "Each number is compared with on hand of this moment, so what shipped since the start makes no variance.", RecordCount{}, recordCount),
		plain("submit", "End the counting", "Approved at once when no line differs by more than the tolerance.", "not_counted"),
		plain("approve", "Accept the differences", ""),
		plain("recount", "Throw away what was counted and begin anew", ""),
		plain("reject", "Give it up; stock stays as it is", ""),
		plain("post", "Change stock by the differences", "The difference is posted, not the number: what moved since the counting stays true.", "insufficient_stock", "quantity_too_large"),
	}
}

func init() {
	problemKinds = append(problemKinds, []problemKind{
		{"stock_changed", errs.Conflict, "Stock is not what the request compares with.", "Read it again and decide anew.", nil},
		{"backordered_over_limit", errs.Conflict, "More units are on backorder than the new limit allows.", "Fill or cancel backorders first.", nil},
		{"kit_has_stock", errs.Conflict, "The product has stock of its own, so it cannot become a kit.", "Move or sell its stock first, or make the kit under another SKU.", nil},
		{"not_caught_up", errs.Unavailable, "The stock card is not as far as the time that is asked for.", "Try again shortly.", nil},
		{"not_counted", errs.Conflict, "A SKU of the count has no number yet; sku says which.", "Record it, or reject the count.", nil},
		{"reservation_limit", errs.Conflict, "The reservation has reached its latest end.", "Place the order, or reserve anew.", nil},
	}...)
	findingKinds = append(findingKinds, []findingKind{
		{"not_allowed", "the value makes no sense here; detail says why"},
		{"nested_kit", "a kit contains itself or another kit"},
		{"stock_changed", "stock is not what the line compares with"},
		{"is_kit", "the product is a kit and has no stock of its own"},
		{"unknown_reservation", "the channel has no such reservation"},
	}...)
}
