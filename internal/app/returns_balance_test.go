package app

import (
	"slices"
	"testing"

	"ordo/internal/errs"
	"ordo/internal/order"
	"ordo/internal/returns"
	"ordo/internal/sourcing"
)

// TestWhyNothingIsSent: only what stock lacks is said to be out of stock.
func TestWhyNothingIsSent(t *testing.T) {
	against := []errs.Problem{{Code: "tax_unknown"}}
	for want, j := range map[string]*judged{
		"tax_unknown":      {edit: &order.Edited{Violations: against}},
		returns.OutOfStock: {edit: &order.Edited{Violations: against}, plan: sourcing.Result{Short: []sourcing.Shortage{{SKU: "A", Requested: 1}}}},
	} {
		if got := j.code(); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	if got := (&judged{edit: &order.Edited{}, plan: sourcing.Result{After: sourcing.Reject}}).code(); got != returns.OutOfStock {
		t.Error(got)
	}
}

// TestClaimReasonsAreGrantReasons: one code has one meaning, in claims and in what is granted for them.
func TestClaimReasonsAreGrantReasons(t *testing.T) {
	for _, code := range returns.ClaimReasons {
		if !slices.Contains(order.GrantReasons, code) {
			t.Errorf("nothing can be granted for claims of what is %s", code)
		}
	}
}
