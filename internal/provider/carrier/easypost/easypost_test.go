package easypost

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/money"
	"ordo/internal/provider/carrier"
	"ordo/internal/shipping"
)

// cassette is a recording: requests and answers in their order.
type cassette struct {
	Interactions []struct {
		Request struct {
			Method string `yaml:"method"`
			URL    string `yaml:"url"`
			Body   string `yaml:"body"`
		} `yaml:"request"`
		Response struct {
			Code int    `yaml:"code"`
			Body string `yaml:"body"`
		} `yaml:"response"`
	} `yaml:"interactions"`
}

// replay answers from a recording. Shipments looked for by our own reference are not there yet; extra answers what the
// recording does not have (by method and URL).
type replay struct {
	t     *testing.T
	tape  cassette
	next  int
	extra map[string]string
	calls []string
}

func open(t *testing.T, name string) *replay {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	r := &replay{t: t, extra: map[string]string{}}
	if err := yaml.Unmarshal(text, &r.tape); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *replay) RoundTrip(req *http.Request) (*http.Response, error) {
	what := req.Method + " " + req.URL.String()
	r.calls = append(r.calls, what)
	answer := func(code int, body string) (*http.Response, error) {
		return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
	}
	if body, ok := r.extra[what]; ok {
		return answer(200, body)
	}
	if strings.HasSuffix(what, "/shipments/lba_key") && req.Method == http.MethodGet {
		return answer(404, `{"error":{"code":"NOT_FOUND","errors":[],"message":"The requested resource could not be found."}}`)
	}
	if user, _, _ := req.BasicAuth(); user != "EZTK-secret" {
		r.t.Errorf("%s: the API key is missing", what)
	}
	if r.next >= len(r.tape.Interactions) {
		return nil, errors.New("not recorded: " + what)
	}
	i := r.tape.Interactions[r.next]
	r.next++
	if want := i.Request.Method + " " + i.Request.URL; want != what {
		r.t.Errorf("asked %s, recorded is %s", what, want)
	}
	if req.Body != nil {
		have, err := io.ReadAll(req.Body)
		if err != nil {
			r.t.Fatal(err)
		}
		r.within(what, have, []byte(i.Request.Body))
	}
	return answer(i.Response.Code, i.Response.Body)
}

// within checks that what we send is what was recorded, where we send it: the recorded requests say more (customs,
// mail addresses), and ours say the reference and the format of the label.
func (r *replay) within(what string, have, want []byte) {
	var a, b any
	if json.Unmarshal(have, &a) != nil || json.Unmarshal(want, &b) != nil {
		r.t.Fatalf("%s: sent %s, recorded %s", what, have, want)
	}
	var walk func(at string, a, b any)
	walk = func(at string, a, b any) {
		am, ok := a.(map[string]any)
		if !ok {
			if a != b {
				r.t.Errorf("%s: %s is %v, recorded is %v", what, at, a, b)
			}
			return
		}
		bm, _ := b.(map[string]any)
		for k, v := range am {
			if k == "options" || k == "reference" {
				continue
			}
			walk(at+"/"+k, v, bm[k])
		}
	}
	walk("", a, b)
}

var account = carrier.Account{Secret: "EZTK-secret", WebhookSecret: "sécret", Carrier: &shipping.Carrier{Name: "E", Services: []shipping.Service{
	{Code: "ground", Name: "Ground", ProviderCode: "USPS/GroundAdvantage"},
	{Code: "air", Name: "Air", ProviderCode: "USPS/Priority", TransitDays: 9},
	{Code: "rocket", Name: "Rocket", ProviderCode: "SpaceX/Falcon"},
	{Code: "local", Name: "Local", Countries: []string{"GB"}},
}}}

// The shipment of the recordings; 436 g are 15.4 oz, 10 by 8 by 4 inches 254 by 203 by 101 mm.
var parcelOfRecord = shipping.Shipment{
	From:   address.Address{Name: "Jack Sparrow", Line1: "388 Townsend St", Line2: "Apt 20", City: "San Francisco", Region: "CA", PostalCode: "94107", Country: "US"},
	To:     address.Address{Name: "Elizabeth Swan", Line1: "179 N Harbor Dr", City: "Redondo Beach", Region: "CA", PostalCode: "90277", Country: "US"},
	Parcel: shipping.Parcel{WeightGrams: 436, LengthMM: 254, WidthMM: 203, HeightMM: 101},
}

func TestRates(t *testing.T) {
	p := New(open(t, "TestShipmentCreate"))
	quotes, err := p.Rates(t.Context(), account, parcelOfRecord)
	if err != nil || len(quotes) != 4 {
		t.Fatal(quotes, err)
	}
	for i, want := range []string{"ground  593 USD 3", "air  690 USD 2", "rocket no_rate 0  0", "local not_served 0  0"} {
		q := quotes[i]
		got := q.Service + " " + q.Refused + " " + itoa(q.Cost.Amount) + " " + q.Cost.Currency + " " + itoa(q.TransitDays)
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func itoa(n int64) string { b, _ := json.Marshal(n); return string(b) }

func TestBuy(t *testing.T) {
	r := open(t, "TestShipmentBuy")
	// The recording bought a picture; its conversion and the file itself were not recorded.
	const file = "https://easypost-files.s3.us-west-2.amazonaws.com/label.pdf"
	r.extra["GET https://api.easypost.com/v2/shipments/shp_fe84a2a4c4894499a19699a54767d08b/label?file_format=PDF"] = `{"postage_label":{"label_pdf_url":"` + file + `"}}`
	r.extra["GET "+file] = "%PDF-1.7 label"
	out, err := New(r).Buy(t.Context(), account, carrier.Request{Key: "lba_key", Kind: shipping.Buy, Service: account.Services[0], Shipment: parcelOfRecord})
	if err != nil {
		t.Fatal(err)
	}
	if out.State != shipping.Succeeded || out.TrackingNumber != "9400100110368070372185" || out.Cost != (money.Money{Amount: 593, Currency: "USD"}) ||
		out.ProviderRef != "shp_fe84a2a4c4894499a19699a54767d08b/trk_da27cbafbd6b482eac96a23b1c9a9dd1" || string(out.Paper) != "%PDF-1.7 label" || len(out.FileHash) != 64 {
		t.Errorf("%+v", out)
	}

	// A call that was cut off: the shipment is found by its reference and not bought again.
	again := open(t, "TestShipmentBuy")
	again.extra = r.extra
	again.extra["GET https://api.easypost.com/v2/shipments/lba_key2"] = again.tape.Interactions[1].Response.Body
	req := carrier.Request{Key: "lba_key2", Kind: shipping.Buy, Service: account.Services[0], Shipment: parcelOfRecord}
	for range 2 {
		got, err := New(again).Buy(t.Context(), account, req)
		if err != nil || got.TrackingNumber != out.TrackingNumber {
			t.Errorf("%+v %v", got, err)
		}
		if got, known, err := New(again).Query(t.Context(), account, req); err != nil || !known || got.TrackingNumber != out.TrackingNumber {
			t.Errorf("%+v %v %v", got, known, err)
		}
	}
	if again.next != 0 {
		t.Errorf("asked for more: %v", again.calls)
	}

	// Cut off between making and buying the shipment: it is there without a label, and is bought, not made again.
	half := open(t, "TestShipmentBuy")
	half.extra = r.extra
	half.extra["GET https://api.easypost.com/v2/shipments/lba_key3"] = half.tape.Interactions[0].Response.Body
	half.next = 1
	req.Key = "lba_key3"
	if _, known, err := New(half).Query(t.Context(), account, req); known || err != nil {
		t.Errorf("a shipment that is not bought yet counts as known: %v", err)
	}
	if got, err := New(half).Buy(t.Context(), account, req); err != nil || got.TrackingNumber != out.TrackingNumber || half.next != 2 {
		t.Errorf("%+v %v %v", got, err, half.calls)
	}

	if out, err := New(open(t, "TestShipmentBuy")).Buy(t.Context(), account, carrier.Request{Key: "lba_key", Service: account.Services[2], Shipment: parcelOfRecord}); err != nil || out.Reason != shipping.NoRate {
		t.Errorf("a service without a rate: %+v %v", out, err)
	}
}

func TestVoid(t *testing.T) {
	r := open(t, "TestShipmentRefund")
	r.next = 1
	ref := carrier.Request{Kind: shipping.Void, Ref: "shp_f048e3550ee941279657f42d2ac1d0ee/trk_1"}
	out, err := New(r).Void(t.Context(), account, ref)
	if err != nil || out.State != shipping.Succeeded {
		t.Errorf("%+v %v", out, err)
	}
	r.extra["GET https://api.easypost.com/v2/shipments/shp_f048e3550ee941279657f42d2ac1d0ee"] = r.tape.Interactions[1].Response.Body
	if out, known, err := New(r).Query(t.Context(), account, ref); err != nil || !known || out.State != shipping.Succeeded {
		t.Errorf("%+v %v %v", out, known, err)
	}
	r.extra["GET https://api.easypost.com/v2/shipments/shp_f048e3550ee941279657f42d2ac1d0ee"] = r.tape.Interactions[0].Response.Body
	if _, known, err := New(r).Query(t.Context(), account, ref); err != nil || known {
		t.Errorf("nobody asked for a refund yet: %v %v", known, err)
	}
	if out := refundOutcome("rejected"); out.State != shipping.Failed || out.Reason != "refund_rejected" {
		t.Errorf("%+v", out)
	}
}

func TestTrack(t *testing.T) {
	r := open(t, "TestTrackerRetrieve")
	r.next = 1
	scans, err := New(r).Track(t.Context(), account, "EZ1000000001", "shp_1/trk_c1a64b24670f4004a62838a2c9faff45")
	if err != nil || len(scans) != 2 || scans[0].Code != shipping.PreTransit || scans[1].Place != "HOUSTON, TX" || scans[0].At >= scans[1].At {
		t.Errorf("%+v %v", scans, err)
	}
	if scans, err := New(r).Track(t.Context(), account, "x", "shp_1"); scans != nil || err != nil {
		t.Errorf("a label without a tracker: %v %v", scans, err)
	}
}

// A definite no is an outcome, anything else an error; neither says the key.
func TestErrors(t *testing.T) {
	for name, want := range map[string]string{
		"TestApiError":         "parameter.required: Missing required parameter.",
		"TestErrorInheritance": "apikey.inactive: This api key is no longer active.",
	} {
		r := open(t, name)
		i := r.tape.Interactions[0].Response
		out, err := final(refused(i.Code, []byte(i.Body)))
		if err != nil || out.State != shipping.Failed || !strings.HasPrefix(out.Reason, want) {
			t.Errorf("%s: %+v %v", name, out, err)
		}
	}
	for _, status := range []int{500, 502, 429, 408} {
		if _, err := final(refused(status, []byte("<html>"))); err == nil {
			t.Errorf("%d counts as an outcome", status)
		}
	}
	if out, err := final(refused(400, []byte("<html>"))); err != nil || out.Reason != "http_400: " {
		t.Errorf("%+v %v", out, err)
	}
	_, err := New(&replay{t: t}).Rates(t.Context(), account, parcelOfRecord)
	if err == nil || strings.Contains(err.Error(), "EZTK-secret") {
		t.Errorf("%v", err)
	}
	nobody := account
	nobody.Secret = ""
	if out, err := New(nil).Buy(t.Context(), nobody, carrier.Request{}); err != nil || !strings.HasPrefix(out.Reason, "no_secret") {
		t.Errorf("%+v %v", out, err)
	}
}

func TestLabelComesFromEasyPostOnly(t *testing.T) {
	for _, at := range []string{"http://files.s3.amazonaws.com/x", "https://evil.example/x", "https://169.254.169.254/", "https://amazonaws.com.evil.example/", "::"} {
		if _, err := New(&replay{t: t}).download(t.Context(), at); err == nil || !strings.Contains(err.Error(), "not trusted") {
			t.Errorf("%s: %v", at, err)
		}
	}
}

func TestAmount(t *testing.T) {
	for s, want := range map[string]int64{"5.93": 593, "5.9": 590, "5": 500, "5.93000": 593, "5.931": 594, "0.00000": 0} {
		if got, err := amount(s, "USD"); err != nil || got.Amount != want {
			t.Errorf("%s: %v %v", s, got, err)
		}
	}
	if got, err := amount("500", "JPY"); err != nil || got.Amount != 500 {
		t.Error(got, err)
	}
	for _, bad := range []string{"", "-1", "1e3", "five", "1.2x3", "99999999999999999999"} {
		if got, err := amount(bad, "USD"); err == nil {
			t.Errorf("%q is %v", bad, got)
		}
	}
	if _, err := amount("1", "???"); err == nil {
		t.Error("no currency")
	}
}

func TestWebhook(t *testing.T) {
	tape := open(t, "TestTrackerRetrieve")
	body := []byte(`{"description":"tracker.updated","object":"Event","result":` + tape.tape.Interactions[0].Response.Body + `}`)
	sign := func(secret string, body []byte) http.Header {
		m := hmac.New(sha256.New, []byte(secret))
		m.Write(body)
		return http.Header{signatureHeader: {"hmac-sha256-hex=" + hex.EncodeToString(m.Sum(nil))}}
	}
	p := New(nil)
	good := sign("se\u0301cret", body) // the decomposed form
	got, err := p.Webhook(account, good, body, 0)
	if err != nil || len(got) != 1 || got[0].TrackingNumber != "EZ1000000001" || len(got[0].Scans) != 2 {
		t.Errorf("%+v %v", got, err)
	}
	for name, h := range map[string]http.Header{"none": {}, "other secret": sign("x", body), "empty secret": sign("", body)} {
		if _, err := p.Webhook(account, h, body, 0); !errs.Is(err, "invalid_signature") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Webhook(account, good, bytes.Replace(body, []byte("pre_transit"), []byte("in_transit"), 1), 0); !errs.Is(err, "invalid_signature") {
		t.Error("an altered body passes")
	}
	unset := account
	unset.WebhookSecret = ""
	if _, err := p.Webhook(unset, sign("", body), body, 0); err == nil {
		t.Error("a carrier without a secret takes messages")
	}
	other := []byte(`{"description":"batch.created","result":{"id":"b"}}`)
	if got, err := p.Webhook(account, sign("se\u0301cret", other), other, 0); err != nil || got != nil {
		t.Errorf("%v %v", got, err)
	}
	if _, err := p.Webhook(account, sign("se\u0301cret", []byte("[")), []byte("["), 0); !errs.Is(err, "malformed_json") {
		t.Error(err)
	}
}
