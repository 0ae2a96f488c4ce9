// Package easypost buys labels of many carriers through EasyPost's REST API.
//
// What lives here: a small HTTP client, and the translation of its words and units into Ordo's. What does not: the
// choice of a service (shipping) and when to call (app).
// The one idea: EasyPost has no idempotency keys, but a shipment can be found by its reference. The reference is the
// intent's key, and a shipment is bought once: so a call that was cut off is resolved by looking before buying.
//
// A service's provider_code names a carrier and a service of EasyPost, such as USPS/GroundAdvantage. Shipments across
// borders that need customs forms are refused by EasyPost, since Ordo sends none yet.
package easypost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/provider/carrier"
	"ordo/internal/shipping"
)

// api is where EasyPost answers.
const api = "https://api.easypost.com/v2"

// maxAnswer bounds what is read of an answer or a label.
const maxAnswer = 8 << 20

// Provider implements carrier.Provider.
type Provider struct{ client *http.Client }

var _ carrier.Provider = (*Provider)(nil)

// New makes a client; a nil transport is Go's own.
func New(transport http.RoundTripper) *Provider {
	return &Provider{&http.Client{Transport: transport, Timeout: 20 * time.Second}}
}

// refusal is a definite no: EasyPost understood the request and will not carry it out.
type refusal struct {
	status  int
	code    string
	message string
}

func (r *refusal) Error() string { return fmt.Sprintf("easypost: %s: %s", r.code, r.message) }

// reason is a refusal as the outcome of an intent.
func (r *refusal) reason() string { return errs.Clip(strings.ToLower(r.code) + ": " + r.message) }

// call makes one request. Its error never holds the API key: it travels in a header only.
func (p *Provider) call(ctx context.Context, a carrier.Account, method, path string, in, out any) error {
	if a.Secret == "" {
		return &refusal{code: "no_secret", message: "the API key that the carrier's settings name is not in the environment"}
	}
	var body io.Reader
	if in != nil {
		body = bytes.NewReader(jsonx.Marshal(in))
	}
	base := api
	if a.Settings.BaseURL != "" {
		base = strings.TrimSuffix(a.Settings.BaseURL, "/")
	}
	req, err := http.NewRequestWithContext(ctx, method, base+path, body)
	if err != nil {
		return err
	}
	req.SetBasicAuth(a.Secret, "")
	req.Header.Set("User-Agent", "ordo")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return refused(res.StatusCode, text)
	}
	return jsonx.Unmarshal(text, out)
}

// refused tells a definite no from what may be otherwise a moment later.
func refused(status int, text []byte) error {
	var e struct {
		Error struct {
			Code    string         `json:"code"`
			Message jsontext.Value `json:"message"` // text, or an object
		} `json:"error"`
	}
	_ = jsonx.Unmarshal(text, &e)
	if status >= 500 || status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status == http.StatusConflict {
		return fmt.Errorf("easypost answered %d %s", status, e.Error.Code)
	}
	r := &refusal{status: status, code: e.Error.Code, message: strings.Trim(string(e.Error.Message), `"`)}
	if r.code == "" {
		r.code = "http_" + fmt.Sprint(status)
	}
	return r
}

// final turns a definite no into an outcome; any other error stays one.
func final(err error) (shipping.Outcome, error) {
	var r *refusal
	if errors.As(err, &r) {
		return shipping.Outcome{State: shipping.Failed, Reason: r.reason()}, nil
	}
	return shipping.Outcome{}, err
}

// Rates implements carrier.Provider.
func (p *Provider) Rates(ctx context.Context, a carrier.Account, s shipping.Shipment) ([]shipping.Quote, error) {
	var made shipment
	if err := p.call(ctx, a, http.MethodPost, "/shipments", shipmentRequest{ask(s, "")}, &made); err != nil {
		return nil, err
	}
	var out []shipping.Quote
	for i := range a.Services {
		x := a.Services[i]
		q := shipping.Quote{Carrier: a.ID, Service: x.Code, Name: x.Name, TransitDays: x.TransitDays, Refused: x.Refuses(s)}
		if q.Refused == "" {
			r := made.rate(x)
			if r == nil {
				q.Refused = shipping.NoRate
			} else if err := r.into(&q); err != nil {
				return nil, err
			}
		}
		out = append(out, q)
	}
	return out, nil
}

// Buy implements carrier.Provider.
func (p *Provider) Buy(ctx context.Context, a carrier.Account, r carrier.Request) (shipping.Outcome, error) {
	have, err := p.find(ctx, a, r.Key)
	if err == nil && have == nil {
		have = &shipment{}
		err = p.call(ctx, a, http.MethodPost, "/shipments", shipmentRequest{ask(r.Shipment, r.Key)}, have)
	}
	if err != nil {
		return final(err)
	}
	if have.Label == nil {
		rate := have.rate(r.Service)
		if rate == nil {
			return shipping.Outcome{State: shipping.Failed, Reason: shipping.NoRate}, nil
		}
		id := have.ID
		have = &shipment{}
		if err := p.call(ctx, a, http.MethodPost, "/shipments/"+url.PathEscape(id)+"/buy", buyRequest{rateID{rate.ID}}, have); err != nil {
			return final(err)
		}
	}
	return p.bought(ctx, a, have)
}

// find looks for the shipment with a reference; nil when there is none.
func (p *Provider) find(ctx context.Context, a carrier.Account, reference string) (*shipment, error) {
	s := &shipment{}
	err := p.call(ctx, a, http.MethodGet, "/shipments/"+url.PathEscape(reference), nil, s)
	var r *refusal
	if errors.As(err, &r) && r.status == http.StatusNotFound {
		return nil, nil
	}
	return s, err
}

// bought is the outcome of a label that was paid for. Its paper is fetched before anything is said: a label without
// paper is not done yet.
func (p *Provider) bought(ctx context.Context, a carrier.Account, s *shipment) (shipping.Outcome, error) {
	if s.Label == nil || s.Rate == nil || s.TrackingCode == "" {
		return shipping.Outcome{}, errors.New("easypost: a shipment was bought and has no label")
	}
	cost, err := amount(s.Rate.Rate, s.Rate.Currency)
	if err != nil {
		return shipping.Outcome{}, err
	}
	out := shipping.Outcome{State: shipping.Succeeded, TrackingNumber: s.TrackingCode, ProviderRef: s.ID, Cost: cost}
	if s.Tracker != nil {
		out.ProviderRef += "/" + s.Tracker.ID
	}
	out.Paper, out.FileHash, err = p.paper(ctx, a, s)
	return out, err
}

// Void implements carrier.Provider. EasyPost takes the label back at once and pays later: `submitted` is a yes.
func (p *Provider) Void(ctx context.Context, a carrier.Account, r carrier.Request) (shipping.Outcome, error) {
	id, _, _ := strings.Cut(r.Ref, "/")
	var s shipment
	if err := p.call(ctx, a, http.MethodPost, "/shipments/"+url.PathEscape(id)+"/refund", nil, &s); err != nil {
		return final(err)
	}
	return refundOutcome(s.RefundStatus), nil
}

func refundOutcome(status string) shipping.Outcome {
	if status == "submitted" || status == "refunded" {
		return shipping.Outcome{State: shipping.Succeeded}
	}
	return shipping.Outcome{State: shipping.Failed, Reason: "refund_" + status}
}

// Query implements carrier.Provider.
func (p *Provider) Query(ctx context.Context, a carrier.Account, r carrier.Request) (shipping.Outcome, bool, error) {
	reference := r.Key
	if r.Kind == shipping.Void {
		reference, _, _ = strings.Cut(r.Ref, "/")
	}
	s, err := p.find(ctx, a, reference)
	if err != nil {
		out, err := final(err)
		return out, false, err
	}
	switch {
	case s == nil:
		return shipping.Outcome{}, false, nil
	case r.Kind == shipping.Void:
		return refundOutcome(s.RefundStatus), s.RefundStatus != "", nil
	case s.Label == nil:
		return shipping.Outcome{}, false, nil // Buy finds it again
	}
	out, err := p.bought(ctx, a, s)
	return out, true, err
}

// Track implements carrier.Provider.
func (p *Provider) Track(ctx context.Context, a carrier.Account, _, ref string) ([]shipping.Scan, error) {
	_, id, ok := strings.Cut(ref, "/")
	if !ok {
		return nil, nil
	}
	var t tracker
	if err := p.call(ctx, a, http.MethodGet, "/trackers/"+url.PathEscape(id), nil, &t); err != nil {
		return nil, err
	}
	return t.scans(), nil
}
