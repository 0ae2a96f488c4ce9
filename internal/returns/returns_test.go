package returns

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

var now = micros.Of(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))

func ago(days int64) micros.Time { return now.Add(-time.Duration(days) * 24 * time.Hour) }

// TestEvaluate: window, law, exclusions, reasons, conditions; the worst verdict counts.
func TestEvaluate(t *testing.T) {
	eur := func(n int64) *money.Money { return &money.Money{Amount: n, Currency: "EUR"} }
	p := Policy{
		WindowDays: 30, FeePercent: 10, KeepBelow: eur(500), LegalWindows: []Legal{{"DE", 40}},
		Exclusions: []Exclusion{{Code: "final_sale", SKUs: []string{"X"}, Verdict: Deny}, {Code: "food", TaxClasses: []string{"food"}, Verdict: NeedsApproval}},
		Conditions: []Condition{{Code: "new", Accept: true, Disposition: Restock, Bucket: "available"}, {Code: "ruined", Disposition: Scrap}},
	}.Filled()
	for _, c := range []struct {
		name    string
		line    Asked
		country string
		worth   int64
		want    Verdict
		code    string
		keep    bool
	}{
		{"merchant's fault", Asked{SKU: "A", Reason: "defective", DeliveredAt: ago(3)}, "GB", 1000, Allow, "", false},
		{"customer's fault", Asked{SKU: "A", Reason: "unwanted", DeliveredAt: ago(3)}, "GB", 1000, AllowWithFee, "restocking_fee", false},
		{"a person decides", Asked{SKU: "A", Reason: "other", DeliveredAt: ago(3)}, "GB", 1000, NeedsApproval, "reason", false},
		{"last day", Asked{SKU: "A", Reason: "defective", DeliveredAt: ago(30)}, "GB", 1000, Allow, "", false},
		{"late", Asked{SKU: "A", Reason: "defective", DeliveredAt: ago(31)}, "GB", 1000, Deny, "window_over", false},
		{"late, and lawful", Asked{SKU: "A", Reason: "unwanted", DeliveredAt: ago(31)}, "DE", 1000, Allow, "", false},
		{"too late for the law", Asked{SKU: "A", Reason: "unwanted", DeliveredAt: ago(41)}, "DE", 1000, Deny, "window_over", false},
		{"nobody told of the delivery", Asked{SKU: "A", Reason: "defective"}, "GB", 1000, Allow, "", false},
		{"excluded", Asked{SKU: "X", Reason: "defective", DeliveredAt: ago(1)}, "DE", 1000, Deny, "final_sale", false},
		{"excluded by class", Asked{SKU: "A", TaxClass: "food", Reason: "defective", DeliveredAt: ago(1)}, "GB", 1000, NeedsApproval, "food", false},
		{"ruined", Asked{SKU: "A", Reason: "defective", Condition: "ruined", DeliveredAt: ago(1)}, "GB", 1000, NeedsApproval, "condition", false},
		{"not worth its way", Asked{SKU: "A", Reason: "defective", DeliveredAt: ago(1)}, "GB", 499, Allow, "", true},
	} {
		e := p.Evaluate(Facts{Lines: []Asked{c.line}, Country: c.country, Worth: c.worth, Currency: "EUR", Now: now})
		code := ""
		if len(e.Findings) > 0 {
			code = e.Findings[0].Code
		}
		if e.Verdict != c.want || code != c.code || e.Keep != c.keep {
			t.Errorf("%s: %+v", c.name, e)
		}
	}
}

func TestChoose(t *testing.T) {
	policy := func(id string, priority int64, active bool, channels ...string) *Policy {
		return &Policy{Meta: doc.Meta{ID: id}, Priority: priority, Active: active, Channels: channels}
	}
	all := []*Policy{policy("all", 5, true), policy("web", 1, true, "web"), policy("off", 0, false), policy("also", 5, true)}
	for channel, want := range map[string]string{"web": "web", "phone": "all"} {
		if got := Choose(all, channel).ID; got != want {
			t.Errorf("%s: %s, want %s", channel, got, want)
		}
	}
	if got := Choose(nil, "web"); got.ID != "default" || got.RefundAt != AtInspected {
		t.Errorf("no policy: %+v", got)
	}
}

// TestWalk takes returns at random through their states: every step keeps the rules, changes no input, says by its
// deltas what it did, and what is illegal changes nothing (R1-R3).
func TestWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := DefaultPolicy()
		p.RefundAt = rapid.SampledFrom([]string{AtInspected, AtReceived}).Draw(t, "refund at")
		quantity := rapid.Int64Range(1, 6).Draw(t, "quantity")
		r, err := New(Plain, "ord_x", p, []Wish{{Line: "1", SKU: "A", Quantity: quantity, Reason: "unwanted"}}, Evaluation{Verdict: Allow}, now)
		if err != nil {
			t.Fatal(err)
		}
		r.ID, r.Location = "ret_x", "L1"
		counted := sum(Deltas(nil, r))
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			before := Clone(r)
			next, err := draw(t, r)
			if !slices.Equal(r.Lines, before.Lines) || r.Status != before.Status || !slices.Equal(r.Pieces, before.Pieces) {
				t.Fatalf("a step changed its input: %+v", r)
			}
			if err != nil {
				if c := errs.ClassOf(err); next != r && next != nil && next.Status != r.Status || c != errs.Conflict && c != errs.Invalid && c != errs.NotFound {
					t.Fatalf("refused with %v", err)
				}
				continue
			}
			if err := Check(next); err != nil {
				t.Fatal(err)
			}
			d := sum(Deltas(r, next))
			counted = Delta{"1", counted.Requested + d.Requested, counted.Accepted + d.Accepted, counted.Rejected + d.Rejected, 0}
			r = next
			l := r.Lines[0]
			if want := (Delta{"1", l.Open(), l.Accepted + l.Kept, l.Rejected, 0}); counted != want {
				t.Fatalf("counted %+v, the line says %+v", counted, want)
			}
			if counted.Requested+counted.Accepted+counted.Rejected > quantity {
				t.Fatalf("R1: more units than were asked for: %+v", counted)
			}
			pay(t, &r)
		}
	})
}

func sum(ds []Delta) Delta {
	if len(ds) == 0 {
		return Delta{Line: "1"}
	}
	return ds[0]
}

func draw(t *rapid.T, r *Return) (*Return, error) {
	n := rapid.Int64Range(0, 3).Draw(t, "units")
	switch rapid.SampledFrom([]string{"approve", "decline", "cancel", "ship", "lose", "expire", "keep", "receive", "receive", "inspect", "inspect", "move", "close"}).Draw(t, "step") {
	case "approve":
		return Approve(r, now)
	case "decline":
		return End(r, "decline", "policy", now)
	case "cancel":
		return End(r, "cancel", "customer", now)
	case "expire":
		return End(r, "expire", "expired", now)
	case "lose":
		return End(r, "lose", "lost", now)
	case "ship":
		return Ship(r, "", "T")
	case "keep":
		return Keep(r, now)
	case "receive":
		return Receive(r, Arrival{Lines: []Units{{"1", n}}, Last: rapid.Bool().Draw(t, "last")}, now)
	case "inspect":
		condition := rapid.SampledFrom([]string{"new", "used", "damaged", "defective", "eaten"}).Draw(t, "condition")
		k := Look{Line: "1", Quantity: n, Condition: condition}
		if rapid.Bool().Draw(t, "reject") {
			no := false
			k.Accepted, k.Reason = &no, "other"
		}
		return Inspect(r, []Look{k}, "key", now)
	case "move":
		return Move(r, "1", n, Look{Disposition: rapid.SampledFrom(Dispositions).Draw(t, "disposition")}, "key", now)
	}
	if !Done(r) {
		return r, errs.New(errs.Conflict, "illegal_transition", "it is not done")
	}
	return Close(r, now)
}

// pay refunds what was accepted; refunding again refunds nothing (R4).
func pay(t *rapid.T, r **Return) {
	items := (*r).Unpaid()
	if len(items) == 0 {
		return
	}
	for i := range items {
		items[i].Amount = items[i].Quantity * 333
	}
	f, err := (*r).Price(items, 0, "EUR", now)
	if err != nil {
		t.Fatal(err)
	}
	c := Clone(*r)
	c.Refunds = append(c.Refunds, f)
	if err := Check(c); err != nil {
		t.Fatal(err)
	}
	if left := c.Unpaid(); len(left) != 0 {
		t.Fatalf("R4: %+v are left to refund after %+v", left, f)
	}
	*r = c
}

// TestSwap: an overdue replacement is charged or waived, never both, and what came back is not charged.
func TestSwap(t *testing.T) {
	all := []string{"settle", "cancel", "refund", "overdue", "charge", "waive"}
	rapid.Check(t, func(t *rapid.T) {
		r := &Return{Type: Exchange, Swap: &Swap{Status: rapid.SampledFrom([]SwapStatus{SwapAwaiting, SwapReleased}).Draw(t, "first")}}
		ends := 0
		for range 8 {
			next, err := MoveSwap(r, rapid.SampledFrom(all).Draw(t, "step"), now)
			if err != nil {
				continue
			}
			if r.Swap.Over() {
				t.Fatalf("%s went on to %s", r.Swap.Status, next.Swap.Status)
			}
			if r = next; r.Swap.Over() {
				ends++
			}
		}
		if ends > 1 {
			t.Fatalf("%d ends", ends)
		}
	})
}

func TestCheckPolicy(t *testing.T) {
	bad := &Policy{
		Meta: doc.Meta{ID: "a b"}, WindowDays: -1, FeePercent: 101, LateVerdict: Allow, LabelBy: "nobody", RefundShipping: "x", RefundAt: "y", Overdue: "z",
		FeeFixed: &money.Money{Amount: -1, Currency: "QQQ"}, LegalWindows: []Legal{{"Germany", 1}}, Exclusions: []Exclusion{{Verdict: Allow}},
		Reasons: []Reason{{Code: "a", Fault: "x"}, {Code: "a", Fault: Customers}}, Conditions: []Condition{{Code: "c", Disposition: Restock}, {Code: "d", Disposition: Scrap, Bucket: "available"}},
	}
	var list errs.List
	bad.Check(&list)
	e := errs.As(list.Err())
	for _, at := range []string{
		"/code", "/name", "/window_days", "/fee_percent", "/late", "/label_by", "/refund_shipping", "/refund_at", "/overdue", "/fee_fixed/amount", "/fee_fixed/currency",
		"/legal_windows/0/country", "/exclusions/0/code", "/exclusions/0/skus", "/exclusions/0/verdict", "/reasons/0/fault", "/reasons/1/code", "/conditions/0/bucket", "/conditions/1/bucket",
	} {
		if e == nil || !slices.ContainsFunc(e.Problems, func(p errs.Problem) bool { return p.Pointer == at }) {
			t.Errorf("%s is not found in %v", at, e)
		}
	}
	good := DefaultPolicy()
	list = errs.List{}
	if good.Check(&list); !list.Empty() {
		t.Error(list.Err())
	}
}

// TestLabelOfReturn: a label is for what is approved and has none; what its carrier says moves the return as far as the
// door of the location, and what goes another way lets go of it.
func TestLabelOfReturn(t *testing.T) {
	r := &Return{Type: Plain, Status: Approved, Lines: []Line{{Line: "1", Quantity: 2}}, ExpiresAt: 9}
	if !NeedsLabel(r, "lbl_1") || Labelable(r) != nil {
		t.Error("an approved return waits for a label")
	}
	issued, err := IssueLabel(r, "lbl_1", "dock", "T1")
	if err != nil || issued.Status != LabelIssued || !NeedsLabel(issued, "lbl_1") || NeedsLabel(issued, "lbl_2") || Labelable(issued) == nil {
		t.Fatalf("%v, %+v", err, issued)
	}
	if back := TakeLabel(issued); back.Status != Approved || back.Label+back.Carrier+back.Tracking != "" {
		t.Errorf("taken off: %+v", back)
	}
	moving, changed := Carried(issued, 0)
	if changed != "in_transit" || moving.Status != InTransit || moving.ExpiresAt != 0 || moving.Label != "lbl_1" {
		t.Errorf("moving: %s, %+v", changed, moving)
	}
	if _, changed = Carried(moving, 0); changed != "" {
		t.Errorf("the same again: %s", changed)
	}
	there, changed := Carried(moving, 5)
	if changed != "arrived" || there.Status != InTransit || there.ArrivedAt != 5 {
		t.Errorf("arrived: %s, %+v", changed, there)
	}
	if again, changed := Carried(there, 5); changed != "" || again.ArrivedAt != 5 {
		t.Errorf("arrived twice: %s", changed)
	}
	if away, changed := Carried(there, 0); changed != "in_transit" || away.ArrivedAt != 0 {
		t.Errorf("not there after all: %s, %+v", changed, away)
	}
	if at, changed := Carried(issued, 7); changed != "arrived" || at.Status != InTransit || at.ArrivedAt != 7 {
		t.Errorf("at once: %s, %+v", changed, at)
	}
	unpacked, err := Receive(issued, Arrival{Lines: []Units{{"1", 2}}}, 8)
	if err != nil || unpacked.Label != "lbl_1" {
		t.Fatalf("%v, %+v", err, unpacked)
	}
	late, changed := Carried(unpacked, 9)
	if changed != "arrived" || late.Status != Received || late.ArrivedAt != 9 {
		t.Errorf("unpacked before the carrier told: %s, %+v", changed, late)
	}
	if again, changed := Carried(late, 10); changed != "" || again.ArrivedAt != 9 {
		t.Errorf("told again: %s, %+v", changed, again)
	}
	if left := TakeLabel(unpacked); left.Status != Received || left.Label != "" {
		t.Errorf("given back although it came: %+v", left)
	}
	own, err := Ship(issued, "Own", "OWN1")
	if err != nil || own.Label != "" || own.Carrier != "Own" || NeedsLabel(own, "lbl_1") {
		t.Errorf("another way: %v, %+v", err, own)
	}
	same, err := Ship(issued, "Counter", "T1")
	if err != nil || same.Label != "lbl_1" || same.Carrier != "dock" {
		t.Errorf("with the label: %v, %+v", err, same)
	}
	for _, s := range []Status{Declined, Canceled, Expired} {
		if NeedsLabel(&Return{Status: s, Label: "lbl_1"}, "lbl_1") {
			t.Errorf("%s needs a label", s)
		}
	}
	if Labelable(&Return{Type: Claim, Status: Approved}) == nil {
		t.Error("a claim has a label")
	}
}
