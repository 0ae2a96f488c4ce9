package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/work"
)

// ErasedCustomer says how much of a customer was erased.
type ErasedCustomer struct {
	ID          string `json:"id" example:"cus_01kas8rz0hefgtq4ty8f7zm6dj"`
	Version     int64  `json:"version"`
	ErasedAt    string `json:"erased_at" format:"date-time"`
	Orders      int    `json:"orders" doc:"whose names, addresses and notes are gone"`
	Cases       int    `json:"cases" doc:"with their threads"`
	Mails       int    `json:"mails"`
	StoreCredit int    `json:"store_credit" doc:"accounts"`
}

func eraseCustomer(c *call) error {
	id, err := c.sharedID("cus", "customer")
	if err != nil {
		return err
	}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.EraseCustomer(c.r.Context(), id, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryEraseCustomer(c.r.Context(), id, m) },
		rendered(http.StatusOK, func(e app.ErasedCustomer) ErasedCustomer {
			return ErasedCustomer{e.ID, e.Version, e.ErasedAt.String(), e.Orders, e.Cases, e.Mails, e.Credits}
		}))
}
