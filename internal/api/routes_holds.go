package api

import (
	"maps"
	"net/http"

	"ordo/internal/errs"
)

func holdRoutes() []route {
	return []route{
		{
			op: "placeHold", method: http.MethodPost, path: "/v1/orders/{id}/holds", tag: "Holds", summary: "Hold an order, a line or a fulfillment order", scope: "holds:write", query: dry,
			in: PlaceHold{}, out: Order{}, status: 200, etag: true, codes: append([]string{"hold_exists"}, transitionCodes...), handle: placeHold,
			detail: "Stops it before the steps that the type blocks, until the hold is lifted or expires. Stock and money stay as they are.",
		},
		{
			op: "liftHold", method: http.MethodPost, path: "/v1/orders/{id}/holds/{hold}/lift", tag: "Holds", summary: "Lift a hold", scope: "holds:write", query: dry,
			in: LiftHold{}, out: Order{}, status: 200, etag: true, codes: []string{"not_found", "version_mismatch"}, handle: liftHold,
			detail: "A key lifts what it placed itself and the types that its scopes allow (GET /v1/hold-types); others with holds:override, which the event then says. " +
				"Lifting again changes nothing. An order that only waited for this is accepted.",
		},
		{
			op: "listHoldTypes", method: http.MethodGet, path: "/v1/hold-types", tag: "Holds", summary: "The types of holds, what they block and how many orders they hold", scope: "orders:read",
			out: List[HoldType]{}, status: 200, handle: listHoldTypes,
		},
		{
			op: "addNote", method: http.MethodPost, path: "/v1/orders/{id}/notes", tag: "Holds", summary: "Write a note on an order", scope: "orders:write", query: dry,
			in: AddNote{}, out: Order{}, status: 200, etag: true, codes: []string{"not_found", "version_mismatch"}, handle: addNote,
			detail: "The text is personal data: it can be erased, and no event shows it without the scope personal:read.",
		},
		{
			op: "setTags", method: http.MethodPut, path: "/v1/orders/{id}/tags", tag: "Holds", summary: "Replace the tags of an order", scope: "orders:write",
			in: SetTags{}, out: Order{}, status: 200, etag: true, codes: []string{"not_found", "version_mismatch"}, handle: setTags,
		},
		{
			op: "setFields", method: http.MethodPut, path: "/v1/orders/{id}/fields", tag: "Holds", summary: "Replace the custom fields of an order", scope: "orders:write",
			in: SetFields{}, out: Order{}, status: 200, etag: true, codes: []string{"not_found", "version_mismatch"}, handle: setFields,
			detail: "Whole: fields that are left out are taken away. Each fits the type of its definition (PUT /v1/fields/{code}).",
		},
	}
}

const exHold = "hld_01kas8rz0hefgtq4ty8f7zm6dj"

// exOnHold is the order of the examples with a hold.
func exOnHold() Order {
	o := exPlaced()
	o.Version = 2
	o.Holds = []Hold{{
		ID: exHold, Type: "incorrect_address", Scope: "order", Handle: "address-check", Reason: "no_such_street", Status: "open", Blocks: []string{"release", "ship"},
		PlacedBy: exKey, PlacedAt: exTime,
	}}
	return o
}

func exLifted() Order {
	o := exOnHold()
	o.Version = 3
	o.Holds[0].Status, o.Holds[0].EndedBy, o.Holds[0].EndedAt = "lifted", exKey, exTime
	return o
}

func exRemarked(f func(*Order)) Order {
	o := exPlaced()
	o.Version = 2
	f(&o)
	return o
}

func init() {
	problemKinds = append(problemKinds, problemKind{
		"hold_exists", errs.Conflict, "An open hold with this handle is there already; hold names it.", "Nothing, or use another handle.", nil,
	})
	maps.Copy(problemFacts, map[string]map[string]any{
		"hold_exists": {"hold": exHold}, "on_hold": {"holds": []string{exHold}, "gate": "release"},
	})
	aHold := lookup{name: "HOLD", prefix: "hld", post: "placeHold"}
	maps.Copy(lookups, map[string][]lookup{
		"placeHold": {aFreshOrder}, "liftHold": {aFreshOrder, aHold}, "addNote": {aOrder}, "setTags": {aOrder}, "setFields": {aOrder},
	})
	maps.Copy(examples, map[string]example{
		"placeHold":     {PlaceHold{Type: "incorrect_address", Handle: "address-check", Reason: "no_such_street", Note: "The customer will call back."}, exOnHold()},
		"liftHold":      {LiftHold{Note: "The street is right."}, exLifted()},
		"listHoldTypes": {nil, List[HoldType]{Data: []HoldType{{"buyer_remorse", []string{"release", "ship"}, "holds:write", 3}}}},
		"addNote": {AddNote{Text: "Wants it before the weekend."}, exRemarked(func(o *Order) {
			o.Notes = []Note{{"nte_01kas8rz0hefgtq4ty8f7zm6dk", exTime, exKey, "Wants it before the weekend."}}
		})},
		"setTags":   {SetTags{Tags: []string{"vip"}}, exRemarked(func(o *Order) { o.Tags = []string{"vip"} })},
		"setFields": {SetFields{Fields: map[string]any{"gift_wrap": true}}, exRemarked(func(o *Order) { o.Fields = map[string]any{"gift_wrap": true} })},
	})
	maps.Copy(abouts, map[string]string{
		"Hold":      "What stops an order, or a part of it, before the steps that its type blocks.",
		"HoldType":  "A type of holds.",
		"Note":      "A remark of a person on an order.",
		"PlaceHold": "A hold to place.",
		"LiftHold":  "Why a hold is lifted.",
		"AddNote":   "A remark to add.",
		"SetTags":   "The tags of an order, whole.",
		"SetFields": "The custom fields of an order, whole.",
	})
}
