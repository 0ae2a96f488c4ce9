package api

import (
	"maps"
	"net/http"

	"ordo/internal/stuck"
)

func stuckRoutes() []route {
	const tag = "Operations"
	return []route{
		{
			op: "listStuck", method: http.MethodGet, path: "/v1/stuck", tag: tag, summary: "List what is late: orders, payments, parcels, and whatever else is not final", scope: "orders:read",
			query: append([]param{
				{name: "kind", detail: "of the thing", values: texts(stuck.Kinds)},
				{name: "channel", detail: "code of the sales channel"},
				{name: "since", detail: "what was due then or later, such as 2026-11-22T08:15:30Z"},
			}, paged...),
			out: List[Step]{}, status: 200, handle: listStuck,
			detail: "By kind, then by id. Each says what was expected until when, what it waits for, and which operations may safely be run. A page may be short before the last one: go on while there is a next_cursor. " +
				"What belongs to no channel is shown to keys for all channels.",
		},
		{
			op: "getNext", method: http.MethodGet, path: "/v1/orders/{id}/next", tag: tag, summary: "What is expected next of an order", scope: "orders:read",
			out: NextSteps{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getNext,
			detail: "Of it and of all its parts, the soonest first, whether late or not.",
		},
		{
			op: "repairOrder", method: http.MethodPost, path: "/v1/orders/{id}/repair", tag: tag, summary: "Run the safe repairs of what is late of an order", scope: "orders:write", query: dry,
			in: RepairOrder{}, out: Repaired{}, status: 200, etag: true, codes: []string{"not_found", "version_mismatch"}, handle: repairOrder,
			detail: "Asks providers and carriers for outcomes, requests refunds again, looks for stock, ends holds whose time is over, lets dead jobs run again. It decides nothing: what takes a person is left. " +
				"Where nothing is late nothing happens. What is asked for is done by jobs right afterwards.",
		},
	}
}

func init() {
	step := Step{
		Kind: "payment", ID: "pye_01kas8rz0hefgtq4ty8f7zm6da", Order: exOrder, Channel: "web", State: "pending", Since: exTime, Expected: "payment outcome", Deadline: "2026-11-22T08:30:30.123456Z", Late: true,
		Waits:   []WaitsFor{{For: "unknown_outcome"}},
		Repairs: []RepairWay{{"ask_provider", "Ask the payment provider what became of it.", "POST", "/v1/orders/" + exOrder + "/repair", true}},
	}
	maps.Copy(lookups, map[string][]lookup{"getNext": {aOrder}, "repairOrder": {aOrder}})
	maps.Copy(examples, map[string]example{
		"listStuck":   {nil, List[Step]{Data: []Step{step}}},
		"getNext":     {nil, NextSteps{Order: exOrder, Version: 1, Status: "pending", Late: true, Steps: []Step{step}}},
		"repairOrder": {RepairOrder{Kind: "payment"}, Repaired{Order: exOrder, Version: 2, Done: []Step{step}, Left: []Step{}}},
	})
	exampleQueries["listStuck"] = "kind=payment&limit=2"
	maps.Copy(abouts, map[string]string{
		"Step":        "What is expected next of something that is not final: what, until when, what blocks it, and what may be done.",
		"WaitsFor":    "What blocks a step.",
		"RepairWay":   "An operation that may safely be run when a step is late.",
		"NextSteps":   "What is expected next of an order and its parts.",
		"RepairOrder": "Which things of an order to repair; without members all that are late.",
		"Repaired":    "What a repair did, and what is left for people.",
	})
}
