package api

import (
	"net/http"
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/report"
	"ordo/internal/sheet"
	"ordo/internal/store"
)

// reportFile answers with a report as a file.
func reportFile(form func(*report.Result) ([]byte, error)) func(*call) error {
	return func(c *call) error {
		res, through, err := c.runReport()
		if err != nil {
			return err
		}
		b, err := form(res)
		if err != nil {
			return err
		}
		ending := ".csv"
		if c.route.file == sheet.TypeXLSX {
			ending = ".xlsx"
		}
		c.w.Header().Set("Content-Disposition", `attachment; filename="`+res.Definition.Name+"-"+res.From+"-"+res.To+ending+`"`)
		c.w.Header().Set("Ordo-Through", itoa(through))
		write(c.w, http.StatusOK, c.route.file, b)
		return nil
	}
}

// reportPaper answers with a report to print.
func reportPaper(c *call) error {
	d, q, err := c.reportQuery()
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(c.query.Get("time_zone"))
	if err != nil || zone == time.Local { // the server's own zone is nobody's
		return errs.New(errs.Malformed, "invalid_parameter", "time_zone is a name such as Europe/Berlin")
	}
	var whole *report.Whole
	var through int64
	err = c.onFacts(func(r store.Reader, s app.FactState) (err error) {
		through = s.Through
		whole, err = d.RunWhole(c.r.Context(), r, q, c.query.Get("metric"))
		return err
	})
	if err != nil {
		return err
	}
	b, err := whole.PDF(micros.Of(q.Now), report.Reader{Language: c.query.Get("language"), Zone: zone})
	if err != nil {
		return err
	}
	c.w.Header().Set("Ordo-Through", itoa(through))
	return c.document(app.Paper{Name: d.Name + "-" + q.From + "-" + q.To + ".pdf", PDF: b})
}
