package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ordo/internal/micros"
	"ordo/internal/pagetest"
	"ordo/internal/words"
)

// TestPaper prints numbers of orders without a currency, amounts with it, and a chart of buckets and groups in the order
// of time.
func TestPaper(t *testing.T) {
	d := Find("demand")
	row := func(bucket, group, currency string, orders, gross float64) Row {
		r := Row{Bucket: bucket, Currency: currency, Values: make([]*float64, len(d.Metrics))}
		if group != "" {
			r.Group = []string{group}
		}
		for i, m := range d.Metrics {
			switch m.Name {
			case "orders":
				r.Values[i] = &orders
			case "gross":
				r.Values[i] = &gross
			}
		}
		return r
	}
	result := func(bucket string, groups []string, rows ...Row) *Result {
		return &Result{Definition: d, Bucket: bucket, GroupBy: groups, From: "2026-11-01", To: "2026-11-03", Rows: rows}
	}
	by := []string{"channel"}
	w := &Whole{
		Query: Query{From: "2026-11-01", To: "2026-11-03", Bucket: "day", GroupBy: by},
		Asked: result("day", by, row("2026-11-01", "pos", "GBP", 1, 100), row("2026-11-01", "web", "GBP", 2, 200), row("2026-11-02", "web", "GBP", 9, 900)),
		Total: result("", nil, row("", "", "GBP", 168, 1200)),
		Drawn: result("day", nil, row("2026-11-01", "", "EUR", 1, 5), row("2026-11-01", "", "GBP", 3, 300), row("2026-11-03", "", "GBP", 2, 200)),
	}
	bars := func() string {
		c, text := w.told(Reader{"en", time.UTC}).chart(), ""
		for _, b := range c.Bars {
			text += b.Label + "=" + b.Text + "; "
		}
		return c.Title + ": " + text
	}
	p := w.told(Reader{"fr", time.UTC}).paper(micros.Time(0))
	text := p.Totals.Numbers[0]
	for _, r := range p.Totals.Rows {
		if l := r.Labels[0]; l == "Orders" || l == "Gross" {
			text += " " + l + "=" + r.Numbers[0][0]
		}
	}
	for _, r := range p.Table.Rows {
		text += " " + strings.Join(r.Labels[:2], "/")
	}
	drawn := bars()
	for w.metric = range d.Metrics {
		if d.Metrics[w.metric].Name == "gross" {
			break
		}
	}
	amounts := bars()
	w.Query.Bucket, w.metric = "", 0
	w.Drawn = result("", by, row("", "pos", "GBP", 1, 100), row("", "web", "GBP", 168, 200))
	w.Query.Filters, w.Query.Channels = map[string][]string{"country": {"GB"}}, []string{"web"}
	german := w.told(Reader{"de", time.UTC}).paper(micros.Time(1_795_000_000_000_000))
	subject, mail := w.Mail("Mornings", time.Unix(1_795_000_000, 0), Reader{"de", berlin(t)})
	table := german.Table.Labels[0] + " " + german.Table.Labels[1] + " " + german.Table.Numbers[0]
	for _, c := range [][2]string{
		{text, "All Orders=168 Gross=12.00 GBP 2026-11-01/web 2026-11-01/pos 2026-11-02/web"},
		{drawn, "Orders per day: 2026-11-01=4; 2026-11-02=–; 2026-11-03=2; "},
		{amounts, "Gross GBP per day: 2026-11-01=3.00 GBP; 2026-11-02=–; 2026-11-03=2.00 GBP; "},
		{bars(), "Orders: web=168; pos=1; "},
		{german.Question + " " + german.Title, "Was bestellen Kunden? Bestellte Aufträge"},
		{fmt.Sprint(german.Facts), "[[Tage 1.–3. Nov. 2026] [Zählt bei bestellt (Zeitzone des Kanals)] [Je ] [Nach Kanal] [Nur Land GB] [Sichtbare Kanäle web] [Erstellt 18. Nov. 2026, 11:06 UTC]]"},
		{fmt.Sprint(german.Totals.Rows[0], german.Totals.Rows[3]), "{[Aufträge] [[168 ]] Bestellte Aufträge.} {[Brutto] [[12,00 GBP ]] Preis dieser Stücke vor Rabatten.}"},
		{table, "Tag Kanal Aufträge"},
		{german.Chart.Title, "Aufträge"},
		{subject, "Mornings: 1.–3. Nov. 2026"},
		{mail[strings.LastIndex(mail[:len(mail)-1], "\n")+1:], "Der Bericht liegt bei. Er zählt Tage, die am 18. Nov. 2026, 12:06 Europe/Berlin vorbei waren.\n"},
	} {
		if c[0] != c[1] {
			t.Errorf("printed %q, not %q", c[0], c[1])
		}
	}
}

func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// TestWords: whatever a definition says is there in every language.
func TestWords(t *testing.T) {
	pagetest.Words(t)
	for lang, have := range catalogs() {
		if lang == "en" {
			continue
		}
		need := func(text string) {
			if text != "" && have[text] == "" {
				t.Errorf("%s lacks %q", lang, text)
			}
		}
		for _, b := range Buckets {
			need(words.Humanize(b))
			need("%s per " + b)
		}
		for _, d := range definitions {
			for _, text := range []string{d.Title, d.Doc, d.Basis, d.Question()} {
				need(text)
			}
			for _, m := range d.Metrics {
				need(words.Humanize(m.Name))
				need(m.Doc)
			}
			for _, x := range d.Dimensions {
				need(words.Humanize(x.Name))
			}
		}
	}
}
