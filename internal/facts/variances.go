package facts

import (
	"fmt"

	"ordo/internal/inventory"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
)

// Variance is by how much on hand was not what the books said: found by a count that was posted, or corrected by hand.
type Variance struct {
	Seq      int64  `col:"seq"`
	Line     int64  `col:"line"`
	Kind     string `col:"kind"` // counted or adjusted
	Doc      string `col:"document"`
	SKU      string `col:"sku"`
	Location string `col:"location"`
	Reason   string `col:"reason"`
	Expected int64  `col:"expected"` // by the books when it was counted; 0 of what was corrected by hand
	Counted  int64  `col:"counted"`
	Variance int64  `col:"variance"` // below zero: missing
	At       int64  `col:"at"`
	Day      string `col:"day"` // UTC
}

// VariancesOf are the rows that an event makes. They depend on the event alone.
func VariancesOf(row *journal.Row) (out []Variance, err error) {
	if row.Type != "stock.counted" && row.Type != "stock.adjusted" {
		return nil, nil
	}
	var b struct {
		Reason string               `json:"reason"`
		Count  *inventory.Count     `json:"count"`
		Stock  []inventory.Movement `json:"stock"`
	}
	if err := jsonx.Unmarshal(row.Body, &b); err != nil {
		return nil, fmt.Errorf("journal row %d: %w", row.Seq, err)
	}
	add := func(v Variance) {
		v.Seq, v.Line, v.Doc, v.Reason, v.At, v.Day = row.Seq, int64(len(out)+1), row.Aggregate, b.Reason, int64(row.At), row.At.Std().Format("2006-01-02")
		out = append(out, v)
	}
	if c := b.Count; c != nil {
		for _, l := range c.Lines {
			if l.Counted != nil {
				add(Variance{Kind: "counted", SKU: l.SKU, Location: c.Location, Expected: l.Expected + l.Moved, Counted: *l.Counted, Variance: l.Variance})
			}
		}
		return out, nil
	}
	for _, m := range b.Stock {
		if m.Bucket == inventory.OnHand {
			add(Variance{Kind: "adjusted", SKU: m.SKU, Location: m.Location, Variance: m.Delta})
		}
	}
	return out, nil
}

func variancesOf(rows []journal.Row) (new changes[Variance], err error) {
	for i := range rows {
		v, err := VariancesOf(&rows[i])
		if err != nil {
			return new, err
		}
		new.rows = append(new.rows, v...)
	}
	return new, nil
}
