package payment

import "testing"

// What is asked for again after a refusal is missing until it is there; a new authorization makes up for it.
func TestMissing(t *testing.T) {
	open := Target{Accepted: true, Policy: AtShipment, Total: 100}
	card := paid(t, "card", "sandbox", 100, 0)
	capture := func(p *Payment, id string, amount int64) *Payment {
		return add(t, p, Entry{ID: id, Kind: Capture, Amount: amount, Parent: "carda", At: now})
	}
	refused := end(t, capture(card, "c", 100), "c", Failed)
	again := capture(refused, "d", 40)
	anew := end(t, add(t, refused, Entry{ID: "b", Kind: Authorize, Amount: 100, Parent: "carda", At: now}), "b", Succeeded)
	for name, c := range map[string]struct {
		p                 *Payment
		missing, refusals int64
	}{
		"authorized":             {card, 0, 0},
		"a capture on its way":   {capture(card, "c", 30), 0, 0},
		"refused":                {refused, 100, 1},
		"asked for again":        {again, 100, 1},
		"there":                  {end(t, again, "d", Succeeded), 0, 0}, // and the rest is authorized
		"refused once more":      {end(t, again, "d", Failed), 100, 2},
		"authorized once more":   {anew, 0, 0},
		"captured, and refunded": {end(t, add(t, end(t, capture(card, "c", 100), "c", Succeeded), Entry{ID: "r", Kind: Refund, Amount: 10, Parent: "carda", At: now}), "r", Succeeded), 10, 0},
	} {
		if n, r := Missing(open, []*Payment{c.p}, now), c.p.Refusals(Capture); n != c.missing || int64(r) != c.refusals {
			t.Errorf("%s: %d are missing, %d refusals", name, n, r)
		}
	}
	if n := Missing(open, []*Payment{refused, paid(t, "new", "sandbox", 100, 0)}, now); n != 0 {
		t.Errorf("paid anew, and %d are missing", n)
	}
}
