package facts

import (
	"fmt"
	"slices"
	"testing"
)

func linesOf(n int) (out []Line) {
	for i := range n {
		out = append(out, Line{Order: "ord_1", Line: fmt.Sprint("lin_", i), SKU: "A"})
	}
	return out
}

// TestLargeOrder counts what an order of a thousand lines costs while its lines change one after the other: each event
// looks at each row once.
func TestLargeOrder(t *testing.T) {
	const size, events = 1000, 200
	var c changes[Line]
	was := linesOf(size)
	for e := range events {
		now := slices.Clone(was)
		now[(e*7)%size].SKU = fmt.Sprint("B", e)
		c.add(Lines, "ord_1", was, now)
		was = now
	}
	if len(c.rows) != events || len(c.remove) != 0 {
		t.Errorf("%d rows are written for %d changes, %d orders go first", len(c.rows), events, len(c.remove))
	}
	if c.compared > size*events {
		t.Errorf("%d comparisons of rows for %d events about %d lines", c.compared, events, size)
	}
}

// TestChanges says which rows are written, wherever they stand.
func TestChanges(t *testing.T) {
	all := linesOf(5)
	other := func(rows []Line, i int) []Line {
		rows = slices.Clone(rows)
		rows[i].SKU = "B"
		return rows
	}
	turned := slices.Clone(all)
	slices.Reverse(turned)
	for name, c := range map[string]struct {
		was, now []Line
		rows     []Line
		remove   bool
	}{
		"new":                 {nil, all, all, false},
		"the same":            {all, all, nil, false},
		"one is other":        {all, other(all, 2), other(all, 2)[2:3], false},
		"more at the end":     {all[:3], all, all[3:], false},
		"more at the start":   {all[2:], all, all[:2], false},
		"turned":              {all, turned, nil, false},
		"turned, one other":   {all, other(turned, 1), other(turned, 1)[1:2], false},
		"fewer":               {all, all[:4], all[:4], true},
		"none":                {all, nil, nil, true},
		"one is of something": {all[:4], append(slices.Clone(all[:3]), all[4]), append(slices.Clone(all[:3]), all[4]), true},
	} {
		t.Run(name, func(t *testing.T) {
			got := changes[Line]{rows: []Line{{Order: "ord_0"}}}
			got.add(Lines, "ord_1", c.was, c.now)
			if !slices.Equal(got.rows[1:], c.rows) || (len(got.remove) == 1) != c.remove {
				t.Errorf("written %v, removed %v", got.rows[1:], got.remove)
			}
		})
	}
}
