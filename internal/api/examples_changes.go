package api

import (
	"maps"

	"ordo/internal/errs"
)

// The codes of changing orders.
func init() {
	problemKinds = append(
		problemKinds,
		problemKind{"units_not_cancelable", errs.Conflict, "Some of the units have left, or a location has begun to work on them; fulfillments names where. errors says how many of each line can be canceled.", "Cancel fewer, or ask the location to give them up: request the cancellation of the fulfillment order.", nil},
		problemKind{"already_packed", errs.Conflict, "Units of the order are packed or have left, so where they go is decided.", "Unpack them first, or ship another order.", nil},
		problemKind{"change_outdated", errs.Conflict, "The order has changed since the change was previewed, or the stock or the prices have; preview has what it would come to now.", "Preview it again, then confirm it.", nil},
		problemKind{"change_has_violations", errs.Conflict, "The state of the order speaks against the change; errors says what.", "Make another change, which takes the place of this one.", nil},
		problemKind{"discount_limit", errs.Forbidden, "The change gives more discount than the roles of the person who confirms it allow now.", "Let somebody confirm it who may give more, or propose a change that gives less.", nil},
	)
	findingKinds = append(
		findingKinds,
		findingKind{"line_adds_to", "the line adds units to another line, whose quantity is meant"},
		findingKind{"unknown_discount", "the order has no discount with this code"},
		findingKind{"cannot_change", "the value stays as it was first given"},
		findingKind{"below_released", "fewer units than are released to a location or have left"},
		findingKind{"nothing_left", "no unit of the order would be left"},
		findingKind{"line_shipped", "units of the line have left, so what they cost is charged"},
		findingKind{"line_reduced", "some units of the line are canceled, and a discount belongs to all of them"},
		findingKind{"tax_unknown", "a tax was given without a rate, so its amount for other units cannot be computed"},
		findingKind{"units_not_cancelable", "more units than can still be canceled"},
	)
	problemFacts["units_not_cancelable"] = map[string]any{
		"fulfillments": []string{exShipment.ID}, "errors": []Finding{{"/lines/0/quantity", "units_not_cancelable", "1 unit of line 1 cannot be canceled"}},
	}
	problemFacts["change_has_violations"] = map[string]any{
		"state": "open", "allowed": []string{"preview", "cancel", "supersede"}, "errors": []Finding{{"/actions/0", "below_released", "line 1 cannot have fewer than 2 units: the rest is released to a location or has left"}},
	}
	problemFacts["change_outdated"] = map[string]any{"order_version": 3, "preview": exPreview(3)}
}

const exChangeID = "chg_01kas8rz0hefgtq4ty8f7zm6dm"

func exPreview(base int64) ChangePreview {
	two := Totals{Items: pounds(2500), Discount: pounds(0), Shipping: pounds(0), Tax: pounds(0), TaxIncluded: pounds(0), GrandTotal: pounds(2500)}
	three := two
	three.Items, three.GrandTotal = pounds(3750), pounds(3750)
	return ChangePreview{
		Base: base, Before: two, After: three, AmountDue: pounds(1250), RefundDue: pounds(0), Violations: Findings{},
		Lines: []ChangeLine{{Line: "2", AddsTo: "1", SKU: "MUG", After: 1, UnitPrice: pounds(1250), Discount: pounds(0), Tax: pounds(0), Total: pounds(1250)}},
		Stock: []ChangeStock{{Line: "2", SKU: "MUG", Location: "HULL", Units: 1}},
	}
}

func exChange(version int64, status string) OrderChange {
	c := OrderChange{
		ID: ref(exChangeID), Version: version, Order: exOrder, Status: status, Actions: []ChangeAction{{Type: "item_quantity", Line: "1", Quantity: ref(int64(3))}},
		Preview: exPreview(2), Allowed: []string{}, CreatedAt: exTime,
	}
	switch status {
	case "previewed":
		c.Allowed = []string{"preview", "confirm", "cancel"}
	default:
		c.ClosedAt = exTime
	}
	return c
}

func exDraft(version int64) Order {
	o := exListed()
	o.Version, o.Number, o.Status, o.PaymentStatus, o.AcceptedAt, o.Lines[0].Units = version, nil, "draft", "none", "", LineUnits{}
	o.AmountDue, o.RefundDue, o.Allowed = ref(pounds(2500)), ref(pounds(0)), []string{"place", "replace", "cancel"}
	return o
}

func exDraftOrder() DraftOrder {
	return DraftOrder{Channel: "web", Customer: &DraftCustomer{Email: exCustomer.Email, Name: exCustomer.Name}, ShippingAddress: exAddress, Lines: []PlaceLine{{SKU: "MUG", Quantity: 2}}}
}

func init() {
	aDraft := lookup{name: "ORDER", prefix: "ord", post: "createDraft"}
	placed := exPlaced()
	placed.Version = 3
	maps.Copy(examples, map[string]example{
		"createDraft":  {exDraftOrder(), exDraft(1)},
		"replaceDraft": {exDraftOrder(), exDraft(2)},
		"placeDraft":   {PlaceDraft{Payment: PlacePayment{Provider: "manual"}}, placed},
	})
	lookups["replaceDraft"], lookups["placeDraft"] = []lookup{aDraft}, []lookup{aDraft}
	idSlots["drafts"] = idSlot{"ord", "draft", "ORDER"}
	maps.Copy(abouts, map[string]string{
		"DraftOrder":    "An order that is still being written.",
		"DraftCustomer": "Who is going to order, as far as it is known.",
		"PlaceDraft":    "How the order is paid.",
	})
}

func init() {
	aChange := lookup{name: "CHANGE", prefix: "chg", post: "proposeChange"}
	maps.Copy(examples, map[string]example{
		"proposeChange": {ProposeChange{Actions: exChange(1, "previewed").Actions}, exChange(1, "previewed")},
		"listChanges":   {nil, List[OrderChange]{Data: []OrderChange{exChange(1, "previewed")}}},
		"getChange":     {nil, exChange(1, "previewed")},
		"previewChange": {nil, exChange(2, "previewed")},
		"confirmChange": {nil, exChange(2, "confirmed")},
		"cancelChange":  {nil, exChange(2, "canceled")},
	})
	for _, op := range []string{"listChanges", "getChange", "previewChange", "confirmChange", "cancelChange"} {
		lookups[op] = []lookup{aFreshOrder, aChange}
	}
	lookups["proposeChange"] = []lookup{aFreshOrder}
	idSlots["changes"] = idSlot{"chg", "order change", "CHANGE"}
	maps.Copy(abouts, map[string]string{
		"ProposeChange": "What is to be changed of an order, step by step.",
		"ChangeAction":  "One step of a change; which fields it takes depends on its type.",
		"OrderChange":   "A change of an order with what it would come to. It is open while something speaks against it, previewed when it can be confirmed.",
		"ChangePreview": "What a change would come to, judged against one version of the order.",
		"ChangeLine":    "A line that changes, before and after.",
		"ChangeStock":   "Units of a line that are taken somewhere, or given back.",
	})
}

// The examples of changing orders.
func init() {
	moved := exPlaced()
	moved.Version = 2
	examples["changeOrderDetails"] = example{OrderDetails{ShippingAddress: ref(exAddress)}, moved}
	lookups["changeOrderDetails"] = []lookup{aFreshOrder}
	abouts["OrderDetails"] = "What changes of an order's address, contact and shipping method. What is left out stays."
	abouts["LineUnit"] = "A quantity of an order line."
}
