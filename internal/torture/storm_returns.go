package torture

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"ordo/internal/drive"
)

// back is what the storm looks at of an order of which something came back.
type back struct {
	ord
	RefundDue amount `json:"refund_due"`
	Grants    []struct {
		ID, Status string
		Amount     amount
	}
}

// returnable is the first line of which units have left and are in no return; "" for none.
func returnable(o *ord) string {
	for _, l := range o.Lines {
		u := l.Units
		if u["shipped"] > u["return_requested"]+u["returned_accepted"]+u["returned_rejected"] {
			return l.ID
		}
	}
	return ""
}

// sendBack takes one unit of an order from the request to the shelf, each step under a key of its own and repeated until
// it is answered, while the server is killed and the provider misbehaves.
func (c *client) sendBack(ctx context.Context, id string) error {
	o, err := c.look(ctx, id)
	if err != nil {
		return err
	}
	line := returnable(&o)
	if line == "" {
		return nil
	}
	units := []obj{{"line": line, "quantity": 1}}
	ans, err := c.insist(ctx, drive.Request{Method: http.MethodPost, Path: "/v1/orders/" + o.ID + "/returns", In: obj{"lines": []obj{{"line": line, "quantity": 1, "reason": "unwanted"}}}})
	if err != nil {
		return err
	}
	if ans.Status == http.StatusConflict { // somebody else sends the last unit back
		return nil
	}
	var r struct{ ID, Status string }
	if err := ans.Decode(&r); err != nil || ans.Status != http.StatusCreated {
		return fmt.Errorf("a return is answered with %d %s", ans.Status, ans.Body)
	}
	condition := []string{"new", "damaged", "used"}[c.rng.IntN(3)]
	for _, s := range []struct {
		step string
		in   obj
	}{
		{"receive", obj{"lines": units}}, {"inspect", obj{"units": []obj{{"line": line, "quantity": 1, "condition": condition}}}},
	} {
		if ans, err = c.insist(ctx, drive.Request{Method: http.MethodPost, Path: "/v1/returns/" + r.ID + "/" + s.step, In: s.in}); err != nil {
			return err
		}
		if ans.Status != http.StatusOK {
			return fmt.Errorf("%s of a return is answered with %d %s", s.step, ans.Status, ans.Body)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count.Returned++
	c.returned[o.ID]++
	return nil
}

// giveBack waits until no refund of the run is open any more. Those that the provider refused are tried again, as a
// person would; they stay owed until then.
func (s *storm) giveBack(ctx context.Context) error {
	return until(ctx, settleWithin, "refunds settle", func() (bool, error) {
		done := true
		for id := range s.returned {
			var o back
			if err := s.w.api.Get(ctx, "/v1/orders/"+id, &o); err != nil {
				return false, err
			}
			if open(&o) {
				done = false
				continue
			}
			for _, g := range o.Grants {
				if g.Status != "failed" {
					continue
				}
				done = false
				ans, err := s.w.post(ctx, "/v1/orders/"+id+"/grants/"+g.ID+"/retry", nil)
				if err != nil || ans.Status >= http.StatusInternalServerError {
					return false, err
				}
			}
		}
		return done, nil
	})
}

// open reports whether the provider still owes an answer about money that moves.
func open(o *back) bool {
	for _, p := range o.Payments {
		for _, e := range p.Entries {
			if p.Provider != "manual" && (e.State == "requested" || e.State == "pending") {
				return true
			}
		}
	}
	return false
}

// judgeReturns counts what was given back: each unit that was acknowledged as accepted is, and is granted once; and what
// was taken by the provider and is granted went back, no more and no less.
func (s *storm) judgeReturns(ctx context.Context) error {
	for id, want := range s.returned {
		var o back
		if err := s.w.api.Get(ctx, "/v1/orders/"+id, &o); err != nil {
			return err
		}
		var accepted, granted, taken, refunded int64
		for _, l := range o.Lines {
			accepted += l.Units["returned_accepted"]
		}
		for _, g := range o.Grants {
			granted += g.Amount.Amount
		}
		for _, p := range o.Payments {
			taken += p.Captured.Amount
			refunded += p.Refunded.Amount
		}
		if accepted != want || len(o.Grants) != int(want) {
			s.count.Lost += int(max(0, want-accepted))
			s.count.Doubled += len(o.Grants) - int(want)
		}
		whole := o.Status == "completed" && !slices.ContainsFunc(o.Fulfillments, func(f ful) bool { return f.Status != "shipped" && f.Status != "delivered" })
		if refunded > granted || whole && taken >= o.Totals.GrandTotal.Amount && o.Payments[0].Provider != "manual" && refunded != granted {
			s.count.WronglyRefunded++
		}
	}
	return nil
}
