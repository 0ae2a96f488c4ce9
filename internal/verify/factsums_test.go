package verify

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"ordo/internal/facts"
	"ordo/internal/report"
	"ordo/internal/store"
	"ordo/internal/storetest"
)

func init() {
	damages = append(damages, []damage{
		{"a day counts an order more", func(h *hurt) {
			h.exec("UPDATE fact_placed_days SET orders = orders + 1 WHERE day = (SELECT MIN(day) FROM fact_placed_days)")
		}, []string{"facts.placed_days"}, "fact_placed_days"},
		{"a day is not counted", func(h *hurt) {
			h.exec("DELETE FROM fact_placed_days WHERE day = (SELECT MIN(day) FROM fact_placed_days)")
		}, []string{"facts.placed_days"}, "fact_placed_days"},
		{"a day counts for another country", func(h *hurt) {
			h.exec("UPDATE fact_placed_days SET country = 'ZZ'")
		}, []string{"facts.placed_days"}, "fact_placed_days"},
		{"a location has released more by the day", func(h *hurt) {
			h.exec("UPDATE fact_work_days SET asked = asked + 1")
		}, []string{"facts.work_days"}, "fact_work_days"},
		{"an hour has a cent more that is not captured", func(h *hurt) {
			h.exec("UPDATE fact_uncaptured_hours SET unshipped = unshipped + 1")
		}, []string{"facts.uncaptured_hours"}, "fact_uncaptured_hours"},
		{"a day has a cent more of revenue", func(h *hurt) {
			h.exec("UPDATE fact_money_days SET net = net + 1 WHERE earned > 0")
		}, []string{"facts.money_days"}, "fact_money_days"},
		{"a package left on no day", func(h *hurt) {
			h.exec("UPDATE fact_shipped_days SET packages = packages - 1 WHERE packages > 0")
		}, []string{"facts.shipped_days"}, "fact_shipped_days"},
		{"a unit more came back of a day", func(h *hurt) {
			h.exec("UPDATE fact_returned_days SET returned = returned + 1")
		}, []string{"facts.returned_days"}, "fact_returned_days"},
		{"an order more was on time", func(h *hurt) {
			h.exec("UPDATE fact_delivered_days SET on_time = on_time + 1")
		}, []string{"facts.delivered_days"}, "fact_delivered_days"},
		{"a span took a second longer", func(h *hurt) {
			h.exec("UPDATE fact_span_seconds SET seconds = seconds + 1000000")
		}, []string{"facts.spans"}, "fact_span_seconds"},
		{"more spans are of a class", func(h *hurt) {
			h.exec("UPDATE fact_span_days SET spans = spans + 1")
		}, []string{"facts.spans"}, "fact_span_days"},
	}...)
}

// TestSumsAreWhatFactsSay reads reports from sums and from the facts of each order. Facts made anew have the same sums.
func TestSumsAreWhatFactsSay(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		s.story()
		s.caughtUp(facts.ReaderName)
		for _, name := range strings.Fields("demand line_fill order_fill backorders cancels uncaptured locations cases sales payments shipments returns otif cycle_time") {
			d := report.Find(name)
			for _, by := range [][]string{nil, {"channel"}, {"country", "channel"}} {
				// In a day, three days and more than that some of what is not captured has grown older.
				for i, later := range []time.Duration{0, 24 * time.Hour, 80 * time.Hour, 40 * 24 * time.Hour} {
					q := report.Query{GroupBy: by, Now: time.Now().Add(later), Bucket: []string{"", "day", "week", "month"}[i]}
					q.From, q.To = time.Now().AddDate(0, 0, -40).Format(time.DateOnly), time.Now().AddDate(0, 0, 2).Format(time.DateOnly)
					sums := s.numbers(d, q)
					q.Each = true
					if each := s.numbers(d, q); !maps.Equal(sums, each) {
						t.Errorf("%s by %v per %q: the sums have\n%v\nand one by one it is\n%v", name, by, q.Bucket, sums, each)
					}
					if len(sums) == 0 {
						t.Errorf("%s has nothing", name)
					}
				}
			}
		}
		before := s.sumRows()
		s.must(s.app.RequestRebuild(t.Context(), meta).Err)
		s.until("the facts are made anew", func() bool {
			state, err := s.app.FactState(t.Context(), s.db)
			return err == nil && state.RebuildAt > 0 && !state.Rebuilding()
		})
		if after := s.sumRows(); after != before {
			t.Errorf("made anew the sums are\n%s\nnot\n%s", after, before)
		}
		// What another version of the program has folded is made anew at the start.
		s.must(store.Write(t.Context(), s.db, func(tx store.Tx) error {
			return tx.Do(t.Context(), &store.Stmt{SQL: "UPDATE fact_state SET version = 0", Want: 1}, &store.Stmt{SQL: "DELETE FROM " + facts.PlacedDays.Name, Want: store.AnyRows})
		}))
		s.close()
		s = openShop(t, url)
		s.caughtUp(facts.ReaderName)
		if after := s.sumRows(); after != before {
			t.Errorf("of another version the sums are\n%s\nnot\n%s", after, before)
		}
	})
}

// numbers are those of a report by bucket, group, currency and name.
func (s *shop) numbers(d *report.Definition, q report.Query) map[string]float64 {
	s.t.Helper()
	out := map[string]float64{}
	s.must(s.db.Snapshot(s.t.Context(), func(r store.Reader) error {
		res, err := d.Run(s.t.Context(), r, q)
		if err != nil {
			return err
		}
		for _, row := range res.Rows {
			for i, m := range d.Metrics {
				if row.Values[i] != nil {
					out[fmt.Sprint(row.Bucket, row.Group, row.Currency, m.Name)] = *row.Values[i]
				}
			}
		}
		return nil
	}))
	return out
}

// sumRows are all rows of the sums as text.
func (s *shop) sumRows() string {
	s.t.Helper()
	var out strings.Builder
	writeRows(s, &out, facts.PlacedDays)
	writeRows(s, &out, facts.WorkDays)
	writeRows(s, &out, facts.UncapturedHours)
	writeRows(s, &out, facts.MoneyDays)
	writeRows(s, &out, facts.ShippedDays)
	writeRows(s, &out, facts.ReturnedDays)
	writeRows(s, &out, facts.DeliveredDays)
	writeRows(s, &out, facts.SpanDays)
	writeRows(s, &out, facts.SpanSeconds)
	return out.String()
}

func writeRows[T comparable](s *shop, out *strings.Builder, t *facts.Table[T]) {
	s.must(s.db.Query(s.t.Context(), func(r store.Row) error {
		row, err := t.Scan(r)
		fmt.Fprintf(out, "%+v\n", row)
		return err
	}, "SELECT "+t.Columns+" FROM "+t.Name+" ORDER BY "+t.Key))
}
