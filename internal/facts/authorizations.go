package facts

import (
	"slices"

	"ordo/internal/journal"
	"ordo/internal/micros"
	"ordo/internal/payment"
)

// Authorization is one authorization of a payment that succeeded, and what became of it: captured + voided + expired +
// what is open. What is on its way counts as done, as it does for what may still be captured.
type Authorization struct {
	Order    string `col:"order_id"`
	ID       string `col:"entry_id"`
	Payment  string `col:"payment_id"`
	Number   string `col:"number"` // of the order
	Provider string `col:"provider"`
	Channel  string `col:"channel"`
	Country  string `col:"country"`
	Currency string `col:"currency"`
	Amount   int64  `col:"amount"`
	Captured int64  `col:"captured"`
	Voided   int64  `col:"voided"`
	Expired  int64  `col:"expired"` // what was left of it at its end
	Open     int64  `col:"open"`    // may still be captured or voided

	AuthorizedAt int64  `col:"authorized_at"`
	ExpiresAt    int64  `col:"expires_at"` // 0: never
	ExpiresHour  string `col:"expires_hour"`
}

// pays notes what an event says of an entry of a payment. The amounts follow from the entries, as the ledger of the
// payment has them (package payment).
func (f *File) pays(row *journal.Row, id, provider string, e payment.Entry) {
	if row.Type == "payment.unmatched" { // of what nobody asked for
		return
	}
	i := slices.IndexFunc(f.ledger, func(p *payment.Payment) bool { return p.ID == id })
	if i < 0 {
		i = len(f.ledger)
		f.ledger = append(f.ledger, &payment.Payment{Provider: provider})
		f.ledger[i].ID = id
	}
	if known := f.ledger[i].Entry(e.ID); known != nil {
		*known = e
		return
	}
	f.ledger[i].Entries = append(f.ledger[i].Entries, e)
}

func (f *File) authorizationRows() (out []Authorization) {
	o := f.order
	for _, p := range f.ledger {
		for _, a := range p.Auths() {
			r := Authorization{
				Order: o.ID, ID: a.ID, Payment: p.ID, Number: o.Number, Provider: p.Provider, Channel: o.Channel, Country: o.ShippingAddress.Country, Currency: o.Currency,
				Amount: a.Amount, Captured: a.Captured + a.CapturePending, Voided: a.Voided + a.VoidPending, AuthorizedAt: int64(p.Entry(a.ID).DoneAt), ExpiresAt: int64(a.ExpiresAt),
			}
			rest := r.Amount - r.Captured - r.Voided
			if a.Expired {
				r.Expired = rest
			} else {
				r.Open = rest
			}
			if a.ExpiresAt > 0 {
				r.ExpiresHour = f.hour(micros.Time(r.ExpiresAt))
			}
			out = append(out, r)
		}
	}
	return out
}
