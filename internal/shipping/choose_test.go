package shipping

import (
	"testing"

	"ordo/internal/money"

	"pgregory.net/rapid"
)

func quote(carrier, service string, cost int64, arrives Date) Quote {
	return Quote{Carrier: carrier, Service: service, Cost: money.Money{Amount: cost, Currency: "EUR"}, Arrives: arrives}
}

func TestChoose(t *testing.T) {
	quotes := []Quote{
		quote("a", "slow", 300, 20), quote("a", "mid", 500, 15), quote("b", "mid", 500, 15), quote("b", "fast", 900, 11),
		{Carrier: "c", Service: "never", Refused: NotServed},
		{Carrier: "d", Service: "foreign", Cost: money.Money{Amount: 1, Currency: "USD"}, Arrives: 10},
	}
	fallback := quote("a", "mid2", 500, 9)
	fallback.Fallback = true
	for _, tt := range []struct {
		name   string
		quotes []Quote
		wish   Wish
		want   string
		why    string
	}{
		{"cheapest", quotes, Wish{}, "a/slow", Cheapest},
		{"in time", quotes, Wish{By: 15}, "a/mid", CheapestTimes},
		{"just in time", quotes, Wish{By: 11}, "b/fast", CheapestTimes},
		{"too late for all", quotes, Wish{By: 5}, "b/fast", CheapestLate},
		{"carrier", quotes, Wish{Carrier: "b"}, "b/mid", Cheapest},
		{"service", quotes, Wish{Carrier: "b", Service: "fast", By: 3}, "b/fast", CheapestLate},
		{"refused service", quotes, Wish{Carrier: "c"}, "", CheapestLate},
		{"a real quote before a table's", []Quote{fallback, quote("b", "mid", 500, 15)}, Wish{}, "b/mid", Cheapest},
		{"nothing", nil, Wish{}, "", CheapestLate},
	} {
		considered, i, why := Choose(tt.quotes, tt.wish)
		got := ""
		if i >= 0 {
			got = considered[i].Carrier + "/" + considered[i].Service
			if considered[i].Refused != "" {
				t.Errorf("%s: the chosen one is refused: %s", tt.name, considered[i].Refused)
			}
		}
		if got != tt.want || why != tt.why || len(considered) != len(tt.quotes) {
			t.Errorf("%s: %q %s", tt.name, got, why)
		}
	}
}

// The same quotes in any order give the same choice, and none that could be bought in time is cheaper.
func TestChooseIsFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var quotes []Quote
		for i := range rapid.IntRange(1, 8).Draw(t, "n") {
			quotes = append(quotes, quote("c", string(rune('a'+i)), rapid.Int64Range(1, 4).Draw(t, "cost"), Date(rapid.IntRange(1, 4).Draw(t, "day"))))
		}
		by := Date(rapid.IntRange(0, 5).Draw(t, "by"))
		one, i, _ := Choose(quotes, Wish{By: by})
		other, j, _ := Choose(rapid.Permutation(quotes).Draw(t, "order"), Wish{By: by})
		if i < 0 || one[i].Service != other[j].Service {
			t.Fatalf("%v and %v", one[i], other[j])
		}
		inTime := by == 0 || one[i].Arrives <= by
		for _, q := range quotes {
			if (by == 0 || q.Arrives <= by) && (!inTime || q.Cost.Amount < one[i].Cost.Amount) {
				t.Fatalf("took %v, not %v", one[i], q)
			}
		}
	})
}
