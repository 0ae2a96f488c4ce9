package demo

import (
	"context"
	"io"

	"ordo/internal/database"
	"ordo/internal/verify"
)

// prove is what `ordo verify --sandbox` does, beside the running server and on connections of its own that cannot
// write.
func prove(ctx context.Context, url string, out io.Writer) (bool, error) {
	db, err := database.OpenReadOnly(ctx, url)
	if err != nil {
		return false, err
	}
	defer db.Close()
	var o verify.Options
	done, err := o.OpenSandboxes(ctx, url)
	if err != nil {
		return false, err
	}
	defer done()
	report, err := verify.Run(ctx, db, o)
	if err != nil {
		return false, err
	}
	return report.OK, report.Write(out)
}
