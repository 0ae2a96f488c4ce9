package api

import "ordo/internal/sourcing"

// The codes of sourcing rules.
func init() {
	for _, k := range []findingKind{
		{"invalid_condition", "the condition does not compile; detail says where and lists the facts"},
		{"example_failed", "an example of the rule does not come out as it says; detail says which fact decided"},
	} {
		addFinding(k)
	}
}

// addFinding adds a kind unless another area has it already.
func addFinding(k findingKind) {
	for _, have := range findingKinds {
		if have.Code == k.Code {
			return
		}
	}
	findingKinds = append(findingKinds, k)
}

// The examples of sourcing.
func init() {
	two := int64(2)
	heavy := SourcingExample{"a heavy order", SourcingFacts(sourcing.Basket{Order: sourcing.BasketOrder{WeightGrams: 30_000}}), true}
	strategy := SourcingStrategy{Criteria: []string{"fewest_shipments", "distance"}, MaxSplits: &two}
	rule := SourcingRule{
		Code: "heavy", Version: 1, Name: "Heavy orders from nearby", Active: true, Priority: 10, When: "order.weight_grams > 20000", Strategy: strategy,
		AfterAction: "park", Examples: []SourcingExample{heavy},
	}
	examples["putSourcingRule"] = example{PutSourcingRule{
		Name: rule.Name, Priority: 10, When: rule.When, Strategy: strategy, AfterAction: "park", Examples: rule.Examples,
	}, rule}
	examples["getSourcingRule"] = example{nil, rule}
	examples["listSourcingRules"] = example{nil, List[SourcingRule]{Data: []SourcingRule{rule}}}
	node := SourcingNode{Location: "HULL", Has: 2, Takes: 2}
	because := []string{"Decided by the default strategy: fewest shipments, priority.", "HULL ships 2 (has 2, priority 0)."}
	examples["previewSourcing"] = example{
		PreviewSourcing{Channel: "web", ShippingAddress: exAddress, Lines: []BasketLine{{"MUG", 2}}},
		SourcingPreview{After: "filled", Assignments: []PlacedUnits{{"1", "MUG", "HULL", 2}}, Nodes: []SourcingNode{node}, Because: because},
	}
	sourced := exPlaced()
	sourced.Version = 2
	examples["sourceOrder"] = example{SourceOrder{}, sourced}
	examples["listSourcingDecisions"] = example{nil, List[SourcingDecision]{Data: []SourcingDecision{{
		Seq: 12, At: exTime, Type: "order.placed", Version: 1, Actor: exKey, Nodes: []SourcingNode{node}, Because: because,
	}}}}
	lookups["sourceOrder"], lookups["listSourcingDecisions"] = []lookup{aOrder}, []lookup{aOrder}
	for name, about := range map[string]string{
		"PutSourcingRule":  "A sourcing rule to publish, with its condition and examples.",
		"SourcingRule":     "A rule that chooses the strategy for the orders that its condition is true of.",
		"SourcingStrategy": "Which plan is the best one. Left out it is the default: fewest shipments, then the locations' priority, then their code.",
		"SourcingExample":  "A case that shows what a rule is for, and tests it when it is published.",
		"SourcingFacts":    "What conditions of sourcing rules speak of, as order.total, address.country and so on.",
		"BasketOrder":      "The facts about an order; amounts are in minor units of its currency.",
		"LineFact":         "The facts about one line.",
		"BasketAddress":    "The facts about where an order ships to.",
		"BasketChannel":    "The facts about where an order came from.",
		"PreviewSourcing":  "A basket and where it is to go.",
		"BasketLine":       "A line of a basket.",
		"SourcingPreview":  "Where a basket would ship from, and why.",
		"PlacedUnits":      "Units of a line at a location.",
		"SourcingShortage": "A SKU of which there is too little.",
		"SourcingNode":     "What a decision says about a location.",
		"SourceOrder":      "What is to become of units that no location has.",
		"SourcingDecision": "Why units of an order ship from where they do.",
		"UnfilledUnits":    "Units of a line that no location had.",
	} {
		abouts[name] = about
	}
}
