package api

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/money"
	"ordo/internal/project"
	"ordo/internal/sheet"
)

// LedgerEntry is one line of the books: an amount on one side of an account.
type LedgerEntry struct {
	Seq     int64       `json:"seq" doc:"position of the event in the journal; its lines balance"`
	Line    int64       `json:"line" doc:"number of the line of that event, from 1"`
	Day     string      `json:"day" format:"date" doc:"of the event, in UTC" example:"2026-11-22"`
	Account string      `json:"account" example:"receivable"`
	Debit   money.Money `json:"debit"`
	Credit  money.Money `json:"credit"`
	Order   string      `json:"order,omitzero" doc:"id of the order"`
	Ref     string      `json:"ref" doc:"id of what it is about: a payment entry, a store credit account or the order"`
}

// LedgerPage is a page of the books.
type LedgerPage struct {
	Data       []LedgerEntry `json:"data"`
	NextCursor string        `json:"next_cursor,omitzero" doc:"there when more follows; send it as cursor"`
	Through    int64         `json:"through" doc:"the books are kept up to this position of the journal"`
}

func entryJSON(e project.Entry) LedgerEntry {
	in := func(n int64) money.Money { return money.Money{Amount: n, Currency: e.Currency} }
	return LedgerEntry{e.Seq, e.Line, e.Day, e.Account, in(e.Debit), in(e.Credit), e.Order, e.Ref}
}

// days reads the range that is asked for; without limits it is everything.
func (c *call) days() (from, to string, err error) {
	from, to = "0001-01-01", "9999-12-31"
	for name, day := range map[string]*string{"from": &from, "to": &to} {
		if s := c.query.Get(name); s != "" {
			if _, err := time.Parse(time.DateOnly, s); err != nil {
				return "", "", errs.New(errs.Malformed, "invalid_parameter", "%s is a day such as 2026-11-22", name)
			}
			*day = s
		}
	}
	if from > to {
		return "", "", errs.New(errs.Malformed, "invalid_parameter", "from is after to")
	}
	return from, to, nil
}

func listLedger(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	limit, err := c.limit()
	if err != nil {
		return err
	}
	f := app.LedgerFilter{Limit: limit + 1}
	if f.From, f.To, err = c.days(); err != nil {
		return err
	}
	if at := c.query.Get("cursor"); at != "" {
		seq, line, _ := strings.Cut(at, "-")
		if f.AfterSeq, err = position(seq); err == nil {
			f.AfterLine, err = position(line)
		}
		if err != nil {
			return invalidCursor()
		}
	}
	through, err := c.s.app.AwaitLedger(c.r.Context())
	if err != nil {
		return away(err)
	}
	if c.query.Get("format") == "csv" {
		return c.ledgerCSV(f, through)
	}
	rows, err := c.s.app.LedgerEntries(c.r.Context(), f)
	if err != nil {
		return away(err)
	}
	p := pageOf(rows, limit, entryJSON, func(e project.Entry) string { return fmt.Sprintf("%d-%d", e.Seq, e.Line) })
	return c.reply(http.StatusOK, LedgerPage{p.Data, p.NextCursor, through})
}

// csvPage is how many lines are read at once.
const csvPage = 1000

// ledgerCSV writes all lines of the range, as decimals in the currency's own places.
func (c *call) ledgerCSV(f app.LedgerFilter, through int64) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"seq", "line", "day", "account", "currency", "debit", "credit", "order", "ref"})
	f.Limit = csvPage
	began := false
	for {
		rows, err := c.s.app.LedgerEntries(c.r.Context(), f)
		if err != nil {
			if began {
				panic(http.ErrAbortHandler) // the status is out: a file that ends here must not look whole
			}
			return away(err)
		}
		for _, e := range rows {
			_ = w.Write([]string{
				itoa(e.Seq), itoa(e.Line), e.Day, sheet.Harmless(e.Account), sheet.Harmless(e.Currency), decimal(e.Debit, e.Currency), decimal(e.Credit, e.Currency), sheet.Harmless(e.Order), sheet.Harmless(e.Ref),
			})
			f.AfterSeq, f.AfterLine = e.Seq, e.Line
		}
		w.Flush()
		if !began {
			began = true
			c.w.Header().Set("Content-Type", typeCSV+"; charset=utf-8")
			c.w.Header().Set("Content-Disposition", `attachment; filename="ledger-`+f.From+`-`+f.To+`.csv"`)
			c.w.Header().Set("Ordo-Through", strconv.FormatInt(through, 10))
		}
		if _, err := c.w.Write(b.Bytes()); err != nil || len(rows) < csvPage {
			return nil
		}
		b.Reset()
	}
}

// decimal is an amount without its currency; a side that is empty stays empty.
func decimal(n int64, currency string) string {
	if n == 0 {
		return ""
	}
	s, _, _ := strings.Cut(money.Money{Amount: n, Currency: currency}.String(), " ")
	return s
}
