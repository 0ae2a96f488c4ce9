package fulfillment

import (
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

// drawUnits draws units of some lines, now and then too many or of no line.
func drawUnits(t *rapid.T, f *Fulfillment) []LineQuantity {
	var out []LineQuantity
	for _, l := range f.Lines {
		if rapid.Bool().Draw(t, "take") {
			out = append(out, LineQuantity{l.Line, rapid.Int64Range(0, l.Quantity+1).Draw(t, "units")})
		}
	}
	if rapid.IntRange(0, 19).Draw(t, "stranger") == 0 {
		out = append(out, LineQuantity{"9", 1})
	}
	return out
}

// walk does one random thing.
func walk(t *rapid.T, f *Fulfillment, at micros.Time) (*Fulfillment, int64, error) {
	units := drawUnits(t, f)
	lost := func(f *Fulfillment, units []LineQuantity, err error) (*Fulfillment, int64, error) {
		n := int64(0)
		for _, u := range units {
			n += u.Quantity
		}
		if err != nil {
			n = 0
		}
		return f, n, err
	}
	reason := rapid.SampledFrom([]string{"", "", "not_in_stock"}).Draw(t, "reason")
	switch event := rapid.SampledFrom([]string{"any", "any", evPick, evPick, evReject, evPack, evRequest, evCancel, "label"}).Draw(t, "event"); event {
	case evPick:
		return lost(Pick(f, units, reason, at))
	case evReject:
		return lost(Reject(f, units, "damaged", at))
	case evPack:
		g, err := Pack(f, []Package{{ID: "p" + at.String(), Lines: units}}, "", at)
		return g, 0, err
	case evRequest:
		g, err := RequestCancel(f, units, "customer", at+9, at)
		return g, 0, err
	case evCancel:
		g, err := GiveUp(f, units, "customer", at)
		return g, 0, err
	case "label":
		g := clone(f)
		for i := range g.Packages {
			g.Packages[i].Label = rapid.SampledFrom([]string{"", "lab"}).Draw(t, "label")
		}
		return g, 0, nil
	}
	event := rapid.SampledFrom(Allowed(f)).Draw(t, "allowed")
	switch event {
	case evPick:
		return lost(Pick(f, nil, reason, at))
	case evReject:
		return lost(Reject(f, nil, "damaged", at))
	case evPack:
		g, err := Pack(f, nil, "p"+at.String(), at)
		return g, 0, err
	case evShip:
		g, err := Ship(f, "Van", "T", at)
		return g, 0, err
	case evReady:
		g, err := Ready(f, at+9, at)
		return g, 0, err
	}
	g, err := rules[event](f)
	return g, 0, err
}

// Random walks: every state that the rules reach holds F4; inputs never change; units are neither made nor lost but
// by what says so.
func TestRandomWalks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &Fulfillment{Status: Planned, Pickup: rapid.Bool().Draw(t, "pickup"), At: 1, Lines: []Line{
			{Line: "1", SKU: "a", Quantity: rapid.Int64Range(1, 5).Draw(t, "a")}, {Line: "2", SKU: "b", Quantity: rapid.Int64Range(1, 5).Draw(t, "b")},
		}}
		for i := range 30 {
			if len(Allowed(f)) == 0 {
				return
			}
			before, was := text(t, f), total(f)
			next, lost, err := walk(t, f, micros.Time(1_000_000*(i+2)))
			if text(t, f) != before {
				t.Fatal("the rule changed its input")
			}
			if err != nil {
				if e := errs.As(err); next != f || e == nil {
					t.Fatalf("refused with %v", err)
				}
				continue
			}
			if err := Check(next); err != nil {
				t.Fatal(err)
			}
			now, given := total(next), int64(0)
			if next.Status == Canceled || f.Status == CancelRequested || f.Stage() == Planned || f.Stage() == Scheduled || f.Stage() == Released {
				given = was - now - lost // what was given up: only here
			}
			if given < 0 || now+lost+given != was {
				t.Fatalf("%d units became %d, %d lost\n%s\n%s", was, now, lost, before, text(t, next))
			}
			f = next
		}
	})
}

func total(f *Fulfillment) (n int64) {
	for _, c := range Counts(f) {
		n += c.Holds() + c.Shipped
	}
	return n
}
