package torture

import (
	"context"
	"time"
)

// settleWithin is how long payments may stay open after the storm: the provider's timeouts resolve after 15 s, and a
// job that a killed server had is taken over when its lease is over.
const settleWithin = 90 * time.Second

// settle waits until no payment of the run is open any more.
func (s *storm) settle(ctx context.Context) error {
	s.w.o.Progress("storm is over: waiting for payments that are on their way")
	open := 0
	err := until(ctx, settleWithin, "payments settle", func() (bool, error) {
		open = 0
		err := s.w.orders(ctx, "status=pending&channel="+s.w.channel(), func(ord) { open++ })
		return open == 0, err
	})
	if open > 0 && ctx.Err() == nil {
		s.count.Unsettled = open
		return nil
	}
	return err
}

// judge reads every order of the run and counts.
func (s *storm) judge(ctx context.Context) error {
	s.w.o.Progress("counting")
	byID, byMail := map[string]bool{}, map[string]int{}
	promised := map[string]int64{}
	var captured []string
	err := s.w.orders(ctx, "channel="+s.w.channel(), func(o ord) {
		byID[o.ID] = true
		byMail[o.Customer.Email]++
		if o.Status == "canceled" || o.Status == "rejected" {
			return
		}
		for _, l := range o.Lines {
			promised[l.SKU] += l.Quantity - l.Units["canceled"] - l.Units["backordered"]
		}
		captured = append(captured, o.ID)
	})
	if err != nil {
		return err
	}
	for mail, id := range s.acked {
		if byID[id] {
			s.count.Found++
		} else {
			s.count.Lost++
		}
		if byMail[mail] > 1 {
			s.count.Doubled += byMail[mail] - 1
		}
	}
	for sku, have := range s.supply {
		if over := promised[sku] - have; over > 0 {
			s.count.Oversold += int(over)
		}
	}
	return s.charged(ctx, captured)
}

// charged looks at the money of orders that stand: what was taken may not be more than they cost, and one
// authorization is enough. The provider's own books are compared by verify.
func (s *storm) charged(ctx context.Context, ids []string) error {
	for _, id := range ids {
		o, err := s.w.order(ctx, id)
		if err != nil {
			return err
		}
		var taken, authorizations int64
		for _, p := range o.Payments {
			taken += p.Captured.Amount - p.Refunded.Amount
			for _, e := range p.Entries {
				if e.Kind == "authorize" && e.State == "succeeded" {
					authorizations++
				}
			}
		}
		if taken > o.Totals.GrandTotal.Amount || authorizations > 1 {
			s.count.DoublyCharged++
		}
	}
	return nil
}
