package easypost

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ordo/internal/address"
	"ordo/internal/micros"
	"ordo/internal/money"
	"ordo/internal/provider/carrier"
	"ordo/internal/shipping"
)

// What is sent.
type (
	shipmentRequest struct {
		Shipment shipmentAsk `json:"shipment"`
	}
	shipmentAsk struct {
		To        party             `json:"to_address"`
		From      party             `json:"from_address"`
		Parcel    parcel            `json:"parcel"`
		Reference string            `json:"reference,omitzero"`
		Options   map[string]string `json:"options"`
	}
	party struct {
		Name    string `json:"name,omitzero"`
		Company string `json:"company,omitzero"`
		Street1 string `json:"street1"`
		Street2 string `json:"street2,omitzero"`
		City    string `json:"city"`
		State   string `json:"state,omitzero"`
		Zip     string `json:"zip"`
		Country string `json:"country"`
		Phone   string `json:"phone,omitzero"`
	}
	// parcel is in ounces and inches, as numbers with one decimal, rounded up: carriers round up too.
	parcel struct {
		Weight jsontext.Value `json:"weight"`
		Length jsontext.Value `json:"length,omitzero"`
		Width  jsontext.Value `json:"width,omitzero"`
		Height jsontext.Value `json:"height,omitzero"`
	}
	buyRequest struct {
		Rate rateID `json:"rate"`
	}
	rateID struct {
		ID string `json:"id"`
	}
)

// What comes back, as far as it is looked at.
type (
	shipment struct {
		ID           string `json:"id"`
		Rates        []rate `json:"rates"`
		Rate         *rate  `json:"selected_rate"`
		Label        *label `json:"postage_label"`
		TrackingCode string `json:"tracking_code"`
		RefundStatus string `json:"refund_status"`
		Tracker      *struct {
			ID string `json:"id"`
		} `json:"tracker"`
	}
	label struct {
		URL    string `json:"label_url"`
		PDFURL string `json:"label_pdf_url"`
		Type   string `json:"label_file_type"`
	}
	rate struct {
		ID       string `json:"id"`
		Carrier  string `json:"carrier"`
		Service  string `json:"service"`
		Rate     string `json:"rate"`
		Currency string `json:"currency"`
		Days     int64  `json:"delivery_days"`
	}
	tracker struct {
		TrackingCode string   `json:"tracking_code"`
		Details      []detail `json:"tracking_details"`
	}
	detail struct {
		At      time.Time `json:"datetime"`
		Status  string    `json:"status"`
		Message string    `json:"message"`
		Place   struct {
			City    string `json:"city"`
			State   string `json:"state"`
			Country string `json:"country"`
		} `json:"tracking_location"`
	}
)

func ask(s shipping.Shipment, reference string) shipmentAsk {
	return shipmentAsk{
		To: partyOf(s.To), From: partyOf(s.From), Reference: reference,
		Parcel: parcel{
			// An ounce is 28.349523125 g, an inch 25.4 mm.
			Weight: tenths(s.Parcel.WeightGrams, 28_349_523_125, 1_000_000_000), Length: tenths(s.Parcel.LengthMM, 254, 10),
			Width: tenths(s.Parcel.WidthMM, 254, 10), Height: tenths(s.Parcel.HeightMM, 254, 10),
		},
		Options: map[string]string{"label_format": "PDF", "invoice_number": s.Reference},
	}
}

func partyOf(a address.Address) party {
	return party{a.Name, a.Company, a.Line1, a.Line2, a.City, a.Region, a.PostalCode, a.Country, a.Phone}
}

// tenths renders n divided by num/den with one decimal, rounded up; nothing for nothing.
func tenths(n, num, den int64) jsontext.Value {
	if n <= 0 {
		return nil
	}
	x := new(big.Int).Mul(big.NewInt(n), big.NewInt(10*den))
	q, rest := new(big.Int).QuoRem(x, big.NewInt(num), new(big.Int))
	if rest.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	t := q.Int64()
	return jsontext.Value(fmt.Sprintf("%d.%d", t/10, t%10))
}

// rate finds what a service costs.
func (s *shipment) rate(x shipping.Service) *rate {
	for i := range s.Rates {
		if r := &s.Rates[i]; r.Carrier+"/"+r.Service == x.ProviderCode {
			return r
		}
	}
	return nil
}

func (r *rate) into(q *shipping.Quote) (err error) {
	if r.Days > 0 {
		q.TransitDays = r.Days
	}
	q.Cost, err = amount(r.Rate, r.Currency)
	return err
}

// amount reads a decimal such as 5.93 without ever being a float; what is finer than a minor unit is rounded up, since
// it is a cost.
func amount(s, currency string) (money.Money, error) {
	whole, frac, _ := strings.Cut(s, ".")
	e := money.Exponent(currency)
	more := ""
	if len(frac) > e {
		frac, more = frac[:e], frac[e:]
	}
	n, err := strconv.ParseInt(whole+frac+strings.Repeat("0", e-len(frac)), 10, 64)
	if err != nil || whole == "" || !money.ValidCurrency(currency) || n < 0 || n >= money.Max || strings.Trim(more, "0123456789") != "" {
		return money.Money{}, fmt.Errorf("easypost: %q %q is no amount", s, currency)
	}
	if strings.Trim(more, "0") != "" {
		n++
	}
	return money.Money{Amount: n, Currency: currency}, nil
}

// codes translates EasyPost's states; what is missing (unknown) says nothing.
var codes = map[string]shipping.Code{
	"pre_transit": shipping.PreTransit, "in_transit": shipping.InTransit, "out_for_delivery": shipping.OutForDelivery, "delivered": shipping.Delivered,
	"available_for_pickup": shipping.AvailableForPickup, "return_to_sender": shipping.ReturnToSender, "failure": shipping.Exception,
	"error": shipping.Exception, "cancelled": shipping.TrackingCanceled,
}

func (t *tracker) scans() (out []shipping.Scan) {
	for _, d := range t.Details {
		if code, ok := codes[d.Status]; ok && d.At.Unix() > 0 {
			place := strings.Trim(strings.Join([]string{d.Place.City, d.Place.State, d.Place.Country}, ", "), ", ")
			out = append(out, shipping.Scan{Code: code, At: micros.Of(d.At), Message: d.Message, Place: place})
		}
	}
	return out
}

// paper fetches the label as PDF; where it was made as a picture, EasyPost converts it.
func (p *Provider) paper(ctx context.Context, a carrier.Account, s *shipment) (pdf []byte, hash string, err error) {
	at := s.Label.PDFURL
	if at == "" && s.Label.Type == "application/pdf" {
		at = s.Label.URL
	}
	if at == "" {
		var converted shipment
		if err := p.call(ctx, a, http.MethodGet, "/shipments/"+url.PathEscape(s.ID)+"/label?file_format=PDF", nil, &converted); err != nil {
			return nil, "", fmt.Errorf("the label cannot be had as PDF: %w", err)
		}
		if converted.Label == nil {
			return nil, "", errors.New("easypost: a converted label is missing")
		}
		at = converted.Label.PDFURL
	}
	pdf, err = p.download(ctx, at)
	if err != nil {
		return nil, "", err
	}
	h := sha256.Sum256(pdf)
	return pdf, hex.EncodeToString(h[:]), nil
}

// download fetches a file from where EasyPost keeps labels, and from nowhere else.
func (p *Provider) download(ctx context.Context, at string) ([]byte, error) {
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "https" || !strings.HasSuffix(u.Hostname(), ".amazonaws.com") && !strings.HasSuffix(u.Hostname(), ".easypost.com") {
		return nil, errors.New("easypost: the label is at an address that is not trusted")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	res, err := p.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(string(body), "%PDF-") {
		return nil, fmt.Errorf("easypost: the label cannot be fetched: %d", res.StatusCode)
	}
	return body, nil
}
