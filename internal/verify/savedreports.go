package verify

import (
	"ordo/internal/app"
	"ordo/internal/doc"
)

// decodeSavedReport reads a saved report as its events have it: without recipients.
func decodeSavedReport(text string) (any, doc.Meta, error) {
	r, err := app.SavedReports.Decode([]byte(text))
	if err != nil {
		return nil, doc.Meta{}, err
	}
	public, _ := r.Split()
	return public, r.Meta, nil
}
