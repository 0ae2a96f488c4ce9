package api

import (
	"context"
	"net/http"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/catalog"
)

// Seller is who sells on a channel, as it stands on packing slips and invoices.
type Seller struct {
	Name    string          `json:"name,omitzero" maxLength:"200" doc:"without it the channel's name" example:"Lantern & Loom"`
	Address address.Address `json:"address,omitzero"`
	TaxID   string          `json:"tax_id,omitzero" maxLength:"200" example:"VAT GB123456789"`
	Contact string          `json:"contact,omitzero" maxLength:"200" doc:"for customers: mail, phone or a page" example:"help@lantern.example"`
	Bank    string          `json:"bank,omitzero" maxLength:"200" doc:"where transfers go, as it is printed on invoices and read out" example:"IBAN GB33 BUKB 2020 1555 5555 55"`
}

// Invoicing says when a channel issues invoices, how it numbers them and when they are due.
type Invoicing struct {
	Issue   string `json:"issue,omitzero" enum:"manual,shipment,placement" doc:"manual when left out; shipment: for what ships, in the same step; placement: for the whole order, as soon as it is accepted"`
	Prefix  string `json:"prefix,omitzero" maxLength:"20" doc:"before the number; without it the channel's code in capitals" example:"WEB-"`
	DueDays int64  `json:"due_days,omitzero" minimum:"0" maximum:"3650" doc:"days until an invoice is due" example:"14"`
}

func sellerJSON(s catalog.Seller) Seller { return Seller(s) }

// document answers with a rendered document, which a browser shows and a client may save under its name.
func (c *call) document(p app.Paper) error {
	c.w.Header().Set("Content-Disposition", `inline; filename="`+p.Name+`"`)
	write(c.w, http.StatusOK, typePDF, p.PDF)
	return nil
}

// fulfillmentPaper handles the papers of fulfillment orders.
func fulfillmentPaper(render func(*app.App, context.Context, string) (app.Paper, error)) func(*call) error {
	return func(c *call) error {
		f, err := c.fulfillmentID()
		if err != nil {
			return err
		}
		p, err := render(c.s.app, c.r.Context(), f.ID)
		if err != nil {
			return away(err)
		}
		return c.document(p)
	}
}
