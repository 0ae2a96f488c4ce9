package api

import (
	"maps"
	"net/http"

	"ordo/internal/workflow"
)

func ruleRoutes() []route {
	put := "Whole: what is left out gets its default. 201 when it is new. Needs no Idempotency-Key."
	return []route{
		{
			op: "putRule", method: http.MethodPut, path: "/v1/rules/{code}", tag: "Rules", summary: "Publish a rule", scope: "rules:write", query: dry,
			in: PutRule{}, out: Rule{}, status: 200, etag: true, codes: []string{"version_mismatch", "all_channels_required"}, handle: putRule,
			detail: "The conditions are checked against the facts that there are, and the examples are run: a rule whose examples come out otherwise is refused, with the facts that decided. " + put,
		},
		{
			op: "getRule", method: http.MethodGet, path: "/v1/rules/{code}", tag: "Rules", summary: "Read a rule", scope: "rules:read",
			out: Rule{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getRule,
		},
		{op: "listRules", method: http.MethodGet, path: "/v1/rules", tag: "Rules", summary: "List rules", scope: "rules:read", query: paged, out: List[Rule]{}, status: 200, handle: listRules},
		{
			op: "testRule", method: http.MethodPost, path: "/v1/rules/{code}/test", tag: "Rules", summary: "Try a rule on facts or on an order", scope: "rules:read",
			in: TestRule{}, out: RuleTrial{}, status: 200, codes: []string{"not_found"}, handle: testRule,
			detail: "Says what the rule, active or not, would decide, and because of what. Nothing is stored.",
		},
		{
			op: "listRuleFirings", method: http.MethodGet, path: "/v1/rules/{code}/fired", tag: "Rules", summary: "List the orders that a rule held", scope: "orders:read",
			query: paged, out: List[RuleFiring]{}, status: 200, codes: []string{"not_found"}, handle: listRuleFirings,
			detail: "Newest first, with what became of each hold.",
		},
		{
			op: "putField", method: http.MethodPut, path: "/v1/fields/{code}", tag: "Rules", summary: "Define a custom field of orders", scope: "rules:write", query: dry,
			in: PutField{}, out: Field{}, status: 200, etag: true, codes: []string{"version_mismatch", "all_channels_required"}, handle: putField, detail: put,
		},
		{
			op: "getField", method: http.MethodGet, path: "/v1/fields/{code}", tag: "Rules", summary: "Read the definition of a custom field", scope: "rules:read",
			out: Field{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getField,
		},
		{op: "listFields", method: http.MethodGet, path: "/v1/fields", tag: "Rules", summary: "List the definitions of custom fields", scope: "rules:read", query: paged, out: List[Field]{}, status: 200, handle: listFields},
	}
}

func init() {
	findingKinds = append(findingKinds, []findingKind{
		{"invalid_condition", "a condition cannot be compiled; detail says where, and which facts there are"},
		{"example_failed", "an example of a rule comes out otherwise than it says; detail names the facts that decided"},
		{"invalid_time", "not a time as RFC 3339 has it"},
	}...)
	shipped := workflow.Shipped()[3] // incomplete_address
	rule := ruleJSON(shipped)
	rule.Version, rule.Active = 2, true
	in := PutRule{
		Name: rule.Name, On: rule.On, Priority: rule.Priority, When: rule.When, LiftWhen: rule.LiftWhen, Hold: rule.Hold, Examples: rule.Examples,
	}
	facts := shipped.Examples[0].Facts
	field := Field{Code: "gift_wrap", Version: 1, Name: "Gift wrap", Type: "boolean", Active: true}
	maps.Copy(examples, map[string]example{
		"putRule":   {in, rule},
		"getRule":   {nil, rule},
		"listRules": {nil, List[Rule]{Data: []Rule{rule}}},
		"testRule": {TestRule{Facts: &facts}, RuleTrial{
			Holds: true, Because: "address.postal_code_fits is false (address.postal_code_fits = false)",
			Parts: []RulePart{{"address.postal_code_fits", false, []RuleFact{{"address.postal_code_fits", false}}}},
		}},
		"listRuleFirings": {nil, List[RuleFiring]{Data: []RuleFiring{{
			Order: exOrder, Number: "1042", Channel: "web", Status: "open", PlacedAt: exTime, Hold: Hold{
				ID: "hld_01kas8rz0hefgtq4ty8f7zm6dj", Type: rule.Hold.Type, Scope: "order", Reason: rule.Hold.Reason, Rule: rule.Code, Because: "address.postal_code_fits is false (address.postal_code_fits = false)",
				Blocks: []string{"release", "ship"}, Status: "open", PlacedBy: "system", PlacedAt: exTime,
			},
		}}}},
		"putField":   {PutField{Name: field.Name, Type: field.Type}, field},
		"getField":   {nil, field},
		"listFields": {nil, List[Field]{Data: []Field{field}}},
	})
	maps.Copy(abouts, map[string]string{
		"Rule":          "A condition under which new orders are held.",
		"PutRule":       "A rule, whole.",
		"RuleHold":      "The hold that a rule places.",
		"RuleExample":   "A case that a rule is tested with when it is published.",
		"RuleTrial":     "What a rule decides.",
		"RuleFiring":    "An order that a rule held, with the hold.",
		"RulePart":      "A part of a condition that decided.",
		"RuleFact":      "A fact that a decision rests on.",
		"TestRule":      "What to try a rule on.",
		"Field":         "The definition of a custom field of orders.",
		"PutField":      "The definition of a custom field, whole.",
		"Facts":         "What conditions may speak of. Amounts are in minor units of order.currency; what is left out is empty, 0 or false.",
		"OrderFacts":    "Facts about the order: order.total and so on.",
		"LineFacts":     "Facts about a line, for conditions such as order.lines.exists(l, l.sku == \"MUG\").",
		"CustomerFacts": "Facts about who ordered.",
		"ChannelFacts":  "Facts about the sales channel.",
		"AddressFacts":  "Facts about an address.",
		"PaymentFacts":  "Facts about the money.",
		"HistoryFacts":  "Facts about earlier orders under the same mail address; rejected ones do not count.",
	})
}
