package expr

import (
	"slices"
	"strings"
	"testing"
	"time"
)

type facts struct {
	Order orderFacts `json:"order"`
	Buyer buyerFacts `json:"buyer"`
}

type orderFacts struct {
	Total    int64          `json:"total"`
	Currency string         `json:"currency"`
	Tags     []string       `json:"tags"`
	Lines    []lineFacts    `json:"lines"`
	Fields   map[string]any `json:"fields"`
	PlacedAt time.Time      `json:"placed_at"`
}

type lineFacts struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

type buyerFacts struct {
	Email string `json:"email" personal:"true"`
	First bool   `json:"first"`
}

var voc = NewVocabulary[facts]()

func some() *facts {
	return &facts{
		Order: orderFacts{
			Total: 12_000, Currency: "EUR", Tags: []string{"gift"}, Lines: []lineFacts{{"MUG", 2}, {"TEA", 30}},
			Fields: map[string]any{"branch": "Hull", "floor": int64(3)}, PlacedAt: time.Date(2026, 11, 22, 23, 5, 0, 0, time.UTC),
		},
		Buyer: buyerFacts{Email: "ada@example.com", First: true},
	}
}

func TestHolds(t *testing.T) {
	for text, want := range map[string]bool{
		`order.total > 10000`:                                    true,
		`order.total > 10000 && !buyer.first`:                    false,
		`order.currency in ["EUR", "GBP"]`:                       true,
		`order.lines.exists(l, l.sku == "TEA" && l.quantity>20)`: true,
		`"gift" in order.tags`:                                   true,
		`order.fields.branch == "Hull"`:                          true,
		`has(order.fields.nothing)`:                              false,
		`order.placed_at.getHours() >= 22`:                       true,
		`buyer.email.endsWith("@example.com")`:                   true,
		`order.lines.map(l, l.quantity * 2).size() == 2`:         true,
		`buyer.first ? order.total < 1 : true`:                   false,
	} {
		c, err := voc.Compile(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := c.Holds(some()); got != want || err != nil {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		``:                                 "empty",
		`order.totl > 1`:                   "undefined field 'totl'",
		`order.total > 1 && byer.first`:    "line 1, column 20: undeclared reference to 'byer'",
		`order.total`:                      "true or false, this is a int",
		`order.total > "a"`:                "no matching overload",
		`order.lines.exists(l, l.sk == 1)`: "undefined field 'sk'",
		`order.total >`:                    "Syntax error",
		strings.Repeat("!", 2001):          "at most 2000 characters",
		strings.Repeat("(", 200) + "true":  "recursion limit exceeded: 50",
	} {
		if _, err := voc.Compile(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %s", text, err, want)
		}
	}
}

func TestCannotBeDecided(t *testing.T) {
	many := some()
	for range 1000 {
		many.Order.Lines = append(many.Order.Lines, lineFacts{"X", 1})
	}
	for text, want := range map[string]string{
		`order.total / (order.total - 12000) == 1`: "division by zero",
		`order.fields.nothing == "x"`:              "no such key",
		`order.lines.all(a, order.lines.all(b, order.lines.all(c, a.sku + b.sku + c.sku != "")))`:           "cost limit exceeded",
		`order.lines.map(a, order.lines.map(b, order.lines.map(c, a.sku + b.sku + c.sku))).size() == 27000`: "cost limit exceeded",
	} {
		c, err := voc.Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Holds(many); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// A decision names the parts that made it, with their facts, and no personal data.
func TestDecide(t *testing.T) {
	for _, tt := range []struct {
		text string
		want string
	}{
		{`order.total >= 50000 && buyer.first`, `order.total >= 50000 is false (order.total = 12000)`},
		{`order.total >= 10000 && buyer.first`, `order.total >= 10000 is true (order.total = 12000); buyer.first is true (buyer.first = true)`},
		{`order.total >= 50000 || buyer.first`, `buyer.first is true (buyer.first = true)`},
		{`!(order.currency == "EUR")`, `order.currency == "EUR" is true (order.currency = "EUR")`},
		{`buyer.email == "ada@example.com"`, `buyer.email == "ada@example.com" is true (buyer.email is not shown)`},
		{`buyer.first ? order.total > 1 : false`, `buyer.first is true (buyer.first = true); order.total > 1 is true (order.total = 12000)`},
		{`order.tags.exists(t, t == "gift")`, `order.tags.exists(t, t == "gift") is true (order.tags = [gift])`},
		{`order.fields.floor == 3`, `order.fields.floor == 3 is true (order.fields.floor = 3)`},
		{`1 < 2`, `1 < 2 is true`},
	} {
		c, err := voc.Compile(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		_, parts, err := c.Decide(some())
		var got []string
		for _, p := range parts {
			got = append(got, p.String())
		}
		if s := strings.Join(got, "; "); s != tt.want || err != nil {
			t.Errorf("%s: %v\n got %s\nwant %s", tt.text, err, s, tt.want)
		}
	}
}

func TestUses(t *testing.T) {
	c, err := voc.Compile(`order.lines.exists(buyer, buyer.sku == "A") && order.total > 1`)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Facts, []string{"order.lines", "order.total"}) {
		t.Error(c.Facts)
	}
	if c.Uses("buyer") || !c.Uses("order") || !c.Uses("order.total") || c.Uses("order.tot") {
		t.Errorf("%v", c.Facts)
	}
	if names := strings.Join(voc.Names(), " "); !strings.Contains(names, "buyer.first") || !strings.Contains(names, "order.placed_at") {
		t.Error(names)
	}
}

func TestSameTextIsCompiledOnce(t *testing.T) {
	a, _ := voc.Compile(`order.total == 77`)
	b, _ := voc.Compile(`order.total == 77`)
	if a == nil || a != b {
		t.Error("compiled twice")
	}
}

func BenchmarkHolds(b *testing.B) {
	c, err := voc.Compile(`buyer.first && order.total >= 50000 && order.currency == "EUR"`)
	if err != nil {
		b.Fatal(err)
	}
	f := some()
	f.Order.Total = 60_000
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := c.Holds(f); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
