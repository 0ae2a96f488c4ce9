package inventory

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

const minute = micros.Time(60_000_000)

func held() *Reservation {
	return &Reservation{
		Status: ReservationActive, CreatedAt: 1, ExpiresAt: 15 * minute, LatestAt: 60 * minute,
		Held: []Held{{"A", "L1", 2}, {"A", "L2", 1}, {"B", "L1", 4}},
	}
}

func TestReservationEnds(t *testing.T) {
	r := held()
	for name, end := range map[string]func() (*Reservation, []Movement, error){
		"release": func() (*Reservation, []Movement, error) { return r.Release(2) },
		"convert": func() (*Reservation, []Movement, error) { return r.Convert(2) },
		"expire": func() (*Reservation, []Movement, error) {
			c, moves, _ := r.Expire(15 * minute)
			return c, moves, nil
		},
		"convert after its time": func() (*Reservation, []Movement, error) { return r.Convert(15 * minute) },
	} {
		c, moves, err := end()
		if err != nil || len(c.Held) > 0 || (len(c.Had) > 0) != (c.Status == ReservationConverted) || len(moves) != 3 || moves[2] != (Movement{"B", "L1", Reserved, -4}) || c.EndedAt == 0 || r.Status != ReservationActive {
			t.Errorf("%s: %+v %v %v", name, c, moves, err)
		}
		for what, again := range map[string]error{"release": second(c.Release(3)), "extend": first(c.Extend(70*minute, 3))} {
			if !errs.Is(again, "illegal_transition") {
				t.Errorf("%s after %s: %v", what, name, again)
			}
		}
		if _, moves, over := c.Expire(99 * minute); over || moves != nil {
			t.Errorf("%s, then expired: %v", name, moves)
		}
	}
	if _, _, over := r.Expire(15*minute - 1); over {
		t.Error("expired before its time")
	}
	gone, _, _ := r.Expire(15 * minute)
	if c, moves, err := gone.Convert(16 * minute); err != nil || moves != nil || c.Status != ReservationExpired {
		t.Errorf("an expired one gave something to an order: %v %v", moves, err)
	}
	if given, _, _ := r.Release(2); given.Status != ReservationReleased {
		t.Errorf("%+v", given)
	} else if c, moves, err := given.Convert(3); err != nil || moves != nil || c != given {
		t.Errorf("a released one gave something to an order: %v %v", moves, err)
	}
	done, _, _ := r.Convert(2)
	if _, _, err := done.Convert(3); !errs.Is(err, "illegal_transition") {
		t.Errorf("converted twice: %v", err)
	}
}

// A declined order gives the cart what is still free of what it had, until the same end.
func TestReservationReopens(t *testing.T) {
	r := held()
	done, _, _ := r.Convert(2)
	done.Order = "ord_1"
	all := func(string, string) int64 { return 100 }
	c, moves, ok := done.Reopen(all, 3)
	if !ok || c.Status != ReservationActive || !slices.Equal(c.Held, r.Held) || len(moves) != len(r.Held) || c.ExpiresAt != r.ExpiresAt || c.EndedAt != 0 || c.Order != "" || c.Had != nil {
		t.Errorf("%+v %v", c, moves)
	}
	if c, moves, _ := done.Reopen(func(string, string) int64 { return 1 }, 3); len(moves) != len(r.Held) || c.Held[0].Quantity != 1 {
		t.Errorf("%+v %v", c, moves)
	}
	if c, moves, ok := done.Reopen(all, r.ExpiresAt); !ok || c.Status != ReservationExpired || moves != nil || len(c.Held) > 0 || c.Order != "" {
		t.Errorf("after its end: %+v %v", c, moves)
	}
	if _, _, ok := r.Reopen(all, 3); ok || done.Status != ReservationConverted {
		t.Error("one that was not converted reopened")
	}
}

func second[A, B any](_ A, _ B, err error) error { return err }
func first[A any](_ A, err error) error          { return err }

// I8: extend only while active, by the clock and not by the sweep; never beyond the latest time.
func TestReservationExtends(t *testing.T) {
	r := held()
	c, err := r.Extend(30*minute, 14*minute)
	if err != nil || c.ExpiresAt != 30*minute {
		t.Fatalf("%v %v", c.ExpiresAt, err)
	}
	if s, _ := c.Extend(20*minute, 16*minute); s.ExpiresAt != 30*minute {
		t.Error("an extension made it shorter")
	}
	c, _ = c.Extend(99*minute, 29*minute)
	if c.ExpiresAt != 60*minute {
		t.Errorf("%v is not the latest time", c.ExpiresAt)
	}
	if _, err := c.Extend(99*minute, 30*minute); !errs.Is(err, "reservation_limit") {
		t.Error(err)
	}
	if _, err := r.Extend(30*minute, 15*minute); !errs.Is(err, "illegal_transition") {
		t.Errorf("extended when its time was over: %v", err)
	}
	if r.StatusAt(15*minute) != ReservationExpired || len(r.Allowed(15*minute)) > 0 || !slices.Contains(r.Allowed(1), "extend") {
		t.Error("the clock does not decide")
	}
}

func TestHeldOf(t *testing.T) {
	got := HeldOf(slices.Concat(Reserve("A", "L1", 2), Reserve("B", "L1", 1), Reserve("A", "L1", 3), Reserve("A", "L2", 1)))
	if want := []Held{{"A", "L1", 5}, {"B", "L1", 1}, {"A", "L2", 1}}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func moving(t *testing.T, quantity int64) *Transfer {
	tr := &Transfer{From: "L1", To: "L2", Status: TransferDraft, Lines: []TransferLine{{SKU: "A", Quantity: quantity}, {SKU: "B", Quantity: 4}}}
	tr, err := tr.Ready()
	if err != nil {
		t.Fatal(err)
	}
	tr, _, err = tr.Dispatch(5)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// D20: of ten that left seven arrive; three stay under way until a reason closes them.
func TestTransferStaysOpenUntilAReason(t *testing.T) {
	tr := moving(t, 10)
	tr, moves, err := tr.Receive([]Arrival{{SKU: "A", Good: 6, Damaged: 1}, {SKU: "B", Good: 4}}, 6)
	want := []Movement{{"A", "L2", InTransitIn, -7}, {"A", "L2", OnHand, 7}, {"A", "L2", Damaged, 1}, {"B", "L2", InTransitIn, -4}, {"B", "L2", OnHand, 4}}
	if err != nil || !slices.Equal(moves, want) || tr.Status != TransferPartial || tr.Lines[0].Rest() != 3 {
		t.Fatalf("%+v %v %v", tr, moves, err)
	}
	for name, a := range map[string]Arrival{
		"no reason":       {SKU: "A", Missing: 3},
		"unknown reason":  {SKU: "A", Missing: 3, Reason: "aliens"},
		"more than left":  {SKU: "A", Good: 4},
		"nothing":         {SKU: "A"},
		"unknown":         {SKU: "C", Good: 1},
		"negative":        {SKU: "A", Good: 4, Missing: -1},
		"all of it again": {SKU: "B", Good: 1},
	} {
		if _, moves, err := tr.Receive([]Arrival{a}, 7); !errs.Is(err, "validation_failed") || moves != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := tr.Cancel(Restore, "other", 7); !errs.Is(err, "illegal_transition") {
		t.Errorf("canceled after units arrived: %v", err)
	}
	tr, moves, err = tr.Receive([]Arrival{{SKU: "A", Missing: 3, Reason: "lost"}}, 8)
	if err != nil || tr.Status != TransferReceived || tr.ClosedAt != 8 || !slices.Equal(moves, []Movement{{"A", "L2", InTransitIn, -3}}) {
		t.Fatalf("%+v %v %v", tr, moves, err)
	}
	if _, _, err := tr.Receive([]Arrival{{SKU: "A", Good: 1}}, 9); !errs.Is(err, "illegal_transition") {
		t.Error(err)
	}
}

func TestTransferCancel(t *testing.T) {
	tr := moving(t, 10)
	if _, _, err := tr.Cancel("", "lost", 7); !errs.Is(err, "validation_failed") {
		t.Errorf("canceled under way without saying what became of it: %v", err)
	}
	back, moves, err := tr.Cancel(Restore, "lost", 7)
	if err != nil || back.Status != TransferCanceled || len(moves) != 4 || moves[1] != (Movement{"A", "L1", OnHand, 10}) || back.Lines[0].Rest() != 0 {
		t.Errorf("%+v %v %v", back, moves, err)
	}
	lost, moves, err := tr.Cancel(WriteOff, "lost", 7)
	if err != nil || len(moves) != 2 || lost.Lines[1].WrittenOff != 4 {
		t.Errorf("%+v %v %v", lost, moves, err)
	}
	draft := &Transfer{Status: TransferDraft}
	if _, _, err := draft.Cancel(Restore, "mistake", 7); !errs.Is(err, "validation_failed") {
		t.Errorf("restored what never left: %v", err)
	}
	if c, moves, err := draft.Cancel("", "mistake", 7); err != nil || moves != nil || c.Status != TransferCanceled {
		t.Errorf("%v %v", moves, err)
	}
	if _, err := tr.SetLines(nil); !errs.Is(err, "illegal_transition") {
		t.Errorf("changed under way: %v", err)
	}
}

// Whatever happens to a transfer: no unit appears or disappears but by missing and written off, and what is in transit
// at the destination is what its lines say.
func TestTransferConservesUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 20).Draw(t, "quantity")
		at := map[string]Position{"L1": position(50, 0, 0), "L2": {SKU: "A", Location: "L2"}}
		at["L1"] = Position{SKU: "A", Location: "L1", Units: at["L1"].Units}
		tr := &Transfer{From: "L1", To: "L2", Status: TransferDraft, Lines: []TransferLine{{SKU: "A", Quantity: n}}}
		apply := func(next *Transfer, moves []Movement, err error) {
			if err != nil {
				return
			}
			for _, m := range moves {
				p, err := at[m.Location].Apply(m)
				if err != nil {
					t.Fatal(err)
				}
				at[m.Location] = p
			}
			tr = next
		}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"ready", "dispatch", "receive", "cancel"}).Draw(t, "step") {
			case "ready":
				next, err := tr.Ready()
				apply(next, nil, err)
			case "dispatch":
				apply(tr.Dispatch(1))
			case "receive":
				draw := rapid.Int64Range(0, 8)
				apply(tr.Receive([]Arrival{{"A", draw.Draw(t, "good"), draw.Draw(t, "damaged"), draw.Draw(t, "missing"), "lost"}}, 2))
			case "cancel":
				apply(tr.Cancel(rapid.SampledFrom([]string{"", Restore, WriteOff}).Draw(t, "outcome"), "lost", 3))
			}
		}
		l, rest := tr.Lines[0], int64(0)
		if tr.Moving() {
			rest = l.Rest()
		}
		if got := at["L2"].Get(InTransitIn); got != rest {
			t.Fatalf("in transit %d, the transfer says %d: %+v", got, rest, tr)
		}
		if sum := at["L1"].Get(OnHand) + at["L2"].Get(OnHand) + rest + l.Missing + l.WrittenOff; sum != 50 {
			t.Fatalf("%d of 50 units: %+v", sum, tr)
		}
		if at["L2"].Get(Damaged) != l.Damaged || at["L2"].Get(OnHand) != l.Received+l.Damaged {
			t.Fatalf("%+v", at["L2"])
		}
	})
}

func counting(t *testing.T, tolerance, onHand int64) *Count {
	c := &Count{Location: "L1", Status: CountDraft, Reason: "cycle_count", Tolerance: tolerance, Lines: []CountLine{{SKU: "A"}}}
	c, err := c.Start(func(string) int64 { return onHand }, 1)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func books(n int64) func(string) int64 { return func(string) int64 { return n } }

// D19: orders ship between the start and the counting, and between the counting and the posting; neither makes a variance.
func TestCountAdjustsForMovements(t *testing.T) {
	c := counting(t, 0, 100)
	c, err := c.Record([]Tally{{"A", 94}}, books(95), 2) // five have shipped since the start, one is missing
	if err != nil || c.Lines[0].Moved != -5 || c.Lines[0].Variance != -1 {
		t.Fatalf("%+v %v", c.Lines[0], err)
	}
	c, err = c.Submit()
	if err != nil || c.Status != CountReview {
		t.Fatalf("%s %v", c.Status, err)
	}
	c, _ = c.Approve()
	c, moves, err := c.Post(3) // ships in between do not matter: the difference is posted
	if err != nil || c.Status != CountPosted || !slices.Equal(moves, []Movement{{"A", "L1", OnHand, -1}}) {
		t.Fatalf("%+v %v %v", c, moves, err)
	}
	for name, err := range map[string]error{"post": second(c.Post(4)), "reject": first(c.Reject(4)), "record": first(c.Record([]Tally{{"A", 1}}, books(1), 4))} {
		if !errs.Is(err, "illegal_transition") {
			t.Errorf("%s a posted count: %v", name, err)
		}
	}
}

func TestCountToleranceAndRecount(t *testing.T) {
	c := counting(t, 1, 10)
	if _, err := c.Submit(); !errs.Is(err, "not_counted") {
		t.Errorf("submitted what nobody counted: %v", err)
	}
	within, _ := c.Record([]Tally{{"A", 9}}, books(10), 2)
	if s, err := within.Submit(); err != nil || s.Status != CountApproved || !s.Automatic {
		t.Errorf("%s %v", s.Status, err)
	}
	beyond, _ := within.Record([]Tally{{"A", 12}}, books(10), 3)
	review, _ := beyond.Submit()
	if review.Status != CountReview || review.Automatic {
		t.Error(review.Status)
	}
	if _, _, err := review.Post(4); !errs.Is(err, "illegal_transition") {
		t.Errorf("posted without approval: %v", err)
	}
	again, err := review.Recount(books(11), 5)
	if err != nil || again.Round != 2 || again.Lines[0].Counted != nil || again.Lines[0].Expected != 11 || again.StartedAt != 5 {
		t.Errorf("%+v %v", again, err)
	}
	if r, err := review.Reject(6); err != nil || r.ClosedAt != 6 {
		t.Error(err)
	}
	for name, bad := range map[string][]Tally{"nothing": nil, "unknown": {{"X", 1}}, "twice": {{"A", 1}, {"A", 2}}, "negative": {{"A", -1}}} {
		if _, err := c.Record(bad, books(1), 2); !errs.Is(err, "validation_failed") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKitsAvailable(t *testing.T) {
	stock := map[string]int64{"A": 7, "B": 3, "C": -2}
	have := func(sku string) int64 { return stock[sku] }
	for _, c := range []struct {
		parts []Part
		want  int64
	}{
		{[]Part{{"A", 2}, {"B", 1}}, 3},
		{[]Part{{"A", 2}, {"A", 2}}, 1}, // shared components are summed
		{[]Part{{"A", 1}, {"C", 1}}, 0},
		{[]Part{{"Z", 1}}, 0},
		{nil, 0},
	} {
		if got := KitsAvailable(c.parts, have); got != c.want {
			t.Errorf("%v: %d, want %d", c.parts, got, c.want)
		}
	}
}

func TestMoveState(t *testing.T) {
	p := position(10, 4, 3) // three are unpromised
	if _, err := MoveState(p, Available, Damaged, 4); !errs.Is(err, "insufficient_stock") {
		t.Errorf("set aside what is promised: %v", err)
	}
	moves, err := MoveState(p, Available, Damaged, 3)
	if err != nil {
		t.Fatal(err)
	}
	p, _ = p.Apply(moves...)
	moves, err = MoveState(p, Damaged, Quality, 2)
	if err != nil {
		t.Fatal(err)
	}
	if p, _ = p.Apply(moves...); p.Get(OnHand) != 10 || p.Get(Damaged) != 1 || p.Get(Quality) != 2 || p.Available() != 0 {
		t.Errorf("%+v", p)
	}
	if _, err := MoveState(p, Quality, Available, 3); !errs.Is(err, "insufficient_stock") {
		t.Errorf("took out more than is in: %v", err)
	}
}

func TestSetOnHandCompares(t *testing.T) {
	if d, err := SetOnHand(position(10, 0, 0), 7, 10); err != nil || d != -3 {
		t.Errorf("%d %v", d, err)
	}
	if _, err := SetOnHand(position(9, 0, 0), 7, 10); !errs.Is(err, "stock_changed") {
		t.Errorf("overwrote a change: %v", err)
	}
}
