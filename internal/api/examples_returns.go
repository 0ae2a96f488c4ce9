package api

import (
	"maps"

	"ordo/internal/returns"
)

const exReturnID = "ret_01kas8rz0hefgtq4ty8f7zm6d8"

var (
	isShipped     = lookup{name: "FULFILLMENT", prefix: "ful", post: "shipFulfillment"}
	aReturn       = lookup{name: "RETURN", prefix: "ret", post: "requestReturn"}
	isReturnSent  = lookup{name: "RETURN", prefix: "ret", post: "shipReturn"}
	hasArrived    = lookup{name: "RETURN", prefix: "ret", post: "receiveReturn"}
	isQuarantined = lookup{name: "RETURN", prefix: "ret", post: "inspectReturn", in: InspectReturn{Units: []InspectUnits{{Line: "1", Quantity: 1, Condition: "defective"}}}}
	aDoubtful     = lookup{name: "RETURN", prefix: "ret", post: "requestReturn", in: RequestReturn{Lines: []ReturnWish{{Line: "1", Quantity: 1, Reason: "other"}}}}
)

// exReturn is the return of the examples in a state.
func exReturn(version int64, status returns.Status) Return {
	r := Return{
		ID: ref(exReturnID), Number: ref("1042-R1"), Version: version, Order: exOrder, OrderNumber: "1042", OrderVersion: version + 3, Type: "return", Status: string(status),
		Lines:  []ReturnLine{{Line: "1", SKU: "MUG", Quantity: 1, Reason: "unwanted", Fault: "customer"}},
		Policy: "default", Verdict: "allow", Location: "HULL", RefundTo: "tender", CreatedAt: exTime,
		Allowed: returns.Allowed(&returns.Return{Type: returns.Plain, Status: status}),
	}
	refund := ReturnRefund{Lines: []ReturnUnits{{"1", 1}}, Items: pounds(1250), Shipping: pounds(0), Fees: pounds(0), Amount: pounds(1250), Bonus: pounds(0)}
	switch status {
	case returns.Requested:
		r.Lines[0].Reason, r.Verdict = "other", "needs_approval"
		r.Findings = []PolicyFinding{{"1", "reason", "needs_approval", "the reason other of line 1 is decided by a person"}}
		r.Estimate = &refund
	case returns.Declined:
		r.Reason, r.Lines[0].Gone, r.ClosedAt = "policy", 1, exTime
	case returns.Canceled:
		r.Reason, r.Lines[0].Gone, r.ClosedAt = "customer", 1, exTime
	case returns.Lost:
		r.Reason, r.Lines[0].Gone, r.ClosedAt = "lost", 1, exTime
	case returns.Closed:
		refund.Grant, refund.At = exGrant, exTime
		r.Refunds, r.Lines[0].Accepted, r.ClosedAt = []ReturnRefund{refund}, 1, exTime
		r.Pieces = []ReturnPiece{{ID: "1", Line: "1", Quantity: 1, Condition: "new", Accepted: true, Disposition: "restock", Location: "HULL", Bucket: "available", By: exKey, At: exTime}}
		fallthrough
	case returns.Received:
		r.Lines[0].Received = 1
		r.Receipts = []ReturnReceipt{{At: exTime, By: exKey, Lines: []ReturnUnits{{"1", 1}}}}
		fallthrough
	default:
		r.Estimate = &refund
	}
	if returnOver(status) {
		r.Estimate = nil
	}
	return r
}

func returnOver(s returns.Status) bool { return (&returns.Return{Status: s}).Over() }

func init() {
	policy := returns.DefaultPolicy()
	policy.ID, policy.Version, policy.Name = "standard", 1, "30 days, 10 percent"
	policy.FeePercent, policy.Exclusions = 10, []returns.Exclusion{{Code: "final_sale", SKUs: []string{"OUTLET-1"}, Verdict: returns.Deny}}
	put := PutReturnPolicy{
		Name: policy.Name, WindowDays: 30, Late: "needs_approval", FeePercent: 10, AutoApprove: true,
		Exclusions: []ReturnExclusion{{Code: "final_sale", SKUs: []string{"OUTLET-1"}, Verdict: "deny"}},
	}
	shipped := exReturn(2, returns.InTransit)
	shipped.Carrier, shipped.TrackingNumber = "Royal Mail", "RM987654321GB"
	maps.Copy(examples, map[string]example{
		"putReturnPolicy":    {put, returnPolicyJSON(&policy)},
		"getReturnPolicy":    {nil, returnPolicyJSON(&policy)},
		"listReturnPolicies": {nil, List[ReturnPolicy]{Data: []ReturnPolicy{returnPolicyJSON(&policy)}}},
		"getPolicyOfReturn":  {nil, returnPolicyJSON(&policy)},
		"getPolicyOfOrder":   {nil, returnPolicyJSON(&policy)},
		"requestReturn":      {RequestReturn{Lines: []ReturnWish{{Line: "1", Quantity: 1, Reason: "unwanted"}}}, exReturn(1, returns.Approved)},
		"listReturns":        {nil, List[Return]{Data: []Return{exReturn(1, returns.Approved)}}},
		"getReturn":          {nil, exReturn(1, returns.Approved)},
		"approveReturn":      {nil, exReturn(2, returns.Approved)},
		"declineReturn":      {DeclineReturn{Reason: "policy"}, exReturn(2, returns.Declined)},
		"cancelReturn":       {CancelReturn{Reason: "customer"}, exReturn(2, returns.Canceled)},
		"shipReturn":         {ShipReturn{Carrier: "Royal Mail", TrackingNumber: "RM987654321GB"}, shipped},
		"loseReturn":         {nil, exReturn(3, returns.Lost)},
		"receiveReturn":      {ReceiveReturn{Lines: []ReturnUnits{{"1", 1}}}, exReturn(3, returns.Received)},
		"inspectReturn":      {InspectReturn{Units: []InspectUnits{{Line: "1", Quantity: 1, Condition: "new"}}}, exReturn(4, returns.Closed)},
		"disposeReturn":      {DisposeReturn{Piece: "1", Disposition: "restock", Bucket: "available"}, exReturn(5, returns.Closed)},
	})
	label := exLabel
	label.Fulfillment, label.Return = "", exReturnID
	maps.Copy(examples, map[string]example{"buyReturnLabel": {BuyReturnLabel{Carrier: "dock", Service: "standard"}, label}})
	exchange := exReturn(1, returns.Approved)
	exchange.Type, exchange.Replacement = "exchange", &Replacement{Status: "awaiting_return", Items: []ExchangeItem{{"MUG", 1}}, Lines: []string{"2"}, Credit: pounds(0)}
	exchange.Exchange = &ExchangeBalance{Returned: pounds(1250), Replacement: pounds(1250), ToPay: pounds(0), ToRefund: pounds(0)}
	charged := exchange
	charged.Version, charged.Replacement = 3, &Replacement{Status: "charged", Advance: true, Items: exchange.Replacement.Items, Lines: []string{"2"}, Credit: pounds(0), DueAt: exTime, ClosedAt: exTime}
	waived := charged
	waived.Replacement = &Replacement{Status: "waived", Advance: true, Items: exchange.Replacement.Items, Lines: []string{"2"}, Grant: exGrant, Credit: pounds(1250), DueAt: exTime, ClosedAt: exTime}
	claim := exReturn(1, returns.Closed)
	claim.Type, claim.Remedy, claim.Receipts, claim.Pieces, claim.Location = "claim", "refund", nil, nil, ""
	claim.Lines = []ReturnLine{{Line: "1", SKU: "MUG", Quantity: 1, Reason: "damaged", Fault: "merchant", Kept: 1}}
	maps.Copy(examples, map[string]example{
		"requestExchange": {RequestExchange{Lines: []ReturnWish{{Line: "1", Quantity: 1, Reason: "wrong_size"}}, Items: []ExchangeItem{{"MUG", 1}}}, exchange},
		"fileClaim":       {FileClaim{Reason: "damaged", Lines: []ReturnUnits{{"1", 1}}, Remedy: "refund", Note: "Photo of the box: https://example.com/1"}, claim},
		"chargeExchange":  {nil, charged},
		"waiveExchange":   {nil, waived},
	})
	fresh := func(more ...lookup) []lookup {
		return append([]lookup{aFreshOrder, aFulfillment, isReleased, isShipped}, more...)
	}
	maps.Copy(lookups, map[string][]lookup{
		"requestReturn": fresh(), "buyReturnLabel": fresh(aReturn), "listReturns": fresh(aReturn), "getReturn": fresh(aReturn), "getPolicyOfReturn": fresh(aReturn), "getPolicyOfOrder": {aOrder}, "approveReturn": fresh(aDoubtful), "declineReturn": fresh(aDoubtful),
		"cancelReturn": fresh(aReturn), "shipReturn": fresh(aReturn), "loseReturn": fresh(aReturn, isReturnSent), "receiveReturn": fresh(aReturn),
		"inspectReturn": fresh(aReturn, hasArrived), "disposeReturn": fresh(aReturn, hasArrived, isQuarantined),
	})
	sentAhead := lookup{name: "RETURN", prefix: "ret", post: "requestExchange", in: RequestExchange{
		Lines: []ReturnWish{{Line: "1", Quantity: 1, Reason: "wrong_size"}}, Items: []ExchangeItem{{"MUG", 1}}, Advance: true, Payment: &PlaceTender{Provider: "manual"},
	}}
	maps.Copy(lookups, map[string][]lookup{"requestExchange": fresh(), "fileClaim": fresh(), "chargeExchange": fresh(sentAhead)})
	idSlots["returns"] = idSlot{"ret", "return", "RETURN"}
	slotCodes["return-policies"] = "standard"
	exampleQueries["listReturns"] = "order=$ORDER"
	maps.Copy(problemFacts, map[string]map[string]any{
		"return_denied": {"findings": []PolicyFinding{{"1", "window_over", "deny", "line 1 arrived 41 days ago, the window is 30 days"}}},
		"return_limit":  {"errors": []Finding{{"/lines/0/quantity", "return_limit", "only 1 unit of line 1 can come back: what has shipped and is in no return or claim"}}},
	})
	maps.Copy(abouts, map[string]string{
		"Return":          "What comes back, or is claimed, of an order. In a dry run id and number are null.",
		"ReturnLine":      "Units of an order line by what became of them: quantity = undecided + kept + accepted + rejected + gone.",
		"PolicyFinding":   "Why a policy judges as it does.",
		"ReturnOverride":  "A decision of staff against the policy.",
		"ReturnReceipt":   "What was unpacked at a time.",
		"ReturnPiece":     "Units that were inspected together, with what became of them.",
		"ReturnRefund":    "Money that goes back for units of a return.",
		"Replacement":     "What an exchange sends instead.",
		"ExchangeBalance": "What an exchange comes to: what comes back pays for what is sent instead.",
		"NotAllowed":      "Why a step that one would expect is not allowed.",
		"Short":           "A SKU of which fewer units can be had than were asked for.",
		"ExchangeItem":    "A product that is wanted instead.",
		"RequestExchange": "What comes back, and what is wanted instead.",
		"FileClaim":       "Units that are to be settled without coming back.",
		"ReturnUnits":     "A number of units of an order line.",
		"StrayUnits":      "Something in a parcel that nobody expected.",
		"RequestReturn":   "What is to come back, and why.",
		"ReturnWish":      "What is to come back of a line.",
		"DeclineReturn":   "Why it is not taken back.",
		"CancelReturn":    "Why it is given up.",
		"BuyReturnLabel":  "How it is to come back. What is left out is chosen.",
		"ShipReturn":      "With whom the customer sent it.",
		"ReceiveReturn":   "What was unpacked.",
		"InspectReturn":   "What was found.",
		"InspectUnits":    "What was found of units of a line.",
		"DisposeReturn":   "What becomes of units that were refurbished or quarantined.",
		"PutReturnPolicy": "A return policy, whole.",
		"ReturnPolicy":    "How returns of its channels are judged.",
		"LegalWindow":     "The days that the law of a country gives.",
		"ReturnExclusion": "Products that do not come back.",
		"ReturnReason":    "A reason of customers, and whose fault it is.",
		"ReturnCondition": "What becomes of units that are found in a condition.",
	})
}
