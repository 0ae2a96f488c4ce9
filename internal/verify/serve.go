package verify

import (
	"context"

	"ordo/internal/app"
	"ordo/internal/store"
)

// For is what a server runs on its own database: all checks but those of the sandboxes. They read on one snapshot, so
// that nobody who writes waits for them.
func For(db store.DB) app.Verifier {
	return func(ctx context.Context, progress func(stage string, done, total int64)) (app.Verified, error) {
		rep, err := Run(ctx, db, Options{Progress: progress})
		if err != nil {
			return app.Verified{}, err
		}
		return rep.verified(), nil
	}
}

// verified is the report as it is kept: of each check the first row that is broken, and the first to look at.
func (rep *Report) verified() app.Verified {
	out := app.Verified{Checks: int64(len(rep.Checks)), Rows: rep.Rows, Head: rep.Head}
	for _, c := range rep.Checks {
		out.Broken += c.Broken
		out.Warnings += c.Warnings
		if c.Broken > 0 {
			out.Findings = append(out.Findings, app.Finding{Check: c.Check, Says: c.Says, Rows: c.Broken, Row: c.Findings[0].Row, Text: c.Findings[0].Text})
		}
		if c.Warnings > 0 {
			out.Findings = append(out.Findings, app.Finding{Check: c.Check, Says: c.Says, Rows: c.Warnings, Row: c.Warned[0].Row, Text: c.Warned[0].Text, Warning: true})
		}
	}
	return out
}
