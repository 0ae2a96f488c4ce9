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
	}...)
}

// TestSumsAreWhatFactsSay reads reports by the day, which is from sums, and by the hour, which is from the facts of each
// order, and adds the hours up. Facts made anew have the same sums.
func TestSumsAreWhatFactsSay(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		s.story()
		s.caughtUp(facts.ReaderName)
		for _, name := range strings.Fields("demand line_fill order_fill backorders cancels uncaptured locations cases") {
			d := report.Find(name)
			for _, by := range [][]string{nil, {"channel"}, {"country", "channel"}} {
				// In a day, three days and more than that some of what is not captured has grown older.
				for _, later := range []time.Duration{0, 24 * time.Hour, 80 * time.Hour, 40 * 24 * time.Hour} {
					q := report.Query{GroupBy: by, Now: time.Now().Add(later)}
					q.From, q.To = time.Now().AddDate(0, 0, -40).Format(time.DateOnly), time.Now().AddDate(0, 0, 2).Format(time.DateOnly)
					days, hours := s.reportSums(d, q, "day"), s.reportSums(d, q, "hour")
					if !maps.Equal(days, hours) {
						t.Errorf("%s by %v: days have\n%v\nhours add up to\n%v", name, by, days, hours)
					}
					if len(days) == 0 {
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

// reportSums are the numbers of a report that add up, by day, group and name.
func (s *shop) reportSums(d *report.Definition, q report.Query, bucket string) map[string]float64 {
	s.t.Helper()
	q.Bucket = bucket
	out := map[string]float64{}
	s.must(s.db.Snapshot(s.t.Context(), func(r store.Reader) error {
		res, err := d.Run(s.t.Context(), r, q)
		if err != nil {
			return err
		}
		for _, row := range res.Rows {
			for i, m := range d.Metrics {
				if (m.Unit == report.Count || m.Unit == report.Money) && row.Values[i] != nil && !strings.HasPrefix(m.Name, "average") {
					out[fmt.Sprint(row.Bucket[:10], row.Group, row.Currency, m.Name)] += *row.Values[i]
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
	read := func(table, columns, key string, scan func(store.Row) (any, error)) {
		s.must(s.db.Query(s.t.Context(), func(r store.Row) error {
			row, err := scan(r)
			fmt.Fprintf(&out, "%+v\n", row)
			return err
		}, "SELECT "+columns+" FROM "+table+" ORDER BY "+key))
	}
	read(facts.PlacedDays.Name, facts.PlacedDays.Columns, facts.PlacedDays.Key, func(r store.Row) (any, error) { return facts.PlacedDays.Scan(r) })
	read(facts.WorkDays.Name, facts.WorkDays.Columns, facts.WorkDays.Key, func(r store.Row) (any, error) { return facts.WorkDays.Scan(r) })
	read(facts.UncapturedHours.Name, facts.UncapturedHours.Columns, facts.UncapturedHours.Key, func(r store.Row) (any, error) { return facts.UncapturedHours.Scan(r) })
	return out.String()
}
