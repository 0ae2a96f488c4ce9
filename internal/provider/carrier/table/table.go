// Package table is a carrier that is priced by tables and labeled by ourselves: own vans, a courier with a price list.
//
// What lives here: numbers and papers of such labels. What does not: the tables and their prices (shipping).
// The one idea: everything follows from the intent's key, so asking again gives the same label without a store.
package table

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"net/http"
	"strings"

	"ordo/internal/micros"
	"ordo/internal/money"
	"ordo/internal/paper"
	"ordo/internal/provider/carrier"
	"ordo/internal/shipping"
)

// Provider implements carrier.Provider.
type Provider struct{}

var _ carrier.Provider = Provider{}

// Rates implements carrier.Provider.
func (Provider) Rates(_ context.Context, a carrier.Account, s shipping.Shipment) ([]shipping.Quote, error) {
	return a.Quotes(s), nil
}

// TrackingNumber makes the number of a label from its intent's key: OR, sixteen digits, and two check digits by ISO
// 7064 MOD 97-10, as in IBANs: all eighteen digits leave 1 when divided by 97.
func TrackingNumber(key string) string {
	h := sha256.Sum256([]byte(key))
	n := new(big.Int).SetBytes(h[:16])
	n.Mod(n, big.NewInt(1e16))
	check := 98 - new(big.Int).Mod(new(big.Int).Mul(n, big.NewInt(100)), big.NewInt(97)).Int64()
	return fmt.Sprintf("OR%016d%02d", n, check)
}

// Buy implements carrier.Provider.
func (Provider) Buy(_ context.Context, a carrier.Account, r carrier.Request) (shipping.Outcome, error) {
	if why := r.Service.Refuses(r.Shipment); why != "" {
		return shipping.Outcome{State: shipping.Failed, Reason: why}, nil
	}
	if a.Rates == nil {
		return shipping.Outcome{State: shipping.Failed, Reason: shipping.NoRate}, nil
	}
	charges, _, why := a.Rates.Price(r.Service.Code, r.Shipment)
	if why != "" {
		return shipping.Outcome{State: shipping.Failed, Reason: why}, nil
	}
	out := shipping.Outcome{
		State: shipping.Succeeded, TrackingNumber: TrackingNumber(r.Key), ProviderRef: r.Key,
		Cost: money.Money{Amount: shipping.Sum(charges), Currency: a.Rates.Currency},
	}
	var err error
	out.Paper, out.FileHash, err = Paper(a, r, out.TrackingNumber, false)
	return out, err
}

// Paper renders a label and its hash.
func Paper(a carrier.Account, r carrier.Request, tracking string, test bool) (pdf []byte, hash string, err error) {
	pdf, err = paper.Label(paper.LabelData{
		Carrier: a.Name, Service: r.Service.Name, Tracking: tracking, From: r.Shipment.From, To: r.Shipment.To,
		WeightGrams: r.Shipment.Parcel.WeightGrams, Reference: strings.TrimSpace(r.Shipment.Reference), At: r.At, Test: test,
	})
	h := sha256.Sum256(pdf)
	return pdf, hex.EncodeToString(h[:]), err
}

// Void implements carrier.Provider: nobody has to be told.
func (Provider) Void(context.Context, carrier.Account, carrier.Request) (shipping.Outcome, error) {
	return shipping.Outcome{State: shipping.Succeeded}, nil
}

// Query implements carrier.Provider: what has not been recorded may be asked for again.
func (Provider) Query(context.Context, carrier.Account, carrier.Request) (shipping.Outcome, bool, error) {
	return shipping.Outcome{}, false, nil
}

// Track implements carrier.Provider: only people know where such a parcel is.
func (Provider) Track(context.Context, carrier.Account, string, string) ([]shipping.Scan, error) {
	return nil, nil
}

// Webhook implements carrier.Provider.
func (Provider) Webhook(carrier.Account, http.Header, []byte, micros.Time) ([]carrier.Report, error) {
	return nil, carrier.ErrNoWebhooks
}
