package money

import (
	"testing"

	"pgregory.net/rapid"
)

func TestSplitKeepsTheSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(-Max, Max).Draw(t, "amount")
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1_000_000_000), 1, 50).Draw(t, "weights")
		var total, sum int64
		for _, w := range weights {
			total += w
		}
		for i, p := range Split(amount, weights) {
			sum += p
			if total == 0 {
				continue
			}
			exact := float64(amount) * float64(weights[i]) / float64(total)
			if d := float64(p) - exact; d > 1.001 || d < -1.001 {
				t.Fatalf("part %d is %d, exact share %f", i, p, exact)
			}
		}
		if sum != amount {
			t.Fatalf("parts add up to %d, want %d", sum, amount)
		}
	})
}

func TestSplitKnown(t *testing.T) {
	for _, c := range []struct {
		amount  int64
		weights []int64
		want    []int64
	}{
		{1000, []int64{1, 1, 1}, []int64{334, 333, 333}}, // drill D14: the cent goes to the first
		{10, []int64{0, 0}, []int64{5, 5}},
		{-5, []int64{1, 1}, []int64{-3, -2}},
		{7, []int64{5, 3, 1}, []int64{4, 2, 1}},
	} {
		got := Split(c.amount, c.weights)
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("Split(%d, %v) = %v, want %v", c.amount, c.weights, got, c.want)
				break
			}
		}
	}
}

func TestOverflowIsAnError(t *testing.T) {
	if _, err := Mul(Max, 2); err == nil {
		t.Error("Mul passes the limit")
	}
	if _, err := Add(Max, 1); err == nil {
		t.Error("Add passes the limit")
	}
	if n, err := Mul(-1_000, 3); err != nil || n != -3_000 {
		t.Errorf("Mul(-1000, 3) = %d, %v", n, err)
	}
}

func TestRates(t *testing.T) {
	r, err := ParseRate("0.2")
	if err != nil || r.Of(1999) != 400 || r.Within(1999) != 333 {
		t.Errorf("20 %%: %v, of 1999: %d, within 1999: %d", err, r.Of(1999), r.Within(1999))
	}
	for _, bad := range []string{"", ".2", "1.0000001", "1.1", "-0.1", "0,2", "20%", "1e-1", "0.0000001"} {
		if _, err := ParseRate(bad); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestString(t *testing.T) {
	for want, m := range map[string]Money{"19.99 EUR": {1999, "EUR"}, "-0.05 USD": {-5, "USD"}, "500 JPY": {500, "JPY"}, "1.234 BHD": {1234, "BHD"}} {
		if m.String() != want {
			t.Errorf("got %s, want %s", m, want)
		}
	}
	if ValidCurrency("eur") || ValidCurrency("XXY") || !ValidCurrency("GBP") {
		t.Error("ValidCurrency is wrong")
	}
}
