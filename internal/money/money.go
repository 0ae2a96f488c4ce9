// Package money holds amounts: int64 minor units and an ISO 4217 currency, never floats (G5).
//
// What lives here: checked arithmetic, splitting by largest remainder, rates as parts per million, exponents.
// What does not: prices, taxes and totals, which are rules of orders.
// The one idea: every division keeps the sum; every overflow is an error and never a wrong number.
package money

import (
	"fmt"
	"math"
	"math/bits"
	"sort"
	"strconv"
	"strings"

	"ordo/internal/errs"
)

// Max is the largest amount that a price, charge or total may have, in minor units.
// It leaves room to add a million such amounts without overflow.
const Max int64 = 9_000_000_000_000

// Money is an amount in minor units of a currency: {1999, "EUR"} is 19.99 euros.
type Money struct {
	Amount   int64  `json:"amount" doc:"minor units, for example cents"`
	Currency string `json:"currency" doc:"ISO 4217 code" minLength:"3" maxLength:"3" example:"EUR"`
}

// String renders the amount with its decimals, for people: "19.99 EUR".
func (m Money) String() string {
	e := Exponent(m.Currency)
	sign, abs := "", uint64(m.Amount)
	if m.Amount < 0 {
		sign, abs = "-", -uint64(m.Amount)
	}
	if e == 0 {
		return fmt.Sprintf("%s%d %s", sign, abs, m.Currency)
	}
	p := uint64(math.Pow10(e))
	return fmt.Sprintf("%s%d.%0*d %s", sign, abs/p, e, abs%p, m.Currency)
}

// ErrTooLarge is the answer when an amount leaves the range that Ordo computes in.
var ErrTooLarge = errs.New(errs.Invalid, "amount_too_large", "an amount is over %d minor units", Max)

// Mul returns amount times quantity, or ErrTooLarge.
func Mul(amount, quantity int64) (int64, error) {
	hi, lo := bits.Mul64(abs(amount), abs(quantity))
	if hi != 0 || lo > uint64(Max) {
		return 0, ErrTooLarge
	}
	if (amount < 0) != (quantity < 0) {
		return -int64(lo), nil
	}
	return int64(lo), nil
}

// Add returns the sum of the amounts, or ErrTooLarge.
func Add(amounts ...int64) (int64, error) {
	var sum int64
	for _, a := range amounts {
		if a > Max || a < -Max {
			return 0, ErrTooLarge
		}
		sum += a
		if sum > Max || sum < -Max {
			return 0, ErrTooLarge
		}
	}
	return sum, nil
}

func abs(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// Split divides amount in proportion to the weights so that the parts add up to it exactly (largest remainder;
// ties go to the earlier part). No part of zero weight gets anything, and no part gets more than its weight when the
// amount is not more than all of them. Weights are not negative; when all are zero the parts are as even as they can be.
func Split(amount int64, weights []int64) []int64 {
	parts := make([]int64, len(weights))
	if len(weights) == 0 {
		return parts
	}
	if amount < 0 {
		for i, p := range Split(-amount, weights) {
			parts[i] = -p
		}
		return parts
	}
	var total uint64
	for _, w := range weights {
		total += uint64(w)
	}
	if total == 0 {
		even := make([]int64, len(weights))
		for i := range even {
			even[i] = 1
		}
		return Split(amount, even)
	}
	rest := make([]uint64, len(weights))
	order := make([]int, len(weights))
	left := amount
	for i, w := range weights {
		hi, lo := bits.Mul64(uint64(amount), uint64(w))
		q, r := bits.Div64(hi, lo, total)
		parts[i], rest[i], order[i] = int64(q), r, i
		left -= int64(q)
	}
	sort.SliceStable(order, func(a, b int) bool { return rest[order[a]] > rest[order[b]] })
	for i := range left {
		parts[order[i]]++
	}
	return parts
}

// Rate is a share in parts per million: 200000 is 20 %.
type Rate int64

// One is the rate of 100 %.
const One Rate = 1_000_000

// ParseRate reads a decimal share such as "0.2" or "0.055": at most six decimals, from 0 to 1.
func ParseRate(s string) (Rate, error) {
	whole, frac, _ := strings.Cut(s, ".")
	if len(frac) <= 6 && whole != "" {
		n, err := strconv.ParseUint(whole+frac+strings.Repeat("0", 6-len(frac)), 10, 32)
		if err == nil && Rate(n) <= One {
			return Rate(n), nil
		}
	}
	return 0, errs.New(errs.Invalid, "invalid_rate", "a rate is a decimal from 0 to 1 with at most six places, such as 0.2")
}

// Of returns the share of an amount that is not negative, rounded half up to a minor unit.
func (r Rate) Of(amount int64) int64 { return mulDiv(amount, int64(r), int64(One)) }

// Within returns the share that is contained in an amount which already includes it: gross × r ÷ (1 + r),
// rounded half up.
func (r Rate) Within(gross int64) int64 { return mulDiv(gross, int64(r), int64(One+r)) }

func mulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, rem := bits.Div64(hi, lo, uint64(c))
	if rem >= uint64(c)-rem {
		q++
	}
	return int64(q)
}

// Scale returns amount × part ÷ whole, rounded half up, of numbers that are not negative; whole is not 0.
func Scale(amount, part, whole int64) (int64, error) {
	hi, lo := bits.Mul64(uint64(amount), uint64(part))
	if hi >= uint64(whole) {
		return 0, ErrTooLarge
	}
	q, rem := bits.Div64(hi, lo, uint64(whole))
	if rem >= uint64(whole)-rem {
		q++
	}
	if q > uint64(Max) {
		return 0, ErrTooLarge
	}
	return int64(q), nil
}
