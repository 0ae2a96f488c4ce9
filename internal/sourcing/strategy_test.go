package sourcing

import (
	"testing"

	"ordo/internal/doc"
	"ordo/internal/errs"
)

func TestRuleCheck(t *testing.T) {
	one, many := int64(1), int64(5_000)
	var list errs.List
	good := Rule{
		Meta: doc.Meta{ID: "abroad"}, Name: "Abroad", When: `address.country != "GB" && order.lines.exists(l, l.sku == "MUG")`,
		Examples: []Example{
			{"yes", Basket{Address: BasketAddress{Country: "DE"}, Order: BasketOrder{Lines: []LineFact{{SKU: "MUG"}}}}, true},
			{"no", Basket{Address: BasketAddress{Country: "GB"}}, false},
		},
		AfterAction: Park, Strategy: Strategy{Criteria: Criteria, MaxSplits: &one, Locations: []string{"A"}},
	}
	if good.Check(&list); !list.Empty() {
		t.Error(list.Err())
	}
	if !good.Matches(&good.Examples[0].Facts) || good.Matches(&good.Examples[1].Facts) {
		t.Error("the condition does not decide")
	}
	bad := Rule{
		When: "order.totl > 1", Meta: doc.Meta{ID: "a b"}, Priority: -1, AfterAction: "pray",
		Strategy: Strategy{Criteria: []Criterion{Cost, "mood", Cost}, MaxSplits: &many, Exclude: make([]string, maxLocations+1)},
	}
	bad.Check(&list)
	want := map[string]string{
		"/code": "invalid_code", "/name": "required", "/when": "invalid_condition", "/priority": "out_of_range", "/after_action": "unknown_value", "/strategy/criteria/1": "unknown_value", "/strategy/criteria/2": "duplicate",
		"/strategy/max_splits": "out_of_range", "/strategy/exclude": "too_long",
	}
	got := errs.As(list.Err()).Problems
	for _, p := range got {
		if want[p.Pointer] != p.Code {
			t.Errorf("%s at %s", p.Code, p.Pointer)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v", got)
	}
	for _, c := range []struct{ when, code string }{{"order.total > 5", "example_failed"}, {"1 / order.total > 5", "example_failed"}} {
		good.When = c.when
		list = errs.List{}
		good.Check(&list)
		if e := errs.As(list.Err()); e == nil || e.Problems[0].Code != c.code || e.Problems[0].Pointer != "/examples/0" {
			t.Errorf("%s: %v", c.when, e)
		}
	}
	if good.Matches(&Basket{}) {
		t.Error("what cannot be decided matches")
	}
}
