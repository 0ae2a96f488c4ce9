package report

import (
	"embed"
	"math"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/number"

	"ordo/internal/money"
	"ordo/internal/words"
)

// Messages are the catalogs of what definitions, questions and papers say: pages that show reports read them, too.
//
//go:embed messages
var Messages embed.FS

var catalogs = sync.OnceValue(func() words.Words {
	w, err := words.Read(Messages)
	if err != nil {
		panic(err) // embedded at build time
	}
	return w
})

// Reader is who reads a report on paper or in a mail: English is written for a language that there are no words in.
type Reader struct {
	Language string
	Zone     *time.Location
}

// told is a report in the words of its reader.
type told struct {
	*Whole
	Reader
	say *words.Format
}

func (w *Whole) told(to Reader) *told {
	if catalogs()[to.Language] == nil {
		to.Language = "en"
	}
	return &told{w, to, catalogs().Format(to.Language, to.Zone)}
}

// none is written where a number cannot be computed.
const none = "–"

// text writes a value of a metric for people: amounts in the places of their currency, which stands elsewhere.
func (w *told) text(m *Metric, v *float64, currency string) string {
	if v == nil {
		return none
	}
	decimal := func(n float64, digits int) string { return w.say.Number(n, number.MaxFractionDigits(digits)) }
	switch {
	case m.Unit == Money && currency != "":
		return w.say.Amount(money.Money{Amount: int64(math.Round(*v)), Currency: currency})
	case m.Unit == Ratio && m.Share():
		return decimal(*v*100, 1) + " %"
	case m.Unit == Days:
		return w.say.T("%s days", decimal(*v, 1))
	case m.Unit == Seconds && *v >= 2*86400:
		return w.say.T("%s days", decimal(*v/86400, 1))
	case m.Unit == Seconds:
		return w.say.T("%s hours", decimal(*v/3600, 1))
	}
	return decimal(*v, 2)
}

// asks is what was asked in words, name by name.
func (w *told) asks() [][2]string {
	t, d := w.say.T, w.Asked.Definition
	list := [][2]string{{t("Days"), w.say.Span(w.Asked.From, w.Asked.To)}}
	if w.Asked.PreviousFrom != "" {
		list = append(list, [2]string{t("Compared with"), w.say.Span(w.Asked.PreviousFrom, w.Asked.PrevTo)})
	}
	bucket, by := "", make([]string, len(w.Query.GroupBy))
	if w.Query.Bucket != "" {
		bucket = w.say.Word(w.Query.Bucket)
	}
	for i, g := range w.Query.GroupBy {
		by[i] = w.say.Word(g)
	}
	list = append(list, [2]string{t("Counts at"), t(d.Basis)}, [2]string{t("Per"), bucket}, [2]string{t("By"), strings.Join(by, ", ")})
	for _, x := range d.Dimensions {
		if values := w.Query.Filters[x.Name]; len(values) > 0 {
			list = append(list, [2]string{t("Only %s", w.say.Word(x.Name)), strings.Join(values, ", ")})
		}
	}
	if w.Query.Channels != nil {
		list = append(list, [2]string{t("Channels seen"), strings.Join(w.Query.Channels, ", ")})
	}
	return list
}

// Mail is what a mail says that carries the report under a name: the subject, and what was asked with the numbers of the
// whole time, line by line. It was made at a time.
func (w *Whole) Mail(name string, at time.Time, to Reader) (subject, text string) {
	l := w.told(to)
	t := l.say.T
	var b strings.Builder
	b.WriteString(t(w.Asked.Definition.Question()) + "\n")
	for _, a := range l.asks() {
		if a[1] != "" {
			b.WriteString(a[0] + ": " + a[1] + "\n")
		}
	}
	if len(w.Total.Rows) == 0 {
		b.WriteString("\n" + t("Nothing counts in this time.") + "\n")
	}
	for _, row := range w.Total.Rows {
		b.WriteString("\n")
		if row.Currency != "" {
			b.WriteString(row.Currency + "\n")
		}
		for i, m := range w.Asked.Definition.Metrics {
			n := l.number(&m, row, i)
			b.WriteString("- " + l.say.Word(m.Name) + ": " + n[0])
			if n[1] != "" {
				b.WriteString(" (" + t("before: %s", n[1]) + ")")
			}
			b.WriteString("\n")
		}
	}
	b.WriteString("\n" + t("The report is attached. It counts days that were over at %s.", l.say.Minute(at)) + "\n")
	return name + ": " + l.say.Span(w.Asked.From, w.Asked.To), b.String()
}
