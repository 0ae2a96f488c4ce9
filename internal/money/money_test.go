package money

import (
	"fmt"
	"math"
	"math/big"
	"strings"
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

// Shares of what is there never take more than is there, and nothing is taken from nothing: discounts rely on it.
func TestSplitStaysWithinTheWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 9), rapid.Int64Range(0, Max)), 1, 30).Draw(t, "weights")
		var total int64
		for _, w := range weights {
			total += w
		}
		if total == 0 {
			return
		}
		for i, p := range Split(rapid.Int64Range(0, total).Draw(t, "amount"), weights) {
			if p < 0 || p > weights[i] {
				t.Fatalf("part %d is %d of %d", i, p, weights[i])
			}
		}
	})
}

// With two parts the first is the share rounded half up, which never falls as its weight grows: cumulative shares of a
// line's units rely on it.
func TestSplitInTwoIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, Max).Draw(t, "amount")
		whole := rapid.Int64Range(1, 1_000_000).Draw(t, "whole")
		n := rapid.Int64Range(0, whole-1).Draw(t, "n")
		a, b := Split(amount, []int64{n, whole - n})[0], Split(amount, []int64{n + 1, whole - n - 1})[0]
		if a > b || b-a > amount/whole+1 {
			t.Fatalf("%d of %d: %d, one more: %d", n, whole, a, b)
		}
	})
}

func TestSplitEdges(t *testing.T) {
	if got := Split(5, nil); len(got) != 0 {
		t.Errorf("no weights: %v", got)
	}
	if got := Split(0, []int64{1, 2}); got[0] != 0 || got[1] != 0 {
		t.Errorf("nothing: %v", got)
	}
	if got := Split(Max, []int64{Max, 0, 0}); got[0] != Max || got[1] != 0 {
		t.Errorf("all to one: %v", got)
	}
}

// Mul and Add against numbers that cannot overflow, at the edges of int64.
func TestArithmeticIsExactOrRefused(t *testing.T) {
	edge := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-10, 10), rapid.SampledFrom([]int64{Max, -Max, Max + 1, math.MaxInt64, math.MinInt64}))
	rapid.Check(t, func(t *rapid.T) {
		a, b := edge.Draw(t, "a"), edge.Draw(t, "b")
		limit := big.NewInt(Max)
		judge := func(name string, got int64, err error, exact *big.Int, operands ...int64) {
			fits := exact.CmpAbs(limit) <= 0
			for _, n := range operands {
				fits = fits && n <= Max && n >= -Max
			}
			if (err == nil) != fits || fits && big.NewInt(got).Cmp(exact) != 0 {
				t.Fatalf("%s(%d, %d) = %d, %v; exact %s", name, a, b, got, err, exact)
			}
		}
		product, err := Mul(a, b)
		judge("Mul", product, err, new(big.Int).Mul(big.NewInt(a), big.NewInt(b)))
		sum, err := Add(a, b)
		judge("Add", sum, err, new(big.Int).Add(big.NewInt(a), big.NewInt(b)), a, b)
	})
}

func TestRatesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rate(rapid.Int64Range(0, int64(One)).Draw(t, "rate"))
		amount := rapid.Int64Range(0, Max).Draw(t, "amount")
		halfUp := func(num, den int64) int64 { // floor((2 a n + d) / 2 d)
			x := new(big.Int).Mul(big.NewInt(2*amount), big.NewInt(num))
			x.Add(x, big.NewInt(den))
			return x.Div(x, big.NewInt(2*den)).Int64()
		}
		if got, want := r.Of(amount), halfUp(int64(r), int64(One)); got != want {
			t.Fatalf("of: %d, want %d", got, want)
		}
		if got, want := r.Within(amount), halfUp(int64(r), int64(One+r)); got != want || got > amount {
			t.Fatalf("within: %d, want %d", got, want)
		}
		text := fmt.Sprintf("%d.%06d", r/One, r%One)
		if back, err := ParseRate(text); err != nil || back != r {
			t.Fatalf("%s: %d, %v", text, back, err)
		}
	})
}

func FuzzParseRate(f *testing.F) {
	for _, s := range []string{"0.2", "1", "1.", "", "00000000000000000000.1", "+1", "0_1", "1e1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRate(s)
		if err != nil {
			return
		}
		exact, ok := new(big.Rat).SetString(strings.TrimSuffix(s, "."))
		if !ok || exact.Cmp(big.NewRat(int64(r), int64(One))) != 0 {
			t.Errorf("%q became %d", s, r)
		}
	})
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
	if got := (Money{math.MinInt64, "EUR"}).String(); got != "-92233720368547758.08 EUR" {
		t.Error(got)
	}
}

// The decimals are those of ISO 4217, not those that people in the country show (RSD, IDR, IQD): providers count so.
func TestCurrencies(t *testing.T) {
	for code, want := range map[string]int{
		"EUR": 2, "USD": 2, "GBP": 2, "HUF": 2, "RSD": 2, "IDR": 2, "ALL": 2, "TWD": 2, "COP": 2, "LBP": 2, "MGA": 2, "MRU": 2, "SLE": 2, "XCG": 2, "ZWG": 2,
		"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "UGX": 0, "XAF": 0, "XOF": 0, "XPF": 0, "UYI": 0,
		"BHD": 3, "KWD": 3, "IQD": 3, "TND": 3, "JOD": 3, "OMR": 3, "LYD": 3,
		"CLF": 4, "UYW": 4,
	} {
		if !ValidCurrency(code) || Exponent(code) != want {
			t.Errorf("%s: valid %v, %d decimals, want %d", code, ValidCurrency(code), Exponent(code), want)
		}
	}
	for _, bad := range []string{"", "eur", "EU", "EURO", "XXY", "XXX", "XTS", "XAU", "DEM", "€", "ＥＵＲ", "EU\x00"} {
		if ValidCurrency(bad) {
			t.Errorf("%q passes", bad)
		}
	}
	for code := range exponents {
		if !currencies[code] {
			t.Errorf("%s has decimals and is no currency", code)
		}
	}
	if len(currencies) != 164+6 {
		t.Errorf("%d currencies", len(currencies))
	}
}

func TestScale(t *testing.T) {
	for _, c := range []struct{ amount, part, whole, want int64 }{
		{100, 667, 1000, 67}, {1, 1, 2, 1}, {1, 1, 3, 0}, {0, 5, 3, 0}, {7, 0, 3, 0}, {Max, Max, Max, Max},
	} {
		if got, err := Scale(c.amount, c.part, c.whole); err != nil || got != c.want {
			t.Errorf("%d × %d ÷ %d = %d, %v; want %d", c.amount, c.part, c.whole, got, err, c.want)
		}
	}
	for _, c := range [][3]int64{{Max, 2, 1}, {Max, Max, 1}} {
		if got, err := Scale(c[0], c[1], c[2]); err != ErrTooLarge {
			t.Errorf("%v gives %d, %v", c, got, err)
		}
	}
}
