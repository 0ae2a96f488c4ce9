package app

import (
	"strconv"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/order"
	"ordo/internal/sourcing"
	"ordo/internal/work"
)

// source decides where the order ships from, on locked stock.
func (c *PlaceOrder) source(u *work.Unit, o *order.Order, channel *catalog.Channel) ([]sourcing.Assignment, error) {
	locations, err := Locations.AllRefs(u)
	if err != nil {
		return nil, err
	}
	nodes := make([]sourcing.Node, 0, len(locations))
	for _, l := range locations {
		if l.Active && channel.Serves(l.ID) {
			nodes = append(nodes, sourcing.Node{Code: l.ID, Priority: int(l.Priority)})
		}
	}
	demand := make([]sourcing.Demand, len(o.Lines))
	var supply []sourcing.Supply
	seen := make(map[string]bool, len(o.Lines))
	for i, l := range o.Lines {
		demand[i] = sourcing.Demand{Line: l.ID, SKU: l.SKU, Quantity: l.Quantity}
		if seen[l.SKU] {
			continue
		}
		seen[l.SKU] = true
		positions, err := u.Positions(l.SKU)
		if err != nil {
			return nil, err
		}
		for _, p := range positions {
			supply = append(supply, sourcing.Supply{SKU: p.SKU, Location: p.Location, Available: p.Available()})
		}
	}
	plan, short := sourcing.Plan(demand, supply, nodes)
	if len(short) > 0 {
		return nil, shortage(o, short)
	}
	return plan, nil
}

func shortage(o *order.Order, short []sourcing.Shortage) error {
	e := errs.New(errs.Conflict, "insufficient_stock", "only %d of %s available, %d ordered", short[0].Available, short[0].SKU, short[0].Requested).
		With("sku", short[0].SKU, "available", short[0].Available)
	for _, s := range short {
		for i, l := range o.Lines {
			if l.SKU == s.SKU {
				e.Problems = append(e.Problems, errs.Problem{
					Pointer: "/lines/" + strconv.Itoa(i) + "/quantity", Code: "insufficient_stock",
					Detail: "only " + strconv.FormatInt(s.Available, 10) + " of " + s.SKU + " available, " + strconv.FormatInt(s.Requested, 10) + " ordered",
				})
			}
		}
	}
	return e
}
