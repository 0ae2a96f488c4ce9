package order

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/micros"
)

// Folding the changes of a random walk onto its first state gives its last one, and every one between: exactly, as
// JSON. The changes go through JSON too, as events do.
func TestFoldingChangesGivesEveryState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, _, o := genOrder(t)
		folded := deepCopy(t, o)
		for i := range rapid.IntRange(1, 25).Draw(t, "steps") {
			next, err := step(t, o, now+micros.Time(i))
			if err != nil {
				next = deepCopy(t, o)
			}
			around(t, next)
			before, after := asJSON(t, o), asJSON(t, next)
			text := asJSON(t, Diff(o, next))
			if asJSON(t, o) != before || asJSON(t, next) != after {
				t.Fatal("Diff changed what it compares")
			}
			if before == after && text != "{}" {
				t.Fatalf("nothing changed, but %s", text)
			}
			var c Changes
			if err := json.Unmarshal([]byte(text), &c); err != nil {
				t.Fatal(err)
			}
			Apply(folded, c)
			Apply(folded, c) // a projection may read an event twice
			var p Personal
			personal, _ := DiffPersonal(o, next)
			if err := json.Unmarshal([]byte(asJSON(t, personal)), &p); err != nil {
				t.Fatal(err)
			}
			ApplyPersonal(folded, p)
			if got := asJSON(t, folded); got != after {
				t.Fatalf("folded:\n%s\nwant:\n%s\nchanges: %s", got, after, text)
			}
			o = next
		}
	})
}

// around does what the application does beside the rules: parts are linked, reserved and paid.
func around(t *rapid.T, o *Order) {
	switch rapid.IntRange(0, 6).Draw(t, "around") {
	case 0:
		o.Payments = append(o.Payments, "pay_1")
	case 1:
		o.Fulfillments = append(o.Fulfillments, "ful_1", "ful_2")
	case 2:
		o.PaymentStatus = rapid.SampledFrom([]string{"pending", "authorized", "paid"}).Draw(t, "payment status")
	case 3:
		o.ReturnStatus = rapid.SampledFrom([]string{"none", "requested", "returned"}).Draw(t, "return status")
	case 4:
		if o.Status == Pending {
			l := o.Lines[rapid.IntRange(0, len(o.Lines)-1).Draw(t, "reserved line")]
			if n := l.Unallocated(); n > 0 {
				o.Reservations = []Reservation{{l.ID, l.SKU, rapid.SampledFrom([]string{"L", "M"}).Draw(t, "location"), n}}
			}
		}
	}
}

// What is diffed shares nothing with what it was taken from.
func TestChangesShareNothing(t *testing.T) {
	a := newOrder(t, placement(1), tables())
	b := deepCopy(t, a)
	b.Payments, b.Fulfillments, b.Reservations = []string{"p"}, []string{"f"}, []Reservation{{"1", "a", "L", 1}}
	b.Totals.GrandTotal++
	c := Diff(a, b)
	text := asJSON(t, c)
	b.Payments[0], b.Fulfillments[0], b.Reservations[0].Location = "x", "x", "x"
	b.Totals.GrandTotal++
	if asJSON(t, c) != text {
		t.Error("changing the order changed its changes")
	}
	Apply(a, c)
	a.Payments[0], a.Fulfillments[0], a.Reservations[0].Location = "x", "x", "x"
	a.Totals.GrandTotal++
	if asJSON(t, c) != text {
		t.Error("changing the folded order changed the changes")
	}
}

// A field that is added to Order must be folded or be one that never changes: this test makes the author choose.
func TestEveryFieldIsFoldedOrFixed(t *testing.T) {
	fixed := strings.Fields("Meta Channel ExternalID Currency Customer ShippingAddress BillingAddress Notes Draft Language SuppressNotifications")
	known := map[string]bool{}
	for _, f := range fixed {
		known[f] = true
	}
	for f := range reflect.TypeFor[Changes]().Fields() {
		known[f.Name] = true
	}
	for f := range reflect.TypeFor[Order]().Fields() {
		if !known[f.Name] {
			t.Errorf("Order.%s is neither in Changes nor fixed", f.Name)
		}
	}
}

// fill sets every text of a struct to a value of its own and returns them.
func fill(v reflect.Value, prefix string) (out []string) {
	for i := range v.NumField() {
		if v.Field(i).CanInt() { // coordinates
			v.Field(i).SetInt(int64(77_123_000 + i))
			out = append(out, strconv.Itoa(77_123_000+i))
			continue
		}
		s := prefix + v.Type().Field(i).Name + "-Zq7"
		v.Field(i).SetString(s)
		out = append(out, s)
	}
	return out
}

func TestPublicCarriesNoPersonalData(t *testing.T) {
	o := newOrder(t, placement(1), tables())
	texts := append(fill(reflect.ValueOf(&o.Customer).Elem(), "customer"), fill(reflect.ValueOf(&o.ShippingAddress).Elem(), "address")...)
	country := "XK"
	o.ShippingAddress.Country = country
	before := asJSON(t, o)
	public, personal := Public(o)
	text, hidden := asJSON(t, public), asJSON(t, personal)
	for _, s := range texts {
		if strings.Contains(text, s) {
			t.Errorf("%s is public", s)
		}
		if s != "addressCountry-Zq7" && !strings.Contains(hidden, s) {
			t.Errorf("%s is lost", s)
		}
	}
	if public.ShippingAddress.Country != country || asJSON(t, o) != before {
		t.Errorf("country %q; the order itself must stay", public.ShippingAddress.Country)
	}
	// The two together are the order again.
	ApplyPersonal(&public, personal)
	if asJSON(t, public) != before {
		t.Error("public and personal part do not make the order")
	}
	accepted, err := Accept(o, later)
	accepted = must(t, accepted, err)
	changes := asJSON(t, Diff(o, accepted))
	for _, s := range texts {
		if strings.Contains(changes, s) {
			t.Errorf("%s is in the changes", s)
		}
	}
}
