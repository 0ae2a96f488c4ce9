package workflow

import (
	"slices"
	"strings"
	"testing"

	"ordo/internal/doc"
	"ordo/internal/errs"
)

var types = []string{"high_risk_of_fraud", "manual_review", "incorrect_address", "awaiting_payment"}

func rule(when string, examples ...Example) *Rule {
	return &Rule{
		Meta: doc.Meta{ID: "r"}, Name: "R", On: OrderPlaced, When: when, Hold: Hold{Type: "manual_review", Reason: "because"}, Examples: examples,
	}
}

func problems(r *Rule) map[string]string {
	var list errs.List
	r.Check(&list, types)
	found := map[string]string{}
	if e := errs.As(list.Err()); e != nil {
		for _, p := range e.Problems {
			found[p.Pointer] = p.Code + ": " + p.Detail
		}
	}
	return found
}

// All rules that are shipped can be published, and are off.
func TestShippedRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Shipped() {
		if found := problems(r); len(found) > 0 {
			t.Errorf("%s: %v", r.ID, found)
		}
		if r.Active || seen[r.ID] {
			t.Errorf("%s is active, or there twice", r.ID)
		}
		seen[r.ID] = true
		matching := func(e Example) bool { return e.Matches }
		if !slices.ContainsFunc(r.Examples, matching) || !slices.ContainsFunc(r.Examples, func(e Example) bool { return !e.Matches }) {
			t.Errorf("%s has no example of both kinds", r.ID)
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d rules", len(seen))
	}
}

// A rule whose examples do not come out is refused, and the problem says which fact decided.
func TestFailedExampleNamesTheFact(t *testing.T) {
	found := problems(rule(`history.first && order.total >= 50000`,
		Example{Name: "right", Facts: Facts{Order: OrderFacts{Total: 60_000}, History: HistoryFacts{First: true}}, Matches: true},
		Example{Name: "too small", Facts: Facts{Order: OrderFacts{Total: 1_200}, History: HistoryFacts{First: true}}, Matches: true},
		Example{Name: "meant to pass", Facts: Facts{Order: OrderFacts{Total: 70_000}, History: HistoryFacts{First: true}}},
		Example{Name: "no such field", Facts: Facts{}, Matches: false},
	))
	if len(found) != 2 {
		t.Fatal(found)
	}
	if s := found["/examples/1"]; !strings.HasPrefix(s, "example_failed: too small: matches is true, but order.total >= 50000 is false (order.total = 1200)") {
		t.Error(s)
	}
	if s := found["/examples/2"]; !strings.Contains(s, "history.first is true (history.first = true) and order.total >= 50000 is true (order.total = 70000)") {
		t.Error(s)
	}
}

// Everything that is wrong is told at once.
func TestCheckTellsAll(t *testing.T) {
	found := problems(&Rule{
		Meta: doc.Meta{ID: "a/b"}, On: "order.dreamed", Priority: -1, When: `order.totl > 1`, LiftWhen: `payment.paid`,
		Hold: Hold{Type: "nothing", Reason: strings.Repeat("x", 201), ExpiresMinutes: -1},
	})
	for at, code := range map[string]string{
		"/code": "invalid_code", "/name": "required", "/on": "unknown_value", "/priority": "out_of_range", "/when": "invalid_condition",
		"/lift_when": "invalid_condition", "/hold/type": "unknown_value", "/hold/reason": "too_long", "/hold/expires_minutes": "out_of_range",
	} {
		if !strings.HasPrefix(found[at], code) {
			t.Errorf("%s: %q, want %s", at, found[at], code)
		}
	}
	if len(found) != 9 {
		t.Errorf("%v", found)
	}
	if s := found["/when"]; !strings.Contains(s, "undefined field 'totl'") || !strings.Contains(s, "order.total") {
		t.Errorf("it does not say what there is: %s", s)
	}
	if s := problems(rule("true"))["/examples"]; !strings.HasPrefix(s, "required") {
		t.Error(s)
	}
	if s := problems(rule("true", make([]Example, 51)...))["/examples"]; !strings.HasPrefix(s, "too_many") {
		t.Error(s)
	}
}

func TestDecide(t *testing.T) {
	r := rule(`customer.email.endsWith("@example.com") && order.fields.branch == "Hull"`)
	r.Version = 3
	f := &Facts{Customer: CustomerFacts{Email: "ada@example.com"}, Order: OrderFacts{Fields: map[string]any{"branch": "Hull"}}}
	d := r.Decide(f)
	if !d.Matched || d.Version != 3 || d.Rule != "r" || strings.Contains(d.Because(), "ada@") || !strings.Contains(d.Because(), `order.fields.branch = "Hull"`) {
		t.Errorf("%+v", d)
	}
	// What cannot be decided holds the order, and lifts nothing.
	if d := r.Decide(&Facts{Customer: f.Customer}); !d.Matched || !strings.Contains(d.Because(), "no such key") {
		t.Errorf("%+v", d)
	}
	r.LiftWhen = `order.fields.branch == "York"`
	if d := r.DecideLift(&Facts{}); d.Matched || d.Failed == "" {
		t.Errorf("%+v", d)
	}
	if d := r.DecideLift(&Facts{Order: OrderFacts{Fields: map[string]any{"branch": "York"}}}); !d.Matched {
		t.Errorf("%+v", d)
	}
	r.LiftWhen = ""
	if d := r.DecideLift(f); d.Matched {
		t.Errorf("%+v", d)
	}
}

func TestApplies(t *testing.T) {
	r := rule("true")
	if r.Applies(OrderPlaced, "web") {
		t.Error("an inactive rule applies")
	}
	r.Active = true
	if !r.Applies(OrderPlaced, "web") || r.Applies("order.canceled", "web") {
		t.Error("event")
	}
	r.Channels = []string{"phone"}
	if r.Applies(OrderPlaced, "web") || !r.Applies(OrderPlaced, "phone") {
		t.Error("channel")
	}
	if !rule("history.first").Uses("history") || rule("order.total > 1").Uses("history") || rule("historical").Uses("history") {
		t.Error("uses")
	}
}

func TestSort(t *testing.T) {
	rules := []*Rule{{Meta: doc.Meta{ID: "c"}, Priority: 2}, {Meta: doc.Meta{ID: "b"}, Priority: 1}, {Meta: doc.Meta{ID: "a"}, Priority: 1}}
	Sort(rules)
	if rules[0].ID != "a" || rules[1].ID != "b" || rules[2].ID != "c" {
		t.Errorf("%v %v %v", rules[0].ID, rules[1].ID, rules[2].ID)
	}
}

// Two runs over the same facts give the same decision, word for word.
func TestDecisionsAreDeterministic(t *testing.T) {
	f := &Facts{Order: OrderFacts{Total: 1, Fields: map[string]any{"a": "1", "b": "2", "c": "3"}, Tags: []string{"x", "y"}}}
	r := rule(`order.fields.exists(k, k == "b") && order.tags.size() == 2 && !(order.total > 1 || order.currency == "EUR")`)
	want := r.Decide(f)
	if !want.Matched {
		t.Fatal(want)
	}
	for range 100 {
		if got := r.Decide(f); got.Because() != want.Because() {
			t.Fatalf("%s, then %s", want.Because(), got.Because())
		}
	}
}

// Whatever is sent as a condition is compiled or refused; nothing panics and nothing runs for long.
func FuzzCondition(f *testing.F) {
	for _, r := range Shipped() {
		f.Add(r.When)
	}
	f.Add(`order.lines.all(a, order.lines.all(b, order.lines.all(c, a.sku + b.sku + c.sku != "")))`)
	f.Add(`{"a": [1, 2.5, b"x"]}["a"][0] == 1 ? has(order.fields.x) : "x".matches("(a+)+$")`)
	f.Fuzz(func(t *testing.T, text string) {
		r := rule(text)
		d := r.Decide(&Facts{Order: OrderFacts{Lines: make([]LineFacts, 100)}})
		_ = d.Because()
		_ = problems(r)
	})
}
